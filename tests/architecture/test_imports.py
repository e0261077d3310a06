"""Who may import whom, and what a start may load."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


NOT_IN_THE_APP = {"tensorflow", "keras", "matplotlib", "sklearn", "skimage", "scipy", "training"}


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )


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
