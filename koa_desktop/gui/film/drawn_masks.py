"""Masked areas as they are drawn: by two opposite corners, like a measurement."""

from __future__ import annotations

from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.gui.session.reading_editor import ReadingEditor
from koa_desktop.imaging.masks import Mask

LEAST = 2.0  # pixels of the radiograph across and down; less was a click


def drawn(mask: Mask) -> Measurement:
    """Return a mask for the view."""
    left, top = mask.left, mask.top
    return Measurement(Kind.MASK, ((left, top), (left + mask.width, top + mask.height)))


def mask_of(measurement: Measurement) -> Mask | None:
    """Return a mask as it was drawn; None where it has no area."""
    (x, y), (other_x, other_y) = measurement.points
    width, height = abs(other_x - x), abs(other_y - y)
    if min(width, height) < LEAST:
        return None
    return Mask(min(x, other_x), min(y, other_y), width, height)


class DrawnOnFilm:
    """Gives what is drawn on a film to the editor: measurements first, then masks."""

    def __init__(self, editor: ReadingEditor) -> None:
        self._editor = editor

    def make(self, measurement: Measurement) -> None:
        """Keep a new one."""
        if measurement.kind is not Kind.MASK:
            self._editor.add_measurement(measurement)
        elif (mask := mask_of(measurement)) is not None:
            self._editor.mask(mask)

    def change(self, index: int, measurement: Measurement) -> None:
        """Keep one as it was moved; a mask without area is none any more."""
        place = index - self._editor.measured
        if measurement.kind is not Kind.MASK:
            self._editor.move_measurement(index, measurement)
        elif (mask := mask_of(measurement)) is not None:
            self._editor.mask(mask, place)
        else:
            self._editor.delete_mask(place)

    def delete(self, index: int) -> None:
        """Delete one."""
        place = index - self._editor.measured
        if place < 0:
            self._editor.delete_measurement(index)
        else:
            self._editor.delete_mask(place)
