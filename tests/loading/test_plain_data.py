"""Answers of the reading process: what is built from them is of the types that were asked for."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from koa_desktop.loading.plain_data import MAX_TEXT, built, plain
from koa_desktop.loading.wanted import Film
from koa_desktop.message import Message
from koa_desktop.radiograph import (
    Header,
    InvertedBy,
    Note,
    PixelSpacing,
    RadiographInfo,
    Side,
    SpacingOrigin,
    StoredGrid,
    Window,
)

FLOATS = NDArray[np.float32]
FILM = Film(
    RadiographInfo(
        Path("a.dcm"),
        20,
        30,
        16,
        inverted=True,
        inverted_by=InvertedBy.HEADER,
        spacing=PixelSpacing(0.1, 0.2, SpacingOrigin.CALIBRATED),
        laterality=Side.LEFT,
        header=Header(patient_name="Doe, Jöhn", birth_date=date(1970, 1, 31)),
        stored=StoredGrid(30, 20, 1.5, mirrored=True),
        notes=(Message.of(Note.FIRST_PAGE, pages=3), Message(Note.NO_PHOTOMETRIC)),
    ),
    Window(127.5, 255),
    "<u2",
)


def test_what_is_built_equals_what_was_sent():
    assert built(Film, plain(FILM)) == FILM


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (int, True), (int, "1"), (int, 1.0), (bool, 1), (str, 1), (str, "x" * (MAX_TEXT + 1)),
        (float, float("nan")), (float, float("inf")), (Side, "Z"), (Side, ["R"]),
        (Window, [1, 2]), (Window, {"centre": 1}),
        (Window, {"centre": 1, "width": 2, "colour": 3}), (Window, {"centre": 1, "width": "2"}),
        (date, "2026"),
        (Message, {"code": ["Note", "no-such-note"]}), (Message, {"code": ["Path", "first-page"]}),
        (Message, {"code": ["Note", "first-page"], "arguments": [["pages", [1]]]}),
        (FLOATS, [[1], 2]), (FLOATS, [[2], "AACAPw=="]),
        (FLOATS, [[1], "?"]), (tuple[int, ...], 3),
        (tuple[str, int], ["a"]), (Side | None, 0), (dict, {}),
    ],
    ids=str,
)  # fmt: skip
def test_anything_else_is_refused(kind, given):
    with pytest.raises(ValueError):  # noqa: PT011 -- of several kinds
        built(kind, given)


def test_a_field_that_was_not_kept_has_its_default():
    kept = plain(FILM)
    del kept["info"]["stored"]
    assert built(Film, kept).info == replace(FILM.info, stored=None)


def test_an_array_comes_back_with_its_shape_and_type():
    values = np.arange(6, dtype=np.float32).reshape(2, 3)
    found = built(FLOATS, plain(values))
    assert found.dtype == np.float32
    assert np.array_equal(found, values)
