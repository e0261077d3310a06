"""The store of readings in SQLite, with the audit trail of every change."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from koa_desktop.errors import StoreError, StoreNotice, StoreReason
from koa_desktop.examination import (
    audit_chain,
    decision,
    dictation,
    identity,
    sign_off,
    store_file,
)
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.audit_chain import Break
from koa_desktop.examination.encryption import database, keys
from koa_desktop.examination.measurements import from_json as measurements_from_json
from koa_desktop.examination.measurements import to_json as measurements_to_json
from koa_desktop.examination.reading import MarkedKnee, Reading
from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.grading.oarsi import given_readings
from koa_desktop.imaging import masks
from koa_desktop.joint_space.correction import from_json, to_json
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.message import Message
from koa_desktop.radiograph import Side

_FILMS_AT_ONCE = 100  # whose trails are checked while others wait to save: some 20 ms
# Errors that reading a damaged row raises.
_DAMAGE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class StoredReading:
    """A reading of an earlier session, and its reader's name.

    `knees_as_found` is true where it has no word on the knees: they are those that are detected.
    `revision` changes whenever any program saves this file's reading; it is 0 before the first
    time. `is_damaged` is true where the row holds what no program wrote; then the reading is empty.
    """

    reading: Reading
    reader: str = ""
    knees_as_found: bool = False
    revision: int = 0
    is_damaged: bool = False


@dataclass(frozen=True, slots=True)
class Circumstances:
    """The reader of a change, and what the program said at that time, for the audit trail.

    `model_grades` are those of the reading's placed knees, None where there was none.
    """

    reader: str = ""
    model: str = ""
    finder: str = ""
    model_grades: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry of the audit trail: the time in UTC (ISO 8601), the steps, the state after them.

    `digest` is the entry's hash in the chain. A step is a str where an earlier version of the
    program wrote it, in its own words.
    """

    at: str
    steps: tuple[Step | str, ...]
    detail: dict[str, Any]
    digest: str = ""

    @property
    def reader(self) -> str:
        """The reader's name; empty where none was given."""
        return str(self.detail.get("reader", ""))


class ReadingStore:
    """The file of all readings. Every call opens it anew, so any thread may call.

    Every call raises StoreError where the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file. Raises StoreError where it is newer or damaged."""
        self.path = path
        store_file.prepare(path)

    def save(
        self,
        sha256: str,
        reading: Reading,
        steps: Sequence[Step],
        circumstances: Circumstances,
        revision: int | None = None,
    ) -> int:
        """Keep the reading of the file with this checksum, and add `steps` to the audit trail.

        `revision` is the one that the reading was made from; None replaces whatever is there.
        Returns the new one. Raises StoreError (CHANGED) where another program has saved a reading
        of this file since, or (FINAL) where a final one would be replaced by steps that do not say
        so; nothing is changed then.
        """
        grades = circumstances.model_grades or (None,) * len(reading.placed)
        knees = [
            _knee_to_json(marked, grade)
            for marked, grade in zip(reading.placed, grades, strict=True)
        ]
        margins = [to_json(marked.correction) for marked in reading.placed]
        film = {
            "decision": decision.to_json(reading.decision),
            "dictation": dictation.to_json(reading.dictation),
            "identity": identity.to_json(reading.identity),
            "related": dict(reading.related),
            "sign_off": sign_off.to_json(reading.sign_off),
            "masks": masks.to_json(reading.masks),
        }
        inverted = None if reading.inverted is None else int(reading.inverted)
        measurements = measurements_to_json(reading.measurements)
        detail = {
            "model": circumstances.model,
            "finder": circumstances.finder,
            "reader": circumstances.reader,
            "knees": knees,
            "measurements": measurements,
            "margins": margins,
            **film,
        }
        now = datetime.now(UTC).isoformat(timespec="seconds")
        actions = json.dumps([_step_to_json(step) for step in steps])
        with self._used() as connection:
            connection.execute("BEGIN IMMEDIATE")
            # A store that was begun anew holds nothing that could be replaced.
            if revision is not None and _revision(connection, sha256) not in (0, revision):
                raise StoreError(StoreReason.CHANGED)
            if is_final(connection, sha256) and not sign_off.may_replace_final(steps):
                raise StoreError(StoreReason.FINAL)
            connection.execute(
                "INSERT OR REPLACE INTO examination VALUES (?, ?, ?, ?, ?, ?)",
                (
                    sha256,
                    json.dumps(knees),
                    reading.comment,
                    circumstances.reader,
                    inverted,
                    json.dumps(measurements),
                ),
            )
            connection.execute(
                "INSERT OR REPLACE INTO margins VALUES (?, ?)", (sha256, json.dumps(margins))
            )
            connection.execute(
                "INSERT OR REPLACE INTO whole_film VALUES (?, ?)", (sha256, json.dumps(film))
            )
            return audit_chain.add(connection, now, sha256, actions, json.dumps(detail))

    def load(self, sha256: str) -> StoredReading | None:
        """Return the reading of the file with this checksum; None where nobody has read it."""
        return self.load_all([sha256])[0]

    def load_all(self, checksums: Sequence[str]) -> list[StoredReading | None]:
        """Return the readings of the files with these checksums, as they are at one time."""
        with self._used() as connection:
            connection.execute("BEGIN")  # a reading and its revision at one time
            return [_loaded(connection, sha256) for sha256 in checksums]

    def revision(self, sha256: str) -> int:
        """Return the revision of one file's reading; 0 where nobody has read it."""
        with self._used() as connection:
            return _revision(connection, sha256)

    def check(self) -> None:
        """Raise StoreError where nothing can be saved at present."""
        with self._used() as connection:
            connection.execute("BEGIN IMMEDIATE")
            # Only what is written finds a full disk: the version's page, as it is.
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            connection.execute(f"PRAGMA user_version = {version}")

    def audit_trail(self, sha256: str) -> list[AuditEntry]:
        """Return the changes of one file's reading, oldest first."""
        with self._used() as connection:
            rows = connection.execute(
                "SELECT at, action, detail, digest FROM audit WHERE sha256 = ? ORDER BY rowid",
                (sha256,),
            ).fetchall()
            return [
                AuditEntry(at, tuple(map(_step, json.loads(steps))), json.loads(detail), digest)
                for at, steps, detail, digest in rows
            ]

    def last_saved(self) -> str:
        """Return the latest time in the audit trail, UTC (ISO 8601); empty before the first."""
        with self._used() as connection:
            return str(connection.execute("SELECT max(at) FROM audit").fetchone()[0] or "")

    def films(self) -> list[str]:
        """Return the checksums of all films that have a reading or an audit trail, in order."""
        with self._used() as connection:
            return audit_chain.films(connection)

    def breaks(self, films: Sequence[str] | None = None) -> list[Break]:
        """Return where the audit trails of these films, or of all, were changed by no program.

        Between some films and the next, other calls and programs may write.
        """
        films = self.films() if films is None else films
        found: list[Break] = []
        for first in range(0, len(films), _FILMS_AT_ONCE):
            with self._used() as connection:
                # An entry and its reading are compared as they were at one time.
                connection.execute("BEGIN")
                for sha256 in films[first : first + _FILMS_AT_ONCE]:
                    found += audit_chain.breaks(connection, sha256)
        return found

    @contextmanager
    def _used(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction; what goes wrong with it is a StoreError."""
        try:
            with store_file.connected(self.path) as connection:
                yield connection
        except _DAMAGE as error:
            raise StoreError(StoreReason.UNUSABLE) from error


def open_store(path: Path) -> tuple[ReadingStore, Message | None]:
    """Open the store, and return it with what became of one that cannot be used.

    A damaged file is set aside, and what can be read of it is taken over into a new one. A file of
    a newer program is left for that, and this version has its own beside it. Raises StoreError
    where neither can be used.
    """
    try:
        return ReadingStore(path), None
    except StoreError as error:
        if error.message.code is StoreReason.DAMAGED:
            return begin_anew(path)
        if error.message.code is not StoreReason.NEWER:
            raise
    own = store_file.of_this_version(path)
    store, notice = open_store(own)
    return store, notice or Message.of(StoreNotice.NEWER_LEFT, name=path, new_name=own.name)


def begin_anew(path: Path) -> tuple[ReadingStore, Message]:
    """Set a damaged store aside, and return a new one with what could be read of the old one.

    Raises StoreError.
    """
    try:
        aside = store_file.set_aside(path)
    except OSError as error:
        raise StoreError(StoreReason.DAMAGED) from error
    store = ReadingStore(path)
    kept, code = 0, StoreNotice.SET_ASIDE
    with suppress(StoreError, OSError):
        kept = store_file.take_over(aside, path)
    with suppress(OSError):
        # Nobody can tell whether such a file had a passphrase.
        if keys.used() is None and not database.is_plain(aside):
            code = StoreNotice.SET_ASIDE_OPEN
    return store, Message.of(code, name=path, new_name=aside.name, kept=kept)


def _loaded(connection: sqlite3.Connection, sha256: str) -> StoredReading | None:
    row = connection.execute(
        "SELECT knees, comment, reader, inverted, measurements FROM examination WHERE sha256 = ?",
        (sha256,),
    ).fetchone()
    if row is None:
        return None
    margins = connection.execute("SELECT knees FROM margins WHERE sha256 = ?", (sha256,)).fetchone()
    film = connection.execute(
        "SELECT detail FROM whole_film WHERE sha256 = ?", (sha256,)
    ).fetchone()
    revision = _revision(connection, sha256)
    try:
        return replace(_stored(row, margins, film), revision=revision)
    except _DAMAGE:
        return StoredReading(Reading(), knees_as_found=True, revision=revision, is_damaged=True)


def _revision(connection: sqlite3.Connection, sha256: str) -> int:
    """Return the row of a file's last entry in the audit trail: every program adds one."""
    row = connection.execute("SELECT max(rowid) FROM audit WHERE sha256 = ?", (sha256,)).fetchone()
    return int(row[0] or 0)


def is_final(connection: sqlite3.Connection, sha256: str) -> bool:
    """Tell whether the stored reading of a film is signed; false where there is none."""
    row = connection.execute("SELECT detail FROM whole_film WHERE sha256 = ?", (sha256,)).fetchone()
    with suppress(*_DAMAGE):
        stored = json.loads(row[0]).get("sign_off") if row else None
        return stored is not None and stored["signature"] is not None
    return False


def _stored(
    row: Sequence[Any], margins: Sequence[Any] | None, film: Sequence[Any] | None
) -> StoredReading:
    """Return a row as a reading. Raises one of `_DAMAGE` where no program wrote it."""
    stored, comment, reader, inverted, measurements = row
    knees = json.loads(stored)
    whole = json.loads(film[0]) if film else {}
    drawn = json.loads(margins[0]) if margins else [None] * len(knees or ())
    marked = tuple(map(_knee_from_json, knees, drawn)) if knees is not None else ()
    reading = Reading(
        marked,
        None if inverted is None else bool(inverted),
        str(comment),
        measurements_from_json(json.loads(measurements)),
        decision.from_json(whole.get("decision")),
        dictation.from_json(whole.get("dictation")),
        identity.from_json(whole.get("identity")),  # earlier programs kept none
        tuple(sorted((str(one), bool(same)) for one, same in (whole.get("related") or {}).items())),
        sign_off.from_json(whole.get("sign_off"), len(marked)),  # earlier programs kept none
        masks.from_json(whole.get("masks")),
    )
    return StoredReading(reading, str(reader), knees_as_found=knees is None)


def _knee_to_json(marked: MarkedKnee, model_grade: int | None) -> dict[str, Any]:
    knee = marked.knee
    return {
        "left": knee.box.left,
        "top": knee.box.top,
        "size": knee.box.size,
        "side": knee.side.value if knee.side else None,
        "side_source": knee.side_source.value if knee.side_source else "",
        "placed_by_user": knee.placed_by_user,
        "confidence": knee.confidence,
        "on_request": marked.on_request,
        "model_grade": model_grade,
        "reader_grade": marked.reader_grade,
        "decision": decision.to_json(marked.decision),
        "comment": marked.comment,
        "readings": {name.value: grade for name, grade in marked.readings},
    }


def _knee_from_json(stored: dict[str, Any], correction: dict[str, Any] | None) -> MarkedKnee:
    left, top, size = (float(stored[name]) for name in ("left", "top", "size"))
    if not (math.isfinite(left) and math.isfinite(top) and 0 < size < math.inf):
        raise ValueError("not a box")
    if stored["reader_grade"] not in (None, *range(GRADES)):
        raise ValueError("not a grade")
    knee = Knee(
        Box(left, top, size),
        Side(stored["side"]) if stored["side"] else None,
        _side_source(stored["side_source"]),
        bool(stored["placed_by_user"]),
        stored.get("confidence"),  # older programs had no finder
    )
    return MarkedKnee(
        knee,
        stored["reader_grade"],
        decision.from_json(stored.get("decision")),  # earlier programs kept none
        on_request=bool(stored.get("on_request")),
        correction=from_json(correction),
        comment=str(stored.get("comment", "")),
        readings=given_readings(stored.get("readings") or {}),  # earlier programs kept none
    )


def _side_source(stored: str) -> SideSource | None:
    """Return a stored source; earlier versions stored `user` for a reader's."""
    return SideSource(stored.replace("user", "reader")) if stored else None


def _step_to_json(step: Step) -> dict[str, Any]:
    undone = {"undone": True} if step.undone else {}
    return {"code": step.action.code.value, **dict(step.action.arguments), **undone}


def _step(stored: dict[str, Any]) -> Step | str:
    if "words" in stored:
        return str(stored["words"])
    known = {name: value for name, value in stored.items() if name not in ("code", "undone")}
    return Step(Message.of(Action(stored["code"]), **known), stored.get("undone", False))
