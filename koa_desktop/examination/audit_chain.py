"""The chain of hashes through the audit trail, by which a change behind the program's back is seen.

Each film has a chain of its own, so that the removal of a patient takes whole chains and leaves all
others as they are. An entry carries the hash of the entry before, a hash of the stored reading that
it led to, and its own hash over both and its content. There is no secret in it: somebody who
computes all hashes of a film anew is not seen, unless one of them was noted elsewhere.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from koa_desktop.message import Code

COLUMNS = "at, sha256, action, detail, state, previous, digest"
_STORED = (
    "SELECT knees, comment, reader, inverted, measurements FROM examination WHERE sha256 = ?",
    "SELECT knees FROM margins WHERE sha256 = ?",
    "SELECT detail FROM whole_film WHERE sha256 = ?",
)


class Damage(Code):
    """A change that no program wrote into the trail; arguments: number, at."""

    CHANGED = "trail-entry-changed"
    MISSING = "trail-entries-missing"  # before this one
    READING = "trail-reading-changed"  # since this entry, the last one
    NO_ENTRY = "trail-without-entry"  # a reading of which no entry tells


@dataclass(frozen=True, slots=True)
class Break:
    """A place at which the chain of the film `sha256` is broken.

    `number` counts the film's entries from 1, `at` is the entry's time in UTC (ISO 8601). The
    number is 0 where there is no entry.
    """

    sha256: str
    damage: Damage
    number: int = 0
    at: str = ""


def add(connection: sqlite3.Connection, at: str, sha256: str, action: str, detail: str) -> int:
    """Add an entry on the reading that was just stored; returns its row."""
    last = connection.execute(
        "SELECT digest FROM audit WHERE sha256 = ? ORDER BY rowid DESC LIMIT 1", (sha256,)
    ).fetchone()
    previous, state = last[0] if last else "", _state(connection, sha256)
    content = at, sha256, action, detail, state, previous
    added = connection.execute(
        f"INSERT INTO audit ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        (*content, _hash(*content)),
    )
    return int(added.lastrowid or 0)


def take_in(connection: sqlite3.Connection) -> None:
    """Take the entries of earlier programs, which have no hashes, into the chain.

    What those programs did to the readings is not known entry by entry, so only the last entry of
    a film has the state of its reading.
    """
    rows = connection.execute(
        "SELECT rowid, at, sha256, action, detail FROM audit WHERE digest = ''"
        " ORDER BY sha256, rowid"
    ).fetchall()
    for sha256, group in groupby(rows, key=lambda row: row[2]):
        entries, previous = list(group), ""
        for place, at, _, action, detail in entries:
            state = _state(connection, sha256) if place == entries[-1][0] else ""
            digest = _hash(at, sha256, action, detail, state, previous)
            connection.execute(
                "UPDATE audit SET state = ?, previous = ?, digest = ? WHERE rowid = ?",
                (state, previous, digest, place),
            )
            previous = digest


def films(connection: sqlite3.Connection) -> list[str]:
    """Return the checksums of all films that have a reading or a trail, in order."""
    rows = connection.execute(
        "SELECT sha256 FROM audit UNION SELECT sha256 FROM examination ORDER BY sha256"
    )
    return [str(sha256) for (sha256,) in rows]


def breaks(connection: sqlite3.Connection, sha256: str) -> Iterator[Break]:
    """Yield where the chain of one film is broken."""
    previous, at, state, number = "", "", "", 0
    for number, entry in enumerate(
        connection.execute(
            f"SELECT {COLUMNS} FROM audit WHERE sha256 = ? ORDER BY rowid",  # noqa: S608
            (sha256,),
        ),
        1,
    ):
        at, state, digest = str(entry[0]), entry[4], entry[6]
        if digest != _hash(*entry[:6]):
            yield Break(sha256, Damage.CHANGED, number, at)
        elif entry[5] != previous:
            yield Break(sha256, Damage.MISSING, number, at)
        previous = digest
    if not number:
        yield Break(sha256, Damage.NO_ENTRY)
    elif state != _state(connection, sha256):
        yield Break(sha256, Damage.READING, number, at)


def _state(connection: sqlite3.Connection, sha256: str) -> str:
    """Return a hash of a film's reading as it is stored."""
    return _hash(*(connection.execute(one, (sha256,)).fetchone() for one in _STORED))


def _hash(*content: object) -> str:
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
