"""What the export dialog says at the end of the files that are missing."""

from __future__ import annotations

from collections.abc import Sequence

from koa_desktop.message import Code, Message
from koa_desktop.wording.language import counted
from koa_desktop.wording.sentences import sentence


def problem_sentences(problems: Sequence[Message]) -> list[str]:
    """Return each kind of problem once, and how many more files have it."""
    alike: dict[Code, list[Message]] = {}
    for problem in problems:
        alike.setdefault(problem.code, []).append(problem)
    said = []
    for first, *others in alike.values():
        said.append(sentence(first))
        if others:
            said.append(
                counted(
                    "The same applies to 1 more file.",
                    "The same applies to {0} more files.",
                    len(others),
                )
            )
    return said
