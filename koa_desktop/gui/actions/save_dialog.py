"""The question where to save a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from koa_desktop.gui.support.settings import Settings
from koa_desktop.system.files import is_there


def ask_path(window: QWidget, settings: Settings, title: str, name: str, kind: str) -> Path | None:
    """Ask where to save, in the folder of the last export first; None where that is cancelled.

    `name` is offered, its ending added where none of that kind is given: a date in a name is no
    ending. The system's dialog asks before a file is replaced; so it is shown again where a file
    has the name with the ending added.
    """
    path = (settings.export_folder or Path.home()) / name
    while True:
        chosen, _ = QFileDialog.getSaveFileName(window, title, str(path), kind)
        if not chosen:
            return None
        path = Path(chosen)
        ending = Path(name).suffix
        if path.suffix.lower() == ending:
            return path
        path = path.with_name(f"{path.name}{ending}")
        if not is_there(path):
            return path
