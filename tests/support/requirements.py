"""The tests of each requirement, as their marks tell.

`python -m tests.support.requirements` writes them into docs/requirements.md.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "requirements.md"
_ROW = re.compile(r"^\| (R\d+) \| (.+?) \| (.*?) ?\|$", re.MULTILINE)


def marked() -> dict[str, list[str]]:
    """Return the tests that bear the mark of each requirement, as pytest names them."""
    found = defaultdict(list)
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for requirement in _marks(node):
                    found[requirement].append(f"{file.relative_to(ROOT).as_posix()}::{node.name}")
    return dict(found)


def _marks(function: ast.FunctionDef) -> Iterator[str]:
    for mark in function.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.requirement":
            for argument in mark.args:
                assert isinstance(argument, ast.Constant)
                yield str(argument.value)


def filled(page: str) -> str:
    """Return the page with the column of tests filled in."""
    tests = marked()

    def row(match: re.Match[str]) -> str:
        names = "<br>".join(f"`{name}`" for name in tests.get(match[1], []))
        return f"| {match[1]} | {match[2]} | {names} |"

    return _ROW.sub(row, page)


def listed(page: str) -> list[str]:
    """Return the page's requirements."""
    return [match[1] for match in _ROW.finditer(page)]


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
