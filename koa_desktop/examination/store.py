"""The store of readings in SQLite, with the audit trail of every change."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from koa_desktop.errors import StoreError, StoreReason
from koa_desktop.examination.actions import Action, Step
from koa_desktop.examination.measurements import from_json as measurements_from_json
from koa_desktop.examination.measurements import to_json as measurements_to_json
from koa_desktop.examination.reading import MarkedKnee, Reading
from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.joint_space.correction import from_json, to_json
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.message import Message
from koa_desktop.radiograph import Side
from koa_desktop.system import private

_SCHEMA_VERSION = 5
_MARGINS = """CREATE TABLE margins (
    sha256 TEXT PRIMARY KEY,
    knees TEXT NOT NULL           -- JSON: for each knee the margins drawn by the reader, or null
)"""
_SCHEMA = f"""
CREATE TABLE examination (
    sha256 TEXT PRIMARY KEY,      -- of the file: a moved or renamed file is known again
    knees TEXT NOT NULL,          -- JSON: boxes, sides, the reader's grades; null: as found
    comment TEXT NOT NULL,
    reader TEXT NOT NULL,
    inverted INTEGER,             -- the user's word; NULL where there is none
    measurements TEXT NOT NULL DEFAULT '[]'  -- JSON, see measurements.py
);
CREATE TABLE audit (
    at TEXT NOT NULL,             -- UTC, ISO 8601
    sha256 TEXT NOT NULL,
    action TEXT NOT NULL,         -- JSON: codes of actions with their arguments, see _step
    detail TEXT NOT NULL          -- JSON: each knee's side, the model's and the reader's grade
);
{_MARGINS};
"""

# Errors that reading a damaged row raises.
_DAMAGE = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)

# Statements that turn a file of version n into one of version n + 1.
_MIGRATIONS = {
    1: "ALTER TABLE examination ADD COLUMN measurements TEXT NOT NULL DEFAULT '[]'",
    # Without a finder, no knee meant that none had been placed yet: what is found now stands.
    2: "UPDATE examination SET knees = 'null' WHERE knees = '[]'",
    3: _MARGINS,
    # Earlier programs kept the words of their menu.
    4: "UPDATE audit SET action = json_array(json_object('words', action))",
}


@dataclass(frozen=True, slots=True)
class StoredReading:
    """A reading of an earlier session, and its reader's name.

    `knees_as_found` is true where it has no word on the knees: they are those that are detected.
    """

    reading: Reading
    reader: str
    knees_as_found: bool = False


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

    A step is a str where an earlier version of the program wrote it, in its own words.
    """

    at: str
    steps: tuple[Step | str, ...]
    detail: dict[str, Any]

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
        self._path = path
        try:
            private.make_folder(path.parent)
            # SQLite gives its journals the mode of the file.
            private.make_file(path)
        except OSError as error:
            raise StoreError(StoreReason.UNUSABLE) from error
        try:
            with closing(self._connect()) as connection, connection:
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                if version > _SCHEMA_VERSION:
                    raise StoreError(StoreReason.NEWER)
                if version < _SCHEMA_VERSION:
                    _bring_up_to_date(connection)
        except sqlite3.DatabaseError as error:
            raise StoreError(StoreReason.DAMAGED) from error

    def save(
        self, sha256: str, reading: Reading, steps: Sequence[Step], circumstances: Circumstances
    ) -> None:
        """Keep the reading of the file with this checksum, and add `steps` to the audit trail."""
        grades = circumstances.model_grades or (None,) * len(reading.placed)
        knees = [
            _knee_to_json(marked, grade)
            for marked, grade in zip(reading.placed, grades, strict=True)
        ]
        margins = [to_json(marked.correction) for marked in reading.placed]
        inverted = None if reading.inverted is None else int(reading.inverted)
        measurements = measurements_to_json(reading.measurements)
        detail = {
            "model": circumstances.model,
            "finder": circumstances.finder,
            "reader": circumstances.reader,
            "knees": knees,
            "measurements": measurements,
            "margins": margins,
        }
        now = datetime.now(UTC).isoformat(timespec="seconds")
        actions = json.dumps([_step_to_json(step) for step in steps])
        with self._used() as connection:
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
                "INSERT INTO audit VALUES (?, ?, ?, ?)", (now, sha256, actions, json.dumps(detail))
            )

    def load(self, sha256: str) -> StoredReading | None:
        """Return the reading of the file with this checksum; None where nobody has read it."""
        with self._used() as connection:
            row = connection.execute(
                "SELECT knees, comment, reader, inverted, measurements FROM examination"
                " WHERE sha256 = ?",
                (sha256,),
            ).fetchone()
            margins = connection.execute(
                "SELECT knees FROM margins WHERE sha256 = ?", (sha256,)
            ).fetchone()
            if row is None:
                return None
            stored, comment, reader, inverted, measurements = row
            knees = json.loads(stored)
            drawn = json.loads(margins[0]) if margins else [None] * len(knees or ())
            reading = Reading(
                tuple(map(_knee_from_json, knees, drawn)) if knees is not None else (),
                None if inverted is None else bool(inverted),
                str(comment),
                measurements_from_json(json.loads(measurements)),
            )
        return StoredReading(reading, str(reader), knees_as_found=knees is None)

    def audit_trail(self, sha256: str) -> list[AuditEntry]:
        """Return the changes of one file's reading, oldest first."""
        with self._used() as connection:
            rows = connection.execute(
                "SELECT at, action, detail FROM audit WHERE sha256 = ? ORDER BY rowid", (sha256,)
            ).fetchall()
            return [
                AuditEntry(at, tuple(map(_step, json.loads(steps))), json.loads(detail))
                for at, steps, detail in rows
            ]

    @contextmanager
    def _used(self) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction; what goes wrong with it is a StoreError."""
        try:
            with closing(self._connect()) as connection, connection:
                yield connection
        except (*_DAMAGE, sqlite3.Error, OSError) as error:
            raise StoreError(StoreReason.UNUSABLE) from error

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=10)


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
        on_request=bool(stored["on_request"]),
        correction=from_json(correction),
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


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Create the tables, or migrate those of an older program, in one transaction."""
    connection.execute("BEGIN IMMEDIATE")
    # Another process may have been faster.
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        for statement in _SCHEMA.split(";\n"):
            connection.execute(statement)
    for step in range(version, _SCHEMA_VERSION) if version else ():
        connection.execute(_MIGRATIONS[step])
    connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
