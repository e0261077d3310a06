"""One case of the list: its file, its gradings, and the reader's reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QImage

from koa_desktop.errors import StoreReason
from koa_desktop.examination.decision import is_not_gradable
from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.examination.findings import Finding, Refusal
from koa_desktop.examination.identity import identity_of, without_accents
from koa_desktop.examination.measurements import scale
from koa_desktop.examination.reading import MarkedKnee, Reading, as_read
from koa_desktop.examination.sides import letter_side, sided
from koa_desktop.examination.sign_off import SignedKnee
from koa_desktop.examination.store import StoredReading
from koa_desktop.gui.support.remembered import remembered
from koa_desktop.knees.box import Box, Knee
from koa_desktop.message import Message
from koa_desktop.radiograph import Header, PixelSpacing, RadiographInfo
from koa_desktop.wording import decision_lines
from koa_desktop.wording.language import date_text, translated
from koa_desktop.wording.sentences import sentence, sentence_or_empty

if TYPE_CHECKING:
    from koa_desktop.gui.session.tasks import OpenedFile

# Before a grade in what is searched: no name of a file or patient holds it.
GRADE_MARK = "\N{SYMBOL FOR UNIT SEPARATOR}kl"


class CaseState(Enum):
    """The state of a case."""

    WAITING = "waiting"
    LOADING = "loading"
    GRADED = "graded"
    NEEDS_BOX = "needs a box"
    REFUSED = "refused"
    NOT_GRADABLE = "not gradable"  # by the reader's decision
    ERROR = "error"


UNFINISHED = (CaseState.WAITING, CaseState.LOADING)
# What the program could not grade, and the reader has not decided on.
LEFT_TO_READER = (CaseState.NEEDS_BOX, CaseState.REFUSED, CaseState.ERROR)


@dataclass(frozen=True, slots=True)
class GradingKey:
    """All that a grading depends on; the same key gives the same grading."""

    box: Box
    inverted: bool
    on_request: bool


@dataclass(slots=True, eq=False)
class Case:
    """A file of the list. Lives on the window's thread only.

    `radiograph` is None until the file was read. `error` tells why it could not be.
    """

    path: Path
    under_way: bool = False
    added: date | None = field(default_factory=date.today)  # to the list; None before today
    radiograph: RadiographInfo | None = None
    reading: Reading = field(default_factory=Reading)
    gradings: dict[GradingKey, ExaminedKnee] = field(default_factory=dict)
    awaited: set[GradingKey] = field(default_factory=set)
    refusal: Message | None = None
    reader: str = ""
    model: str = ""
    model_sha256: str = ""
    finder: str = ""
    error: Message | None = None
    gone: Message | None = None  # why the film of a graded case cannot be read again
    store_note: Message | None = None  # why the earlier reading is not shown
    kept_notice: Message | None = None  # on gradings of an earlier session
    seconds: float = 0.0
    thumbnail: QImage | None = None
    codes: Callable[[str], str] | None = None  # the study code of an identity
    # The knees as they were read, with the gradings they come from.
    _as_read: dict[
        tuple[
            GradingKey, MarkedKnee, tuple[Knee, ...], bool, PixelSpacing | None, SignedKnee | None
        ],
        tuple[ExaminedKnee, ExaminedKnee],
    ] = field(default_factory=dict, repr=False)
    memory: dict[str, tuple[tuple[Any, ...], Any]] = field(default_factory=dict, repr=False)

    def made_of(self) -> tuple[Any, ...]:
        """Return what state, texts and flags of this case come from; see `remembered`."""
        own = self.path, self.radiograph, self.reading, self.error, self.refusal
        return (*own, self.under_way, bool(self.awaited), *self.gradings.values())

    @property
    def identity(self) -> str:
        """What copies of one film share: its checksum, or the path of a file that was not read."""
        return self.radiograph.sha256 if self.radiograph else str(self.path)

    @property
    def study_code(self) -> str:
        """The code that pseudonymous exports call the film by; empty where there is no key."""
        return self.codes(self.identity) if self.codes else ""

    def follow(self, copy: Case) -> None:
        """Take over the work on a copy of the same film; its gradings are both's from then on."""
        self.reading, self.reader = copy.reading, copy.reader
        self.gradings, self.awaited = copy.gradings, copy.awaited
        self.refusal, self.store_note = copy.refusal, copy.store_note
        self.model, self.model_sha256 = copy.model, copy.model_sha256
        self.finder, self.kept_notice = copy.finder, copy.kept_notice

    def fill(self, opened: OpenedFile) -> None:
        """Take over what was read and graded of the file."""
        self.radiograph = opened.film.radiograph.info
        self.reading, self.refusal = opened.reading, opened.refusal
        if opened.stored is not None:
            self.reader = opened.stored.reader
            self.store_note = _note_on(opened.stored)
        self.model, self.model_sha256 = opened.model, opened.model_sha256
        self.finder = opened.finder
        self.thumbnail, self.seconds = opened.thumbnail, opened.seconds
        for marked, examined in zip(self.reading.placed, opened.examined, strict=True):
            self.gradings[self.key(marked)] = examined

    def with_stored(self, stored: StoredReading) -> Reading:
        """Return a stored reading to show instead of this one, and note where it is damaged."""
        self.store_note = _note_on(stored)
        if stored.knees_as_found:
            return replace(stored.reading, knees=self.reading.knees)
        return stored.reading

    @property
    def error_sentence(self) -> str:
        """The reason why the file could not be read, in words; empty where it was read."""
        return sentence_or_empty(self.error)

    @property
    @remembered
    def state(self) -> CaseState:
        """The state of this case."""
        if self.error:
            return CaseState.ERROR
        if self.radiograph is None:
            return CaseState.LOADING if self.under_way else CaseState.WAITING
        if not self.reading.placed:
            return CaseState.NOT_GRADABLE if self.reading.is_read else CaseState.NEEDS_BOX
        if self.awaited:
            return CaseState.LOADING
        if all(is_not_gradable(marked.decision) for marked in self.reading.placed):
            return CaseState.NOT_GRADABLE
        if all(self.final_grade(marked) is None for marked in self.reading.placed):
            return CaseState.REFUSED
        return CaseState.GRADED

    @property
    def is_unreadable(self) -> bool:
        """True where the file cannot be read, so that the reader has nothing to decide on."""
        return bool(self.error) or (self.gone is not None and not self.reading.is_read)

    @property
    def is_unread(self) -> bool:
        """True while the reader has not decided on all of a file that can be read."""
        return not self.is_unreadable and not self.reading.is_read

    @property
    def title(self) -> str:
        """The patient's name, else the file's."""
        return self.header.patient_name or self.path.name

    @property
    def header(self) -> Header:
        """The patient and the study: by the file, and by the reader where the file has nothing."""
        return identity_of(self.radiograph, self.reading) if self.radiograph else Header()

    @property
    def inverted(self) -> bool:
        """True where low values are bone: by the reader's word, else the file's."""
        if self.reading.inverted is not None:
            return self.reading.inverted
        return self.radiograph is not None and self.radiograph.inverted

    @property
    def spacing(self) -> PixelSpacing | None:
        """The pixel spacing by an object on the film, if the reader drew one; else the file's."""
        own = self.radiograph.spacing if self.radiograph is not None else None
        return scale(own, self.reading.measurements)

    def _in_scale(self, radiograph: RadiographInfo) -> RadiographInfo:
        """Return the radiograph with the pixel spacing that counts."""
        same = self.spacing == radiograph.spacing
        return radiograph if same else replace(radiograph, spacing=self.spacing)

    @property
    def polarity_corrected(self) -> bool:
        """True where the reader says that the file is stored inverted."""
        return self.radiograph is not None and self.inverted is not self.radiograph.inverted

    def key(self, marked: MarkedKnee) -> GradingKey:
        """Return what this knee's grading depends on."""
        return GradingKey(marked.knee.box, self.inverted, marked.on_request)

    def examined(self, marked: MarkedKnee) -> ExaminedKnee | None:
        """Return the knee with its grading, as it was read; None while it is being graded."""
        if marked.proposed or self.radiograph is None:
            return None
        key = self.key(marked)
        known = self.gradings.get(key)
        if known is None:
            return None
        placed, same = self._placed_knees, self._shares_side(marked)
        signed = self._signed(marked)
        depends_on = key, marked, placed, same, self.spacing, signed
        cached = self._as_read.get(depends_on)
        if cached is None or cached[0] is not known:
            radiograph = self._in_scale(self.radiograph)
            read = as_read(known, marked, radiograph, placed, same_side=same, signed=signed)
            cached = known, read
            self._as_read[depends_on] = cached
        return cached[1]

    def knee(self, marked: MarkedKnee) -> Knee:
        """Return a box with its side, by fibula or letter where nobody named it."""
        known = self.gradings.get(self.key(marked))
        if known is None or known.content is None or self.radiograph is None:
            return marked.knee
        letter = letter_side(known.letters, marked.knee, self._placed_knees)
        return sided(marked.knee, known.content, letter)

    def _signed(self, marked: MarkedKnee) -> SignedKnee | None:
        """Return a placed knee as it stands in a final reading; None in a draft."""
        signature = self.reading.sign_off.signature
        return signature.knees[self.reading.placed.index(marked)] if signature else None

    @property
    def _placed_knees(self) -> tuple[Knee, ...]:
        return tuple(one.knee for one in self.reading.placed)

    def _shares_side(self, marked: MarkedKnee) -> bool:
        side = self.knee(marked).side
        sides = [self.knee(one).side for one in self.reading.placed]
        return side is not None and sides.count(side) > 1

    def finding(self, marked: MarkedKnee) -> Finding:
        """Return the program's finding; an empty one while the knee is being graded."""
        examined = self.examined(marked)
        return examined.finding if examined else Finding()

    def final_grade(self, marked: MarkedKnee) -> int | None:
        """Return the grade that was signed, else the reader's, else the model's."""
        examined = self.examined(marked)
        if examined is not None:
            return examined.final_grade
        signed = None if marked.proposed else self._signed(marked)
        return signed.grade if signed is not None else marked.reader_grade

    def missing(self) -> list[MarkedKnee]:
        """Return the placed knees that have no grading yet."""
        return [knee for knee in self.reading.placed if self.key(knee) not in self.gradings]

    def examination(self, *, with_awaited: bool = False) -> Examination | None:
        """Return the case as an examination; None until the file was read.

        Knees that are being graded are left out, or are in it without a finding.
        """
        if self.radiograph is None:
            return None
        radiograph = self._in_scale(self.radiograph)
        if self.header is not radiograph.header:
            radiograph = replace(radiograph, header=self.header)
        if radiograph.inverted != self.inverted:
            radiograph = radiograph.with_inverted_polarity()
        knees = tuple(
            examined
            or ExaminedKnee(
                marked.knee,
                Finding(),
                reader_grade=marked.reader_grade,
                decision=marked.decision,
                comment=marked.comment,
                signed=self._signed(marked),
            )
            for marked in self.reading.placed
            if (examined := self.examined(marked)) or with_awaited
        )
        return Examination(
            radiograph,
            knees,
            refusal=None if knees else (self.refusal or Message(Refusal.NO_KNEE)),
            model=self.model,
            model_sha256=self.model_sha256,
            comment=self.reading.comment,
            measurements=self.reading.measurements,
            reader=self.reader,
            finder=self.finder,
            decision=None if knees else self.reading.decision,
            dictation=self.reading.dictation,
            identity=self.reading.identity,
            sign_off=self.reading.sign_off,
            masks=self.reading.masks,
        )

    @property
    def obstacles(self) -> str:
        """Why the reader gave no grades, each reason once; empty where all were given."""
        decided = [one.decision for one in self.reading.placed] or [self.reading.decision]
        told = dict.fromkeys(map(decision_lines.obstacle, decided))
        return ", ".join(reason for reason in told if reason)

    @property
    def reasons(self) -> list[str]:
        """Why this case should be looked at twice or has no grade: a sentence for each reason."""
        told = [self.error_sentence, "" if self.reading.placed else sentence_or_empty(self.refusal)]
        for marked in self.reading.placed:
            finding = self.finding(marked)
            side = self.knee(marked).side
            named = f"{side.value}: " if side else ""
            codes = [sentence_or_empty(finding.refusal), *map(sentence, finding.flags)]
            told += [f"{named}{code}" for code in codes if code]
        told += [decision_lines.choice(one) for one in self.reading.decisions if one.obstacle]
        return list(dict.fromkeys(reason for reason in told if reason))

    @property
    @remembered
    def flagged(self) -> bool:
        """True where a knee should be looked at twice, or was refused."""
        findings = [self.finding(marked) for marked in self.reading.placed]
        return any(finding.flags or finding.refusal for finding in findings)

    @property
    def is_signable(self) -> bool:
        """True where every knee is graded or refused, and the reading is a draft.

        A film on which no knee is placed can be signed once the reader has decided on it.
        """
        reading = self.reading
        if self.radiograph is None or self.error or reading.is_final:
            return False
        return not self.missing() if reading.placed else reading.is_read

    @remembered
    def grades_text(self) -> str:
        """Return each knee's grade in short: `R 2 · L not gradable`."""
        parts = []
        for marked in self.reading.placed:
            named, grade = self.knee(marked).side, self.final_grade(marked)
            side = named.value if named else "" if is_not_gradable(marked.decision) else "KL"
            none = translated("not gradable") if is_not_gradable(marked.decision) else "–"
            parts.append(f"{side} {none if grade is None else grade}".strip())
        return " · ".join(parts)

    @remembered
    def search_text(self) -> str:
        """Return what the search box looks through, in lower case, without the study code."""
        header = self.header
        # Not every keyboard has the letters of every name.
        names = header.patient_name, without_accents(header.patient_name)
        identity = *names, header.patient_id
        days = header.birth_date, header.study_date
        dates = (f"{date_text(day)} {day}" for day in days if day)
        grades = [
            f"{GRADE_MARK}{grade}"
            for marked in self.reading.placed
            if (grade := self.final_grade(marked)) is not None
        ]
        findings = [self.finding(marked) for marked in self.reading.placed]
        flags = [flag.value for finding in findings for flag in finding.flags]
        shown = [finding.box_class.value for finding in findings if finding.box_class]
        told = [sentence(code) for finding in findings for code in finding.flags]
        told += [sentence_or_empty(finding.refusal) for finding in findings]
        told += [decision_lines.choice(one) for one in self.reading.decisions]
        told += [marked.comment for marked in self.reading.placed]
        # The English word is found in every language, as the guide names it.
        read = ("read", translated("Read"))
        if not self.reading.is_read:
            read = ("unread", translated("Unread"))
        words = (
            self.path.name, *identity, *dates, *told,
            sentence_or_empty(self.refusal), self.reading.comment, *read,
            self.reading.sign_off.status.value, *decision_lines.remarks(self.reading.sign_off),
            self.grades_text(), *grades, *flags, *shown,
            "flag" if self.flagged else "", self.state.value, self.error_sentence,
        )  # fmt: skip
        return " ".join(words).casefold()


def _note_on(stored: StoredReading) -> Message | None:
    return Message(StoreReason.DAMAGED_ROW) if stored.is_damaged else None
