"""Boxes of whole films are moved, and the grades that change are counted."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from koa_desktop.knees.box import Box, Knee
from koa_desktop.system.paths import MODELS, SAMPLES
from training.evaluation import moved_boxes
from training.evaluation.moved_boxes import BOX_CHANGES, figures, moved
from training.evaluation.robustness import Change


def test_a_box_moves_by_shares_of_its_side() -> None:
    knee = Knee(Box.around(300, 500, 200))

    right = moved(knee, Change("", right=0.1, down=-0.05))
    larger = moved(knee, Change("", size=1.1))

    assert right.box == Box.around(320, 490, 200)
    assert larger.box.centre == pytest.approx((300, 500))
    assert larger.box.size == pytest.approx(220)


def test_changed_grades_are_counted() -> None:
    grades = np.full((4, 1 + len(BOX_CHANGES)), 2)
    grades[0, 1] = 3
    grades[1, 1] = 0
    found = figures(grades, np.array(["a", "a", "b", "c"]))

    first, *others = (found[change.name] for change in BOX_CHANGES)

    assert (first["changed"], first["changed_by_more_than_one"]) == (0.5, 0.25)
    assert first["interval"][0] < 0.5 < first["interval"][1]
    assert all(other["changed"] == 0 for other in others)


def test_films_that_cannot_be_read_are_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(SAMPLES / "grade2.png", tmp_path)
    (tmp_path / "broken.png").write_bytes(b"no picture")
    monkeypatch.setattr(
        sys, "argv", ["moved_boxes", "--bundle", str(MODELS), "--films", str(tmp_path)]
    )

    moved_boxes.main()

    first, *rest = capsys.readouterr().out.splitlines()
    assert first.endswith(": 1 knees of 1 films")
    assert set(json.loads("\n".join(rest))) == {change.name for change in BOX_CHANGES}
