"""Speak another language in a test, and English again after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from gettext import NullTranslations
from pathlib import Path

import pytest
from PySide6.QtCore import QLocale, Qt
from PySide6.QtWidgets import QApplication

from koa_desktop.gui.support import translation
from koa_desktop.wording import language
from tests.translations.catalogue import Translations, compiled, program_texts

__all__ = ["marked_language", "speak"]


@pytest.fixture
def speak(app: QApplication) -> Iterator[Callable[[str], None]]:
    """Return the function that has the program speak a language until the test is over."""
    translators = []

    def load(name: str) -> None:
        translators.extend(translation.load(app, name))

    yield load
    for translator in translators:
        app.removeTranslator(translator)
    language.use(NullTranslations())
    language.use_dates(None)
    language.use_decimal_point(".")
    QLocale.setDefault(QLocale.c())
    app.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


@pytest.fixture
def marked_language(
    speak: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A language that says every text in English between angles."""
    texts = Translations(locale="es", fuzzy=False)
    for message in program_texts():
        if message.id:
            forms = message.id if message.pluralizable else (message.id,)
            said = tuple(f"«{form}»" for form in (*forms, forms[-1]))
            texts.add(
                message.id, said if message.pluralizable else said[0], context=message.context
            )
    file = tmp_path / "es" / "LC_MESSAGES" / "koa.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(compiled(texts))
    monkeypatch.setattr(language, "TRANSLATIONS", tmp_path)
    speak("es")
