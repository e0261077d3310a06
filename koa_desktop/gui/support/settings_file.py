"""Settings as a file, for a second machine: names of a clinic and looks, never a patient's path."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from koa_desktop.gui.support.settings import Settings
from koa_desktop.system.safe_write import write_whole

# What has paths of this computer's films, or secrets, is left out.
PORTABLE = (
    "language",
    "theme",
    "heat_opacity",
    "colour_map",
    "case_order",
    "joint_visible",
    "list_kept",
    "films_copied",
    "names_in_titles",
    "reader",
    "object_mm",
    "clinic",
    "paper",
    "templates",
    "watched_folder",
    "exports",
    "register",
)
_KIND = "KOA Desktop settings"
_MOST_BYTES = 1_000_000


def write(settings: Settings, path: Path) -> None:
    """Write the settings that were changed. Raises ExportError where that is not possible."""
    stored = {name: value for name in PORTABLE if (value := settings.store.value(name)) is not None}
    text = json.dumps({"kind": _KIND, "settings": stored}, ensure_ascii=False, indent=1)
    write_whole(path, f"{text}\n".encode(), overwrite=True)


def read(settings: Settings, path: Path) -> int:
    """Take over the settings of a file, and return how many.

    Raises ValueError where it is no such file, and OSError. A value of the wrong kind counts as
    not set, as everywhere.
    """
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES)
    try:
        known: Any = json.loads(content)
    except RecursionError as error:
        raise ValueError("not a file of settings") from error
    if not isinstance(known, dict) or known.get("kind") != _KIND:
        raise ValueError("not a file of settings")
    settings_of_file = known.get("settings")
    if not isinstance(settings_of_file, dict):
        raise ValueError("not a file of settings")
    taken = {
        name: value
        for name, value in settings_of_file.items()
        if name in PORTABLE and isinstance(value, (str, list))
    }
    for name, value in taken.items():
        settings.store.setValue(name, value)
    return len(taken)
