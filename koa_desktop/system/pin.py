"""PINs, kept as salted scrypt hashes (RFC 7914).

A PIN keeps a colleague from signing in another's name by mistake. It is no protection from somebody
who can read or write the settings' file: a short number can be guessed there.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

FEWEST = 4
_COST, _BLOCK, _PARALLEL = 2**14, 8, 1  # 16 MiB and about 50 ms
_SALT_BYTES = 16


def hashed(pin: str) -> str:
    """Return what is stored of a PIN: the parameters, a new salt and the hash."""
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = _scrypt(pin, salt, _COST, _BLOCK, _PARALLEL)
    return f"scrypt${_COST}${_BLOCK}${_PARALLEL}${salt.hex()}${digest.hex()}"


def matches(pin: str, stored: str) -> bool:
    """Tell whether a PIN is the stored one; false where no program wrote what is stored."""
    try:
        kind, cost, block, parallel, salt, digest = stored.split("$")
        numbers = int(cost), int(block), int(parallel)
        if kind != "scrypt" or numbers != (_COST, _BLOCK, _PARALLEL):
            return False
        found = _scrypt(pin, bytes.fromhex(salt), *numbers)
        return hmac.compare_digest(found, bytes.fromhex(digest))
    except ValueError:
        return False


def _scrypt(pin: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    return hashlib.scrypt(pin.encode(), salt=salt, n=cost, r=block, p=parallel, dklen=32)
