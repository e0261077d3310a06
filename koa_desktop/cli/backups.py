"""`koa-desktop backup FILE` and `koa-desktop restore FILE`: all readings of this user, one file."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from koa_desktop.cli.passphrase import VARIABLE, unlock_backup, unlock_store
from koa_desktop.errors import ExportError
from koa_desktop.examination import backup
from koa_desktop.examination.encryption import database
from koa_desktop.message import Message
from koa_desktop.report.naming.study_code import KEY_NAME
from koa_desktop.system.files import is_missing
from koa_desktop.system.paths import user_data
from koa_desktop.wording.command_line import CommandLine
from koa_desktop.wording.sentences import sentence


def back_up(arguments: Sequence[str]) -> str:
    """Write a backup to the file that is named; returns what to say. Raises ReaderError."""
    parser = argparse.ArgumentParser(
        "koa-desktop backup",
        description="Write all readings of this user, and the key of study codes, to one ZIP file.",
        epilog="Exit status: 0 written, 3 not written. The window may be open. A case list with a "
        "passphrase makes a backup with the same; it is typed, or read from the variable "
        f"{VARIABLE}.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="the new backup; it must not exist")
    target = parser.parse_args(arguments).file
    store = user_data() / backup.STORE_NAME
    if not store.exists():
        raise ExportError(CommandLine.NO_READINGS)
    unlock_store(store)
    backup.back_up(store, [store.parent / KEY_NAME], target)
    return sentence(Message.of(CommandLine.BACKED_UP, path=target))


def restore(arguments: Sequence[str]) -> str:
    """Put a backup in the place of all readings; returns what to say. Raises ReaderError."""
    parser = argparse.ArgumentParser(
        "koa-desktop restore",
        description="Replace all readings of this user with those of a backup. The present ones "
        "stay in a file beside them.",
        epilog="Exit status: 0 restored, 3 not restored. Close the window first. The passphrase of "
        f"the backup, where it has one, is typed, or read from the variable {VARIABLE}; from then "
        "on the case list has the same.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="a backup")
    source = parser.parse_args(arguments).file
    store = user_data() / backup.STORE_NAME
    if is_missing(source):
        raise ExportError(CommandLine.MISSING_PATH, path=source)
    unlock_backup(source)
    had_one = database.is_locked(store)
    replaced = backup.restore(store, [store.parent / KEY_NAME], source)
    if replaced is None:
        return sentence(CommandLine.RESTORED)
    is_open = had_one and not database.salt(store)
    code = CommandLine.RESTORED_OPEN if is_open else CommandLine.RESTORED_BESIDE
    return sentence(Message.of(code, path=replaced))
