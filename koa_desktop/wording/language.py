"""The language of all texts: gettext catalogues by the English text, and how it writes numbers."""

from __future__ import annotations

import gettext
import string
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime

from koa_desktop.system.log import logger
from koa_desktop.system.paths import RESOURCES
from koa_desktop.system.release_files import is_changed

TRANSLATIONS = RESOURCES / "translations"
ENGLISH = "en"
# Each language by its own name, so that its speakers find it.
LANGUAGES = {
    ENGLISH: "English",
    "es": "Español",
    "fr": "Français",
    "hi": "हिन्दी",
    "ar": "العربية",
}
_RIGHT_TO_LEFT = {"ar"}
LEFT_TO_RIGHT_MARK = "\N{LEFT-TO-RIGHT MARK}"
# With the month's name, so that nobody takes the month for the day.
DATE = "%d %b %Y"

_LOG = logger(__name__)
_written: Callable[[date], str] | None = None
_translations: gettext.NullTranslations = gettext.NullTranslations()
_decimal_point = "."
_ENGLISH_TEXTS = gettext.NullTranslations()
# A thread has a context of its own.
_is_english: ContextVar[bool] = ContextVar("is_english", default=False)


def catalogue(name: str) -> gettext.NullTranslations:
    """Return the texts of a language; those that it lacks, and damaged files, stay English."""
    texts = _catalogue("koa", name)
    texts.add_fallback(_catalogue("qt", name))
    return texts


def use(translations: gettext.NullTranslations) -> None:
    """Take all texts from these translations from now on."""
    global _translations  # noqa: PLW0603 -- one language a program
    _translations = translations


@contextmanager
def in_english() -> Iterator[None]:
    """Have texts, numbers and dates of this thread in English meanwhile, for files of data."""
    token = _is_english.set(True)
    try:
        yield
    finally:
        _is_english.reset(token)


def _in_use() -> gettext.NullTranslations:
    return _ENGLISH_TEXTS if _is_english.get() else _translations


def name() -> str:
    """Return the language in use, one of `LANGUAGES`."""
    return _in_use().info().get("language", ENGLISH)


def is_right_to_left() -> bool:
    """Tell whether the language in use is written from right to left."""
    return name() in _RIGHT_TO_LEFT


def translated(text: str, context: str = "") -> str:
    """Return an English text in the language in use.

    The context tells texts apart that are the same in English only.
    """
    if context:
        return _in_use().pgettext(context, text)
    # The empty text is the name of a catalogue's own header.
    return _in_use().gettext(text) if text else ""


def with_full_stop(text: str) -> str:
    """Return a text with the full stop of the language in use: `।` in Hindi."""
    return translated("{0}.").format(text)


def labelled(label: str, value: object) -> str:
    """Return `label: value` with the colon of the language in use: French has a space before it."""
    return translated("{0}: {1}").format(label, value)


def counted(one: str, several: str, number: int, *arguments: object) -> str:
    """Return the form that the language in use has for a number, filled in.

    `one` and `several` are English, with `{0}` for the number, then `{1}` for the first argument.
    """
    return _in_use().ngettext(one, several, number).format(number, *arguments)


def use_dates(written: Callable[[date], str] | None) -> None:
    """Write all dates like this from now on; None is by `DATE`."""
    global _written  # noqa: PLW0603 -- one style of dates a program
    _written = written


def use_decimal_point(sign: str) -> None:
    """Write all decimal fractions with this sign from now on."""
    global _decimal_point  # noqa: PLW0603 -- one style of numbers a program
    _decimal_point = sign


def filled(template: str, *arguments: object, **named: object) -> str:
    """Return `template.format(...)` with decimal fractions as the language in use writes them."""
    return _Filler().vformat(template, arguments, named)


def date_text(day: date | None) -> str:
    """Return a date in the style of the locale; empty without one."""
    if day is None:
        return ""
    if _is_english.get():
        return day.isoformat()
    return day.strftime(DATE) if _written is None else _written(day)


def time_text(moment: datetime, *, seconds: bool = False) -> str:
    """Return a moment by its own clock: the date as `date_text` writes it, and the time."""
    clock = moment.strftime("%H:%M:%S" if seconds else "%H:%M")
    return f"{date_text(moment.date())}, {clock}"


class _Filler(string.Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        text = str(format(value, format_spec))
        if not isinstance(value, float):
            return text
        sign = "." if _is_english.get() else _decimal_point
        # Among Arabic letters, the plus or minus of a number would move behind it.
        mark = LEFT_TO_RIGHT_MARK if is_right_to_left() and text[:1] in ("+", "-") else ""
        return mark + text.replace(".", sign)


def _catalogue(domain: str, name: str) -> gettext.NullTranslations:
    # A changed text may lack the places that are filled in, and would end the program there.
    if is_changed(TRANSLATIONS, f"{name}/LC_MESSAGES/{domain}.mo"):
        _LOG.error("The catalogue %s of %s is not the one of this release.", domain, name)
        return gettext.NullTranslations()
    try:
        return gettext.translation(domain, TRANSLATIONS, [name], fallback=True)
    except (OSError, ValueError, struct.error):
        _LOG.exception("The catalogue %s of %s is damaged.", domain, name)
        return gettext.NullTranslations()
