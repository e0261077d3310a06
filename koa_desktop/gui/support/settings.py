"""Settings stored between sessions; of patients they contain paths of files only."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Collection
from enum import Enum
from pathlib import Path
from typing import Generic, TypeVar, overload

from PySide6.QtCore import QByteArray, QSettings

from koa_desktop.errors import NetworkError
from koa_desktop.imaging.colour_maps import ColourMap
from koa_desktop.report.options import Profile
from koa_desktop.system.safe_write import safe_name
from koa_desktop.transfer.node import (
    LOOPBACK,
    OWN_TITLE,
    RECEIVING_PORT,
    Node,
    Receiving,
    check_port,
    check_title,
    from_texts,
)
from koa_desktop.wording.language import LANGUAGES

RECENT_FILES = 20
PAPERS = ("A4", "LETTER")
REGISTER_ENDINGS = (".csv", ".xlsx")

Value = TypeVar("Value")


class Theme(Enum):
    """The theme of the window."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Order(Enum):
    """The order of the cases in the list, and what they are grouped by."""

    OPENED = "opened"  # as they were opened, without groups
    UNREAD = "unread"
    FLAGGED = "flagged"
    PATIENT = "patient"
    DATE = "date"
    GRADE = "grade"


class Only(Enum):
    """Which cases the list shows."""

    ALL = "all"
    TODAY = "today"
    UNREAD = "unread"
    FLAGGED = "flagged"
    NOT_GRADABLE = "not-gradable"
    DRAFT = "draft"
    FINAL = "final"


def _text(stored: object) -> str:
    if not isinstance(stored, str):
        raise ValueError("no text")
    return stored


def _texts(stored: object) -> tuple[str, ...]:
    """Return a list of texts; QSettings stores one of a single text as that text."""
    if isinstance(stored, str):
        return (stored,) if stored else ()
    if not isinstance(stored, list):
        raise ValueError("no list")
    return tuple(item for item in stored if isinstance(item, str))


def _share(stored: object) -> float:
    share = float(_text(stored))
    if not math.isfinite(share):
        raise ValueError("no number")
    return min(max(share, 0.0), 1.0)


def _minutes(stored: object) -> int:
    minutes = int(_text(stored))
    if not 0 <= minutes <= 24 * 60:
        raise ValueError("no minutes")
    return minutes


def _length(stored: object) -> float:
    length = float(_text(stored))
    if not 0 < length < math.inf:
        raise ValueError("no length")
    return length


def _yes_or_no(value: bool) -> str:
    return "yes" if value else "no"


def _paper(stored: object) -> str:
    paper = _text(stored)
    if paper not in PAPERS:
        raise ValueError("no paper")
    return paper


def _language(stored: object) -> str:
    language = _text(stored)
    if language not in LANGUAGES:
        raise ValueError("no language of the program")
    return language


def _title(stored: object) -> str:
    title = _text(stored)
    check_title(title)
    return title


def _port(stored: object) -> int:
    port = int(_text(stored))
    check_port(port)
    return port


def _folder(stored: object) -> Path | None:
    text = _text(stored)
    return Path(text) if text else None


def register_name(stored: object) -> str:
    """Return the name of a register's file. Raises ValueError where it cannot be one."""
    name = _text(stored)
    if Path(name).suffix.lower() not in REGISTER_ENDINGS or safe_name(name) != name:
        raise ValueError("no name of a register")
    return name


def _pin_key(reader: str) -> str:
    # A name may have letters that no key of a setting can have.
    return f"pin/{hashlib.sha256(reader.strip().casefold().encode()).hexdigest()[:16]}"


class Setting(Generic[Value]):
    """An attribute of `Settings`, stored under its own name.

    `read` turns a stored value into the attribute's, and raises ValueError where it is of the
    wrong kind: then the default counts, as it does where nothing is stored.
    """

    def __init__(
        self, default: Value, read: Callable[[object], Value], write: Callable[[Value], object]
    ) -> None:
        """Describe a setting by its default and its conversion from and to a stored value."""
        self.default = default
        self._read = read
        self._write = write

    def __set_name__(self, owner: type[Settings], name: str) -> None:
        self._name = name.lstrip("_")

    @overload
    def __get__(self, settings: None, owner: type[Settings]) -> Setting[Value]: ...

    @overload
    def __get__(self, settings: Settings, owner: type[Settings]) -> Value: ...

    def __get__(self, settings: Settings | None, owner: type[Settings]) -> Value | Setting[Value]:
        if settings is None:
            return self
        try:
            return self._read(settings.store.value(self._name))
        except (ValueError, NetworkError):
            return self.default

    def __set__(self, settings: Settings, value: Value) -> None:
        settings.store.setValue(self._name, self._write(value))


class Settings:
    """Typed settings over QSettings; a value of the wrong kind counts as not set."""

    # One of LANGUAGES; empty where the program follows the system's language.
    language = Setting("", _language, str)
    theme = Setting(Theme.SYSTEM, Theme, lambda theme: theme.value)
    # Opacity (0..1) of the heat map at its hottest.
    heat_opacity = Setting(0.45, _share, lambda share: f"{share:.2f}")
    colour_map = Setting(ColourMap.INFERNO, ColourMap, lambda colours: colours.value)
    case_order = Setting(Order.OPENED, Order, lambda order: order.value)
    # True where joint spaces are drawn on films.
    joint_visible = Setting(False, lambda stored: stored == "yes", _yes_or_no)
    # True where the list is opened at start as it was left.
    list_kept = Setting(True, lambda stored: stored != "no", _yes_or_no)
    # Minutes without use after which the window is locked; 0 is never.
    lock_minutes = Setting(0, _minutes, str)
    # True where films are copied into the archive folder as they are opened.
    films_copied = Setting(False, lambda stored: stored == "yes", _yes_or_no)
    # True where titles of windows name patients, as the task bar shows them.
    names_in_titles = Setting(True, lambda stored: stored != "no", _yes_or_no)
    # True once the reader has set up the program, or skipped that.
    is_set_up = Setting(False, lambda stored: stored == "yes", _yes_or_no)
    # The reader's name, as it stands in reports.
    reader = Setting("", _text, str)
    # The diameter in mm of the object by which the last film was calibrated.
    object_mm = Setting(25.0, _length, lambda length: f"{length:g}")
    # The clinic's header of a report, name in the first line.
    clinic = Setting("", _text, str)
    # The paper's name.
    paper = Setting("A4", _paper, str)
    # The reader's ready sentences; None where the list was never changed.
    templates: Setting[tuple[str, ...] | None] = Setting(
        None, _texts, lambda texts: list(texts or ())
    )
    # The folder in which new films arrive; None where none is watched.
    watched_folder: Setting[Path | None] = Setting(None, _folder, lambda path: str(path or ""))
    # True where the DICOM network is used; without it no connection is opened.
    network_on = Setting(False, lambda stored: stored == "yes", _yes_or_no)
    own_title = Setting(OWN_TITLE, _title, str)
    # The nodes of the network that take objects, as texts.
    nodes: Setting[tuple[str, ...]] = Setting((), _texts, list)
    # Films are received into the watched folder at one address of this computer.
    receive_on = Setting(False, lambda stored: stored == "yes", _yes_or_no)
    receive_address = Setting(LOOPBACK, _text, str)
    receive_port = Setting(RECEIVING_PORT, _port, str)
    # Who is named in exports, prints and pictures.
    profile = Setting(Profile.PSEUDONYMOUS, Profile, lambda profile: profile.value)
    # The folder of the last export.
    export_folder: Setting[Path | None] = Setting(None, _folder, str)
    # The formats of the last export, by name.
    exports: Setting[tuple[str, ...]] = Setting((), _texts, list)
    # The file of the clinic's register, in the folder of the export.
    register = Setting("register.csv", register_name, str)
    _recent: Setting[tuple[str, ...]] = Setting((), _texts, list)

    def __init__(self, store: QSettings) -> None:
        """Read from and write to `store`."""
        self.store = store
        self._recent_kept = True

    def known_nodes(self) -> tuple[Node, ...]:
        """Return the nodes of the network to which objects can be sent."""
        return from_texts(self.nodes)

    def receiving(self) -> Receiving | None:
        """Return where films are received; None where that, or the network, is off."""
        if not (self.network_on and self.receive_on):
            return None
        try:
            return Receiving(self.own_title, self.receive_address, self.receive_port)
        except NetworkError:
            return None

    @property
    def recent(self) -> tuple[Path, ...]:
        """Files and folders opened last, newest first."""
        return tuple(map(Path, self._recent))

    def pin(self, reader: str) -> str:
        """Return the hash of a reader's PIN, see `system.pin`; empty where there is none."""
        value = self.store.value(_pin_key(reader))
        return value if isinstance(value, str) else ""

    def set_pin(self, reader: str, hashed: str) -> None:
        """Keep the hash of a reader's PIN; an empty one removes it."""
        if hashed:
            self.store.setValue(_pin_key(reader), hashed)
        else:
            self.store.remove(_pin_key(reader))

    def add_recent(self, paths: list[Path]) -> None:
        """Put paths at the front of the recent ones, where these are remembered."""
        if not self._recent_kept:
            return
        merged = list(dict.fromkeys([*paths, *self.recent]))[:RECENT_FILES]
        self._recent = tuple(map(str, merged))

    def remember_recent(self, *, wanted: bool) -> None:
        """Remember recent files from now on, or forget them: their names may tell patients.

        They are gone from the disk, too, when this returns.
        """
        self._recent_kept = wanted
        if not wanted:
            self.clear_recent()
            self.sync()

    def forget_recent(self, paths: Collection[Path]) -> None:
        """Take files out of the recent ones."""
        self._recent = tuple(str(path) for path in self.recent if path not in paths)

    def clear_recent(self) -> None:
        """Forget the recent files."""
        self.store.remove("recent")

    def state(self, name: str) -> QByteArray:
        """Return a window's or splitter's saved state; empty where there is none."""
        value = self.store.value(f"state/{name}")
        return value if isinstance(value, QByteArray) else QByteArray()

    def set_state(self, name: str, state: QByteArray) -> None:
        """Keep a window's or splitter's state."""
        self.store.setValue(f"state/{name}", state)

    def sync(self) -> None:
        """Write to disk now."""
        self.store.sync()
