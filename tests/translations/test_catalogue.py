"""Every text of the program is translated into every language, and is translated rightly."""

from __future__ import annotations

import io

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo

from koa_desktop.wording import language
from koa_desktop.wording.guide import GUIDE, guide_html, guide_texts
from tests.translations.catalogue import (
    FOREIGN,
    RIGHT_TO_LEFT_MARK,
    Translations,
    catalogues,
    compiled,
    joined_full_stops,
    po_file,
    problems,
    program_joined_full_stops,
    program_texts,
    read,
)

ALL = [(name, domain) for name, domain, _ in catalogues()]
RENEW = "run: python -m tests.translations.catalogue"


@pytest.mark.parametrize(("name", "domain"), ALL)
def test_no_text_is_missing_stale_or_without_its_placeholders(name: str, domain: str) -> None:
    (texts,) = (texts for *known, texts in catalogues() if known == [name, domain])
    found = problems(read(po_file(name, domain), name), texts)
    assert not found, "\n".join([f"{RENEW}; {len(found)} to be mended in {name}", *found])


@pytest.mark.parametrize(("name", "domain"), ALL)
def test_what_is_compiled_is_what_was_translated(name: str, domain: str) -> None:
    path = po_file(name, domain)
    with path.with_suffix(".mo").open("rb") as file:
        shipped = said(read_mo(file))
    assert shipped == said(read_mo(io.BytesIO(compiled(read(path, name))))), RENEW


def said(catalogue: Catalog) -> list[tuple[str, str]]:
    return sorted((f"{one.context} {one.id}", str(one.string)) for one in catalogue if one.id)


def pair(
    english: str | tuple[str, str], foreign: str | tuple[str, ...], locale: str = "es"
) -> list[str]:
    """Return the problems of one translation."""
    texts, translations = Catalog(), Translations(locale=locale)
    texts.add(english)
    translations.add(english, foreign)
    return problems(translations, texts)


@pytest.mark.parametrize(
    ("english", "foreign", "problem"),
    [
        ("Knee", "", "missing"),
        ("{0} of {1}", "{0} de", "placeholders {0} {1} became {0}"),
        ("{name} is full", "{nombre} está lleno", "placeholders {name} became {nombre}"),
        ("{0:.2f} s", "{0:.1f} s", "placeholders {0:.2f} became {0:.1f}"),
        ("%1 exists", "existe", "placeholders %1 became"),
        ("<b>Scale.</b> In mm", "Escala. En mm", "marks <…> differ"),
        ("&Open", "Abrir", "the & before the key of a menu is lost"),
        ("Open &case", "&केस खोलें", "a sign belongs to the letter behind &"),
        ("evidence ", "indicio", "space or line break at an end"),
        (("1 film", "{0} films"), ("1 película", "{0} películas"), "2 forms of plural"),
        (("1 film", "{0} films"), ("1 película", "{0} películas", "películas"), "placeholders {0}"),
    ],
)
def test_a_wrong_translation_is_told(
    english: str | tuple[str, str], foreign: str | tuple[str, ...], problem: str
) -> None:
    assert any(found.startswith(problem) for found in pair(english, foreign))


@pytest.mark.parametrize(
    ("english", "foreign"),
    [
        ("{0} of {1}", "de {1}, {0}"),
        ("&Open", "&Abrir"),
        (("1 film", "{0} films"), ("1 película", "{0} de películas", "{0} películas")),
    ],
)
def test_a_right_translation_is_taken(
    english: str | tuple[str, str], foreign: str | tuple[str, ...]
) -> None:
    assert not pair(english, foreign)


@pytest.mark.parametrize(
    ("english", "hindi"),
    [
        ("{0} is full.", "{0} भर गया है."),
        ("{0} is full.", "{0} भर गया है"),
        ("{0}.", "{0}."),
        ("Full. Make room.", "भर गया है. जगह बनाएँ।"),
        ("<b>Scale.</b> In mm", "<b>स्केल.</b> mm में"),
        (("1 film is there.", "{0} films are there."), ("1 फ़िल्म है।", "{0} फ़िल्में हैं.")),
    ],
)
def test_a_hindi_sentence_that_does_not_end_with_a_danda_is_told(
    english: str | tuple[str, str], hindi: str | tuple[str, ...]
) -> None:
    assert [found.split(":")[0] for found in pair(english, hindi, "hi")] == [
        "a sentence ends without ।"
    ]


@pytest.mark.parametrize(
    ("english", "hindi"),
    [
        ("{0} is full.", "{0} भर गया है।"),
        ("Print To File ...", "फ़ाइल में प्रिंट करें ..."),
        ("Write .csv, {0:.1f} mm", ".csv, {0:.1f} mm लिखें"),
        ("Grade", "ग्रेड"),
    ],
)
def test_a_hindi_sentence_with_a_danda_is_taken(english: str, hindi: str) -> None:
    assert not pair(english, hindi, "hi")


def test_no_full_stop_is_joined_to_a_text_whatever_the_language() -> None:
    assert program_joined_full_stops() == []


@pytest.mark.parametrize(
    ("code", "lines"),
    [
        ('f"{text}."', [1]),
        ('x = 1\nf"<b>{name}.</b> {text}"', [2]),
        ('f"{name}. {text}"', [1]),
        ('f"{stem}.{ending}"', []),
        ('f"{stem}.png"', []),
        ('"{name} is full."', []),
    ],
)
def test_a_full_stop_behind_a_text_is_found(code: str, lines: list[int]) -> None:
    assert joined_full_stops(code) == lines


def test_a_text_that_is_gone_or_was_changed_is_stale() -> None:
    texts, spanish = Catalog(), Translations(locale="es")
    spanish.add("Old text", "Texto antiguo")
    texts.add("New text")
    assert problems(spanish, texts) == ["missing: 'New text'", "stale: 'Old text'"]
    spanish.update(texts)
    assert "stale: 'New text'" in problems(spanish, texts)


def test_texts_are_found_in_every_place_that_has_any() -> None:
    found = {(message.context, message.id) for message in program_texts()}
    assert found >= {
        (None, "&File"),
        (None, "Comment for the report"),
        (None, ("1 film", "{0} films")),
        (None, "No sign of osteoarthritis."),
        ("ReportText", "Impression"),
        ("Kellgren-Lawrence grade", "Doubtful"),
        ("guide", "Heat map"),
    }


def test_the_guide_is_whole_in_every_language() -> None:
    english = GUIDE.read_text(encoding="utf-8")
    assert "".join(guide_html().split()) == "".join(english.split())
    assert len(guide_texts()) > 80
    assert len(FOREIGN) == 4


def test_arabic_texts_run_from_the_right_whatever_they_begin_with() -> None:
    texts = language.catalogue("ar")
    for english in ("KOA Desktop is locked.", "{0} already exists. Replace it?"):
        assert texts.gettext(english).startswith(RIGHT_TO_LEFT_MARK)
    # Latin letters alone, as on the film, keep their order.
    assert texts.gettext("1:1") == "1:1"
    assert RIGHT_TO_LEFT_MARK not in language.catalogue("fr").gettext("KOA Desktop is locked.")
