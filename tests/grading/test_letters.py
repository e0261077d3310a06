"""Letters drawn on plain films are read; words, corners and noise are not."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from koa_desktop.grading.letters import LetterReader
from koa_desktop.radiograph import Radiograph, Side, Window

reader = cache(LetterReader)
WINDOW = Window(127.5, 255)


def film(text: str, *, plate: int | None = None, mirrored: bool = False) -> np.ndarray:
    """A dark film of 900 x 700 with a text at the left, in Pillow's own font, on a plate or not."""
    picture = np.random.default_rng(3).normal(30, 3, (700, 900))
    # A limb, brightest in its middle.
    picture[:, 400:800] += 190 * np.sin(np.linspace(0, np.pi, 400))
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if plate is not None:
        cv2.rectangle(picture, (120, 80), (176, 150), plate, -1)
    ink = 40 if plate and plate > 150 else 230
    image = Image.fromarray(picture)
    drawn = ImageDraw.Draw(image)
    drawn.text((135, 132), text, fill=ink, font=ImageFont.load_default(48), anchor="ls")
    picture = np.array(image)
    return np.ascontiguousarray(picture[:, ::-1]) if mirrored else picture


def read(picture: np.ndarray, **known: object) -> tuple[tuple[Side, bool], ...]:
    radiograph = Radiograph.of(Path("film.png"), picture, WINDOW, **known)
    return tuple((letter.side, letter.mirrored) for letter in reader().read(radiograph))


@pytest.mark.parametrize("plate", [None, 110, 210])
@pytest.mark.parametrize(("text", "side"), [("R", Side.RIGHT), ("L", Side.LEFT)])
def test_a_letter_is_read_bright_or_dark_with_or_without_a_plate(
    text: str, side: Side, plate: int | None
) -> None:
    assert read(film(text, plate=plate)) == ((side, False),)


def test_a_letter_is_where_it_was_drawn() -> None:
    radiograph = Radiograph.of(Path("film.png"), film("R"), WINDOW)
    (letter,) = reader().read(radiograph)
    assert (letter.x, letter.y) == pytest.approx((148, 115), abs=6)
    assert letter.height == pytest.approx(36, abs=6)


def test_a_mirrored_r_is_told_apart_and_a_mirrored_l_is_not_believed() -> None:
    assert read(film("R", mirrored=True)) == ((Side.RIGHT, True),)
    assert read(film("L", mirrored=True)) == ()


@pytest.mark.parametrize("text", ["P", "K", "B", "I", "E", "7", "RL", "LAT", "PORTABLE", "4R2"])
def test_other_signs_and_words_are_no_letter(text: str) -> None:
    assert read(film(text)) == ()


@pytest.mark.parametrize("picture", [np.zeros((8, 8), np.uint8), np.full((300, 700), 9, np.uint8)])
def test_an_empty_film_has_no_letter(picture: np.ndarray) -> None:
    assert read(picture) == ()


def test_polarity_does_not_matter() -> None:
    assert read(255 - film("R"), inverted=True) == ((Side.RIGHT, False),)


def test_a_large_film_is_read_small() -> None:
    large = cv2.resize(film("L"), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    radiograph = Radiograph.of(Path("film.png"), large, WINDOW)
    (letter,) = reader().read(radiograph)
    assert letter.side is Side.LEFT
    assert letter.height == pytest.approx(72, abs=12)
