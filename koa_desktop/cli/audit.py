"""`koa-desktop audit`: check the audit trails of all readings of this user, and export them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from koa_desktop.cli.passphrase import VARIABLE, unlock_store
from koa_desktop.errors import ExportError
from koa_desktop.examination import backup
from koa_desktop.examination.store import ReadingStore
from koa_desktop.message import Message
from koa_desktop.report.trail.trail_files import write_trails
from koa_desktop.system.paths import user_data
from koa_desktop.wording import decision_lines
from koa_desktop.wording.command_line import CommandLine


def audit(arguments: Sequence[str]) -> tuple[list[str | Message], bool]:
    """Check all trails, and write them to a file where one is named.

    Returns what to say, and whether nothing is broken. Raises ReaderError.
    """
    parser = argparse.ArgumentParser(
        "koa-desktop audit",
        description="Check that no reading and no entry of its audit trail was changed outside "
        "this program. A film is named by its file's SHA-256.",
        epilog="Exit status: 0 nothing was changed, 1 something was, 3 the list was not read or "
        "the file not written. The passphrase of the case list, where it has one, is typed, or "
        f"read from the variable {VARIABLE}.",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="also write all trails to FILE, which must not exist: as JSON where its name ends "
        "with .json, with each reading as it stood, else as CSV; they name readers",
    )
    target = parser.parse_args(arguments).out
    path = user_data() / backup.STORE_NAME
    if not path.exists():
        raise ExportError(CommandLine.NO_TRAILS)
    unlock_store(path)
    store = ReadingStore(path)
    films, breaks = store.films(), store.breaks()
    said: list[str | Message] = [f"{one.sha256}: {decision_lines.damage(one)}" for one in breaks]
    broken = len({one.sha256 for one in breaks})
    code = CommandLine.TRAILS_BROKEN if breaks else CommandLine.TRAILS_WHOLE
    said.append(Message.of(code, films=len(films), broken=broken))
    if target is not None:
        write_trails(target, [(film, store.audit_trail(film)) for film in films])
        said.append(Message.of(CommandLine.TRAILS_WRITTEN, path=target))
    return said, not breaks
