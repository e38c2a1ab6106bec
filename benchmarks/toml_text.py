"""A TOML file that knows on which line each of its keys stands, so that every mistake can be pointed at."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from benchmarks.errors import RequestError, unknown
from benchmarks.hyperparameters import WrongType, fitted, shown

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


@dataclass(frozen=True)
class TomlText:
    """The text, and where it came from."""

    file: str
    text: str

    @cached_property
    def data(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            what, line = _without_place(str(error), self.text)
            raise RequestError(f"{self.file}, line {line}: this is not TOML: {what}.") from None

    def get(self, path: Path) -> Any:
        """What stands at the path; None if nothing does."""
        here: Any = self.data
        for part in path:
            try:
                here = here[part]
            except (KeyError, IndexError, TypeError):
                return None
        return here

    def read(self, path: Path, hint: Any) -> Any:
        """What stands at the path, checked against a type."""
        value = self.get(path)
        try:
            return fitted(value, hint)
        except WrongType as error:
            raise self.wrong(path, f"{dotted(path)} is {shown(value)}, but must be {error}.") from None

    def table(self, path: Path, keys: Iterable[str]) -> dict[str, Any]:
        """The table at the path, {} if there is none, with no other keys than these."""
        table = self.get(path) if path else self.data
        if table is None:
            return {}
        if not isinstance(table, dict):
            raise self.wrong(path, f"{dotted(path)} is {shown(table)}, but must be a table, as in [{dotted(path)}].")
        known = list(keys)
        for key in table:
            if key not in known:
                place = f"key of [{dotted(path)}]" if path else "key of a suite"
                raise self.at((*path, key), unknown(place, key, known))
        return table

    def wrong(self, path: Path, sentence: str, value: str | None = None) -> RequestError:
        return RequestError(f"{self.file}, line {self.line(path, value)}: {sentence}")

    def at(self, path: Path, error: RequestError, value: str | None = None) -> RequestError:
        """The same error, with its file and line."""
        return self.wrong(path, str(error), value)

    def line(self, path: Path, value: str | None = None) -> int:
        """The line of a key, or of a quoted value in its list; else of the deepest part that is there."""
        depth, line = 0, 1
        for number, here in self._keys:
            shared = min(len(here), len(path))
            if depth < shared and here[:shared] == path[:shared]:
                depth, line = shared, number
        if value is not None:
            rest = enumerate(self.text.splitlines()[line - 1 :], line)
            line = next((number for number, text in rest if f'"{value}"' in text or f"'{value}'" in text), line)
        return line

    @cached_property
    def _keys(self) -> list[tuple[int, Path]]:
        """Line and whole path of every header and key, in order. Keys of inline tables are not looked for."""
        found: list[tuple[int, Path]] = []
        header: Path = ()
        repeated: Counter[Path] = Counter()
        quoted = False
        for number, line in enumerate(self.text.splitlines(), 1):
            inside, quoted = quoted, quoted ^ (line.count('"""') % 2 == 1) ^ (line.count("'''") % 2 == 1)
            if inside:
                continue
            if match := _HEADER.match(line):
                header = _parts(match[2])
                if match[1] == "[[":
                    repeated[header] += 1
                    header = (*header, repeated[header] - 1)
                found.append((number, header))
            elif match := _KEY.match(line):
                found.append((number, (*header, *_parts(match[1]))))
        return found


def dotted(path: Path) -> str:
    return ".".join(str(part) for part in path if not isinstance(part, int))


def _parts(keys: str) -> Path:
    return tuple(part.strip("\"'") for part in _PART.findall(keys))


def _without_place(message: str, text: str) -> tuple[str, int]:
    """tomllib's message in two: what is wrong, and the line."""
    what, _, place = message.partition(" (at ")
    match = re.match(r"line (\d+)", place)
    return what, int(match[1]) if match else max(1, len(text.splitlines()))
