"""The rules of the house, checked: style, types, who may import whom, what may be carried along."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APP = ROOT / "koa_desktop"

READING = frozenset(
    {
        "files",
        "candidates",
        "picture",
        "polarity",
        "dicom",
        "dicom_grey",
        "dicom_header",
        "decompress",
        "decoder",
        "radiograph",
        "file_header",
    }
)
# Imports point up this list, or stay within a line.
LAYERS: tuple[frozenset[str], ...] = (
    frozenset({"paths", "system_libraries"}),
    READING,
    frozenset({"knees", "measurements"}),
    frozenset(
        {
            "grading",
            "model_card",
            "joint_frame",
            "joint_margins",
            "joint_space",
            "joint_correction",
            "joint_drawn",
            "joint_words",
        }
    ),
    frozenset({"finder"}),
    frozenset({"findings"}),
    frozenset({"examination", "overlay"}),
    frozenset({"report", "case_list"}),
    frozenset({"gui"}),
    frozenset({"batch", "self_test"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
NOT_IN_THE_APP = {"tensorflow", "keras", "matplotlib", "sklearn", "skimage", "training"}
MOST_BYTES_A_FILE = 30 * 2**20
MOST_BYTES_OF_MODELS = 60 * 2**20

MODULES = sorted(APP.rglob("*.py"))


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )


def imported(file: Path) -> Iterator[str]:
    """Yield the full names that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file.name} imports relatively"
            module = node.module or ""
            yield from (f"{module}.{alias.name}" for alias in node.names)


def layer(part: str) -> int:
    for number, parts in enumerate(LAYERS):
        if part in parts:
            return number
    pytest.fail(f"koa_desktop/{part} has no place in LAYERS")


@pytest.mark.parametrize(
    "command",
    [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]],
    ids=["lint", "format", "types"],
)
def test_code_is_clean(command: list[str]) -> None:
    finished = run(sys.executable, "-m", *command)
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.relative_to(APP).as_posix())
def test_imports_point_one_way(file: Path) -> None:
    part = file.relative_to(APP).with_suffix("").parts[0]
    if part == "__init__":
        return
    own = layer(part)
    for name in imported(file):
        if name.startswith("koa_desktop."):
            other = name.split(".")[1]
            assert layer(other) <= own, f"{part} imports {other}"


@pytest.mark.parametrize("file", MODULES, ids=lambda file: file.relative_to(APP).as_posix())
def test_qt_stays_in_the_gui_and_training_outside_the_app(file: Path) -> None:
    roots = {name.split(".")[0] for name in imported(file)}
    assert not roots & NOT_IN_THE_APP
    if "gui" not in file.relative_to(APP).parts:
        assert "PySide6" not in roots


def test_the_command_line_starts_light() -> None:
    heavy = {"PySide6", "pydicom", "highdicom", "ai_edge_litert", "cv2", "numpy", "PIL"}
    code = "import sys, koa_desktop.__main__; print(*sys.modules)"
    finished = run(sys.executable, "-c", code)
    assert finished.returncode == 0, finished.stderr
    assert not heavy & set(finished.stdout.split())


def test_the_app_needs_nothing_of_training() -> None:
    code = (
        "import sys, koa_desktop.batch, koa_desktop.self_test, koa_desktop.gui.app;"
        "print(*{name.split('.')[0] for name in sys.modules})"
    )
    finished = run(sys.executable, "-c", code)
    assert finished.returncode == 0, finished.stderr
    assert not NOT_IN_THE_APP & set(finished.stdout.split())


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert version("koa-desktop") == project["version"]
    assert f"## {project['version']}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_nothing_too_large_is_carried_along() -> None:
    tracked = run("git", "ls-files", "-z")
    if tracked.returncode != 0:
        pytest.skip("this is no git checkout")
    files = [ROOT / name for name in tracked.stdout.split("\0") if name]
    assert files
    large = [
        file.name for file in files if file.exists() and file.stat().st_size > MOST_BYTES_A_FILE
    ]
    assert not large
    models = [file for file in (ROOT / "models").rglob("*") if file.is_file()]
    assert 0 < sum(file.stat().st_size for file in models) < MOST_BYTES_OF_MODELS


def test_the_lock_pins_every_direct_dependency_and_names_no_host() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert " @ " not in lock
    pinned = {line.split("==")[0] for line in lock.splitlines() if "==" in line}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(name for extra in extras for name in extra)]
    names = {requirement.split(">=")[0].split(";")[0].strip().lower() for requirement in wanted}
    assert names <= pinned


def test_continuous_integration_runs_what_the_readme_says() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    command = script.rstrip().splitlines()[-1]
    assert "pytest" in command
    assert command.strip() in [line.strip() for line in readme]
