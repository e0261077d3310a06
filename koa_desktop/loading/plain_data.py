"""Frozen data ↔ JSON's types, for answers of another process and for what is kept on disk.

Only what the types say is built, and nothing of it runs code, as a pickle's content would. Fields
go by their names: data of an earlier version, which lacks a field, gets that field's default.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache, partial
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
    """Return a value of type `kind` from what `plain` made of it. Raises ValueError.

    An array may also be given as one.
    """
    return _builder(kind)(given)


@cache
def _builder(kind: Any) -> Callable[[Any], Any]:
    """Return what builds values of one type: a type is looked into once, not at each value."""
    if is_dataclass(kind) and isinstance(kind, type):
        return partial(_dataclass, kind)
    origin, kinds = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        others = [one for one in kinds if one is not NoneType]
        if len(others) != 1:
            return _not_one_type
        return partial(_optional, others[0]) if NoneType in kinds else _builder(others[0])
    if origin is tuple:
        if len(kinds) == 2 and kinds[1] is Ellipsis:
            return partial(_any_number, kinds[0])
        return partial(_tuple, kinds)
    if origin is np.ndarray:
        return partial(_array, get_args(kinds[1])[0])
    return _single_builder(kind)


def _single_builder(kind: Any) -> Callable[[Any], Any]:
    if isinstance(kind, type) and issubclass(kind, Code):
        return partial(_code, kind)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return lambda given: kind(_value(str, given))
    if kind is Path:
        return lambda given: Path(_value(str, given))
    if kind is date:
        return lambda given: date.fromisoformat(_value(str, given))
    return _argument if kind is object else partial(_value, kind)


def _dataclass(kind: type, given: Any) -> Any:
    known, required = _fields(kind)
    if not isinstance(given, dict) or not known.keys() >= given.keys():
        raise ValueError("not the fields of this type")
    if not given.keys() >= required:
        raise ValueError("a field is missing")
    return kind(**{name: known[name](one) for name, one in given.items()})


@cache
def _fields(kind: Any) -> tuple[dict[str, Callable[[Any], Any]], set[str]]:
    """Return what builds each field, and the names of those without a default."""
    hints = get_type_hints(kind)
    required = {
        field.name
        for field in fields(kind)
        if field.default is MISSING and field.default_factory is MISSING
    }
    return {field.name: _builder(hints[field.name]) for field in fields(kind)}, required


def _array(kind: type[np.generic], given: Any) -> NDArray[Any]:
    """Return an array, whose values may be NaN. Raises ValueError."""
    if isinstance(given, np.ndarray):
        if given.dtype != kind:
            raise ValueError("not an array of this type")
        return given
    if not (isinstance(given, list) and len(given) == 2 and isinstance(given[1], str)):
        raise ValueError("not a shape and its values")
    shape, text = _any_number(int, given[0]), given[1]
    return np.frombuffer(base64.b64decode(text, validate=True), kind).reshape(shape).copy()


def _optional(kind: Any, given: Any) -> Any:
    return None if given is None else _builder(kind)(given)


def _not_one_type(given: Any) -> Any:  # noqa: ARG001
    raise ValueError("not one type")


def _any_number(kind: Any, given: Any) -> tuple[Any, ...]:
    return tuple(map(_builder(kind), _list(given)))


def _tuple(kinds: tuple[Any, ...], given: Any) -> tuple[Any, ...]:
    return tuple(_builder(kind)(one) for kind, one in zip(kinds, _list(given), strict=True))


def _list(given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise ValueError("not a list")
    return given


def _code(kind: type[Code], given: Any) -> Code:
    name, code = _tuple((str, str), given)
    return _code_type(kind, name)(code)


@cache
def _code_type(kind: type[Code], name: str) -> type[Code]:
    for one in Code.__subclasses__():
        if one.__name__ == name and issubclass(one, kind):
            return one
    raise ValueError("no such code")


def _argument(given: Any) -> Any:
    """Return a message's argument."""
    if type(given) not in (str, int, float):
        raise ValueError("not a value of a message")
    return _value(type(given), given)


def _value(kind: Any, given: Any) -> Any:
    if kind is float and type(given) is int:
        given = float(given)
    if type(given) is not kind or kind not in (str, int, float, bool):
        raise ValueError("not of this type")
    if (kind is str and len(given) > MAX_TEXT) or (kind is float and not math.isfinite(given)):
        raise ValueError("a value out of bounds")
    return given
