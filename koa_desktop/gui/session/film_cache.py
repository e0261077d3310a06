"""The few decoded radiographs kept in memory, and examinations that do without their pixels."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from koa_desktop.examination.examiner import Examination
from koa_desktop.imaging.pyramid import Pyramid, levels
from koa_desktop.radiograph import Radiograph

KEPT = 6


@dataclass(frozen=True, eq=False, slots=True)
class Film:
    """A decoded radiograph with the smaller copies its view is drawn from."""

    radiograph: Radiograph
    pyramid: Pyramid

    @classmethod
    def of(cls, radiograph: Radiograph) -> Film:
        """Return a film that holds the file's grey values only, not those made for grading."""
        return cls(replace(radiograph), levels(radiograph))


class Films:
    """The films looked at last; the oldest gives way."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._films: OrderedDict[Path, Film] = OrderedDict()

    def get(self, path: Path) -> Film | None:
        """Return the film where it is still held."""
        film = self._films.get(path)
        if film is not None:
            self._films.move_to_end(path)
        return film

    def put(self, path: Path, film: Film, *, looked_at: bool = True) -> None:
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


def without_pixels(radiograph: Radiograph) -> Radiograph:
    """Return the radiograph with its size and header, and values (H, W) that take no memory."""
    nothing = np.zeros((), radiograph.values.dtype)
    return replace(radiograph, values=np.broadcast_to(nothing, radiograph.values.shape))


def with_polarity(radiograph: Radiograph, inverted: bool) -> Radiograph:
    """Return the radiograph as the reader wants it: turned where that is not the file's way."""
    return radiograph if radiograph.inverted == inverted else radiograph.turned()


def filled(examination: Examination, film: Radiograph) -> Examination:
    """Return an examination with its pixels back."""
    radiograph = with_polarity(film, examination.radiograph.inverted)
    return replace(examination, radiograph=radiograph)
