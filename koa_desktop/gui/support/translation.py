"""The language of the window: Qt's catalogue for its own texts, gettext's for the core's."""

from __future__ import annotations

import gettext
import re
import struct
from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QCoreApplication, QDate, QLocale, QTranslator

from koa_desktop.system.log import logger
from koa_desktop.system.paths import RESOURCES
from koa_desktop.wording import language

TRANSLATIONS = RESOURCES / "translations"
_LOG = logger(__name__)


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:  # noqa: ARG001
    """Mark a text for translation under the name that Qt's tools look for (Qt's has no type)."""
    return text


def load(application: QCoreApplication, locale: QLocale) -> QTranslator | None:
    """Use the language of `locale`, as the catalogues in `resources/translations` have it.

    `koa_LANGUAGE.qm` holds the window's texts, `LANGUAGE/LC_MESSAGES/koa.mo` the sentences of
    `koa_desktop.wording`. Texts without a catalogue stay English; None if the window has none.
    """
    language.use(_sentences(locale))
    language.use_dates(written_dates(locale))
    translator = QTranslator(application)
    if not translator.load(locale, "koa", "_", str(TRANSLATIONS)):
        return None
    application.installTranslator(translator)
    return translator


def written_dates(locale: QLocale) -> Callable[[date], str]:
    """Return the function that writes a date in the locale's order and words, without the weekday.

    With the month's name, so that nobody takes the month for the day.
    """
    long = locale.dateFormat(QLocale.FormatType.LongFormat)
    pattern = re.sub(r"[\s,.،]*dddd[\s,.،]*", "", long).replace("MMMM", "MMM")

    def written(day: date) -> str:
        return locale.toString(QDate(day.year, day.month, day.day), pattern)

    return written


def _sentences(locale: QLocale) -> gettext.NullTranslations:
    """Return gettext's catalogue for `locale`; an empty one where it is missing or damaged."""
    try:
        return gettext.translation("koa", TRANSLATIONS, [locale.name()], fallback=True)
    except (OSError, ValueError, struct.error):
        _LOG.exception("The catalogue of sentences is damaged.")
        return gettext.NullTranslations()
