"""The import contract, and the modules that a start may load."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("koa_desktop", "training")

NOT_IN_THE_APP = {"tensorflow", "keras", "matplotlib", "sklearn", "skimage", "scipy", "training"}
# With PySide6.QtGui alone, a report is made where there is no screen.
WITHOUT_WIDGETS = {"PySide6.QtCore", "PySide6.QtGui"}
WIDGETLESS_ROOMS = {"session", "support"}  # of the window


def run(*command: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False
    )


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    code = (
        f"import sys; sys.path.insert(0, {str(folder)!r});"
        "from importlinter.cli import lint_imports;"
        f"sys.exit(lint_imports(config_filename={str(folder / 'pyproject.toml')!r}, no_cache=True))"
    )
    return run(sys.executable, "-c", code, folder=folder)


def test_the_command_line_starts_light() -> None:
    heavy = {"PySide6", "pydicom", "highdicom", "ai_edge_litert", "cv2", "numpy", "PIL"}
    code = "import sys, koa_desktop.__main__; print(*sys.modules)"
    finished = run(sys.executable, "-c", code)
    assert finished.returncode == 0, finished.stderr
    assert not heavy & set(finished.stdout.split())


def test_the_app_needs_nothing_of_training() -> None:
    code = (
        "import sys, koa_desktop.cli.batch, koa_desktop.cli.self_test, koa_desktop.gui.app;"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    finished = run(sys.executable, "-c", code)
    assert finished.returncode == 0, finished.stderr
    assert not NOT_IN_THE_APP & set(finished.stdout.split())


def test_no_widget_is_used_outside_the_window() -> None:
    for file in (ROOT / "koa_desktop").rglob("*.py"):
        rooms = file.relative_to(ROOT).parts[1:]
        if rooms[0] == "gui" and rooms[1] not in WIDGETLESS_ROOMS:
            continue
        used = {name for name in imported(file) if name.startswith("PySide6")}
        assert used <= WITHOUT_WIDGETS, file


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "PySide6":
            yield from (f"PySide6.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


# Circles


def circle_of(imports: dict[str, set[str]]) -> list[str]:
    """Return the modules that import each other in a circle, or lead into one; empty if none."""
    left = dict(imports)
    while True:
        free = [module for module, needed in left.items() if not needed & left.keys()]
        if not free:
            return sorted(left)
        for module in free:
            del left[module]


def test_no_files_import_each_other_in_a_circle() -> None:
    # Imports for type checking alone count as well.
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=False, cache_dir=None)
    imports = {
        module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules
    }
    assert len(imports) > 200
    assert circle_of(imports) == []


def test_a_circle_would_be_found() -> None:
    chain = {"a": {"b"}, "b": {"c"}, "c": set[str]()}
    assert circle_of(chain) == []
    assert circle_of({**chain, "c": {"a"}, "d": set()}) == ["a", "b", "c"]


# The contract, as pyproject.toml states it


def contracts() -> list[dict[str, object]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return list(project["tool"]["importlinter"]["contracts"])


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def plant(folder: Path, importer: str, imported_module: str) -> str:
    """Let a module, or a new file of a package, import another; returns who imports whom."""
    place = folder.joinpath(*importer.split("."))
    if place.is_dir():
        place, importer = place / "planted.py", f"{importer}.planted"
    else:
        place = place.with_suffix(".py")
    with place.open("a", encoding="utf-8") as file:
        file.write(f"\nimport {imported_module}\n")
    return f"{importer} -> {imported_module}"


def forbidden_by_layers(contract: dict[str, object]) -> Iterator[tuple[str, str]]:
    """Yield (importer, imported): layers import upwards, rooms of one layer each other."""
    (container,) = contract["containers"]  # type: ignore[misc]
    layers = [layer.split(" | ") for layer in contract["layers"]]  # type: ignore[attr-defined]
    above: str | None = None
    for rooms in layers:
        names = [f"{container}.{room.split(' : ')[0]}" for room in rooms]
        if above is not None:
            yield names[0], above
        yield from zip(names[1:], names, strict=False)
        above = names[0]


def test_imports_keep_the_contract() -> None:
    finished = lint_imports(ROOT)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_every_forbidden_import_is_found(copy: Path) -> None:
    planted = {}
    for contract in contracts():
        name = str(contract["name"])
        if contract["type"] == "layers":
            pairs = list(forbidden_by_layers(contract))
        else:
            (source,) = contract["source_modules"]  # type: ignore[misc]
            sources = [source] if ".gui" in source else [f"{source}.system", f"{source}.report"]
            goals = contract["forbidden_modules"]
            pairs = [(one, goal) for one in sources for goal in goals]  # type: ignore[attr-defined]
        assert pairs, name
        planted.update({plant(copy, *pair): name for pair in pairs})
    finished = lint_imports(copy)
    assert finished.returncode == 1, finished.stderr
    # Long lines of the answer are broken.
    answer = " ".join(finished.stdout.split())
    for contract in contracts():
        assert f"{contract['name']} BROKEN" in answer
    missed = {line: name for line, name in planted.items() if f"{line} (l." not in answer}
    assert not missed
    assert len(planted) > 40


def test_a_room_that_no_contract_names_is_found(copy: Path) -> None:
    (copy / "koa_desktop" / "attic").mkdir()
    (copy / "koa_desktop" / "attic" / "__init__.py").write_text("", encoding="utf-8")
    finished = lint_imports(copy)
    assert finished.returncode == 1
    assert "attic" in finished.stdout
