"""Every code has a sentence whose placeholders are named."""

from __future__ import annotations

import string

import pytest

import koa_desktop.wording.sentences  # noqa: F401 -- imports every room that defines codes
from koa_desktop.errors import BundleReason
from koa_desktop.examination.actions import Action
from koa_desktop.examination.decision import Decision, Obstacle
from koa_desktop.message import Code, Message
from koa_desktop.wording import decision_lines
from koa_desktop.wording.command_line import CommandLine
from koa_desktop.wording.sentences import TEMPLATES, capitalised, sentence, sentence_or_empty


def codes() -> list[Code]:
    return [code for kind in Code.__subclasses__() for code in kind]


@pytest.mark.parametrize("code", codes(), ids=str)
def test_every_code_has_a_template_with_named_placeholders(code: Code) -> None:
    fields = [name for _, name, _, _ in string.Formatter().parse(TEMPLATES[code])]
    assert all(name is None or name.isidentifier() for name in fields)


def test_arguments_are_put_into_the_sentence() -> None:
    message = Message.of(BundleReason.NOT_LOADABLE, name="koa.tflite")
    assert sentence(message) == "The model koa.tflite cannot be loaded."


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            Message.of(Action.NOT_GRADABLE, obstacle="implant"),
            "seen, not gradable: artificial joint",
        ),
        (Message.of(Action.COMMENT_KNEE, side="L"), "comment on the left knee"),
        (Message.of(Action.COMMENT_KNEE, side=""), "comment on a knee"),
        (Message.of(Action.AGREE, grade=1), "agree with KL 1"),
        (Message.of(Action.AGREE, grade=1, of_knee="R"), "right knee: agree with KL 1"),
        (Message.of(Action.DELETE_BOX, of_knee="L"), "left knee: delete a box"),
        (
            Message.of(Action.UNREAD, reading="jsn_medial"),
            "restore the model's reading of narrowing, medial",
        ),
    ],
    ids=str,
)
def test_a_code_that_the_audit_trail_carries_is_put_in_words(message: Message, said: str) -> None:
    assert sentence(message) == said


@pytest.mark.parametrize(
    ("remark", "said"), [("Plaster cast. ", "Plaster cast"), (" .", "other reason")]
)
def test_a_remark_loses_the_full_stop_that_its_sentence_has(remark: str, said: str) -> None:
    decision = Decision.not_gradable(Obstacle.OTHER, None, "koa", remark)
    assert decision_lines.obstacle(decision) == said


def test_nothing_is_said_of_nothing() -> None:
    assert sentence_or_empty(None) == ""


def test_a_name_of_thousands_of_letters_loses_its_middle() -> None:
    name = "begin" + 5000 * "x" + "end.dcm"
    said = sentence(Message.of(CommandLine.MISSING_PATH, path=name))
    assert said.startswith("There is no such file or folder: beginx")
    assert "…" in said
    assert said.endswith("xend.dcm")
    assert len(said) < 320
    usual = "/folder/" + 200 * "x"
    assert sentence(Message.of(CommandLine.MISSING_PATH, path=usual)).endswith(usual)


@pytest.mark.parametrize(
    ("text", "shown"),
    [("medial tibia: KL 2", "Medial tibia: KL 2"), ("", ""), ("émile Dupont", "Émile Dupont")],
)
def test_a_capital_changes_the_first_letter_alone(text: str, shown: str) -> None:
    assert capitalised(text) == shown
