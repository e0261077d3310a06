"""Messages for people, as data: a code and its arguments. `koa_desktop.wording` makes the words.

The core raises, returns and stores codes. It never builds a sentence, and nothing decides by the
text of one, so that a sentence can be reworded or translated in one place.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Code(Enum):
    """Base of all enums of codes. A code's value is what files and the audit trail carry."""


@dataclass(frozen=True, slots=True)
class Message:
    """A code with the values that its sentence names, such as a file's name or a number.

    `arguments` are (name, value) pairs; the names are the placeholders of the code's template.
    """

    code: Code
    arguments: tuple[tuple[str, object], ...] = ()

    @classmethod
    def of(cls, code: Code, **arguments: object) -> Message:
        """Return a message from a code and its named arguments."""
        return cls(code, tuple(sorted(arguments.items())))
