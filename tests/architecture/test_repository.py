"""The contents of the repository, and facts on which its files must agree."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

MOST_BYTES_A_FILE = 30 * 2**20
MOST_BYTES_OF_MODELS = 60 * 2**20


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )


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
    names = {re.split(r"[\[>;]", requirement)[0].strip().lower() for requirement in wanted}
    assert names <= pinned


def test_continuous_integration_runs_what_the_readme_says() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    command = script.rstrip().splitlines()[-1]
    assert "pytest" in command
    assert command.strip() in [line.strip() for line in readme]


def declared(*extras: str) -> set[str]:
    """Return the distributions that the project asks for, in lower case with dashes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [*project["dependencies"]]
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    return {normal(re.split(r"[\[<>=; ]", requirement)[0]) for requirement in wanted}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def imported(folder: str) -> set[str]:
    """Return the top-level packages that a folder's files import, wherever in the file."""
    names = set()
    for file in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names - sys.stdlib_module_names - {"koa_desktop", "training", "tests"}


@pytest.mark.parametrize(
    ("folder", "extras"),
    [
        ("koa_desktop", ()),
        ("training", ("training",)),
        ("tests", ("archive", "bench", "training", "dev")),
    ],
)
def test_what_is_imported_is_declared(folder: str, extras: tuple[str, ...]) -> None:
    packages = packages_distributions()
    asked_for = declared(*extras)
    undeclared = {
        name
        for name in imported(folder)
        if not {normal(distribution) for distribution in packages.get(name, [name])} & asked_for
    }
    assert not undeclared


def test_what_training_declares_is_imported() -> None:
    packages = packages_distributions()
    used = {normal(d) for name in imported("training") for d in packages.get(name, [])}
    # tensorflow on macOS, tensorflow-cpu elsewhere.
    assert declared("training") - declared() - {"tensorflow", "tensorflow-cpu"} <= used


def test_each_recipe_of_the_justfile_is_explained() -> None:
    justfile = (ROOT / "justfile").read_text(encoding="utf-8")
    recipes = re.findall(r"^([a-z]+)(?: \*ARGS)?:", justfile, re.MULTILINE)
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    explained = re.findall(r"^\| `just ([a-z]+)` \|", contributing, re.MULTILINE)
    assert [name for name in recipes if name != "default"] == explained


def test_words_are_spelled_right() -> None:
    typos = shutil.which("typos", path=str(Path(sys.executable).parent)) or shutil.which("typos")
    assert typos, "typos is part of the dev extra"
    finished = run(typos, "--format", "brief")
    assert finished.returncode == 0, finished.stdout + finished.stderr


DOCUMENTS = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_what_documents_refer_to_exists(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^):#]+)\)", text)
    assert [link for link in links if not (document.parent / link).exists()] == []
    roots = [ROOT, ROOT / "koa_desktop", ROOT / "koa_desktop" / "gui", ROOT / "training"]
    quoted = re.findall(r"`([a-z_]+/[\w/*.-]*)`", text)
    made = {"dist/", "models/koa.tflite"}  # the latter is carried in pieces
    assert {path for path in quoted if not any(any(root.glob(path)) for root in roots)} <= made


def test_the_architecture_shows_the_import_contract() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    shown = [line[18:].split("  ")[0].strip() for line in text.splitlines()]
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]
    for contract in tool["importlinter"]["contracts"]:
        if contract["type"] == "layers":
            layers = [layer.replace(" : ", ", ") for layer in contract["layers"]]
            start = shown.index(layers[0])
            assert shown[start : start + len(layers)] == layers


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text(encoding="utf-8")
    records = {path.name for path in folder.glob("*.md")} - {"README.md"}
    assert records == set(re.findall(r"\]\(([^)]+)\)", index))
