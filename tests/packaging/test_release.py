"""The release workflow and the packaging scripts agree with the files of the repository."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"
SCRIPTS = sorted((ROOT / "resources" / "packaging").rglob("*.sh"))


def test_the_workflow_names_files_that_exist() -> None:
    text = WORKFLOW.read_text(encoding="utf-8")
    named = set(re.findall(r"\b((?:resources|tests)/[\w/.-]+\.\w+)", text))
    assert {name for name in named if not (ROOT / name).is_file()} == set()
    unused = {path.relative_to(ROOT).as_posix() for path in SCRIPTS} - named
    assert unused == {"resources/packaging/linux/install.sh"}  # a part of the tarball


def test_what_users_get_is_started() -> None:
    text = WORKFLOW.read_text(encoding="utf-8")
    inside = "KOA Desktop.app/Contents/MacOS/koa-desktop"
    assert f"program: dist/{inside} }}" in text
    assert "hdiutil attach" in text
    assert "unpacked/*/install.sh" in text
    assert "home/.local/bin/koa-desktop self-test" in text
    assert f'"image/{inside}" self-test' in text


def test_each_secret_is_passed_on_to_single_steps_alone() -> None:
    lines = WORKFLOW.read_text(encoding="utf-8").splitlines()
    secrets = [line for line in lines if "secrets." in line]
    assert secrets
    # Deeper than a job's own settings, which every step of the job could read.
    assert all(len(line) - len(line.lstrip()) >= 10 for line in secrets)


@pytest.mark.skipif(sys.platform == "win32", reason="these scripts run on Linux and macOS")
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_each_script_can_be_run(script: Path) -> None:
    assert script.stat().st_mode & 0o111
    checked = subprocess.run(["bash", "-n", str(script)], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
