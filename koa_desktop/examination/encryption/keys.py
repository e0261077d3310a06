"""Keys of case lists that have a passphrase, known to this process as long as it runs.

SQLCipher keeps 16 bytes of salt at the beginning of a file. Those of this program begin with a
mark, which tells such a file from a damaged one and says how its key is made: by scrypt (RFC 7914).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass, field

FEWEST = 8  # characters of a passphrase
MARK = b"KOA1"
SALT_BYTES = 16
COST = 2**16  # 64 MiB, and about a quarter of a second
_BLOCK, _PARALLEL = 8, 1
_MOST_MEMORY = 2**27
_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Key:
    """The key (32 bytes) of files with this salt (16 bytes)."""

    salt: bytes
    secret: bytes = field(repr=False)


_known: dict[bytes, Key] = {}
_used: list[Key] = []  # the one for new files, if any


def derived(passphrase: str, salt: bytes | None = None) -> Key:
    """Return the key that a passphrase makes with a salt, or with a new one."""
    salt = salt or MARK + secrets.token_bytes(SALT_BYTES - len(MARK))
    # The same letters may be typed in several ways.
    typed = unicodedata.normalize("NFKC", passphrase).encode("utf-8", "surrogateescape")
    secret = hashlib.scrypt(
        typed,
        salt=salt,
        n=COST,
        r=_BLOCK,
        p=_PARALLEL,
        maxmem=_MOST_MEMORY,
        dklen=_KEY_BYTES,
    )
    return Key(salt, secret)


def salt_of(head: bytes) -> bytes:
    """Return the salt of a file that begins so; empty where it has no passphrase."""
    return head[:SALT_BYTES] if head.startswith(MARK) and len(head) >= SALT_BYTES else b""


def learn(key: Key) -> None:
    """Open files with this key from now on."""
    _known[key.salt] = key


def use(key: Key | None) -> None:
    """Encrypt new files with this key from now on, or with none; it opens files, too."""
    _used[:] = [key] if key is not None else []
    if key is not None:
        learn(key)


def used() -> Key | None:
    """Return the key of new files; None where the case list has no passphrase."""
    return _used[0] if _used else None


def known(salt: bytes) -> Key | None:
    """Return the key of files with this salt; None where their passphrase was not given."""
    return _known.get(salt)


def is_used(passphrase: str) -> bool:
    """Tell whether this is the passphrase of the case list, where it has one."""
    key = used()
    return key is not None and hmac.compare_digest(key.secret, derived(passphrase, key.salt).secret)


def forget() -> None:
    """Forget all keys."""
    _known.clear()
    _used.clear()
