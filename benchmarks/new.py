"""`python -m benchmarks new NAME`: a working plug-in file to start from."""

from __future__ import annotations

import keyword
import re
from pathlib import Path

from benchmarks.errors import RequestError
from benchmarks.registry import load

TEMPLATE = Path(__file__).with_name("templates") / "plugin.py.txt"


def main(name: str, folder: Path = Path()) -> int:
    """Write the file and print what to type next. Raises RequestError; nothing is ever overwritten."""
    file = folder / f"{name.replace('-', '_')}.py"
    refuse(name)
    if folder.suffix == ".py":
        raise RequestError(f"--out takes a folder, not the file {folder}: the file is called {file.name}.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with file.open("x", encoding="utf-8") as stream:
            stream.write(filled(TEMPLATE.read_text(encoding="utf-8"), name))
    except FileExistsError:
        raise RequestError(f"{file} exists already: choose another name, or move it away.") from None
    except OSError as error:
        raise RequestError(f"{file} cannot be written: {error.strerror or error}.") from None
    print(f"{file} is a learner that works. What to type next:")
    print(f"  python -m benchmarks check {file}")
    out = f"results/{name}"
    print(f"  python -m benchmarks run --suite smoke --plugin {file} --algorithms {name},random,expert --out {out}")
    print(f"  python -m benchmarks compare {out} {name} random")
    return 0


def refuse(name: str) -> None:
    """Raises RequestError if no algorithm can be called that."""
    if not re.fullmatch(r"[a-z][a-z0-9]*([-_][a-z0-9]+)*", name) or keyword.iskeyword(name):
        raise RequestError(
            f"{name!r} cannot name an algorithm: use lower-case letters, digits and hyphens, as in my-learner."
        )
    if entry := load().algorithms.get(name):
        raise RequestError(f"There is an algorithm {name!r} already, in {entry.file}: choose another name.")


def filled(template: str, name: str) -> str:
    """The template with this name in place of "example"."""
    camel = "".join(part.capitalize() for part in re.split("[-_]", name))
    return template.replace("class Example", f"class {camel}").replace("example", name)
