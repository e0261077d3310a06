"""results.json follows its published schema, whatever was read and in whatever language."""

from __future__ import annotations

import gettext
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from koa_desktop.errors import ReadReason
from koa_desktop.examination.decision import Decision, Obstacle
from koa_desktop.examination.examiner import Examination
from koa_desktop.message import Message
from koa_desktop.report import documents
from koa_desktop.report.options import Profile
from koa_desktop.wording import language

NOW = datetime(2026, 4, 5, 6, 7, 8, tzinfo=UTC)
SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "results.schema.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("profile", Profile)
def test_every_kind_of_film_follows_the_schema(
    profile: Profile,
    no_knee: Examination,
    redrawn: Examination,
    with_readings: Examination,
) -> None:
    right, left = with_readings.knees
    seen = Decision.not_gradable(Obstacle.OTHER, 2, "koa", "blurred")
    read = replace(with_readings, knees=(replace(right, decision=seen), left))
    made: list[dict[str, Any]] = [
        documents.document("k", one, NOW, profile) for one in (no_knee, redrawn, read)
    ]
    made.append(documents.failed_document("k", Message(ReadReason.EMPTY), NOW))
    Draft202012Validator.check_schema(SCHEMA)
    validator = Draft202012Validator(SCHEMA)
    # As it is on the disk: lists instead of tuples.
    written = json.loads(documents.json_bytes(made))
    assert [error.message for error in validator.iter_errors(written)] == []
    written[0]["knees"] = [{}]
    assert not validator.is_valid(written)


def test_paragraphs_are_english_in_every_language(
    measured: Examination, request: pytest.FixtureRequest
) -> None:
    class Shouted(gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return message.upper()

        def pgettext(self, context: str, message: str) -> str:
            return message.upper()

    before = documents.document("k", measured, NOW)
    request.addfinalizer(lambda: language.use(gettext.NullTranslations()))
    request.addfinalizer(lambda: language.use_decimal_point("."))
    language.use(Shouted())
    language.use_decimal_point(",")
    assert language.translated("Read") == "READ"
    assert documents.document("k", measured, NOW) == before
