"""What the repository may hold, and what its files must agree on."""

from __future__ import annotations

import subprocess
import tomllib
from importlib.metadata import version
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
    names = {requirement.split(">=")[0].split(";")[0].strip().lower() for requirement in wanted}
    assert names <= pinned


def test_continuous_integration_runs_what_the_readme_says() -> None:
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    command = script.rstrip().splitlines()[-1]
    assert "pytest" in command
    assert command.strip() in [line.strip() for line in readme]
