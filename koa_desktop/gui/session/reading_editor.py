"""Edits the selected knee of the current case (grade, side, box, margins), undoably."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from koa_desktop.examination import reading as change
from koa_desktop.examination.actions import Action, grading, on_knee
from koa_desktop.examination.decision import Decision, Obstacle, obstacle_of
from koa_desktop.examination.dictation import Dictation
from koa_desktop.examination.measurements import Kind, Measurement
from koa_desktop.examination.reading import MarkedKnee, Reading
from koa_desktop.examination.sign_off import Signature, SignedKnee, now
from koa_desktop.grading.oarsi import OarsiName
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.knee_text import side_at, side_under
from koa_desktop.gui.session.session import Session
from koa_desktop.imaging.masks import Mask
from koa_desktop.joint_space.correction import Correction
from koa_desktop.knees.box import Box
from koa_desktop.message import Message
from koa_desktop.radiograph import Side
from koa_desktop.report import words


class ReadingEditor(QObject):
    """Changes the shown case's reading. `knee` is the chosen one's place in it."""

    knee_changed = Signal()
    changed = Signal(object)  # the message of the change that was made
    read_through = Signal()  # the last knee of the shown case has its grade

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.knee: int | None = None
        session.current_changed.connect(self._start_case)
        session.case_changed.connect(self._keep_choice)

    @property
    def marked(self) -> MarkedKnee | None:
        """The chosen knee."""
        case = self._session.current
        if case is None or self.knee is None or self.knee >= len(case.reading.knees):
            return None
        return case.reading.knees[self.knee]

    def choose(self, index: int) -> None:
        """Choose a knee of the shown case."""
        if index != self.knee:
            self.knee = index
            self.knee_changed.emit()

    def next_knee(self) -> None:
        """Choose the next knee, the first after the last."""
        case = self._session.current
        if case is not None and case.reading.knees:
            self.choose(
                ((self.knee if self.knee is not None else -1) + 1) % len(case.reading.knees)
            )

    def give_grade(self, grade: int) -> None:
        """Give the chosen knee the reader's grade."""
        case, marked = self._session.current, self.marked
        if case is None or marked is None:
            return
        model_grade = case.finding(marked).grade
        decision = Decision.now(grade, model_grade, case.model)
        if grade == marked.reader_grade and decision.is_same_as(marked.decision):
            return
        self._change_knee(
            lambda reading, index: change.graded(reading, index, grade, decision),
            grading(grade, model_grade),
        )

    def give_grade_to(self, index: int, grade: int) -> None:
        """Give a knee the reader's grade, and choose it."""
        self.choose(index)
        self.give_grade(grade)

    def take_back(self) -> None:
        """Take back the reader's decision on the chosen knee, or on a film without knees."""
        case = self._session.current
        if case is not None:
            after = change.undecided(case.reading, self.knee)
            self._change(after, on_knee(Message(Action.TAKE_BACK), self._side))

    def reread(self, index: int, name: OarsiName, grade: int | None) -> None:
        """Give one OARSI reading of a knee the reader's grade; None goes back to the model's."""
        self.choose(index)
        action = Message.of(Action.UNREAD, reading=name.value)
        if grade is not None:
            action = Message.of(Action.READ, reading=name.value, grade=grade)
        self._change_knee(lambda reading, place: change.reread(reading, place, name, grade), action)

    @property
    def decision(self) -> Decision | None:
        """The reader's decision on the chosen knee, or on a film without knees."""
        case, marked = self._session.current, self.marked
        if marked is not None and not marked.proposed:
            return marked.decision
        return case.reading.decision if case is not None else None

    @property
    def is_decided(self) -> bool:
        """True where the reader is done with the chosen knee, or with a film without knees."""
        marked = self.marked
        if marked is not None and not marked.proposed:
            return marked.is_read
        return self.decision is not None

    @property
    def suggested(self) -> Obstacle | None:
        """Why the program gives the chosen knee or the film no grade; None where it gives one."""
        case, marked = self._session.current, self.marked
        if case is None:
            return None
        if marked is None or marked.proposed:
            return obstacle_of(case.refusal)
        return obstacle_of(case.finding(marked).refusal)

    def not_gradable(self, obstacle: Obstacle, remark: str = "") -> None:
        """Decide that the chosen knee, or a film without knees, has no grade, and go on."""
        case, marked = self._session.current, self.marked
        if case is None or case.radiograph is None:
            return
        is_placed = marked is not None and not marked.proposed
        model_grade = case.finding(marked).grade if marked is not None and is_placed else None
        decision = Decision.not_gradable(obstacle, model_grade, case.model, remark)
        is_new = not decision.is_same_as(self.decision)
        after = change.not_gradable(case.reading, self.knee, decision) if is_new else case.reading
        action = Message.of(Action.NOT_GRADABLE, obstacle=obstacle.value)
        if self._change(after, on_knee(action, self._side)):
            self._go_on(case, hint=False)

    def agree(self) -> None:
        """Agree with the program: on the chosen knee's grade, or that there is none to give."""
        marked, case = self.marked, self._session.current
        if case is None:
            return
        grade = case.finding(marked).grade if marked is not None else None
        if self.is_decided:
            self._go_on(case)
        elif grade is not None:
            self.give_grade(grade)
            self._go_on(case)
        elif self.suggested is not None:
            self.not_gradable(self.suggested)
        else:
            self.next_knee()

    def agree_on(self, index: int) -> None:
        """Agree with the model on a knee."""
        self.choose(index)
        self.agree()

    def swap_sides(self) -> None:
        """Exchange right and left of the shown film's knees."""
        case = self._session.current
        if case is not None:
            shown = [case.knee(marked).side for marked in case.reading.knees]
            after = change.all_swapped(case.reading, shown)
            self._change(after, Message(Action.SWAP_SIDES))

    def swap_side(self) -> None:
        """Exchange right and left of the chosen knee alone."""
        case, marked = self._session.current, self.marked
        if case is not None and marked is not None:
            shown = case.knee(marked).side
            self._change_knee(
                lambda reading, index: change.swapped(reading, index, shown),
                Message(Action.SWAP_SIDE),
            )

    def delete_box(self) -> None:
        """Delete the chosen knee's box."""
        self._change_knee(change.without, Message(Action.DELETE_BOX))

    def delete_box_of(self, index: int) -> None:
        """Delete a knee's box."""
        self.choose(index)
        self.delete_box()

    def move_box(self, index: int, box: Box) -> None:
        """Move a box by hand; it is graded where it lands."""
        self.choose(index)
        self._change_knee(
            lambda reading, place: change.moved(reading, place, box), Message(Action.MOVE_BOX)
        )

    def add_box(self, box: Box) -> None:
        """Add a box drawn by hand."""
        case = self._session.current
        if case is None or case.radiograph is None:
            return
        after, index = change.added(case.reading, box, case.radiograph)
        if self._change(after, on_knee(Message(Action.DRAW_BOX), after.knees[index].knee.side)):
            self.choose(index)

    def accept_proposed(self) -> None:
        """Have the proposed boxes graded as they lie."""
        case = self._session.current
        if case is not None:
            self._change(change.accepted(case.reading), Message(Action.ACCEPT_BOXES))

    def request(self, index: int) -> None:
        """Have a refused knee graded all the same."""
        self.choose(index)
        self._change_knee(change.requested, Message(Action.GRADE_ON_REQUEST))

    def set_stored_inverted(self, stored_inverted: bool) -> None:
        """Take the file as stored inverted, contrary to what it says; false takes that back."""
        case = self._session.current
        if case is not None and case.radiograph is not None:
            inverted = not case.radiograph.inverted if stored_inverted else None
            action = Action.STORED_INVERTED if stored_inverted else Action.NOT_STORED_INVERTED
            self._change(change.with_polarity(case.reading, inverted), Message(action))

    def comment(self, case: Case, text: str) -> None:
        """Put a comment on a case, which may no longer be the shown one."""
        after = replace(case.reading, comment=text)
        self._session.change(case, after, Message(Action.COMMENT))

    def comment_knee(self, case: Case, index: int, text: str) -> None:
        """Put a comment on one knee of a case, which may no longer be the shown one."""
        if index < len(case.reading.knees) and text != case.reading.knees[index].comment:
            side = case.knee(case.reading.knees[index]).side
            action = Message.of(Action.COMMENT_KNEE, side=side.value if side else "")
            self._session.change(case, change.commented(case.reading, index, text), action)

    def dictate(self, case: Case, dictation: Dictation | None) -> None:
        """Keep findings and impression of a case as written; None has the program make them."""
        action = Action.UNDICTATE if dictation is None else Action.DICTATE
        self._session.change(case, replace(case.reading, dictation=dictation), Message(action))

    def sign(self, reader: str) -> None:
        """Make the shown case's reading final, as it is shown, in a reader's name."""
        case = self._session.current
        examination = case.examination() if case is not None else None
        if case is None or examination is None or case.reading.is_final or case.missing():
            return
        signature = Signature(
            reader,
            now(),
            case.model,
            tuple(
                SignedKnee(one.final_grade, one.finding.grade, tuple(one.oarsi_grades.items()))
                for one in examination.knees
            ),
            words.findings(examination),
            words.impression(examination),
        )
        # With the sides that were seen, and without boxes that were placed nowhere.
        knees = tuple(replace(one, knee=case.knee(one)) for one in case.reading.placed)
        action = Action.SIGN if case.reading.is_read else Action.SIGN_UNREAD
        sign_off = case.reading.sign_off.signed(signature)
        after = replace(case.reading, knees=knees, sign_off=sign_off)
        self._session.change(case, after, Message(action))

    def add_addendum(self, text: str, reader: str) -> None:
        """Add an addendum to the shown case's final reading."""
        case = self._session.current
        if case is not None and case.reading.is_final:
            sign_off = case.reading.sign_off.with_addendum(text, reader)
            after = replace(case.reading, sign_off=sign_off)
            self._session.change(case, after, Message(Action.ADD_ADDENDUM))

    def reopen(self, reason: str, reader: str) -> None:
        """Make the shown case's final reading a draft again."""
        case = self._session.current
        if case is not None and case.reading.is_final:
            sign_off = case.reading.sign_off.reopened(reason, reader)
            after = replace(case.reading, sign_off=sign_off)
            self._session.change(case, after, Message.of(Action.REOPEN, reason=reason))

    def add_measurement(self, measurement: Measurement) -> None:
        """Keep a measurement with the shown case."""
        case = self._session.current
        if case is not None:
            is_object = measurement.kind is Kind.OBJECT
            action = Message(Action.CALIBRATE if is_object else Action.MEASURE)
            after = change.measured(case.reading, measurement)
            self._change(after, on_knee(action, side_at(case, measurement)))

    def move_measurement(self, index: int, measurement: Measurement) -> None:
        """Change a measurement."""
        case = self._session.current
        if case is not None and index < len(case.reading.measurements):
            after = change.remeasured(case.reading, index, measurement)
            action = Message(Action.CHANGE_MEASUREMENT)
            self._change(after, on_knee(action, side_at(case, measurement)))

    def delete_measurement(self, index: int) -> None:
        """Delete a measurement."""
        case = self._session.current
        if case is not None and index < len(case.reading.measurements):
            side = side_at(case, case.reading.measurements[index])
            after = change.unmeasured(case.reading, index)
            self._change(after, on_knee(Message(Action.DELETE_MEASUREMENT), side))

    @property
    def measured(self) -> int:
        """The number of measurements on the shown film."""
        case = self._session.current
        return len(case.reading.measurements) if case is not None else 0

    def mask(self, mask: Mask, index: int | None = None) -> None:
        """Mask an area of the shown film, or move masked area `index`; no grade changes."""
        case = self._session.current
        if case is None:
            return
        after, action = change.masked(case.reading, mask), Action.MASK
        if index is not None:
            after, action = change.remasked(case.reading, index, mask), Action.CHANGE_MASK
        told = Message(action)
        if change.masks_knee(case.reading, mask):
            told = on_knee(Message(Action.MASK_KNEE), side_under(case, mask))
        self._change(after, told)

    def delete_mask(self, index: int) -> None:
        """Show a masked area again."""
        case = self._session.current
        if case is not None and index < len(case.reading.masks):
            self._change(change.unmasked(case.reading, index), Message(Action.DELETE_MASK))

    def delete_masks(self) -> None:
        """Show all masked areas of the shown film again."""
        case = self._session.current
        if case is not None:
            self._change(replace(case.reading, masks=()), Message(Action.DELETE_MASK))

    def correct_margins(self, index: int, correction: Correction) -> None:
        """Keep a knee's joint margins as they were drawn."""
        self.choose(index)
        self._change_knee(
            lambda reading, place: change.redrawn(reading, place, correction),
            Message(Action.CORRECT_MARGINS),
        )

    def restore_margins(self) -> None:
        """Go back to the chosen knee's joint margins as they were measured."""
        self._change_knee(
            lambda reading, index: change.redrawn(reading, index, None),
            Message(Action.RESTORE_MARGINS),
        )

    def _go_on(self, case: Case, *, hint: bool = True) -> None:
        """Choose the next knee without the reader's decision; stay where there is none."""
        count, start = len(case.reading.knees), self.knee or 0
        for index in ((start + offset) % count for offset in range(1, count)):
            other = case.reading.knees[index]
            if not other.proposed and not other.is_read:
                self.choose(index)
                return
        if hint and case.reading.is_read:
            self.read_through.emit()

    def _change(self, after: Reading, action: Message) -> bool:
        """Make a change of the shown case; false where its final reading refuses it."""
        case = self._session.current
        is_new = case is not None and after != case.reading
        if case is None or not self._session.change(case, after, action):
            return False
        if is_new:
            self.changed.emit(action)
        return True

    def _change_knee(self, make: change.KneeChange, action: Message) -> None:
        case = self._session.current
        if case is not None and self.knee is not None and self.marked is not None:
            self._change(make(case.reading, self.knee), on_knee(action, self._side))

    @property
    def _side(self) -> Side | None:
        """The side of the chosen knee, as it is shown; None for a proposed box."""
        case, marked = self._session.current, self.marked
        if case is None or marked is None or marked.proposed:
            return None
        return case.knee(marked).side

    def _start_case(self) -> None:
        case = self._session.current
        self.knee = 0 if case is not None and case.reading.knees else None
        self.knee_changed.emit()

    def _keep_choice(self, case: Case) -> None:
        if case is not self._session.current:
            return
        count = len(case.reading.knees)
        if not count:
            self.knee = None
        elif self.knee is None or self.knee >= count:
            self.knee = count - 1 if self.knee is not None else 0
