"""Findings and impression in the reader's own words, and the facts that they were written on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Dictation:
    """Two paragraphs of the report. `facts` are those that the program's own were made of then."""

    findings: str
    impression: str
    facts: str


def to_json(dictation: Dictation | None) -> dict[str, str] | None:
    """Return a dictation as JSON's types."""
    return None if dictation is None else asdict(dictation)


def from_json(stored: dict[str, Any] | None) -> Dictation | None:
    """Return a stored dictation. Raises KeyError or TypeError where no program wrote it."""
    if stored is None:
        return None
    return Dictation(*(str(stored[name]) for name in ("findings", "impression", "facts")))
