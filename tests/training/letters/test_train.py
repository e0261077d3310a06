from __future__ import annotations

import numpy as np
import pytest

from koa_desktop.grading.letters import CLASSES, LetterReader
from training.letters.drawing import SCENE, scene
from training.letters.samples import drawn_samples
from training.letters.train import network, with_mirrored, write_bundle


@pytest.fixture
def ground() -> np.ndarray:
    return np.random.default_rng(0).integers(20, 90, (SCENE, SCENE), np.uint8)


def test_a_scene_tells_where_its_letters_lie(ground: np.ndarray) -> None:
    rng = np.random.default_rng(4)
    letters = [
        (picture, one)
        for picture, found in (scene(ground, rng) for _ in range(20))
        for one in found
    ]
    assert {one.name for _, one in letters} == {"R", "L"}
    for picture, one in letters:
        left, top, width, height = one.box
        inside = picture[top : top + height, left : left + width]
        assert inside.shape == (height, width)
        assert np.ptp(inside) > 10


def test_samples_have_a_patch_a_class_and_their_mirror_images(ground: np.ndarray) -> None:
    crops = [np.resize(ground, (224, 224))]
    patches, classes = drawn_samples(crops, 30, np.random.default_rng(1))
    assert patches.shape == (len(classes), 40, 40, 1)
    assert set(classes) > {0}
    both, names = with_mirrored((patches, classes))
    np.testing.assert_array_equal(both[len(classes) :], patches[:, :, ::-1])
    for plain, mirrored in zip(classes, names[len(classes) :], strict=True):
        meant, other = CLASSES[plain], CLASSES[mirrored]
        assert (meant is None) == (other is None)
        if meant is not None and other is not None:
            assert (other[0], other[1]) == (meant[0], not meant[1])


def test_a_bundle_gives_what_the_network_gives(tmp_path) -> None:
    model = network()
    write_bundle(model, tmp_path / "letters")
    reader = LetterReader(tmp_path / "letters")
    patches = np.random.default_rng(2).random((3, 40, 40, 1)).astype(np.float32)
    found = reader.probability(patches)
    plain, mirrored = (
        model.predict(view, verbose=0)["letter"] for view in (patches, patches[:, :, ::-1])
    )
    np.testing.assert_allclose(found, (plain + mirrored[:, [0, 3, 4, 1, 2]]) / 2, atol=2e-3)
