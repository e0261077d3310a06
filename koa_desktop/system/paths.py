"""Paths of the program's own files, in a source tree, an installed wheel or a frozen program."""

from __future__ import annotations

import sys
from pathlib import Path


def _home() -> Path:
    """Return the folder that holds `resources/` and `models/`.

    PyInstaller unpacks data files below `sys._MEIPASS`; a wheel carries them inside the package;
    a source tree has them beside it.
    """
    if getattr(sys, "frozen", False):
        return Path(sys._MEIPASS)  # type: ignore[attr-defined]
    package = Path(__file__).resolve().parents[1]
    if (package / "resources").is_dir():
        return package
    return package.parent


HOME = _home()
RESOURCES = HOME / "resources"
MODELS = HOME / "models"
SAMPLES = RESOURCES / "samples"
