"""The number of a TIFF's pages, by its chain of directories alone (TIFF 6.0 section 2)."""

from __future__ import annotations

from typing import Literal

MAX_PAGES = 100_000


def tiff_pages(data: bytes) -> int:
    """Return how many pages a TIFF or BigTIFF has, at least 1 and at most `MAX_PAGES`.

    A page is counted where its directory begins within the file; a chain that returns to an
    earlier page ends there.
    """
    order: Literal["little", "big"] = "big" if data[:2] == b"MM" else "little"
    is_big = int.from_bytes(data[2:4], order) == 43
    # Bytes of a place in the file, of a count of entries, of an entry.
    wide, counted, entry = (8, 8, 20) if is_big else (4, 2, 12)
    place = int.from_bytes(data[8:16] if is_big else data[4:8], order)
    seen: set[int] = set()
    while 0 < place <= len(data) - counted and place not in seen and len(seen) < MAX_PAGES:
        seen.add(place)
        entries = int.from_bytes(data[place : place + counted], order)
        following = place + counted + entries * entry
        place = int.from_bytes(data[following : following + wide], order)
    return max(len(seen), 1)
