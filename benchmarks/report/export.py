"""Tables as files: CSV and Parquet with every digit, Markdown and LaTeX (booktabs) for reading."""

from __future__ import annotations

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
    (folder / f"{name}.md").write_text(markdown(table), encoding="utf-8")
    (folder / f"{name}.tex").write_text(latex(table, caption), encoding="utf-8")


def markdown(table: pd.DataFrame) -> str:
    """A GitHub table; numbers stand right."""
    numeric = [pd.api.types.is_numeric_dtype(table[name]) for name in table]
    lines = [list(table.columns), ["---:" if right else ":---" for right in numeric]]
    lines += [[shown(value).replace("|", "\\|") for value in row] for row in table.itertuples(index=False)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def latex(table: pd.DataFrame, caption: str) -> str:
    """A booktabs table; a long one is a longtable. It needs those packages and nothing else."""
    letters = "".join("r" if pd.api.types.is_numeric_dtype(table[name]) else "l" for name in table)
    head = " & ".join(rf"\textbf{{{escaped(name)}}}" for name in table) + r" \\"
    body = [" & ".join(escaped(shown(value)) for value in row) + r" \\" for row in table.itertuples(index=False)]
    if len(table) > LONG:
        opening = [rf"\begin{{longtable}}{{{letters}}}", rf"\caption{{{escaped(caption)}}}\\"]
        return "\n".join(
            [*opening, r"\toprule", head, r"\midrule", r"\endhead", *body, r"\bottomrule", r"\end{longtable}", ""]
        )
    opening = [r"\begin{table}", r"\centering", rf"\caption{{{escaped(caption)}}}", rf"\begin{{tabular}}{{{letters}}}"]
    closing = [r"\bottomrule", r"\end{tabular}", r"\end{table}", ""]
    return "\n".join([*opening, r"\toprule", head, r"\midrule", *body, *closing])


def shown(value: Any) -> str:
    """A number with three decimals at most, anything else as it is, what is missing as nothing."""
    if value is None or value is pd.NA or value != value:
        return ""
    if isinstance(value, float):
        return "0.000" if abs(value) < 5e-4 else f"{value:.3f}"
    return str(value)


def escaped(text: str) -> str:
    return "".join(TEX.get(letter, letter) for letter in text)
