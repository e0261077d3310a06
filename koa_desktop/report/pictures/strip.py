"""The strip of text below an exported picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from koa_desktop.annotation.colours import AMBER
from koa_desktop.examination.examiner import Examination
from koa_desktop.report import provenance, words
from koa_desktop.report.options import PictureOptions
from koa_desktop.report.pictures.letters import Letters
from koa_desktop.wording import decision_lines
from koa_desktop.wording.language import is_right_to_left, labelled
from koa_desktop.wording.report import ReportText
from koa_desktop.wording.sentences import capitalised, sentence

Picture = NDArray[np.uint8]

MIN_STRIP_WIDTH = 600
DARK = (24, 26, 31)
LIGHT = (235, 237, 240)
MUTED = (160, 166, 175)


def strip(
    examination: Examination, width: int, options: PictureOptions, heading: Sequence[str]
) -> Picture:
    """Return the words below a picture, RGB (h, width, 3) uint8.

    They begin with the lines of `heading`, say what was found on the knees of `examination`, and
    end with model, program, pixel spacing, and that this is no medical device.
    """
    size = max(round(width / 56), 15)
    findings = [(text, LIGHT, Letters(size, bold=True)) for text in words.conclusion(examination)]
    small = Letters(max(round(size * 0.82), 13))
    findings = [*((text, MUTED, small) for text in heading), *findings]
    figures = (
        words.verdicts(examination) + words.readings(examination) + words.joint_spaces(examination)
    )
    figures += words.measurements(examination) if options.show_measurements else []
    comment = examination.comment.strip()
    figures += [labelled(sentence(ReportText.COMMENT), comment)] if comment else []
    findings += [(text, LIGHT, small) for text in figures]
    reviews = [(text, AMBER.rgb, small) for text in words.reviews(examination)]
    cells = words.map_cells(examination.knees) if options.show_heat_map else 0
    notes = [words.map_note(cells)] if cells else []
    status = capitalised(decision_lines.status(examination.sign_off, named=False))
    notes += words.masks(examination)
    notes += [status, provenance.line(examination), sentence(ReportText.NOT_A_DEVICE)]
    lines = [
        (line, colour, letters)
        for text, colour, letters in [
            *findings,
            *reviews,
            *((note, MUTED, small) for note in notes),
        ]
        for line in _wrapped(text, letters, width - 2 * size)
    ]
    step = round(size * 1.45)
    image = Image.new("RGB", (width, step * len(lines) + 2 * round(size * 0.7)), DARK)
    for number, (text, colour, letters) in enumerate(lines):
        from_right = is_right_to_left()
        left = width - size - letters.width(text) if from_right else size
        letters.draw(image, (left, round(size * 0.7) + step * number), text, colour, "la")
    return np.asarray(image)


def _wrapped(text: str, letters: Letters, width: float) -> list[str]:
    """Break `text` between words into lines of at most `width` pixels."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and letters.width(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
