"""Names of files without ending that differ from each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count


def free_stems(names: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Return the names, numbered where they are taken: `knee`, `knee (2)`, `knee (3)`.

    Names differ by more than case, as Windows and macOS need.
    """
    used = {name.casefold() for name in taken}
    numbers: dict[str, Iterator[int]] = {}
    stems = []
    for name in names:
        stem = name
        # Kept between names: a CD may hold ten thousand files that are all called IM0001.
        number = numbers.setdefault(name.casefold(), count(2))
        while stem.casefold() in used:
            stem = f"{name} ({next(number)})"
        used.add(stem.casefold())
        stems.append(stem)
    return stems
