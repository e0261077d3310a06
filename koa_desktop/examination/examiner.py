"""The examination of a radiograph: detect the knees, classify, crop, grade, measure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from koa_desktop.examination.contradictions import contradictions_checked
from koa_desktop.examination.decision import Decision, is_not_gradable
from koa_desktop.examination.dictation import Dictation
from koa_desktop.examination.findings import (
    Finding,
    Flag,
    Refusal,
    box_class_of,
    judge,
    narrowing_checked,
    reader_polarity_flags,
    refusal_of,
    same_side_checked,
)
from koa_desktop.examination.measurements import Measurement
from koa_desktop.examination.sides import Witnesses, side_checked, sided
from koa_desktop.examination.sign_off import DRAFT, SignedKnee, SignOff
from koa_desktop.grading.finder import BoxContent, Detection, Finder
from koa_desktop.grading.grader import Grader, Grading
from koa_desktop.grading.letters import Letter, LetterReader
from koa_desktop.grading.oarsi import GivenReading, OarsiName
from koa_desktop.imaging.masks import Mask
from koa_desktop.joint_space.margins import MarginFinder
from koa_desktop.joint_space.measure import (
    JointSpace,
    JointSpaceReason,
    measure_joint_space,
    unmeasured,
)
from koa_desktop.knees.box import Knee
from koa_desktop.knees.crop import crop
from koa_desktop.knees.proposals import is_single_knee_crop, whole_image
from koa_desktop.message import Message
from koa_desktop.networks.bundle import check_cards
from koa_desktop.radiograph import (
    NOTHING_TYPED,
    Identity,
    InvertedBy,
    Note,
    Radiograph,
    RadiographInfo,
)
from koa_desktop.system.log import logger
from koa_desktop.system.paths import MODELS

_LOG = logger(__name__)

# Of the image's shorter side; the published crops' knees are found at 0.91 to 1.07 of it.
CROP_SHARE = 0.8


@dataclass(frozen=True, eq=False)
class ExaminedKnee:
    """A knee with the program's finding and the reader's grade and comment.

    There is no `grading` and no `joint_space` where the knee was refused. `letters` are the film's,
    `reader_readings` the grades of OARSI readings that the reader gave in place of the program's.
    `signed` is the knee as it stands in a final reading, whatever the model says since.
    """

    knee: Knee
    finding: Finding
    grading: Grading | None = None
    content: BoxContent | None = None
    joint_space: JointSpace | None = None
    reader_grade: int | None = None
    decision: Decision | None = None
    letters: tuple[Letter, ...] = ()
    comment: str = ""
    reader_readings: tuple[GivenReading, ...] = ()
    signed: SignedKnee | None = None

    @property
    def oarsi_grades(self) -> dict[OarsiName, int]:
        """The grade of each OARSI reading: the reader's where there is one, else the program's."""
        if self.signed is not None:
            return dict(self.signed.readings)
        return {reading.name: reading.grade for reading in self.finding.readings} | dict(
            self.reader_readings
        )

    @property
    def final_grade(self) -> int | None:
        """The reader's grade where there is one, else the model's; None where they say none."""
        if self.signed is not None:
            return self.signed.grade
        if is_not_gradable(self.decision):
            return None
        return self.finding.grade if self.reader_grade is None else self.reader_grade


@dataclass(frozen=True, eq=False)
class Examination:
    """One radiograph with its examined knees; `refusal` says why there are none.

    `decision` is the reader's on a film without knees, `dictation` the reader's own paragraphs.
    The radiograph's header has the typed `identity`, too, once the reader's work is in it. Pictures
    of it are black where it is masked.
    """

    radiograph: RadiographInfo
    knees: tuple[ExaminedKnee, ...] = ()
    refusal: Message | None = None
    model: str = ""
    model_sha256: str = ""
    comment: str = ""
    reader: str = ""
    measurements: tuple[Measurement, ...] = ()
    finder: str = ""
    decision: Decision | None = None
    dictation: Dictation | None = None
    identity: Identity = NOTHING_TYPED
    sign_off: SignOff = DRAFT
    masks: tuple[Mask, ...] = ()


class Examiner:
    """The networks that examine a radiograph. Safe to use from several threads."""

    def __init__(
        self,
        grader: Grader,
        finder: Finder,
        margin_finder: MarginFinder,
        letter_reader: LetterReader,
    ) -> None:
        """Examine with these loaded networks."""
        self.grader = grader
        self.finder = finder
        self.margin_finder = margin_finder
        self.letter_reader = letter_reader
        self._last_letters: tuple[tuple[str, bool], tuple[Letter, ...]] | None = None

    @classmethod
    def load(cls, folder: Path = MODELS, threads: int = 2, at_once: int = 1) -> Examiner:
        """Load all networks of a folder. Raises BundleError where one cannot be used.

        `threads` work at one film, and `at_once` films are examined at a time: that is quicker for
        many films, and takes some 150 MB for each.
        """
        check_cards(folder)
        return cls(
            Grader(folder, threads=threads, at_once=at_once),
            Finder(folder, threads, at_once),
            MarginFinder(folder / "joint_space", at_once),
            LetterReader(folder / "letters", at_once),
        )

    def examine(
        self, radiograph: Radiograph, *, single_crop: bool = False, on_request: bool = False
    ) -> Examination:
        """Examine one radiograph. `single_crop` takes the whole image as one knee.

        `on_request` grades what is refused, too, and marks it so.
        """
        if not single_crop:
            radiograph = self.settled(radiograph)
        detections = (self._whole(radiograph),) if single_crop else self._detected(radiograph)
        knees = tuple(one.knee for one in detections)
        examined = tuple(
            self.examine_knee(
                radiograph, one.knee, on_request=on_request, content=one.content, knees=knees
            )
            for one in detections
        )
        return Examination(
            radiograph.info,
            _same_sides_checked(examined),
            refusal=None if examined else Message(Refusal.NO_KNEE),
            model=self.grader.card.label,
            model_sha256=self.grader.card.sha256,
            finder=self.finder.card.label,
        )

    def examine_knee(
        self,
        radiograph: Radiograph,
        knee: Knee,
        *,
        on_request: bool = False,
        content: BoxContent | None = None,
        knees: Sequence[Knee] = (),
    ) -> ExaminedKnee:
        """Classify one box and grade it. `content` is the classification where it is known.

        `on_request` grades the box even if it is refused, and flags it. `knees` are all of the
        film.
        """
        content = content or self.finder.classify(radiograph, knee.box)
        # A crop of one knee has no room for letters.
        is_crop = knee.box == whole_image(radiograph.info).box
        letters = () if is_crop else self.letters(radiograph)
        witnesses = Witnesses.of(radiograph.info, letters, knee, knees or (knee,))
        knee = sided(knee, content, witnesses.letter)
        box_class = box_class_of(content, self.finder.card.native_threshold)
        refusal = refusal_of(radiograph.info, knee, box_class)
        polarity = reader_polarity_flags(radiograph.info)
        if refusal and not on_request:
            refused = Finding(flags=polarity, refusal=refusal, box_class=box_class)
            refused = side_checked(refused, knee, content, witnesses)
            return ExaminedKnee(knee, refused, content=content, letters=letters)
        card = self.grader.card
        cropped = crop(radiograph, knee.box, card.input_size)
        grading = self.grader.grade([cropped.pixels])[0]
        finding = judge(radiograph.info, knee, cropped.contrast, grading, card)
        finding = side_checked(replace(finding, box_class=box_class), knee, content, witnesses)
        finding = replace(finding, flags=(*finding.flags, *polarity))
        if refusal:
            finding = replace(finding, flags=(*finding.flags, Flag.ON_REQUEST), refusal=refusal)
        space = self._joint_space(radiograph, knee)
        finding = narrowing_checked(finding, finding.grade, space)
        grades = {reading.name: reading.grade for reading in finding.readings}
        finding = contradictions_checked(finding, finding.grade, grades)
        return ExaminedKnee(knee, finding, grading, content, space, letters=letters)

    def settled(self, radiograph: Radiograph) -> Radiograph:
        """Return the radiograph as the file has it where it looks inverted, but shows no knee.

        The rules that judge polarity know knees alone; to them most chests look inverted.
        """
        info = radiograph.info
        doubts = (Note.LOOKS_INVERTED, Note.STORED_INVERTED)
        notes = tuple(note for note in info.notes if note.code not in doubts)
        if notes == info.notes or is_single_knee_crop(radiograph):
            return radiograph
        negative = replace(radiograph, info=replace(info, inverted=not info.inverted))
        if self.finder.find(radiograph) or self.finder.find(negative):
            return radiograph
        if info.inverted_by is InvertedBy.IMAGE:
            info = replace(info, inverted=False, inverted_by=None)
        return replace(radiograph, info=replace(info, notes=notes))

    def letters(self, radiograph: Radiograph) -> tuple[Letter, ...]:
        """Return the letters on a radiograph, read once for all boxes that are moved on it."""
        key = radiograph.info.sha256, radiograph.inverted
        last = self._last_letters
        if key[0] and last is not None and last[0] == key:
            return last[1]
        found = self.letter_reader.read(radiograph)
        self._last_letters = key, found
        return found

    def _detected(self, radiograph: Radiograph) -> tuple[Detection, ...]:
        """Return the detected knees; a single-knee crop is one knee, whole.

        A small film of one leg is like a crop, but its knee leaves room around it.
        """
        detections = self.finder.find(radiograph)
        room = CROP_SHARE * min(radiograph.width, radiograph.height)
        is_whole = all(one.knee.box.size >= room for one in detections)
        if is_whole and is_single_knee_crop(radiograph):
            return (self._whole(radiograph),)
        return detections

    def _whole(self, radiograph: Radiograph) -> Detection:
        """Return the whole image as one knee."""
        knee = whole_image(radiograph.info)
        content = self.finder.classify(radiograph, knee.box)
        return Detection(sided(knee, content), content)

    def _joint_space(self, radiograph: Radiograph, knee: Knee) -> JointSpace:
        """Measure the joint space; whatever goes wrong there, the grade stays."""
        try:
            return measure_joint_space(radiograph, knee, self.margin_finder)
        except Exception:  # a grade must not be lost for want of a width
            _LOG.exception("the joint space could not be measured")
            return unmeasured(JointSpaceReason.FAILED, knee.side)


def _same_sides_checked(knees: tuple[ExaminedKnee, ...]) -> tuple[ExaminedKnee, ...]:
    sides = [one.knee.side for one in knees]
    return tuple(
        replace(
            one, finding=same_side_checked(one.finding, side is not None and sides.count(side) > 1)
        )
        for one, side in zip(knees, sides, strict=True)
    )
