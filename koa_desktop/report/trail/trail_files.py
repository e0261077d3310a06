"""Audit trails as CSV and JSON, in English codes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from koa_desktop.examination.actions import Step
from koa_desktop.examination.store import AuditEntry
from koa_desktop.report.tables import csv_rows
from koa_desktop.system.safe_write import write_whole
from koa_desktop.wording.sentences import english

COLUMNS = ("sha256", "entry", "at", "reader", "code", "change", "undone", "digest")
Trail = tuple[str, list[AuditEntry]]  # the film's checksum, and its entries


def write_trails(path: Path, trails: Iterable[Trail], *, overwrite: bool = False) -> None:
    """Write trails whole or not at all: as JSON where the name ends so, else as CSV.

    Raises ExportError.
    """
    make = json_bytes if path.suffix.casefold() == ".json" else csv_bytes
    write_whole(path, make(trails), overwrite=overwrite)


def csv_bytes(trails: Iterable[Trail]) -> bytes:
    """Return a row for each change: the film's checksum, who changed what and when, and the hash.

    `entry` counts a film's entries from 1; changes that were saved together are one entry.
    """
    rows = [
        (sha256, str(number), entry.at, entry.reader, *_told(step), entry.digest)
        for sha256, entries in trails
        for number, entry in enumerate(entries, 1)
        for step in entry.steps
    ]
    return csv_rows([COLUMNS, *rows])


def json_bytes(trails: Iterable[Trail]) -> bytes:
    """Return the trails in full, with the reading as it stood after each entry."""
    films = [
        {
            "sha256": sha256,
            "entries": [
                {
                    "entry": number,
                    "at": entry.at,
                    "reader": entry.reader,
                    "changes": [
                        dict(zip(("code", "change", "undone"), _told(step), strict=True))
                        for step in entry.steps
                    ],
                    "reading": entry.detail,
                    "digest": entry.digest,
                }
                for number, entry in enumerate(entries, 1)
            ],
        }
        for sha256, entries in trails
    ]
    text = json.dumps(films, ensure_ascii=False, indent=1)
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _told(step: Step | str) -> tuple[str, str, str]:
    """Return a step's code, its words, and whether it was undone."""
    if isinstance(step, str):
        return "", step, "no"
    return step.action.code.value, english(step.action), "yes" if step.undone else "no"
