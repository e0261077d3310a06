"""Frozen data ↔ JSON's types, for answers of a process that may have been taken over.

Only what the types say is built, and nothing of it runs code, as a pickle's content would.
"""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from koa_desktop.errors import ReadReason
from koa_desktop.message import Code
from koa_desktop.radiograph import Note

MAX_TEXT = 4096
_CODES = {kind.__name__: kind for kind in (Note, ReadReason)}


def plain(value: Any) -> Any:
    """Return dataclasses, enums, dates, paths and tuples as JSON's types."""
    if is_dataclass(value):
        return [plain(getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, Code):
        return [type(value).__name__, value.value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (tuple, list)):
        return [plain(one) for one in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    return value


def built(kind: Any, given: Any) -> Any:
    """Return a value of type `kind` from what `plain` made of it. Raises ValueError."""
    if is_dataclass(kind) and isinstance(kind, type):
        hints = _hints(kind)
        if not isinstance(given, list) or len(given) != len(hints):
            raise ValueError("not the fields of this type")
        return kind(*(built(hint, one) for hint, one in zip(hints, given, strict=True)))
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _one_of(get_args(kind), given)
    if origin is tuple:
        return _tuple(get_args(kind), given)
    return _single(kind, given)


@cache
def _hints(kind: type) -> tuple[Any, ...]:
    hints = get_type_hints(kind)
    return tuple(hints[field.name] for field in fields(kind))


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
        kinds = _CODES if kind is Code else {kind.__name__: kind}
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
