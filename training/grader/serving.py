"""The graph that ships, made of trained members, and its comparison with them.

One Keras graph holds all that a caller could get wrong: scaling, channels, the mirrored second
look, the members' mean, the temperature, the class maps and the whitened features. Members that
froze the same first layers share these.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from koa_desktop.grading.grader import Grader
from koa_desktop.knees.crop import CROP_SIZE
from training.metrics.calibration import Whitening
from training.network.model import band_rows, stem_of, trunk_of
from training.runs.bundle_predictions import grade_in_batches
from training.runs.ensemble import BOTH_LOOKS
from training.runs.mirrored_prediction import JIT_COMPILE

TOLERANCE = 1e-4  # probabilities, and maps in parts of their largest, LiteRT against Keras


def serving_model(
    members: Sequence[keras.Model],
    temperature: float,
    whitenings: Sequence[Whitening],
    frozen_to: Sequence[str] = (),
    looks: Sequence[Sequence[int]] = (),
    levels: NDArray[np.float32] | None = None,
) -> keras.Model:
    """Return the graph that ships: `image` (n, 224, 224, 1) to probability, maps and features.

    With global average pooling and a dense head d(logit_c)/d(A_k) is the same at every place, so
    Grad-CAM (Selvaraju 2017) before rectification is one 1x1 convolution of the activation with
    the head's weights. Maps and logits are means over members and their looks, both where `looks`
    names none. Features are whitened member by member; their length is the root mean square of the
    members' distances. `frozen_to` names the layer up to which a member's weights were frozen, ""
    where all learned: members of one name share these layers, which the graph has once. `levels`
    (5,) are added to the logits. Raises ValueError where shared layers differ.
    """
    image = keras.Input((CROP_SIZE, CROP_SIZE, 1), name="image")
    frozen_to = frozen_to or [""] * len(members)
    seen = {"": [image, ops.flip(image, axis=2)]}
    for name in dict.fromkeys(frozen_to):
        if name:
            sharing = [one for one, its in zip(members, frozen_to, strict=True) if its == name]
            stem = shared_stem(sharing, name)
            seen[name] = [stem(look) for look in seen[""]]
    maps, logits, features = [], [], []
    looks = looks or [BOTH_LOOKS] * len(members)
    each = zip(members, whitenings, frozen_to, looks, strict=True)
    for index, (member, whitening, its_frozen_to, its_looks) in enumerate(each):
        trunk = trunk_of(member, its_frozen_to)
        kernel, bias = (np.asarray(weight) for weight in member.get_layer("logits").get_weights())
        to_maps = layers.Conv2D(
            kernel.shape[1], 1, use_bias=False, name=f"class_maps_{index}", trainable=False
        )
        own_logits, own_maps, pooled = [], [], []
        for look in its_looks:
            activation = trunk(seen[its_frozen_to][look])
            class_maps = to_maps(activation)
            to_maps.set_weights([kernel[None, None]])
            own_logits.append(ops.mean(class_maps, axis=(1, 2)) + bias)
            own_maps.append(ops.flip(class_maps, axis=2) if look else class_maps)
            pooled.append(ops.mean(activation, axis=(1, 2)))
        logits.append(_mean(own_logits))
        maps.append(on_whole_crop(_mean(own_maps)))
        features.append(_whiten(_mean(pooled), whitening) / len(members) ** 0.5)
    if len({tuple(one.shape) for one in maps}) > 1:
        raise ValueError("the members' class maps differ in size: give members of one input size")
    mean_logits = _mean(logits) if levels is None else _mean(logits) + levels
    outputs = {
        "probability": ops.softmax(mean_logits / temperature, axis=-1),
        "maps": _mean(maps),
        "features": ops.concatenate(features, axis=-1),
    }
    named = {name: layers.Identity(name=name)(value) for name, value in outputs.items()}
    return keras.Model(image, named, name="koa")


def shared_stem(members: Sequence[keras.Model], frozen_to: str) -> keras.Model:
    """Return the frozen layers that all members have. Raises ValueError where they differ."""
    stems = [stem_of(member, frozen_to) for member in members]
    for stem in stems[1:]:
        pairs = zip(stems[0].get_weights(), stem.get_weights(), strict=True)
        same_view = stem.output.shape == stems[0].output.shape
        if not same_view or not all(np.array_equal(ours, theirs) for ours, theirs in pairs):
            raise ValueError(f"the members' layers up to {frozen_to} are not the same")
    return stems[0]


def on_whole_crop(maps: Any) -> Any:
    """Put maps (n, h, w, 5) of a band where they belong on the crop (n, w, w, 5).

    Nothing speaks for or against a class where the network doesn't look. The mean over all places
    stays what it was, so it still gives the logit.
    """
    rows, columns = maps.shape[1:3]
    if rows == columns:
        return maps
    top, bottom = band_rows(columns)
    return ops.pad(maps * (columns / rows), [[0, 0], [top, columns - bottom], [0, 0], [0, 0]])


def _mean(values: Sequence[Any]) -> Any:
    total = values[0]
    for value in values[1:]:
        total = total + value
    return total / len(values)


def _whiten(features: Any, whitening: Whitening) -> Any:
    """Project on the whitened axes; the rest's length is one feature more."""
    centred = features - whitening.mean
    along = ops.matmul(centred, whitening.axes)
    rest = ops.sum(centred**2, axis=-1, keepdims=True) - ops.sum(along**2, axis=-1, keepdims=True)
    residual = ops.sqrt(ops.maximum(rest, 0.0)) / whitening.residual_scale
    return ops.concatenate([along / whitening.scales, residual], axis=-1)


def gradient_maps(
    model: keras.Model, images: NDArray[np.float32], looks: Sequence[int] = BOTH_LOOKS
) -> NDArray[np.float32]:
    """Return class maps (n, h, w, 5), means of looks, by gradients: slow, to compare with."""
    import tensorflow as tf

    trunk = trunk_of(model)
    trunk.jit_compile = JIT_COMPILE
    head = model.get_layer("logits")
    seen = []
    for look in looks:
        seen_as = images[:, :, ::-1] if look else images
        # A few at a time: a pass holds all its activations.
        activation = tf.constant(trunk.predict(seen_as, batch_size=8, verbose=0))
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(activation)
            logits = head(tf.reduce_mean(activation, axis=(1, 2)))
            by_class = [logits[:, grade] for grade in range(logits.shape[1])]
        maps = []
        for logit in by_class:
            weight = tf.reduce_sum(tape.gradient(logit, activation), axis=(1, 2), keepdims=True)
            maps.append(tf.reduce_sum(weight * activation, axis=-1))
        whole = np.asarray(on_whole_crop(tf.stack(maps, axis=-1)))
        seen.append(whole[:, :, ::-1] if look else whole)
    return np.asarray(np.mean(seen, axis=0))


def check_equal(
    members: Sequence[keras.Model],
    serving: keras.Model,
    grader: Grader,
    images: NDArray[np.float32],
    tolerance: float = TOLERANCE,
    looks: Sequence[Sequence[int]] = (),
) -> None:
    """Raise ValueError where LiteRT leaves Keras, or its maps leave the gradients'."""
    gradings = grade_in_batches(grader, iter(images))
    serving.jit_compile = JIT_COMPILE
    expected = {
        "probability": serving.predict(images, batch_size=8, verbose=0)["probability"],
        "maps": np.mean(
            [
                gradient_maps(member, images, its_looks)
                for member, its_looks in zip(
                    members, looks or [BOTH_LOOKS] * len(members), strict=True
                )
            ],
            axis=0,
        ),
    }
    for name, wanted in expected.items():
        given = np.stack([getattr(grading, name) for grading in gradings])
        # Maps are logits, of any size: theirs is told in parts of the largest.
        difference = float(np.abs(wanted - given).max() / max(1.0, np.abs(wanted).max()))
        if difference > tolerance:
            raise ValueError(f"LiteRT's {name} differs by {difference:.1e}")
        print(f"LiteRT's {name} equals Keras' within {difference:.1e} on {len(images)} crops")
