"""The passphrase of a case list or backup on the command line: from a variable, or typed."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable
from pathlib import Path

from koa_desktop.errors import StoreError, StoreReason
from koa_desktop.examination import backup
from koa_desktop.examination.encryption import database
from koa_desktop.message import Message
from koa_desktop.wording.command_line import CommandLine
from koa_desktop.wording.sentences import sentence

VARIABLE = "KOA_PASSPHRASE"


def unlock_store(store: Path) -> None:
    """Learn the key of a case list that has a passphrase. Raises StoreError."""
    if database.is_locked(store):
        _unlock(store, backup.unlock)


def unlock_backup(source: Path) -> None:
    """Learn the key of a backup that has a passphrase. Raises StoreError."""
    if backup.is_locked(source):
        _unlock(source, backup.unlock_backup)


def _unlock(path: Path, check: Callable[[Path, str], bool]) -> None:
    if not database.is_available():
        raise StoreError(StoreReason.NO_CIPHER)
    if not check(path, _given(path)):
        raise StoreError(StoreReason.WRONG_KEY)


def _given(path: Path) -> str:
    # No process that this one starts is to know it.
    given = os.environ.pop(VARIABLE, None)
    if given is not None:
        return given
    if sys.stdin is None or not sys.stdin.isatty():
        raise StoreError(StoreReason.LOCKED)
    return getpass.getpass(f"{sentence(Message.of(CommandLine.ASKED, name=path.name))} ")
