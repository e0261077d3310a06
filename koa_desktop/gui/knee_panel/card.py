"""One knee on the panel: its grade, the model's confidence, and the reader's grade."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from koa_desktop.examination.decision import Choice, Decision, is_not_gradable, obstacle_of
from koa_desktop.examination.findings import Finding
from koa_desktop.examination.reading import MarkedKnee
from koa_desktop.examination.sign_off import SignedKnee
from koa_desktop.grading.kellgren_lawrence import GRADES
from koa_desktop.gui.knee_panel.grade_buttons import GradeButton
from koa_desktop.gui.knee_panel.knee_comment import KneeComment
from koa_desktop.gui.knee_panel.probability_bars import ProbabilityBars
from koa_desktop.gui.knee_panel.why import Why
from koa_desktop.gui.session.case import Case
from koa_desktop.gui.session.comparison import joint_spaces_elsewhere
from koa_desktop.gui.session.knee_text import sources
from koa_desktop.gui.style.flat_button import flat_button
from koa_desktop.gui.style.plain_text import plain_label, set_tooltip, unbroken
from koa_desktop.gui.style.theme import set_property
from koa_desktop.joint_space.measure import JointSpace, JointSpaceFlag
from koa_desktop.knees.box import Knee
from koa_desktop.radiograph import Side
from koa_desktop.wording import decision_lines
from koa_desktop.wording.joint_space import lines as joint_space_lines
from koa_desktop.wording.kellgren_lawrence import grade_name
from koa_desktop.wording.sentences import capitalised, sentence


class KneeCard(QFrame):
    """A knee's card. It emits the reader's wishes as signals and changes no data itself."""

    chosen = Signal()
    grade_given = Signal(int)
    agreed = Signal()
    sides_swapped = Signal()
    deleted = Signal()
    graded_as_lies = Signal()
    requested = Signal()
    not_gradable = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("card")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 9, 12, 11)
        layout.setSpacing(7)
        self._source = _wrapped(self)
        self._source.setObjectName("source")
        self._source.setProperty("dim", True)
        head = QVBoxLayout()
        head.setSpacing(0)
        head.addLayout(self._build_head())
        head.addWidget(self._source)
        layout.addLayout(head)
        self._verdict = self._build_verdict()
        layout.addWidget(self._verdict)
        self._bars = ProbabilityBars()
        layout.addWidget(self._bars)
        self.why = Why()
        layout.addWidget(self.why)
        self._set = _wrapped(self)
        self._notes = _wrapped(self)
        self._notes.setProperty("warning", True)
        self._joint = _wrapped(self)
        self._joint.setObjectName("joint")
        layout.addWidget(self._set)
        layout.addWidget(self._joint)
        layout.addWidget(self._notes)
        self._not_gradable = QPushButton()
        self._not_gradable.setProperty("primary", True)
        self._not_gradable.clicked.connect(self.not_gradable)
        self._grade_as_lies = QPushButton()
        self._grade_as_lies.clicked.connect(self.graded_as_lies)
        self._request = QPushButton(self.tr("Grade on request"))
        self._request.clicked.connect(self.requested)
        for button in (self._not_gradable, self._grade_as_lies, self._request):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            layout.addWidget(button)
        self._reader = self._build_reader()
        layout.addWidget(self._reader)
        self._explain_figures()
        # Below the grades, where its place is taken by what the reader decided.
        self._agree = QPushButton(self.tr("Agree ⏎"))
        self._agree.setProperty("primary", True)
        self._agree.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._agree.clicked.connect(self.agreed)
        layout.addWidget(self._agree, 0, Qt.AlignmentFlag.AlignLeft)
        self._agreement = _wrapped(self)
        self._agreement.setObjectName("decision")
        self._agreement.setProperty("dim", True)
        self._now = _wrapped(self)
        self._now.setProperty("warning", True)
        layout.addWidget(self._agreement)
        layout.addWidget(self._now)
        self.comment = KneeComment()
        layout.addWidget(self.comment)

    def show_knee(
        self,
        case: Case,
        marked: MarkedKnee,
        selected: bool,
        coverage: float,
        earlier: Sequence[Case] = (),
    ) -> None:
        """Show one knee of a case; `coverage` (0..1) is the prediction set's.

        `earlier` are films of the same patient, to compare the joint space with.
        """
        finding = case.finding(marked)
        awaited = not marked.proposed and case.examined(marked) is None
        self._show_head(case.knee(marked))
        decision = case.reading.decision if marked.proposed else marked.decision
        examined = case.examined(marked)
        signed = examined.signed if examined is not None else None
        self._show_verdict(finding, marked, awaited, signed)
        self._bars.setVisible(bool(finding.probability))
        if finding.probability:
            self._bars.show_probability(finding.probability, finding.grade)
        self.why.show_readings(examined)
        space = examined.joint_space if examined else None
        self._show_sentences(marked, finding, coverage, space, decision)
        self._show_joint(space, joint_spaces_elsewhere(case, marked, earlier))
        proposed = [knee for knee in case.reading.knees if knee.proposed]
        one = self.tr("Grade this box  Shift+K")
        more = self.tr("Grade these boxes  Shift+K")
        self._grade_as_lies.setText(one if len(proposed) == 1 else more)
        self._grade_as_lies.setVisible(marked in proposed[:1])
        refused = bool(finding.refusal) and finding.grade is None and not marked.is_read
        undecided = marked in proposed[:1] and decision is None
        self._not_gradable.setVisible(refused or undecided)
        refusal = case.refusal if marked.proposed else finding.refusal
        by_return, asked = self.tr("Seen, not gradable  ⏎"), self.tr("Seen, not gradable  U")
        self._not_gradable.setText(by_return if obstacle_of(refusal) else asked)
        self._request.setVisible(bool(finding.refusal) and not marked.on_request)
        self._reader.setVisible(not marked.proposed)
        self._show_reader(finding, marked, decision)
        if case.reading.is_final:
            # The next thing to do is no decision any more.
            self._agree.hide()
            self._not_gradable.hide()
        self.comment.show_comment(case, case.reading.knees.index(marked), marked.comment)
        # On the other cards only where it says something: a low screen has little room.
        self.comment.setVisible(not marked.proposed and (selected or bool(marked.comment)))
        set_property(self, "selected", selected)

    def stops(self) -> list[QWidget]:
        """Return what Tab passes, from the top down."""
        return [
            self._swap,
            self._delete,
            *self.why.stops(),
            self._not_gradable,
            self._grade_as_lies,
            self._request,
            *self._buttons,
            self._none,
            self._agree,
            self.comment,
        ]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose this knee."""
        self.chosen.emit()
        super().mousePressEvent(event)

    def _build_head(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(2)
        self._side = plain_label()
        self._side.setObjectName("knee")
        self._swap = swap = flat_button("⇄", self.tr("Swap right and left (Shift+S)"))
        swap.clicked.connect(self.sides_swapped)
        self._delete = delete = flat_button("✕", self.tr("Delete this box"))
        delete.clicked.connect(self.deleted)
        head.addWidget(self._side, 1)
        head.addWidget(swap)
        head.addWidget(delete)
        return head

    def _build_verdict(self) -> QWidget:
        verdict = QWidget()
        row = QHBoxLayout(verdict)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self._grade = plain_label()
        self._grade.setObjectName("grade")
        self._name = plain_label()
        self._name.setObjectName("name")
        self._likely = _wrapped(verdict)
        self._likely.setProperty("dim", True)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addStretch()
        words.addWidget(self._name)
        words.addWidget(self._likely)
        words.addStretch()
        row.addWidget(self._grade)
        row.addLayout(words, 1)
        return verdict

    def _build_reader(self) -> QWidget:
        reader = QWidget()
        row = QHBoxLayout(reader)
        row.setContentsMargins(0, 2, 0, 0)
        row.setSpacing(5)
        label = plain_label(self.tr("Reader"))
        label.setProperty("dim", True)
        row.addWidget(label)
        row.addSpacing(2)
        self._buttons = []
        for grade in range(GRADES):
            button = GradeButton(grade)
            button.setAccessibleName(self.tr("Reader's grade {0}").format(grade))
            button.clicked.connect(lambda _=False, grade=grade: self.grade_given.emit(grade))
            self._buttons.append(button)
            row.addWidget(button)
        self._none = QPushButton("–")
        self._none.setProperty("grade", True)
        set_tooltip(self._none, self.tr("Seen, not gradable (U)"))
        self._none.setAccessibleName(self.tr("Seen, not gradable"))
        self._none.clicked.connect(self.not_gradable)
        row.addWidget(self._none)
        row.addStretch()
        return reader

    def _explain_figures(self) -> None:
        """Say in tooltips what the figures mean."""
        for part, text in (
            (
                self._likely,
                self.tr(
                    "KL 2 or more is definite osteoarthritis. The percentage is the model's "
                    "probability that the grade is KL 2 or more."
                ),
            ),
            (
                self._bars,
                self.tr(
                    "The model's probability of each grade. Of 100 knees to which it gives 70 %, "
                    "about 70 have that grade."
                ),
            ),
            (
                self._set,
                self.tr(
                    "The grades that the model does not rule out. A wide range means that the "
                    "model is uncertain."
                ),
            ),
            (
                self._joint,
                self.tr(
                    "The smallest distance between femur and tibia, medially and laterally. "
                    "Narrowed means narrower than in 95 of 100 knees of KL 0. Without calibration "
                    "it is measured at the detector, where a knee appears larger than it is."
                ),
            ),
        ):
            set_tooltip(part, text)

    def _show_head(self, knee: Knee) -> None:
        sides = {
            Side.RIGHT: self.tr("RIGHT KNEE"),
            Side.LEFT: self.tr("LEFT KNEE"),
            None: self.tr("SIDE UNKNOWN"),
        }
        self._side.setText(sides[knee.side])
        source = sources(knee)
        self._source.setText(capitalised(source))
        self._source.setVisible(bool(source))
        self.setAccessibleName(self._side.text().capitalize())

    def _show_verdict(
        self, finding: Finding, marked: MarkedKnee, awaited: bool, signed: SignedKnee | None
    ) -> None:
        given, none = marked.reader_grade, is_not_gradable(marked.decision)
        grade = finding.grade if given is None else given
        if signed is not None and not none:
            grade = signed.grade
        self._verdict.setVisible(grade is not None or awaited)
        if grade is None:
            self._grade.setText("…")
            self._name.setText(self.tr("Being graded"))
            self._likely.setText("")
            return
        self._grade.setText("–" if none else f"KL {grade}")
        self._name.setText(self.tr("Not gradable") if none else grade_name(grade))
        if signed is not None and given is None and not none and grade != finding.grade:
            now = self.tr("as signed · model now: KL {0}").format(finding.grade)
            self._likely.setText(self.tr("as signed") if finding.grade is None else unbroken(now))
            return
        overruled = none or (given is not None and given != finding.grade)
        self._likely.setText(unbroken(self._likelihood(finding, overruled)))

    def _likelihood(self, finding: Finding, overruled: bool) -> str:
        share = finding.osteoarthritis_probability
        if share is None:
            return self.tr("graded by the reader only")
        percent = round(share * 100)
        if overruled:
            return self.tr("by the reader · model: KL {0}").format(finding.grade)
        if finding.is_osteoarthritis:
            return self.tr("osteoarthritis · KL 2 or more: {0} %").format(percent)
        return self.tr("no definite osteoarthritis · KL 2 or more: {0} %").format(percent)

    def _show_joint(
        self, space: JointSpace | None, elsewhere: Sequence[tuple[str, JointSpace]]
    ) -> None:
        self._joint.setVisible(space is not None)
        if space is None:
            return
        lines = [
            joint_space_lines.widths_line(space),
            joint_space_lines.compared(space, elsewhere),
            sentence(JointSpaceFlag.CORRECTED) if space.correction else "",
        ]
        self._joint.setText("\n".join(line for line in lines if line))
        set_tooltip(self._joint, joint_space_lines.error_note(space))

    def _show_sentences(
        self,
        marked: MarkedKnee,
        finding: Finding,
        coverage: float,
        space: JointSpace | None,
        decision: Decision | None,
    ) -> None:
        grades = finding.set_text.replace("-", "–")
        self._set.setVisible(bool(grades))
        likely = self.tr("Likely range KL {0}, correct in at least {1} of 100 knees")
        self._set.setText(unbroken(likely.format(grades, round(coverage * 100))))
        flags = [sentence(flag) for flag in finding.flags]
        # No flags: neither the list nor the box shows one for a margin that is to be checked.
        doubts = joint_space_lines.doubts(space) if space is not None else []
        if finding.refusal:
            flags.insert(0, sentence(finding.refusal))
        if marked.proposed:
            to_do = self.tr("Move the box over the knee to have it graded.")
            flags, doubts = ([] if decision is not None else [to_do]), []
        notes = [*(f"⚑ {flag}" for flag in flags), *doubts]
        self._notes.setVisible(bool(notes))
        self._notes.setText("\n".join(notes))

    def _show_reader(self, finding: Finding, marked: MarkedKnee, decision: Decision | None) -> None:
        given = marked.reader_grade
        decided = marked.is_read or decision is not None
        agreed = decision is not None and decision.choice is Choice.AGREED
        for grade, button in enumerate(self._buttons):
            set_property(button, "agreed", grade == given and agreed)
            set_property(button, "chosen", grade == given and not agreed)
        set_property(self._none, "chosen", is_not_gradable(decision))
        self._agree.setVisible(not decided and finding.grade is not None)
        now = decision_lines.model_now(decision, finding.grade)
        self._agreement.setVisible(decided)
        self._agreement.setText(decision_lines.choice(decision))
        set_tooltip(self._agreement, decision_lines.details(decision))
        self._now.setVisible(decided and bool(now))
        self._now.setText(f"⚑ {now}" if now else "")


def _wrapped(parent: QWidget) -> QLabel:
    made = plain_label(parent=parent)
    made.setWordWrap(True)
    made.setProperty("small", True)
    return made
