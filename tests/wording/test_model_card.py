"""The cards as a reader sees them in the program."""

from __future__ import annotations

import json

from koa_desktop.system.paths import MODELS
from koa_desktop.wording.model_card import card_markdown, finder_markdown


def card(name: str) -> dict[str, object]:
    loaded: dict[str, object] = json.loads((MODELS / name).read_text(encoding="utf-8"))
    return loaded


def test_the_grading_models_card_tells_its_figures_and_limits() -> None:
    text = card_markdown(card("koa.json"))
    assert "| Accuracy |" in text
    assert "**Limits.**" in text
    assert "| True KL 4: graded as |" in text
    assert "30% of the log of each grade's frequency" in text
    assert "log of each" not in card_markdown({**card("koa.json"), "levelling": 0})


def test_the_finders_card_tells_shares_with_their_intervals_and_plain_figures() -> None:
    measured = {
        "measured_on": "films that it did not learn from",
        "knees found": {"share": 0.975, "of": 200, "interval": [0.95, 0.99]},
        "middle error": 0.021,
    }
    text = finder_markdown({**card("finder.json"), "metrics": measured})
    assert "On films that it did not learn from." in text
    assert "| knees found | 97.5% of 200 | 95.0% – 99.0% |" in text
    assert "| middle error | 0.021 | |" in text
    assert "finder_box.tflite `" in text


def test_a_bundle_that_was_not_measured_says_so() -> None:
    assert "not measured" in finder_markdown({**card("finder.json"), "metrics": {}})
