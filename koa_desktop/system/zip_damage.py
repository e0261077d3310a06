"""The errors by which Python tells that a ZIP file cannot be read."""

from __future__ import annotations

import lzma
import zlib
from zipfile import BadZipFile

# RuntimeError: an encrypted member, or an unknown compression. ValueError: a name not in UTF-8.
ZIP_DAMAGE = (BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError)
