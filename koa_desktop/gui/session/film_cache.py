"""The few decoded radiographs kept in memory."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from koa_desktop.imaging.pyramid import Pyramid, levels
from koa_desktop.radiograph import Radiograph

KEPT = 6


@dataclass(frozen=True, eq=False, slots=True)
class CachedFilm:
    """A decoded radiograph with the smaller copies its view is drawn from."""

    radiograph: Radiograph
    pyramid: Pyramid

    @classmethod
    def of(cls, radiograph: Radiograph) -> CachedFilm:
        """Return a film with the copies made."""
        return cls(radiograph, levels(radiograph.values))


class FilmCache:
    """The films looked at last; the oldest gives way."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._films: OrderedDict[Path, CachedFilm] = OrderedDict()

    def get(self, path: Path) -> CachedFilm | None:
        """Return the film where it is still held."""
        film = self._films.get(path)
        if film is not None:
            self._films.move_to_end(path)
        return film

    def put(self, path: Path, film: CachedFilm, *, looked_at: bool = True) -> None:
        """Keep a film; one that nobody looks at yet is the first to give way."""
        self._films[path] = film
        self._films.move_to_end(path, last=looked_at)
        while len(self._films) > self._kept:
            self._films.popitem(last=False)

    def drop(self, path: Path) -> None:
        """Let a film go."""
        self._films.pop(path, None)

    def __len__(self) -> int:
        return len(self._films)
