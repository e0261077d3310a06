"""The finder's figures: what counts as found, intervals, and strips that keep their knee."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from koa_desktop.grading.finder import BoxContent, Detection
from koa_desktop.knees.box import Box, Knee
from koa_desktop.radiograph import Radiograph, Side, Window
from training.finder.detections import Film, Rule, Truth, is_good, is_same, nearest, offset
from training.finder.figures import Figures, wilson
from training.finder.gallery import WORST, Gallery
from training.finder.measure import measure_films
from training.finder.trials import STRIP, cut_strip

TRUTH = Box.around(100, 100, 80)


def test_a_box_counts_as_found_where_it_can_be_graded_from() -> None:
    assert is_good(Box.around(105, 105, 90), TRUTH)
    assert not is_good(Box.around(109, 100, 80), TRUTH)
    assert not is_good(Box.around(100, 100, 104), TRUTH)
    assert is_same(Box.around(120, 100, 104), TRUTH)
    assert not is_same(Box.around(180, 100, 80), TRUTH)
    assert offset(Box.around(108, 100, 40), TRUTH) == pytest.approx((0.1, 0.5))
    assert nearest([Box.around(0, 0, 80), Box.around(90, 90, 80)], TRUTH) == Box.around(90, 90, 80)
    assert nearest([], TRUTH) is None


def test_the_rule_keeps_what_is_certain_and_refuses_what_is_not_native() -> None:
    rule = Rule(find=0.3, native=0.4)
    content = BoxContent((0.45, 0.5, 0.05, 0.0))
    sure, unsure = (Detection(Knee(TRUTH, confidence=share), content) for share in (0.5, 0.2))
    assert rule.kept((sure, unsure)) == [sure]
    assert not rule.refuses(content)
    assert rule.refuses(BoxContent((0.35, 0.5, 0.1, 0.05)))


def test_shares_carry_their_interval() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    figures = Figures()
    figures.share("met", [True, True, False, True])
    assert figures.as_json()["met"]["share"] == 0.75
    assert figures.as_json()["met"]["of"] == 4


@pytest.mark.parametrize("strip", [STRIP, STRIP[::-1]], ids=["wide", "tall"])
def test_a_strip_keeps_its_knee_where_its_box_says(strip: tuple[int, int]) -> None:
    rows, columns = np.mgrid[:600, :500]
    values = np.where(np.hypot(columns - 240, rows - 330) < 25, 250, 40).astype(np.uint8)
    film = Radiograph.of(Path("film"), values, Window(127.5, 255))
    rng = np.random.default_rng(1)
    for _ in range(10):
        cut, box = cut_strip(film, Box.around(240.5, 330.5, 200), strip, rng)
        assert (cut.width, cut.height) == strip
        blob_y, blob_x = (places.mean() + 0.5 for places in np.nonzero(cut.values > 150))
        assert (blob_x, blob_y) == pytest.approx(box.centre, abs=1.5)


def test_the_gallery_shows_the_worst_and_no_more(tmp_path: Path) -> None:
    gallery = Gallery()
    film = Radiograph.of(Path("film"), np.full((50, 40), 90, np.uint8), Window(127.5, 255))
    found = Detection(Knee(TRUTH, confidence=0.5), BoxContent((0.9, 0.05, 0.03, 0.02)))
    for badness in range(30):
        gallery.add("boxes", badness, film, [TRUTH], [found])
    assert sorted(case[0] for case in gallery.worst["boxes"]) == list(range(30 - WORST, 30))
    gallery.write(tmp_path)
    assert "boxes.png" in (tmp_path / "index.html").read_text(encoding="utf-8")
    assert (tmp_path / "boxes.png").stat().st_size > 0


def test_films_become_shares_of_knees_found_sides_and_contents() -> None:
    radiograph = Radiograph.of(Path("film"), np.full((200, 300), 90, np.uint8), Window(127.5, 255))
    native, implant = BoxContent((0.9, 0.1, 0.0, 0.0)), BoxContent((0.1, 0.9, 0.0, 0.0))
    left, right = Box.around(220, 100, 80), Box.around(80, 100, 80)

    def detection(box: Box, side: Side, content: BoxContent = native) -> Detection:
        return Detection(Knee(box, side=side, confidence=0.9), content)

    def film(found: list[Detection], contents: list[BoxContent], **kind: bool) -> Film:
        flags = {"frontal": True, "implant": False, "mixed": False} | kind
        truths = (Truth(right, Side.RIGHT), Truth(left, Side.LEFT))[: len(contents)]
        predictions = {"found": tuple(found), "contents": tuple(contents)}
        return Film("film", radiograph, **flags, truths=truths, **predictions)

    films = [
        # One knee found on its side, the other with the wrong side, and a box of no knee.
        film(
            [
                detection(right, Side.RIGHT),
                detection(left, Side.RIGHT),
                detection(Box.around(150, 190, 10), Side.LEFT),
            ],
            [native, implant],
        ),
        film([], [native]),
        film([detection(right, Side.RIGHT, implant)], [implant], implant=True),
        film([], [BoxContent((0.0, 0.1, 0.9, 0.0))], frontal=False),
    ]
    figures, gallery = Figures(), Gallery()
    measure_films(films, Rule(find=0.3, native=0.5), figures, gallery)
    by_fibula = ("fibula", "  ")
    counts = {name: of for name, of in figures.counts.items() if not name.startswith(by_fibula)}
    assert counts == {
        "native frontal knees found": (2, 3),
        "films with a false box": (1, 4),
        "native sides right": (1, 2),
        "implants recognised (marked box)": (1, 1),
        "native knees taken for implants (marked box)": (1, 3),
        "native knees not refused (marked box)": (2, 3),
        "laterals seen as not frontal (marked box)": (1, 1),
        "films with implants: nothing graded": (1, 1),
    }
    assert max(case[0] for case in gallery.worst["boxes"]) == 1.0
