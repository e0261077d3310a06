"""A release's manifest notices any change of a card, and a new bundle writes it anew."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from koa_desktop.errors import BundleError
from koa_desktop.networks.bundle import CARDS, MANIFEST, check_cards
from koa_desktop.system.paths import MODELS
from tests.support.raising import raises
from training.network.manifest import write_manifest


@pytest.fixture
def cards(tmp_path: Path) -> Path:
    for folder in ("joint_space", "letters"):
        (tmp_path / folder).mkdir()
    for name in (*CARDS, MANIFEST):
        shutil.copy(MODELS / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("name", CARDS)
def test_a_changed_card_is_refused_until_the_manifest_is_written_anew(
    cards: Path, name: str
) -> None:
    check_cards(cards)
    text = json.loads((cards / name).read_text(encoding="utf-8"))
    (cards / name).write_text(json.dumps(text, indent=3), encoding="utf-8", newline="\r\n")
    check_cards(cards)
    (cards / name).write_text(json.dumps({**text, "version": "9"}), encoding="utf-8")
    with raises(BundleError, match=f"model card {name} is not the one of this release"):
        check_cards(cards)
    write_manifest(cards)
    check_cards(cards)


def test_a_missing_manifest_is_named(cards: Path) -> None:
    (cards / MANIFEST).unlink()
    with raises(BundleError, match="manifest.json is missing"):
        check_cards(cards)
