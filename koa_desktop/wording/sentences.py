"""From a code, or a message with its arguments, to its sentence."""

from __future__ import annotations

from collections.abc import Callable

from koa_desktop.examination.decision import Obstacle
from koa_desktop.grading.oarsi import OarsiName
from koa_desktop.message import Code, Message
from koa_desktop.wording import (
    actions,
    command_line,
    discovery,
    errors,
    findings,
    notes,
    report,
    sources,
    store,
)
from koa_desktop.wording.joint_space import templates as joint_space
from koa_desktop.wording.language import filled, translated
from koa_desktop.wording.oarsi import templates as oarsi
from koa_desktop.wording.patients import follow_up, identity, importing

# English templates with named placeholders, one table a subject.
TEMPLATES: dict[Code, str] = {
    **actions.TEMPLATES,
    **command_line.TEMPLATES,
    **discovery.TEMPLATES,
    **errors.TEMPLATES,
    **findings.TEMPLATES,
    **follow_up.TEMPLATES,
    **identity.TEMPLATES,
    **importing.TEMPLATES,
    **joint_space.TEMPLATES,
    **notes.TEMPLATES,
    **oarsi.TEMPLATES,
    **report.TEMPLATES,
    **sources.TEMPLATES,
    **store.TEMPLATES,
}

# The arguments that are values of codes.
_CODES: dict[str, type[Code]] = {
    "reading": OarsiName,
    "obstacle": Obstacle,
    "side": actions.KneeName,
}
_NAMES = {"name", "new_name", "path", "folder", "file"}  # the arguments that come from outside
_MOST_LETTERS = 260


def sentence(message: Message | Code) -> str:
    """Return a message in words, in the language in use. Raises KeyError without a template."""
    return _filled(message, translated, filled)


def english(message: Message | Code | None) -> str:
    """Return a message in English, as tables and JSON carry it; empty without one."""
    return "" if message is None else _filled(message, _untranslated, str.format)


def capitalised(text: str) -> str:
    """Return a text with a capital first letter, and all others as they are."""
    return f"{text[:1].upper()}{text[1:]}"


def context(code: Code) -> str:
    """Return the context of a code's template in the catalogues: the name of its enum."""
    return type(code).__name__


def _untranslated(text: str, context: str) -> str:  # noqa: ARG001
    return text


def _filled(
    message: Message | Code, worded: Callable[[str, str], str], fill: Callable[..., str]
) -> str:
    if isinstance(message, Code):
        message = Message(message)
    shown = {name: _argument(name, value, worded) for name, value in message.arguments}
    of_knee = shown.pop("of_knee", None)
    words = fill(worded(TEMPLATES[message.code], context(message.code)), **shown)
    if of_knee is None:
        return words
    code = actions.OfKnee(of_knee)
    return fill(worded(TEMPLATES[code], context(code)), change=words)


def _argument(name: str, value: object, worded: Callable[[str, str], str]) -> object:
    """Return an argument as it is filled in; the value of a code in words."""
    if name in _CODES:
        code = _CODES[name](value)
        words = worded(TEMPLATES[code], context(code))
        return f"{words[:1].lower()}{words[1:]}"
    return shortened(str(value)) if name in _NAMES else value


def shortened(name: str) -> str:
    """Leave out the middle of a name that no file system takes, and no sentence either."""
    if len(name) <= _MOST_LETTERS:
        return name
    kept = _MOST_LETTERS // 2
    return f"{name[:kept]}…{name[-kept:]}"


def sentence_or_empty(message: Message | Code | None) -> str:
    """Return a message in words; empty without one."""
    return "" if message is None else sentence(message)
