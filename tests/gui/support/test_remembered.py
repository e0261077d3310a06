"""What is computed of an object is kept until something that it comes from is replaced."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from koa_desktop.gui.support.remembered import remembered


@dataclass
class Film:
    name: str = "a"
    grades: dict[str, object] = field(default_factory=dict)
    memory: dict[str, tuple[tuple[Any, ...], Any]] = field(default_factory=dict)
    computed: int = 0

    def made_of(self) -> tuple[Any, ...]:
        return self.name, *self.grades.values()

    @property
    @remembered
    def title(self) -> str:
        self.computed += 1
        return f"{self.name} {len(self.grades)}"


def test_a_value_is_computed_anew_only_after_a_change() -> None:
    film = Film()
    assert film.title == film.title == "a 0"
    assert film.computed == 1
    film.grades["left"] = object()
    assert film.title == "a 1"
    film.grades["left"] = object()
    assert film.title == "a 1"
    assert film.computed == 3
    film.name = "b"
    assert film.title == film.title == "b 1"
    assert film.computed == 4


def test_two_objects_remember_for_themselves() -> None:
    assert (Film("a").title, Film("b").title) == ("a 0", "b 0")
