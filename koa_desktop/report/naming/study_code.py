"""Study codes: what exports call a file whose name they may not tell, `KOA-7F3A9C21`.

A code is a keyed hash of the file's checksum. The same file has the same code in every export of
this user; without the key, which stays in the user's data folder, no code can be traced back.
"""

from __future__ import annotations

import hmac
import secrets
from contextlib import suppress
from pathlib import Path

from koa_desktop.system import private
from koa_desktop.system.log import logger

KEY_NAME = "study-codes.key"
KEY_BYTES = 32
_DIGITS = 8  # with 10,000 films, two share a code in one of 80 such collections
_LOG = logger(__name__)


class StudyCodes:
    """Makes the codes with one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    @classmethod
    def of_user(cls, folder: Path | None) -> StudyCodes:
        """Return the codes of the key in `folder`, made where there is none yet.

        Without a folder, or where it cannot be used, codes hold for this session only.
        """
        if folder is None:
            return cls(secrets.token_bytes(KEY_BYTES))
        try:
            return cls(_key_in(folder))
        except OSError:
            _LOG.exception("The key of study codes cannot be kept.")
            return cls(secrets.token_bytes(KEY_BYTES))

    def of(self, identity: str) -> str:
        """Return the code of a file: of its checksum, or of its path where it was not readable."""
        digest = hmac.digest(self._key, identity.encode("utf-8", "surrogateescape"), "sha256")
        return f"KOA-{digest.hex()[:_DIGITS].upper()}"


def _key_in(folder: Path) -> bytes:
    """Return the key, written whole by whichever program comes first. Raises OSError."""
    path = folder / KEY_NAME
    private.make_folder(folder)
    with suppress(FileNotFoundError):
        key = path.read_bytes()
        private.tighten_file(path)
        if len(key) == KEY_BYTES:
            return key
    part = folder / f".{KEY_NAME}-{secrets.token_hex(8)}.part"
    private.make_file(part)
    part.write_bytes(secrets.token_bytes(KEY_BYTES))
    part.replace(path)
    return path.read_bytes()
