"""The kinds of answers that the reading process gives, and their types."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from koa_desktop.loading.directory import Record
from koa_desktop.loading.header_table import HeaderRow
from koa_desktop.loading.source_elements import SourceElements
from koa_desktop.message import Message
from koa_desktop.radiograph import RadiographInfo, Window

SEALED = b"sealed"  # the first message of a process that can open nothing any more
FREE_MEMORY = b"free memory"  # asked for in place of a request


class Wanted(Enum):
    """The parts that can be read from a file's bytes."""

    RADIOGRAPH = "radiograph"
    HEADER = "header"
    SOURCE = "source"
    DIRECTORY = "directory"


@dataclass(frozen=True, slots=True)
class Film:
    """A radiograph without its grey values, which follow in a shared block of memory.

    They are of type `dtype` ("<u2") in rows and columns as `info` says.
    """

    info: RadiographInfo
    window: Window
    dtype: str


ANSWERS: dict[Wanted, Any] = {
    Wanted.RADIOGRAPH: Film,
    Wanted.HEADER: tuple[HeaderRow, ...],
    Wanted.SOURCE: SourceElements,
    Wanted.DIRECTORY: tuple[Record, ...],
}


@dataclass(frozen=True, slots=True)
class Request:
    """One task: read `wanted` from the first `count` bytes of the shared memory.

    It may take so many bytes of `memory`, and `seconds`.
    """

    wanted: Wanted
    count: int
    memory: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Refused:
    """The file cannot be read, and why."""

    reason: Message


@dataclass(frozen=True, slots=True)
class Fault:
    """The program failed; `trace` has no text from the file."""

    trace: str
