"""A model of another backend is refused in one sentence."""

from __future__ import annotations

import keras
import pytest

from training.network.litert import to_tflite


def test_another_backend_than_tensorflow_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ValueError, match="Keras runs over jax"):
        to_tflite(keras.Sequential([keras.layers.Input((1,))]))
