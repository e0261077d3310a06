"""Frozen data ↔ few bytes, for what is kept of thousands of films.

It is `plain_data`, but for arrays, which stand behind the JSON as bytes: maps in 32 levels, curves
in steps of 1/16 pixel from point to point. All other arrays are exact. Numbers have seven digits,
but in the fields that are named as exact.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Collection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.loading.plain_data import built, plain

MARK = b"\x01"  # what earlier programs packed begins otherwise
_LEVEL = 9
_MOST_BYTES = 16 * 2**20  # unpacked
_STEPS = 16  # of a pixel
_NOTHING = -(2**31)  # stands for NaN among the steps
_HEAD = 4  # bytes that tell how long the JSON is
_LEVELS = 31
_DIGITS = 7


def pack(value: Any, words: bytes, exact: Collection[str] = ()) -> bytes:
    """Return a dataclass as bytes; maps and curves lose what nobody sees.

    `words` are pieces of the JSON that come often; `unpack` needs the very same ones. `exact` are
    names of fields whose numbers keep all their digits.
    """
    blobs: list[bytes] = []

    def kept(array: NDArray[Any]) -> dict[str, Any]:
        kind, content, more = _packed(array)
        blobs.append(content)
        return {"array": kind, "shape": array.shape, "type": array.dtype.str, **more}

    data = _shortened(plain(value, kept), exact)
    text = json.dumps(data, separators=(",", ":")).encode()
    whole = len(text).to_bytes(_HEAD, "little") + text + b"".join(blobs)
    deflate = zlib.compressobj(_LEVEL, zdict=words)
    return MARK + deflate.compress(whole) + deflate.flush()


def unpack(kind: Any, packed: bytes, words: bytes) -> Any:
    """Return a value of type `kind` from what `pack` made.

    Raises ValueError, TypeError, KeyError or zlib.error where it is something else.
    """
    whole = zlib.decompressobj(zdict=words).decompress(packed[len(MARK) :], _MOST_BYTES)
    end = _HEAD + int.from_bytes(whole[:_HEAD], "little")
    blobs = _Blobs(whole[end:])

    def with_array(data: dict[str, Any]) -> Any:
        return _array(data, blobs) if "array" in data else data

    # Arrays come in the order of their bytes, as nothing lies within one.
    return built(kind, json.loads(whole[_HEAD:end], object_hook=with_array))


def _shortened(data: Any, exact: Collection[str]) -> Any:
    if isinstance(data, dict):
        return {
            name: one if name in exact or name == "step" else _shortened(one, exact)
            for name, one in data.items()
        }
    if isinstance(data, list):
        return [_shortened(one, exact) for one in data]
    return float(f"{data:.{_DIGITS}g}") if isinstance(data, float) else data


class _Blobs:
    """The bytes behind the JSON, taken in order."""

    def __init__(self, content: bytes) -> None:
        self._content, self._place = content, 0

    def take(self, count: int) -> bytes:
        """Return the next bytes. Raises ValueError where there are not so many."""
        found = self._content[self._place : self._place + count]
        if len(found) != count:
            raise ValueError("an array is cut short")
        self._place += count
        return found


def _packed(array: NDArray[Any]) -> tuple[str, bytes, dict[str, float]]:
    """Return the kind of an array, its bytes, and what is needed to read them."""
    if array.ndim == 3 and array.size and np.isfinite(array).all():
        low, high = float(array.min()), float(array.max())
        step = (high - low) / _LEVELS or 1.0
        levels = np.round((array.astype(np.float64) - low) / step).astype(np.uint8)
        # One map after another: differences of neighbours would deflate worse.
        return "map", np.moveaxis(levels, 2, 0).tobytes(), {"low": low, "step": step}
    if array.ndim == 2 and array.shape[1] == 2 and len(array) > 2:
        steps = np.full(array.shape, _NOTHING, np.int32)
        known = np.isfinite(array)
        steps[known] = np.round(array[known] * _STEPS).astype(np.int32)
        return "curve", _planes(np.diff(steps.T, axis=-1, prepend=np.int32(0))), {}
    return "exact", array.tobytes(), {}


def _planes(values: NDArray[np.int32]) -> bytes:
    """Return numbers with each byte of them beside its like: the high ones are mostly equal."""
    return np.ascontiguousarray(values.reshape(-1, 1).view(np.uint8).reshape(-1, 4).T).tobytes()


def _array(data: dict[str, Any], blobs: _Blobs) -> NDArray[Any]:
    shape, kind = tuple(map(int, data["shape"])), np.dtype(data["type"])
    if any(length < 0 for length in shape):
        raise ValueError("not a shape")
    count = math.prod(shape)
    if data["array"] == "map":
        height, width, maps = shape
        stored = np.frombuffer(blobs.take(count), np.uint8).reshape(maps, height, width)
        levels = np.moveaxis(stored, 0, 2)
        return (levels * float(data["step"]) + float(data["low"])).astype(kind)
    if data["array"] == "curve":
        bytes_ = np.frombuffer(blobs.take(4 * count), np.uint8).reshape(4, count)
        found = np.ascontiguousarray(bytes_.T).view(np.int32).reshape(2, -1)
        steps = np.cumsum(found, axis=-1, dtype=np.int32).T
        return np.where(steps == _NOTHING, np.nan, steps / _STEPS).astype(kind)
    return np.frombuffer(blobs.take(count * kind.itemsize), kind).reshape(shape).copy()
