"""Remembers what is computed of an object until something that it comes from is replaced."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from operator import is_
from typing import Any, Protocol, TypeVar

Value = TypeVar("Value")


class Made(Protocol):
    """An object that tells what all that is remembered of it comes from."""

    memory: dict[str, tuple[tuple[Any, ...], Any]]

    def made_of(self) -> tuple[Any, ...]:
        """Return objects that are replaced, never changed."""
        ...


Owner = TypeVar("Owner", bound=Made)


def remembered(compute: Callable[[Owner], Value]) -> Callable[[Owner], Value]:
    """Make a method compute its value anew only where `made_of` has other objects than before."""
    name = compute.__name__

    @wraps(compute)
    def known(owner: Owner) -> Value:
        made_of = owner.made_of()
        found = owner.memory.get(name)
        if found is None or len(found[0]) != len(made_of) or not all(map(is_, found[0], made_of)):
            found = owner.memory[name] = made_of, compute(owner)
        value: Value = found[1]
        return value

    return known
