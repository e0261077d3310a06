"""The language of all texts: gettext catalogues by the English text; English where none is set."""

from __future__ import annotations

import gettext

_translations: gettext.NullTranslations = gettext.NullTranslations()


def use(translations: gettext.NullTranslations) -> None:
    """Take all texts from these translations from now on."""
    global _translations  # noqa: PLW0603 -- one language a program
    _translations = translations


def translated(text: str) -> str:
    """Return an English text in the language in use."""
    return _translations.gettext(text)
