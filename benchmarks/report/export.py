"""Tables as files: CSV and Parquet with every digit, Markdown and LaTeX (booktabs) for reading."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

LONG = 40  # rows that still fit on a page
TEX = {"\\": r"\textbackslash{}", "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "{": r"\{", "}": r"\}",
       "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}  # fmt: skip


def write_table(table: pd.DataFrame, folder: Path, name: str, caption: str) -> None:
    """Write `name`.csv, .parquet, .md and .tex into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / f"{name}.csv", index=False)
    table.to_parquet(folder / f"{name}.parquet", index=False)
    text = _shown(table)
    (folder / f"{name}.md").write_text(markdown(table, text), encoding="utf-8")
    (folder / f"{name}.tex").write_text(latex(table, caption, text), encoding="utf-8")


def markdown(table: pd.DataFrame, text: list[list[str]] | None = None) -> str:
    """A GitHub table; numbers stand right. `text` are the columns as `_shown` makes them, where they are known."""
    columns = [
        values if _numeric(table, name) else _each(values, lambda value: value.replace("|", "\\|"))
        for name, values in zip(table, text or _shown(table), strict=True)
    ]
    lines = [table.columns, ["---:" if _numeric(table, name) else ":---" for name in table], *zip(*columns)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def latex(table: pd.DataFrame, caption: str, text: list[list[str]] | None = None) -> str:
    """A booktabs table; a long one is a longtable. It needs those packages and nothing else."""
    letters = "".join("r" if _numeric(table, name) else "l" for name in table)
    columns = [
        values if _numeric(table, name) else _each(values, escaped)
        for name, values in zip(table, text or _shown(table), strict=True)
    ]
    head = " & ".join(rf"\textbf{{{escaped(name)}}}" for name in table) + r" \\"
    body = [" & ".join(line) + r" \\" for line in zip(*columns)]
    if len(table) > LONG:
        opening = [rf"\begin{{longtable}}{{{letters}}}", rf"\caption{{{escaped(caption)}}}\\"]
        return "\n".join(
            [*opening, r"\toprule", head, r"\midrule", r"\endhead", *body, r"\bottomrule", r"\end{longtable}", ""]
        )
    opening = [r"\begin{table}", r"\centering", rf"\caption{{{escaped(caption)}}}", rf"\begin{{tabular}}{{{letters}}}"]
    closing = [r"\bottomrule", r"\end{tabular}", r"\end{table}", ""]
    return "\n".join([*opening, r"\toprule", head, r"\midrule", *body, *closing])


def _shown(table: pd.DataFrame) -> list[list[str]]:
    """The columns as text: made once for all formats, since a run may have tens of thousands of rows."""
    return [[shown(value) for value in table[name].tolist()] for name in table]


def _numeric(table: pd.DataFrame, name: str) -> bool:
    return bool(pd.api.types.is_numeric_dtype(table[name]))


def _each(values: list[str], change: Callable[[str], str]) -> list[str]:
    """Every value changed; equal ones only once, of which names have many."""
    changed = {value: change(value) for value in set(values)}
    return [changed[value] for value in values]


def shown(value: Any) -> str:
    """A number with three decimals at most, anything else as it is, what is missing as nothing."""
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, float):
        return "0.000" if abs(value) < 5e-4 else f"{value:.3f}"
    return str(value)


def escaped(text: str) -> str:
    return "".join(TEX.get(letter, letter) for letter in text)
