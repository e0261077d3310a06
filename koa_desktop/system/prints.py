"""Prints of the codecs, caught, and told without a word that may come from a file.

libtiff, libjpeg, OpenCV and gdcm write to the terminal, and may quote a header.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress

MOST_BYTES = 16_000
_MOST_WORDS = 40
# Words of the codecs' own messages; of all others, and of numbers, only the place is told.
_KNOWN = frozenset(
    """
    a an and at be bad before bits block bogus buffer bytes cannot chunk code codec codestream
    color colour components compressed compression corrupt corrupted could crc data decode decoded
    decoder decoding decompress depth directory does empty end entry eof error exceeds expected
    expecting extra extraneous failed failure file find for found frame from global got header
    height huffman ignored ignoring illegal image in incorrect index input insufficient integer
    invalid is it jpeg jpg length libjpeg libpng libtiff line lossless marker markers maximum
    memory missing multiple no not null number occurred of offset only open opencv out overflow
    packet parameter pixel plane png precision premature progressive quantization read reading
    reached restart row sample samples scan scans scanline segment sequence size skipping sos
    strip stream support supported table tag tags the tier tiff tile tiles to too truncated type
    unable unexpected unexpectedly unknown unsupported value values version warn warning was width
    with wrong zlib gdcm openjpeg charls
    """.split()  # noqa: SIM905 -- a hundred strings would be hard to read
)


class CaughtPrints:
    """Catches what this process writes to its two streams, from now on."""

    def __init__(self) -> None:
        self._read = -1
        # Windows knows pipes that never wait from Python 3.12 on; before, prints are dropped.
        if hasattr(os, "set_blocking"):
            self._read, written = os.pipe()
            # A codec that prints without end must not wait for a reader.
            os.set_blocking(self._read, False)
            os.set_blocking(written, False)
        else:
            written = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(written, stream)
        os.close(written)

    def taken(self) -> str:
        """Return what was printed since the last call, at most `MOST_BYTES`."""
        printed = b""
        with suppress(OSError):
            while self._read >= 0 and (piece := os.read(self._read, 65536)):
                printed = (printed + piece)[:MOST_BYTES]
        return printed.decode("utf-8", "replace")


def without_names(text: str) -> str:
    """Return the words of a codec's own messages in a text; others are three dots."""
    words = [word if word.lower() in _KNOWN else "…" for word in re.findall(r"[A-Za-z]+|\d+", text)]
    told = [word for place, word in enumerate(words) if not place or word != words[place - 1]]
    return " ".join(told[:_MOST_WORDS])
