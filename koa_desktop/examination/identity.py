"""The patient and the study of a film: what its file says, and what the reader typed for it.

Pictures such as JPEG and PNG name no patient, and a DICOM file may leave fields empty. The reader
types what is missing; it is kept with the reading. `identity_of` is the one place where both are
put together, and window, search, reports and tables read the patient from there.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields, replace
from datetime import date
from functools import lru_cache
from typing import Any

from koa_desktop.examination.reading import Reading
from koa_desktop.message import Code, Message
from koa_desktop.radiograph import NOTHING_TYPED, Header, Identity, RadiographInfo

SEXES = ("F", "M", "O")  # Patient's Sex (DICOM PS3.3 C.7.1.1)
MOST_LETTERS = 64  # of a name or an ID (DICOM PS3.5 6.2, LO and one group of PN)
OLDEST_YEARS = 130
FIRST_XRAY = date(1895, 11, 8)
# They separate values, parts of names and groups of letters there.
_DELIMITERS = re.compile(r"[\\^=]")
_ACCENTS = frozenset(map(chr, range(0x300, 0x370)))  # Combining Diacritical Marks
_FIELDS = tuple(field.name for field in fields(Identity))


class IdentityProblem(Code):
    """The reason why typed data of a patient cannot be right."""

    NAME_TOO_LONG = "name-too-long"  # argument: most
    ID_TOO_LONG = "id-too-long"  # argument: most
    NAME_LETTERS = "name-letters"
    ID_LETTERS = "id-letters"
    BORN_LATER = "born-later"  # than today
    BORN_TOO_EARLY = "born-too-early"  # argument: years
    TAKEN_LATER = "taken-later"  # than today
    TAKEN_TOO_EARLY = "taken-too-early"  # before there were X-rays
    TAKEN_BEFORE_BIRTH = "taken-before-birth"


def identity_of(radiograph: RadiographInfo, reading: Reading) -> Header:
    """Return a film's header: the file's own values, and the typed ones where it has none."""
    return with_identity(radiograph.header, reading.identity)


def same_patient(first: Header, second: Header) -> bool | None:
    """Tell whether two films show one patient: by ID, else by name and date of birth.

    None where these contradict each other or do not suffice; a reader may know.
    """
    ids = _compared(first.patient_id.casefold(), second.patient_id.casefold())
    names = _compared(without_accents(first.patient_name), without_accents(second.patient_name))
    born = _compared(first.birth_date, second.birth_date)
    if ids is True:
        return None if born is False or (names is False and born is None) else True
    if names is True and born is True:
        return None if ids is False else True
    if ids is False or names is False or born is False:
        return False
    return None


def _compared(one: object, other: object) -> bool | None:
    """Tell whether two values are the same; None where one of them is unknown."""
    return one == other if one and other else None


@lru_cache(2**16)  # a film is compared with all others
def without_accents(name: str) -> str:
    """Return a name without Latin accents, case and punctuation: `muller eva maria`."""
    parts = unicodedata.normalize("NFKD", name.casefold())
    letters = [one for one in parts if one not in _ACCENTS]
    # Vowel signs of Indian scripts are marks, too, and belong to the name.
    kept = (one if unicodedata.category(one)[0] in "LMN" else " " for one in letters)
    return " ".join("".join(kept).split())


def with_identity(own: Header, identity: Identity) -> Header:
    """Return a header whose empty fields are filled in."""
    return replace(own, **_missing(own, identity)) if identity != NOTHING_TYPED else own


def identified(reading: Reading, identity: Identity, radiograph: RadiographInfo) -> Reading:
    """Return the reading with the patient's data; what the file has itself is not kept."""
    return replace(reading, identity=Identity(**_missing(radiograph.header, identity)))


def _missing(own: Header, identity: Identity) -> dict[str, Any]:
    return {name: getattr(identity, name) for name in _FIELDS if not getattr(own, name)}


def as_identity(header: Header) -> Identity:
    """Return the fields of a header that can be typed."""
    return Identity(**{name: getattr(header, name) for name in _FIELDS})


def problem_of(identity: Identity, today: date) -> Message | None:
    """Return the reason why a patient's data cannot be right; None where nothing is wrong."""
    born, taken = identity.birth_date, identity.study_date
    found = {
        IdentityProblem.NAME_TOO_LONG: len(identity.patient_name) > MOST_LETTERS,
        IdentityProblem.NAME_LETTERS: _has_delimiter(identity.patient_name),
        IdentityProblem.ID_TOO_LONG: len(identity.patient_id) > MOST_LETTERS,
        IdentityProblem.ID_LETTERS: _has_delimiter(identity.patient_id),
        IdentityProblem.BORN_LATER: born is not None and born > today,
        IdentityProblem.BORN_TOO_EARLY: born is not None and today.year - born.year > OLDEST_YEARS,
        IdentityProblem.TAKEN_LATER: taken is not None and taken > today,
        IdentityProblem.TAKEN_TOO_EARLY: taken is not None and taken < FIRST_XRAY,
        IdentityProblem.TAKEN_BEFORE_BIRTH: born is not None and taken is not None and taken < born,
    }
    code = next((code for code, holds in found.items() if holds), None)
    return None if code is None else Message.of(code, most=MOST_LETTERS, years=OLDEST_YEARS)


def _has_delimiter(text: str) -> bool:
    return bool(_DELIMITERS.search(text)) or any(
        unicodedata.category(letter) == "Cc" for letter in text
    )


def to_json(identity: Identity) -> dict[str, str] | None:
    """Return what was typed as JSON's types; None where nothing was."""
    typed = {name: value for name in _FIELDS if (value := getattr(identity, name))}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in typed.items()
    } or None


def from_json(stored: dict[str, Any] | None) -> Identity:
    """Return a stored identity. Raises ValueError or TypeError where no program wrote it."""
    known = dict(stored or {})
    for name in ("birth_date", "study_date"):
        if name in known:
            known[name] = date.fromisoformat(known[name])
    if not all(isinstance(value, (str, date)) for value in known.values()):
        raise ValueError("not a patient's data")
    return Identity(**known)
