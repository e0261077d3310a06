"""Settings stored between sessions; of patients they contain paths of files only."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from koa_desktop.imaging.colour_maps import ColourMap

RECENT_FILES = 20


class Theme(Enum):
    """The theme of the window."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Settings:
    """Typed settings over QSettings; a value of the wrong kind counts as not set."""

    def __init__(self, store: QSettings) -> None:
        """Read from and write to `store`."""
        self._store = store

    @property
    def theme(self) -> Theme:
        """Light, dark, or as the system has it."""
        try:
            return Theme(self._text("theme", Theme.SYSTEM.value))
        except ValueError:
            return Theme.SYSTEM

    @theme.setter
    def theme(self, theme: Theme) -> None:
        self._store.setValue("theme", theme.value)

    @property
    def heat_opacity(self) -> float:
        """Opacity (0..1) of the heat map at its hottest."""
        try:
            return min(max(float(self._text("heat_opacity", "0.6")), 0.0), 1.0)
        except ValueError:
            return 0.6

    @heat_opacity.setter
    def heat_opacity(self, opacity: float) -> None:
        self._store.setValue("heat_opacity", f"{opacity:.2f}")

    @property
    def colour_map(self) -> ColourMap:
        """The heat map's colours."""
        try:
            return ColourMap(self._text("colour_map", ColourMap.INFERNO.value))
        except ValueError:
            return ColourMap.INFERNO

    @colour_map.setter
    def colour_map(self, colour_map: ColourMap) -> None:
        self._store.setValue("colour_map", colour_map.value)

    @property
    def joint_visible(self) -> bool:
        """True where joint spaces are drawn on films."""
        return self._text("joint_visible") == "yes"

    @joint_visible.setter
    def joint_visible(self, visible: bool) -> None:
        self._store.setValue("joint_visible", "yes" if visible else "no")

    @property
    def reader(self) -> str:
        """The reader's name, as it stands in reports."""
        return self._text("reader")

    @reader.setter
    def reader(self, name: str) -> None:
        self._store.setValue("reader", name)

    @property
    def clinic(self) -> str:
        """The clinic's header of a report, name in the first line."""
        return self._text("clinic")

    @clinic.setter
    def clinic(self, lines: str) -> None:
        self._store.setValue("clinic", lines)

    @property
    def paper(self) -> str:
        """The paper's name, `A4` or `Letter`."""
        return self._text("paper", "A4")

    @paper.setter
    def paper(self, name: str) -> None:
        self._store.setValue("paper", name)

    @property
    def templates(self) -> tuple[str, ...] | None:
        """The reader's ready sentences; None where the list was never changed."""
        return tuple(self._list("templates")) if self._store.contains("templates") else None

    @templates.setter
    def templates(self, sentences: tuple[str, ...]) -> None:
        self._store.setValue("templates", list(sentences))

    @property
    def export_folder(self) -> Path | None:
        """The folder of the last export."""
        text = self._text("export_folder")
        return Path(text) if text else None

    @export_folder.setter
    def export_folder(self, folder: Path) -> None:
        self._store.setValue("export_folder", str(folder))

    @property
    def exports(self) -> tuple[str, ...]:
        """The formats of the last export, by name."""
        return tuple(self._list("exports"))

    @exports.setter
    def exports(self, names: tuple[str, ...]) -> None:
        self._store.setValue("exports", list(names))

    @property
    def recent(self) -> tuple[Path, ...]:
        """Files and folders opened last, newest first."""
        return tuple(Path(text) for text in self._list("recent"))

    def add_recent(self, paths: list[Path]) -> None:
        """Put paths at the front of the recent ones."""
        merged = list(dict.fromkeys([*paths, *self.recent]))[:RECENT_FILES]
        self._store.setValue("recent", [str(path) for path in merged])

    def clear_recent(self) -> None:
        """Forget the recent files."""
        self._store.remove("recent")

    def state(self, name: str) -> QByteArray:
        """Return a window's or splitter's saved state; empty where there is none."""
        value = self._store.value(f"state/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_state(self, name: str, state: QByteArray) -> None:
        """Keep a window's or splitter's state."""
        self._store.setValue(f"state/{name}", state)

    def sync(self) -> None:
        """Write to disk now."""
        self._store.sync()

    def _text(self, key: str, default: str = "") -> str:
        value = self._store.value(key, default)
        return value if isinstance(value, str) else default

    def _list(self, key: str) -> list[str]:
        value = self._store.value(key)
        if isinstance(value, str):
            return [value] if value else []
        return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
