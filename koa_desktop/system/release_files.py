"""Fonts and compiled translations of this release, known by the lists of checksums beside them.

Each list is in the form of `sha256sum`. `python -m tests.translations.catalogue` writes both.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from koa_desktop.errors import ReleaseFault
from koa_desktop.message import Message
from koa_desktop.system.paths import RESOURCES

LIST = "SHA256SUMS"
FONTS, TRANSLATIONS = "fonts", "translations"  # the folders in `RESOURCES`
# The first one that has a letter writes it; a patient's name may be in any script.
FONT_FILES = tuple(
    f"{family}-{weight}.ttf"
    for family in ("NotoSans", "NotoSansArabic", "NotoSansDevanagari")
    for weight in ("Regular", "Bold")
)
CATALOGUES = tuple(
    f"{language}/LC_MESSAGES/{domain}.mo"
    for language in ("ar", "es", "fr", "hi")
    for domain in ("koa", "qt")
)
LISTED = {FONTS: FONT_FILES, TRANSLATIONS: CATALOGUES}
_FAULTS = {FONTS: ReleaseFault.FONT, TRANSLATIONS: ReleaseFault.TRANSLATION}
_LINE = re.compile(r"([0-9a-f]{64})  (\S+)")


def faults() -> list[Message]:
    """Return what is missing or not this release's among fonts, translations and their lists."""
    found = []
    for folder, names in LISTED.items():
        listed = checksums(RESOURCES / folder)
        if not set(names) <= set(listed):
            found.append(Message.of(ReleaseFault.LIST, name=f"{folder}/{LIST}"))
        for name in names:
            checksum = _checksum(RESOURCES / folder / name)
            if checksum != listed.get(name, checksum or "none"):
                found.append(Message.of(_FAULTS[folder], name=name))
    return found


def is_changed(folder: Path, name: str) -> bool:
    """Tell whether a file that is there is not the one that its folder's list names."""
    checksum = _checksum(folder / name)
    return bool(checksum) and checksums(folder).get(name, checksum) != checksum


def checksums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of a folder's files, by name, as its list has them; none without one."""
    try:
        lines = (folder / LIST).read_text(encoding="ascii").splitlines()
    except (OSError, ValueError):
        return {}
    return {match[2]: match[1] for match in map(_LINE.fullmatch, lines) if match}


def list_of(folder: Path, names: tuple[str, ...]) -> str:
    """Return the text of a list. Every file must be there."""
    return "".join(f"{_checksum(folder / name)}  {name}\n" for name in sorted(names))


def _checksum(path: Path) -> str:
    """Return a file's SHA-256; empty where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""
