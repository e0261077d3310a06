"""Kept answers take few bytes, and lose of them only what nobody sees."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from koa_desktop.loading.packed_data import MARK, pack, unpack

WORDS = b'{"maps":{"array":"map"'


@dataclass(frozen=True, eq=False)
class Answer:
    """Arrays of each kind, and numbers."""

    maps: NDArray[np.float32]
    curve: NDArray[np.float64]
    exact: NDArray[np.float32]
    box: float
    share: float
    more: tuple[NDArray[np.float32], ...] = ()


def answer(**changed: Any) -> Answer:
    random = np.random.default_rng(3)
    known: dict[str, Any] = {
        "maps": random.normal(0, 9, (10, 10, 18)).astype(np.float32),
        "curve": np.cumsum(random.normal(0, 2, (32, 2)), axis=0) + 700,
        "exact": np.array([0.1, np.nan, -np.inf], np.float32),
        "box": 546.0752793180502,
        "share": 0.06647662890297483,
    }
    return Answer(**{**known, **changed})


def again(value: Answer) -> Answer:
    found: Answer = unpack(Answer, pack(value, WORDS, ("box",)), WORDS)
    return found


def test_maps_keep_32_levels_and_curves_a_16th_of_a_pixel() -> None:
    before, after = answer(), again(answer())
    reach = float(np.ptp(before.maps))
    assert np.abs(before.maps - after.maps).max() <= reach / 31 / 2 + 1e-4
    assert np.abs(before.curve - after.curve).max() <= 1 / 32 + 1e-9
    np.testing.assert_array_equal(before.exact, after.exact)
    assert after.box == before.box
    assert after.share == pytest.approx(before.share, rel=1e-6)
    assert (after.maps.dtype, after.curve.dtype) == (before.maps.dtype, before.curve.dtype)


def test_what_was_not_measured_stays_so_and_extremes_are_kept() -> None:
    curve = answer().curve.copy()
    curve[[0, 5, 31]] = np.nan
    after = again(answer(curve=curve))
    np.testing.assert_array_equal(np.isnan(curve), np.isnan(after.curve))
    assert np.nanmax(np.abs(curve - after.curve)) <= 1 / 32 + 1e-9
    flat = np.full((3, 3, 2), 4.5, np.float32)
    np.testing.assert_array_equal(again(answer(maps=flat)).maps, flat)
    odd = answer().maps.copy()
    odd[0, 0, 0] = np.nan
    np.testing.assert_array_equal(again(answer(maps=odd)).maps, odd)


def test_arrays_within_tuples_and_empty_ones_come_back_in_order() -> None:
    more = tuple(np.full(length, length, np.float32) for length in (0, 1, 7))
    after = again(answer(more=more))
    for one, other in zip(more, after.more, strict=True):
        np.testing.assert_array_equal(one, other)


@given(st.binary(max_size=200))
def test_other_bytes_are_refused(content: bytes) -> None:
    for packed in (MARK + content, MARK + zlib.compress(content)):
        with pytest.raises((ValueError, TypeError, KeyError, zlib.error)):
            unpack(Answer, packed, WORDS)


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_changed_byte_never_ends_the_program(place: int, by: int) -> None:
    packed = bytearray(pack(answer(), WORDS))
    place = 1 + place % (len(packed) - 1)
    packed[place] = (packed[place] + by) % 256
    try:
        unpack(Answer, bytes(packed), WORDS)
    except (ValueError, TypeError, KeyError, zlib.error):
        return
    pytest.fail("the checksum of zlib found nothing")
