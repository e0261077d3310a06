"""Frozen data ↔ JSON's types, for answers of another process and for what is kept on disk.

Only what the types say is built, and nothing of it runs code, as a pickle's content would. Fields
go by their names: data of an earlier version, which lacks a field, gets that field's default.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from koa_desktop.message import Code

MAX_TEXT = 4096


def plain(value: Any, array: Callable[[NDArray[Any]], Any] | None = None) -> Any:
    """Return dataclasses, enums, dates, paths, tuples and arrays as JSON's types.

    `array` makes something else of arrays than their shape and values in base 64.
    """
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name), array) for field in fields(value)}
    if isinstance(value, np.ndarray):
        if array is not None:
            return array(value)
        return [list(value.shape), base64.b64encode(value.tobytes()).decode("ascii")]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Code):
        return [type(value).__name__, value.value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [plain(one, array) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return value


def built(kind: Any, given: Any) -> Any:
    """Return a value of type `kind` from what `plain` made of it. Raises ValueError."""
    if is_dataclass(kind) and isinstance(kind, type):
        return _dataclass(kind, given)
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _one_of(get_args(kind), given)
    if origin is tuple:
        return _tuple(get_args(kind), given)
    if origin is np.ndarray:
        return _array(get_args(get_args(kind)[1])[0], given)
    return _single(kind, given)


def _dataclass(kind: type, given: Any) -> Any:
    known = _fields(kind)
    if not isinstance(given, dict) or not known.keys() >= given.keys():
        raise ValueError("not the fields of this type")
    for name, (field, _) in known.items():
        if name not in given and field.default is MISSING and field.default_factory is MISSING:
            raise ValueError("a field is missing")
    return kind(**{name: built(known[name][1], one) for name, one in given.items()})


@cache
def _fields(kind: Any) -> dict[str, tuple[Field[Any], Any]]:
    hints = get_type_hints(kind)
    return {field.name: (field, hints[field.name]) for field in fields(kind)}


def _array(kind: type[np.generic], given: Any) -> NDArray[Any]:
    """Return an array, whose values may be NaN. Raises ValueError."""
    if not (isinstance(given, list) and len(given) == 2 and isinstance(given[1], str)):
        raise ValueError("not a shape and its values")
    shape, text = built(tuple[int, ...], given[0]), given[1]
    return np.frombuffer(base64.b64decode(text, validate=True), kind).reshape(shape).copy()


def _one_of(kinds: tuple[Any, ...], given: Any) -> Any:
    if given is None and NoneType in kinds:
        return None
    others = [kind for kind in kinds if kind is not NoneType]
    if len(others) != 1:
        raise ValueError("not one type")
    return built(others[0], given)


def _tuple(kinds: tuple[Any, ...], given: Any) -> tuple[Any, ...]:
    if not isinstance(given, list):
        raise ValueError("not a list")
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        kinds = (kinds[0],) * len(given)
    return tuple(built(kind, one) for kind, one in zip(kinds, given, strict=True))


def _single(kind: Any, given: Any) -> Any:
    if kind is object:
        # A message's argument.
        kind = type(given)
        if kind not in (str, int, float):
            raise ValueError("not a value of a message")
    if isinstance(kind, type) and issubclass(kind, Code):
        kinds = {one.__name__: one for one in Code.__subclasses__() if issubclass(one, kind)}
        name, code = built(tuple[str, str], given)
        return kinds[name](code) if name in kinds else _no_value()
    if kind is Path:
        return Path(built(str, given))
    if kind is date:
        return date.fromisoformat(built(str, given))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(built(str, given))
    if kind is float and type(given) is int:
        given = float(given)
    if type(given) is not kind or kind not in (str, int, float, bool):
        raise ValueError("not of this type")
    if (kind is str and len(given) > MAX_TEXT) or (kind is float and not math.isfinite(given)):
        raise ValueError("a value out of bounds")
    return given


def _no_value() -> Any:
    raise ValueError("no such code")
