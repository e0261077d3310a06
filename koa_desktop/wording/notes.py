"""Sentences of a radiograph's notes: what was done to it on reading, and what is odd about it."""

from __future__ import annotations

from koa_desktop.message import Code
from koa_desktop.radiograph import Note

TEMPLATES: dict[Code, str] = {
    Note.FIRST_PAGE: "The first of {pages} pages is shown.",
    Note.FIRST_FRAME: "The first of {frames} frames is shown.",
    Note.LOOKS_INVERTED: (
        "Bone looks dark when this picture is shown as its header asks. If the file is wrong, "
        "choose Edit, “This film is stored inverted…”."
    ),
    Note.STORED_INVERTED: "Bone is dark in this file; the picture has been inverted.",
    Note.STORED_MIRRORED: "This picture was stored mirrored and has been mirrored back.",
    Note.STORED_ROTATED: (
        "This picture was stored turned by {degrees}° and has been turned upright."
    ),
    Note.STORED_MIRRORED_ROTATED: (
        "This picture was stored mirrored and turned by {degrees}°; both have been undone."
    ),
    Note.NOT_SQUARE: (
        "The pixels of this picture are {ratio} times as wide as high; it has been resampled."
    ),
    Note.SECOND_READER: (
        "This file breaks rules of its format; the picture was read by its content."
    ),
    Note.INCOMPLETE: "Parts of this picture are missing or damaged and may be shown wrongly.",
    Note.NO_PHOTOMETRIC: "The header does not say whether bone is bright; the picture decided.",
}
