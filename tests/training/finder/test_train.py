"""A tiny run becomes a bundle that the program loads and asks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from koa_desktop.grading.finder import BOX_INPUT_SIZE, LOCATOR_SIZE, Finder
from koa_desktop.knees.box import Box, BoxClass
from koa_desktop.radiograph import Radiograph, Window

pytestmark = [
    pytest.mark.slow,
    # TensorFlow's own, about protocol buffers and NumPy.
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Samples of noise, and networks trained on them for a step."""
    from training.finder.train import EVERYTHING, Task, train

    folder, rng = tmp_path_factory.mktemp("finder"), np.random.default_rng(0)
    folds = np.array([-1, -1, 0, 1, -1, 0])
    knees = np.full((6, 2, 4), -1, np.float32)
    knees[:4, 0] = 96, 90, 60, 1
    np.savez(
        folder / "whole0.npz",
        picture=rng.integers(0, 256, (6, LOCATOR_SIZE, LOCATOR_SIZE), np.uint8),
        knees=knees,
        fold=folds,
    )
    np.savez(
        folder / "box0.npz",
        picture=rng.integers(0, 256, (6, BOX_INPUT_SIZE, BOX_INPUT_SIZE), np.uint8),
        shown=np.array([0, 1, 2, 3, -1, 0]),
        left=np.array([1, 0, np.nan, np.nan, 0, 1], np.float32),
        shift=np.array([[0.1, 0, 0], [0, 0, 0.2], *[[np.nan] * 3] * 4], np.float32),
        fold=folds,
    )
    for name in ("whole", "box"):
        task = Task(name, folder, None)
        assert task.rows(0).tolist() == [0, 1, 3, 4]
        assert len(task.rows(EVERYTHING)) == 6
        train(task, folder, steps=1, fine_steps=1, folds=[EVERYTHING])
    return folder


def test_a_run_leaves_the_start_and_what_was_made_of_it(run: Path) -> None:
    names = {path.name for path in run.glob("*.h5")}
    assert names == {
        f"{task}-{part}.weights.h5" for task in ("whole", "box") for part in ("start", "all")
    }


def test_the_bundle_is_loaded_and_answers_for_a_picture_and_its_mirror_image(
    run: Path, tmp_path: Path
) -> None:
    from training.finder.export import write_bundle
    from training.finder.train import EVERYTHING

    write_bundle(run, EVERYTHING, None, tmp_path, (0.001, 0.5, 0.0), {"note": "tiny"})
    finder = Finder(tmp_path)
    assert finder.card.text["metrics"] == {"note": "tiny"}
    values = np.random.default_rng(3).integers(0, 256, (120, 120)).astype(np.uint8)
    box = Box(10, 10, 100)
    plain, mirrored = (
        finder.classify(
            Radiograph.of(Path("film"), np.ascontiguousarray(part), Window(127.5, 255)), box
        )
        for part in (values, values[:, ::-1])
    )
    assert len(plain.probability) == len(BoxClass)
    assert sum(plain.probability) == pytest.approx(1, abs=1e-5)
    assert plain.probability == pytest.approx(mirrored.probability, abs=1e-4)
    assert plain.side_probability == pytest.approx(mirrored.side_probability, abs=1e-4)


def test_the_native_offset_moves_the_decision(run: Path) -> None:
    from training.finder.export import serving_box_network
    from training.finder.train import EVERYTHING

    pictures = np.random.default_rng(4).random((3, BOX_INPUT_SIZE, BOX_INPUT_SIZE, 1), np.float32)
    plain, moved = (
        np.asarray(serving_box_network(run, EVERYTHING, None, offset)(pictures)["shown"])
        for offset in (0.0, 2.0)
    )
    logits, more = np.log(plain), np.log(moved)
    np.testing.assert_allclose(
        (more[:, 0] - more[:, 1]) - (logits[:, 0] - logits[:, 1]), 2.0, atol=1e-3
    )
