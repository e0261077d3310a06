"""The store of readings in SQLite: grades, boxes, comments, audit trail."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from koa_desktop.errors import StoreError
from koa_desktop.examination.examiner import Examination, ExaminedKnee, Examiner
from koa_desktop.examination.findings import Flag, Refusal
from koa_desktop.examination.measurements import from_json as measurements_from_json
from koa_desktop.examination.measurements import to_json as measurements_to_json
from koa_desktop.joint_space.correction import from_json, to_json
from koa_desktop.joint_space.editing import corrected
from koa_desktop.knees.box import Box, Knee, SideSource
from koa_desktop.message import Message
from koa_desktop.radiograph import InvertedBy, Radiograph, Side

_SCHEMA_VERSION = 4
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
    action TEXT NOT NULL,
    detail TEXT NOT NULL          -- JSON: each knee's side, the model's and the reader's grade
);
{_MARGINS};
"""


# What makes a file of version n one of version n + 1.
_MIGRATIONS = {
    1: "ALTER TABLE examination ADD COLUMN measurements TEXT NOT NULL DEFAULT '[]'",
    # Without a finder, no knee meant that none had been placed yet: what is found now stands.
    2: "UPDATE examination SET knees = 'null' WHERE knees = '[]'",
    3: _MARGINS,
}


class CaseList:
    """The case list's file. Every call opens it anew, so any thread may call."""

    def __init__(self, path: Path) -> None:
        """Open or create the file. Raises StoreError where it is newer or damaged."""
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with closing(self._connect()) as connection, connection:
                version = connection.execute("PRAGMA user_version").fetchone()[0]
                if version > _SCHEMA_VERSION:
                    raise StoreError("The case list was written by a newer KOA Desktop.")
                if version < _SCHEMA_VERSION:
                    _bring_up_to_date(connection)
        except sqlite3.DatabaseError as error:
            raise StoreError("The case list is damaged or cannot be opened.") from error

    def record(self, examination: Examination, action: str) -> None:
        """Keep the reader's work on one examination, and add `action` to the audit trail."""
        radiograph = examination.radiograph
        knees = [
            {
                "left": examined.knee.box.left,
                "top": examined.knee.box.top,
                "size": examined.knee.box.size,
                "side": examined.knee.side.value if examined.knee.side else None,
                "side_source": side_source.value
                if (side_source := examined.knee.side_source)
                else "",
                "placed_by_user": examined.knee.placed_by_user,
                "confidence": examined.knee.confidence,
                "on_request": Flag.ON_REQUEST in examined.finding.flags,
                "model_grade": examined.finding.grade,
                "reader_grade": examined.finding.reader_grade,
            }
            for examined in examination.knees
        ]
        margins = [
            to_json(examined.joint_space.correction) if examined.joint_space else None
            for examined in examination.knees
        ]
        inverted = int(radiograph.inverted) if radiograph.inverted_by is InvertedBy.USER else None
        measurements = measurements_to_json(examination.measurements)
        detail = json.dumps(
            {
                "model": examination.model,
                "finder": examination.finder,
                "reader": examination.reader,
                "knees": knees,
                "measurements": measurements,
                "margins": margins,
            }
        )
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with closing(self._connect()) as connection, connection:
            connection.execute(
                "INSERT OR REPLACE INTO examination VALUES (?, ?, ?, ?, ?, ?)",
                (
                    radiograph.sha256,
                    json.dumps(knees),
                    examination.comment,
                    examination.reader,
                    inverted,
                    json.dumps(measurements),
                ),
            )
            connection.execute(
                "INSERT OR REPLACE INTO margins VALUES (?, ?)",
                (radiograph.sha256, json.dumps(margins)),
            )
            connection.execute(
                "INSERT INTO audit VALUES (?, ?, ?, ?)", (now, radiograph.sha256, action, detail)
            )

    def restored(
        self, examination: Examination, radiograph: Radiograph, examiner: Examiner
    ) -> Examination:
        """Return the examination with what the reader did before to this file, graded again."""
        with closing(self._connect()) as connection:
            row = connection.execute(
                "SELECT knees, comment, reader, inverted, measurements FROM examination"
                " WHERE sha256 = ?",
                (examination.radiograph.sha256,),
            ).fetchone()
            margins = connection.execute(
                "SELECT knees FROM margins WHERE sha256 = ?", (examination.radiograph.sha256,)
            ).fetchone()
        if row is None:
            return examination
        knees, comment, reader, inverted, measurements = row
        if inverted is not None:
            radiograph = radiograph.with_polarity(inverted=bool(inverted))
        kept_knees = json.loads(knees)
        restored = examination.knees
        if kept_knees is not None:
            drawn = json.loads(margins[0]) if margins else [None] * len(kept_knees)
            restored = tuple(
                _knee_again(kept, correction, radiograph, examiner)
                for kept, correction in zip(kept_knees, drawn, strict=True)
            )
        return replace(
            examination,
            radiograph=radiograph.info,
            knees=restored,
            comment=comment,
            reader=reader,
            refusal=None if restored else Message(Refusal.NO_KNEE),
            measurements=measurements_from_json(json.loads(measurements)),
        )

    def audit_trail(self, sha256: str) -> list[tuple[str, str, str]]:
        """Return (time in UTC, action, detail as JSON) of one file, oldest first."""
        with closing(self._connect()) as connection:
            rows = connection.execute(
                "SELECT at, action, detail FROM audit WHERE sha256 = ? ORDER BY rowid", (sha256,)
            ).fetchall()
        return [(str(at), str(action), str(detail)) for at, action, detail in rows]

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=10)


def _knee_again(
    kept: dict[str, Any],
    correction: dict[str, Any] | None,
    radiograph: Radiograph,
    examiner: Examiner,
) -> ExaminedKnee:
    knee = Knee(
        Box(kept["left"], kept["top"], kept["size"]),
        Side(kept["side"]) if kept["side"] else None,
        _side_source(kept["side_source"]),
        kept["placed_by_user"],
        kept.get("confidence"),  # older programs had no finder
    )
    examined = examiner.examine_knee(radiograph, knee, on_request=kept["on_request"])
    finding = replace(examined.finding, reader_grade=kept["reader_grade"])
    space = examined.joint_space
    if space is not None:
        space = corrected(space, from_json(correction), radiograph.info)
    return replace(examined, finding=finding, joint_space=space)


def _side_source(kept: str) -> SideSource | None:
    """Return a stored source; earlier versions stored `user` for a reader's."""
    return SideSource(kept.replace("user", "reader")) if kept else None


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
