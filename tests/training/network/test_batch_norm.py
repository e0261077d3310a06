import keras
import numpy as np
import pytest

from training.network.batch_norm import BatchNormalization

PLACES = (4, 5, 6, 8)


def learned(kind: type[keras.layers.BatchNormalization], **options: bool) -> list[np.ndarray]:
    """Return what a layer makes of a batch, and its state after a step and a look at another."""
    rng = np.random.default_rng(0)
    image = keras.Input(PLACES[1:])
    layer = kind(momentum=0.9, **options)
    model = keras.Model(image, keras.layers.Dense(2)(layer(image)))
    model.set_weights([rng.normal(1, 0.1, w.shape).astype(np.float32) for w in model.weights])
    model.compile(keras.optimizers.SGD(0.1), loss="mse")
    batch = rng.normal(3, 2, PLACES).astype(np.float32)
    model.train_on_batch(batch, rng.normal(0, 1, (*PLACES[:3], 2)).astype(np.float32))
    return [*model.get_weights(), model.predict(batch, verbose=0)]


@pytest.mark.parametrize("options", [{}, {"scale": False}, {"center": False}])
def test_learns_what_keras_layer_learns(options: dict[str, bool]) -> None:
    ours, theirs = (
        learned(kind, **options) for kind in (BatchNormalization, keras.layers.BatchNormalization)
    )
    # The variance counts n - 1 of 120 places.
    for our, their in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(our, their, rtol=2e-3, atol=2e-3)


def test_over_tensorflow_one_kernel_does_it() -> None:
    tensorflow = pytest.importorskip("tensorflow")
    layer = BatchNormalization()
    step = tensorflow.function(lambda batch: layer(batch, training=True))
    graph = step.get_concrete_function(tensorflow.TensorSpec(PLACES)).graph
    assert "FusedBatchNormV3" in {operation.type for operation in graph.get_operations()}


def test_frozen_it_only_infers() -> None:
    layer = BatchNormalization()
    layer.trainable = False
    batch = np.random.default_rng(0).normal(3, 2, PLACES).astype(np.float32)
    before = layer(batch, training=False)
    np.testing.assert_array_equal(layer(batch, training=True), before)
    np.testing.assert_array_equal(layer.moving_mean, np.zeros(PLACES[-1]))
