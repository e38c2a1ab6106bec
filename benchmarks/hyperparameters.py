"""Hyper-parameters: an algorithm's defaults, what a suite or `--set` puts in their place, and their types."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from benchmarks.errors import RequestError, unknown
from benchmarks.record import canonical

WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text", type(None): '"none"'}


class WrongType(Exception):
    """The value does not fit; the message says what would, as in "a whole number"."""


def defaults(name: str, cls: Any) -> dict[str, Any]:
    """All hyper-parameters of an algorithm with their defaults. Raises RequestError where one has none."""
    if not is_dataclass(cls):
        raise RequestError(f"The algorithm {name!r} is not a dataclass: put @dataclass(frozen=True) under @algorithm.")
    values: dict[str, Any] = {}
    for item in fields(cls):
        if not item.init:
            continue
        if item.default is not MISSING:
            value = item.default
        elif item.default_factory is not MISSING:
            value = item.default_factory()
        else:
            raise RequestError(f"The algorithm {name!r} has no default for its field {item.name!r}: give it one.")
        try:
            canonical(value)
        except (TypeError, ValueError):
            raise RequestError(
                f"The algorithm {name!r} has the default {value!r} for {item.name!r}, which no record can "
                "hold: use finite numbers, texts, true or false, None, or tuples of them."
            ) from None
        values[item.name] = value
    return values


def checked(name: str, cls: Any, field: str, value: Any) -> Any:
    """The value as the algorithm's field takes it. Raises RequestError for an unknown field, a wrong type."""
    known = defaults(name, cls)
    if field not in known:
        raise unknown(f"hyper-parameter of {name}", field, known)
    try:
        return fitted(value, _hint(cls, field, known[field]))
    except WrongType as error:
        raise RequestError(f"{name}.{field} is {shown(value)}, but must be {error}.") from None


def configured(cls: Any, values: Mapping[str, Any]) -> Any:
    """The algorithm with these hyper-parameters, lists read from JSON turned into the tuples they were."""
    name = cls.card.name
    return cls(**{field: checked(name, cls, field, value) for field, value in values.items()})


def fitted(value: Any, hint: Any) -> Any:
    """The value as the type takes it: 1 as 1.0 for a float, a list as a tuple. Raises WrongType."""
    origin, inside = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if origin in (Union, types.UnionType):
        return _first_fitting(value, inside)
    if origin is Literal:
        if value in inside:
            return value
        raise WrongType(" or ".join(shown(choice) for choice in inside))
    if hint in (tuple, list) or origin in (tuple, list):
        return _sequence(value, inside)
    if hint in (None, type(None)) and (value is None or value == "none"):
        return None
    if hint is float and type(value) in (int, float) and math.isfinite(value):
        return float(value)
    if hint in (bool, int, str) and type(value) is hint:
        return value
    raise WrongType("a finite number" if value in (math.inf, -math.inf) or value != value else _words(hint))


def shown(value: Any) -> str:
    """The value as one writes it in TOML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(shown, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def _hint(cls: Any, field: str, default: Any) -> Any:
    try:
        return get_type_hints(cls)[field]
    except (NameError, KeyError, TypeError):  # a type that is imported for the type checker only
        return Any if default is None else type(default)


def _first_fitting(value: Any, hints: tuple[Any, ...]) -> Any:
    exact = sorted(hints, key=lambda hint: hint is not type(value))
    for hint in exact:
        try:
            return fitted(value, hint)
        except WrongType:
            continue
    raise WrongType(" or ".join(_words(hint) for hint in hints))


def _sequence(value: Any, inside: tuple[Any, ...]) -> tuple[Any, ...]:
    open_ended = not inside or len(inside) == 1 or inside[-1] is Ellipsis
    words = f"a list, each {_words(inside[0])}" if inside and open_ended else "a list"
    if not isinstance(value, (list, tuple)):
        raise WrongType(words)
    if not open_ended and len(value) != len(inside):
        raise WrongType(f"a list of {len(inside)}")
    hints = (inside[0] if inside else Any,) * len(value) if open_ended else inside
    try:
        return tuple(fitted(item, hint) for item, hint in zip(value, hints, strict=True))
    except WrongType:
        raise WrongType(words) from None


def _words(hint: Any) -> str:
    if get_origin(hint) is Literal:
        return " or ".join(shown(choice) for choice in get_args(hint))
    if hint in (tuple, list) or get_origin(hint) in (tuple, list):
        return "a list"
    return WORDS.get(hint, getattr(hint, "__name__", str(hint)))
