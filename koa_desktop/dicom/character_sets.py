"""The character sets of DICOM (PS3.3 C.12.1.1.2), and no other of Python's.

A file may name any of Python's codecs, and some, as punycode, take minutes for a megabyte.
"""

from __future__ import annotations

import codecs
import encodings

# Names under which libraries ask for the plain ones.
_PLAIN = ("ascii", "us_ascii", "latin_1", "latin1", "iso8859_1", "iso_8859_1", "utf_8", "utf8")
_PLAIN_WIDE = ("utf_16", "utf_16_le", "utf_16_be")


def allow_only_standard() -> None:
    """Let this process know no other character sets than DICOM's, and Unicode's, from now on."""
    from pydicom.charset import python_encoding

    names = {*python_encoding.values(), *_PLAIN, *_PLAIN_WIDE}
    found = {encodings.normalize_encoding(name).lower(): codecs.lookup(name) for name in names}
    # Python normalizes a name in one of two ways, by its version.
    known = found | {name.replace("_", "-"): info for name, info in found.items()}
    codecs.unregister(encodings.search_function)
    codecs.register(known.get)
