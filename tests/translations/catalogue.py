"""Bring the catalogues of all languages up to date with the texts of the program.

    python -m tests.translations.catalogue

Run it after a change of texts and after a change of a translation: it takes new texts into each
`resources/translations/LANGUAGE/LC_MESSAGES/koa.po`, takes lost ones out, marks those whose English
changed a little as fuzzy, compiles every catalogue, and renews the checksums of catalogues and
fonts. It then lists what is left to translate.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_keywords
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from PySide6.QtCore import QLibraryInfo, QTranslator

import koa_desktop
from koa_desktop.grading.kellgren_lawrence import GRADE_NAMES
from koa_desktop.system.paths import RESOURCES
from koa_desktop.system.release_files import LIST, LISTED, list_of
from koa_desktop.wording.guide import GUIDE_CONTEXT, guide_texts
from koa_desktop.wording.kellgren_lawrence import GRADE_CONTEXT, MEANINGS, SIGNS
from koa_desktop.wording.language import ENGLISH, LANGUAGES, TRANSLATIONS
from koa_desktop.wording.sentences import TEMPLATES, context
from tests.translations.qt_texts import QT_TEXTS

FOREIGN = [name for name in LANGUAGES if name != ENGLISH]
# The functions that take a text, and which of their arguments it is (c for its context).
FUNCTIONS = parse_keywords(
    ["tr:1,1t", "tr:1,2c,2t", "_tr:1", "translate:2", "QT_TRANSLATE_NOOP:2", "translated:1"]
)
FUNCTIONS["counted"] = (1, 2)
WIDTH = 100
ALIKE = 0.8  # the share of letters that a changed text has in common with its translation's
RIGHT_TO_LEFT_MARK = "\N{RIGHT-TO-LEFT MARK}"
_FIELD = re.compile(r"\{[^{}]*\}|%\d|%n|<code>[^<]*</code>")
_AFTER_KEY = re.compile(r"&[^&](.)")
_MARK = re.compile(r"</?\w+[^>]*>")
DANDA = "।"  # ends a sentence in Hindi
_FULL_STOP = re.compile(r"(?<!\.)\.(?=[\s<]|$)")
_WITH_TEXTS = ("annotation", "gui", "report", "wording")  # the rooms that show texts
_ENGLISH_ALONE = "model_card.py"


def main() -> int:
    """Renew and compile the catalogues, and say what is left; 1 where anything is."""
    left = 0
    for name, domain, texts in catalogues():
        path = po_file(name, domain)
        catalogue = read(path, name)
        catalogue.update(texts, update_creation_date=False)
        catalogue.obsolete.clear()
        _drop_unlike(catalogue)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, catalogue, width=WIDTH, include_lineno=False)
        catalogue = read(path, name)
        path.with_suffix(".mo").write_bytes(compiled(catalogue))
        found = problems(catalogue, texts)
        left += len(found)
        print(f"{path.name} of {LANGUAGES[name]}: {len(texts)} texts, {len(found)} to be mended")
        for problem in found:
            print(f"  {problem}")
    for folder, names in LISTED.items():
        text = list_of(RESOURCES / folder, names)
        (RESOURCES / folder / LIST).write_text(text, encoding="ascii", newline="\n")
    return 1 if left else 0


def catalogues() -> list[tuple[str, str, Catalog]]:
    """Return each language with the domain of a catalogue and the texts that it must have."""
    texts = program_texts()
    return [
        *((name, "koa", texts) for name in FOREIGN),
        *((name, "qt", qt_texts(name)) for name in FOREIGN),
    ]


def po_file(name: str, domain: str) -> Path:
    """Return the file that translators edit."""
    return TRANSLATIONS / name / "LC_MESSAGES" / f"{domain}.po"


def program_texts() -> Catalog:
    """Return every text of window, report, messages and guide, in English."""
    texts = _empty()
    root = Path(koa_desktop.__file__).parent
    for file, _, message, comments, said_in in extract_from_dir(
        root, [("**.py", "python")], keywords=FUNCTIONS, comment_tags=("Like:",)
    ):
        place = [(f"koa_desktop/{Path(file).as_posix()}", 0)]
        texts.add(message, None, place, auto_comments=comments, context=said_in)
    for code, text in TEMPLATES.items():
        said_in = context(code)
        texts.add(text, None, auto_comments=[f"{said_in}.{code.name}"], context=said_in)
    for text in GRADE_NAMES:
        texts.add(text, None, context=GRADE_CONTEXT)
    for text in (*MEANINGS, *SIGNS):
        texts.add(text)
    for text in guide_texts():
        texts.add(text, None, context=GUIDE_CONTEXT)
    return texts


def qt_texts(name: str) -> Catalog:
    """Return the texts of Qt's dialogs and menus that Qt has not in a language itself."""
    texts, own = _empty(), QTranslator()
    own.load(f"qtbase_{name}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
    for said_in, of_class in QT_TEXTS.items():
        for text in of_class:
            if not own.translate(said_in, text):
                texts.add(text, auto_comments=[said_in])
    return texts


class Translations(Catalog):
    """A catalogue whose header has no dates and names, which would change without need."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """What gettext and the editors of translators ask for."""
        return [
            ("Language", str(self.locale)),
            ("Plural-Forms", self.plural_forms),
            ("Content-Type", "text/plain; charset=utf-8"),
        ]


def read(path: Path, name: str) -> Translations:
    """Return a catalogue as it is on the disk; an empty one where there is none."""
    content = path.read_bytes() if path.exists() else b""
    catalogue = Translations(
        locale=name, header_comment=f"# KOA Desktop in {LANGUAGES[name]}.", fuzzy=False
    )
    for message in read_po(io.BytesIO(content), locale=name):
        if message.id:
            catalogue[message.id] = message
    return catalogue


def compiled(catalogue: Catalog) -> bytes:
    """Return a catalogue as gettext reads it, without what is missing or fuzzy."""
    ready = Translations(locale=catalogue.locale, fuzzy=False)
    for message in catalogue:
        forms = message.string if message.pluralizable else [message.string]
        if message.id and all(forms):
            marked = message.clone()
            directed = tuple(map(_from_right, forms))
            marked.string = directed if message.pluralizable else directed[0]
            ready[message.id] = marked
    content = io.BytesIO()
    write_mo(content, ready)
    return content.getvalue()


def _from_right(text: str) -> str:
    """Return an Arabic text so that Qt lays it out from the right, others as they are.

    Qt goes by the first letter, which may be Latin, and that of a placeholder often is.
    """
    begins = next(
        (kind for kind in map(_direction, text.split("{", maxsplit=1)[0]) if kind), "left"
    )
    is_arabic = any(_direction(letter) == "right" for letter in text)
    is_plain = not text.startswith("<")
    return f"{RIGHT_TO_LEFT_MARK}{text}" if is_arabic and is_plain and begins == "left" else text


def _direction(letter: str) -> str:
    kinds = {"L": "left", "R": "right", "AL": "right"}
    return kinds.get(unicodedata.bidirectional(letter), "")


def problems(catalogue: Catalog, texts: Catalog) -> list[str]:
    """Return in one line each what is missing, stale, or not translated as it must be."""
    wanted = {_key(message) for message in texts if message.id}
    have = {_key(message) for message in catalogue if message.id}
    plurals = catalogue.num_plurals
    in_hindi = catalogue.locale is not None and catalogue.locale.language == "hi"
    return [
        *(f"missing: {_shown(key)}" for key in sorted(wanted - have)),
        *(f"stale: {_shown(key)}" for key in sorted(have - wanted)),
        *(problem for message in catalogue if message.id for problem in _faults(message, plurals)),
        *(fault for one in catalogue if in_hindi and one.id for fault in _hindi_faults(one)),
    ]


def joined_full_stops(code: str) -> list[int]:
    """Return the lines where code puts a full stop behind a text, whatever the language."""
    return [
        part.lineno
        for text in ast.walk(ast.parse(code))
        if isinstance(text, ast.JoinedStr)
        for before, part in pairwise(text.values)
        if isinstance(before, ast.FormattedValue) and isinstance(part, ast.Constant)
        if re.match(r"\.[\s<]", str(part.value)) or (part.value == "." and part is text.values[-1])
    ]


def program_joined_full_stops() -> list[str]:
    """Return the places in the program where a full stop is put behind a text."""
    root = Path(koa_desktop.__file__).parent
    return [
        f"{path.relative_to(root).as_posix()}:{line}"
        for room in _WITH_TEXTS
        for path in sorted((root / room).rglob("*.py"))
        if path.name != _ENGLISH_ALONE
        for line in joined_full_stops(path.read_text(encoding="utf-8"))
    ]


def _drop_unlike(catalogue: Catalog) -> None:
    """Keep the translations of changed texts as hints where the change was small."""
    for message in catalogue:
        before = message.previous_id[0] if message.fuzzy and message.previous_id else ""
        if before and SequenceMatcher(None, before, _key(message)[1]).ratio() < ALIKE:
            message.string = ("",) * catalogue.num_plurals if message.pluralizable else ""
            message.flags.discard("fuzzy")


def _empty() -> Catalog:
    return Catalog(fuzzy=False)


def _faults(message: Message, plurals: int) -> Iterator[str]:
    sources = message.id if isinstance(message.id, tuple) else (message.id,)
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    shown = _shown(_key(message))
    if not all(forms):
        yield f"missing: {shown}"
        return
    if message.fuzzy:
        yield f"stale: {shown}"
    if message.pluralizable and len(forms) != plurals:
        yield f"{len(forms)} forms of plural: {shown}"
    for number, form in enumerate(forms):
        is_last = number == len(forms) - 1
        found = _form_faults(sources[-1], form, may_lack_number=not is_last)
        yield from (f"{fault}: {shown}" for fault in found)


def _hindi_faults(message: Message) -> Iterator[str]:
    """Yield a fault where a sentence ends otherwise than by a danda."""
    sources = message.id if isinstance(message.id, tuple) else (message.id,)
    forms = message.string if isinstance(message.string, tuple) else (message.string,)
    is_sentence = _FULL_STOP.search(sources[-1][-2:]) is not None
    if all(forms) and any(
        _FULL_STOP.search(form) or (is_sentence and form[-1:] != DANDA) for form in forms
    ):
        yield f"a sentence ends without {DANDA}: {_shown(_key(message))}"


def _form_faults(source: str, form: str, *, may_lack_number: bool) -> Iterator[str]:
    fields, wanted = sorted(_FIELD.findall(form)), sorted(_FIELD.findall(source))
    without_number = sorted(field for field in wanted if field != "{0}")
    # "One file" and the Arabic dual need no number.
    if fields != wanted and not (may_lack_number and fields == without_number):
        yield f"placeholders {' '.join(wanted)} became {' '.join(fields)}"
    if sorted(_MARK.findall(form)) != sorted(_MARK.findall(source)):
        yield "marks <…> differ"
    if ("&" in source.replace("&&", "")) != ("&" in form.replace("&&", "")) and "<" not in source:
        yield "the & before the key of a menu is lost or new"
    if any(unicodedata.category(sign) in ("Mn", "Mc") for sign in _AFTER_KEY.findall(form)):
        yield "a sign belongs to the letter behind &, and would be drawn apart"
    for end in (0, -1):
        if source[end].isspace() != form[end].isspace():
            yield "space or line break at an end is lost or new"


def _key(message: Message) -> tuple[str, str]:
    return message.context or "", message.id if isinstance(message.id, str) else message.id[0]


def _shown(key: tuple[str, str]) -> str:
    said_in, text = key
    return f"{said_in}: {text!r}" if said_in else repr(text)


if __name__ == "__main__":
    sys.exit(main())
