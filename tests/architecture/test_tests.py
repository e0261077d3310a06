"""Rules for the tests of this project."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
# These drive the window: they see what a reader sees.
WINDOW = ("gui", "end_to_end", "screenshots", "benchmarks", "support")
# Calls that fail the test where something is not so.
CHECKS = {"raises", "warns", "fail", "wait_until", "check_equal"}


def private_reads(tree: ast.AST) -> Iterator[str]:
    """Yield every `other._name`, with its line; a class's own attributes are its business."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or not node.attr.startswith("_"):
            continue
        own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        if not own and not node.attr.startswith("__"):
            yield f"{node.lineno}: {ast.unparse(node)}"


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)


def checks(function: ast.AST, helpers: dict[str, ast.FunctionDef]) -> bool:
    """Tell whether a function asserts something, itself or by a helper of its file."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            name = called(node)
            if name in CHECKS or name.startswith("assert_"):
                return True
            others = {key: helper for key, helper in helpers.items() if key != name}
            if name in helpers and checks(helpers[name], others):
                return True
    return False


def without_check(tree: ast.AST) -> Iterator[str]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    helpers = {one.name: one for one in functions if not one.name.startswith("test_")}
    for function in functions:
        if function.name.startswith("test_") and not checks(function, helpers):
            yield function.name


def parsed(*folders: str) -> Iterator[tuple[str, ast.AST]]:
    for folder in folders:
        for file in sorted((TESTS / folder).rglob("*.py")):
            yield str(file.relative_to(TESTS)), ast.parse(file.read_text(encoding="utf-8"))


def test_tests_of_the_window_read_no_private_attribute() -> None:
    found = [f"{file}:{read}" for file, tree in parsed(*WINDOW) for read in private_reads(tree)]
    assert not found


def test_every_test_asserts_something() -> None:
    found = [f"{file}: {name}" for file, tree in parsed(".") for name in without_check(tree)]
    assert not found


@pytest.mark.parametrize("code", ["card._grade.text()", "window.tools._slider.setValue(1)"])
def test_a_private_read_would_be_found(code: str) -> None:
    assert list(private_reads(ast.parse(code)))
    assert not list(private_reads(ast.parse("self._kept.__len__()")))


def test_a_test_without_an_assertion_would_be_found() -> None:
    code = "def helper(): assert True\ndef test_one(): helper()\ndef test_two(): print()"
    assert list(without_check(ast.parse(code))) == ["test_two"]
