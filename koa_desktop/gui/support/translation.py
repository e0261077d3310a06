"""The language of the window: Qt asks the catalogues of `koa_desktop.wording` for each text."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QCoreApplication, QDate, QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtGui import QGuiApplication

from koa_desktop.wording import language

_RIGHT_TO_LEFT = "\N{RIGHT-TO-LEFT MARK}"
_KEYS = "QShortcut"  # in which Qt asks for the names of keys
# Digits in all languages are these, as on films, in grades and in hospitals' systems.
_WESTERN_ZERO = "0"
_WESTERN_ARABIC = QLocale(QLocale.Language.Arabic, QLocale.Country.UnitedArabEmirates)


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:  # noqa: ARG001
    """Mark a text for translation under the name that Qt's tools look for (Qt's has no type)."""
    return text


class Texts(QTranslator):
    """Answers Qt from the catalogue in use; the window's `self.tr` comes here."""

    def translate(
        self,
        context: str,
        text: str,
        disambiguation: str | None = None,
        number: int = -1,  # noqa: ARG002 -- plurals are made by `language.counted`
    ) -> str | None:
        """Return a text in the language in use; None asks Qt's own translator.

        A disambiguation is the catalogue's context.
        """
        # As they are printed on most keyboards, and as the guide names them.
        if context == _KEYS:
            return text
        found = language.translated(text, disambiguation or "")
        if found == text and disambiguation:
            found = language.translated(text)
        return found if found != text else None


def system_language() -> str:
    """Return the first of the system's languages that the program speaks, else English."""
    for wanted in QLocale.system().uiLanguages():
        name = wanted.split("-")[0]
        if name in language.LANGUAGES:
            return name
    return language.ENGLISH


def locale_of(name: str) -> QLocale:
    """Return the locale of a language: the system's where it has that language.

    Who reads English because the program lacks the system's language keeps the system's dates.
    """
    system = QLocale.system()
    spoken = system.name().split("_")[0]
    is_own = spoken == name or (name == language.ENGLISH and spoken not in language.LANGUAGES)
    locale = system if is_own else QLocale(name)
    return locale if locale.zeroDigit() == _WESTERN_ZERO else _WESTERN_ARABIC


def load(application: QCoreApplication, name: str) -> list[QTranslator]:
    """Use a language of `language.LANGUAGES` for all texts, dates, numbers and the layout.

    Returns the translators that Qt asks now: its own, empty for Hindi, and the program's.
    """
    locale = locale_of(name)
    language.use(language.catalogue(name))
    language.use_dates(written_dates(locale))
    language.use_decimal_point(locale.decimalPoint())
    QLocale.setDefault(locale)
    if isinstance(application, QGuiApplication):
        application.setLayoutDirection(QLocale(name).textDirection())
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    own = QTranslator(application)
    own.load(f"qtbase_{name}", folder)
    # Qt asks the one that was installed last first.
    translators = [own, Texts(application)]
    for translator in translators:
        application.installTranslator(translator)
    return translators


def written_dates(locale: QLocale) -> Callable[[date], str]:
    """Return the function that writes a date in the locale's order and words, without the weekday.

    With the month's name, so that nobody takes the month for the day.
    """
    long = locale.dateFormat(QLocale.FormatType.LongFormat)
    # Spanish joins the parts by words, which its short months do without.
    pattern = re.sub(r"[\s,.،]*dddd[\s,.،]*|\s*'de'", "", long).replace("MMMM", "MMM")

    # Else the day would join a Latin text before it.
    mark = _RIGHT_TO_LEFT if locale.textDirection() is Qt.LayoutDirection.RightToLeft else ""

    def written(day: date) -> str:
        return mark + locale.toString(QDate(day.year, day.month, day.day), pattern)

    return written
