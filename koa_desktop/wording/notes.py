"""Sentences of a radiograph's notes: what was done to it on reading, and what is odd about it."""

from __future__ import annotations

from koa_desktop.message import Code
from koa_desktop.radiograph import Note

TEMPLATES: dict[Code, str] = {
    Note.FIRST_PAGE: "The first of {pages} pages is shown.",
    Note.FIRST_FRAME: "The first of {frames} frames is shown.",
    Note.LOOKS_INVERTED: (
        "Bone appears dark if this film is shown as its header states. If the header is "
        "wrong, choose Edit > This film is stored inverted."
    ),
    Note.STORED_INVERTED: "Bone is dark in this file; the image was inverted.",
    Note.STORED_MIRRORED: "This image was stored mirrored; it was mirrored back.",
    Note.STORED_ROTATED: "This image was stored rotated by {degrees}°; it was rotated upright.",
    Note.STORED_MIRRORED_ROTATED: (
        "This image was stored mirrored and rotated by {degrees}°; both were undone."
    ),
    Note.NOT_SQUARE: (
        "The pixels of this image are {ratio} times as wide as high; it was resampled."
    ),
    Note.SECOND_READER: (
        "This file does not comply with its format; the image was read from its contents."
    ),
    Note.INCOMPLETE: "Parts of this image are missing or damaged and may be shown incorrectly.",
    Note.NO_PHOTOMETRIC: (
        "The header does not state whether bone is bright; this was determined from the image."
    ),
}
