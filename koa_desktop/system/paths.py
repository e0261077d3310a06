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


def portable_data() -> Path | None:
    """Return the folder `data` beside a frozen program, as a stick carries both; None without it.

    There the program keeps readings, settings and log, instead of the user's profile.
    """
    folder = Path(sys.executable).parent / "data"
    return folder if getattr(sys, "frozen", False) and folder.is_dir() else None


def user_data() -> Path:
    """Return the folder of this user's work: readings, and the key of study codes."""
    import platformdirs

    return portable_data() or Path(platformdirs.user_data_dir(USER_FOLDER, appauthor=False))


def user_logs() -> Path:
    """Return the folder of this user's log."""
    import platformdirs

    return portable_data() or Path(platformdirs.user_log_dir(USER_FOLDER, appauthor=False))


USER_FOLDER = "koa-desktop"  # the name of this program's folders in the user's own
HOME = _home()
RESOURCES = HOME / "resources"
MODELS = HOME / "models"
SAMPLES = RESOURCES / "samples"
