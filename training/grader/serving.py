"""The graph that ships, built from trained members, and its comparison with them.

One Keras graph holds all that a caller could get wrong: scaling, channels, the mirrored second
look, the mean over members, the temperature, the class maps and the whitened features. Members
with the same frozen first layers share them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from koa_desktop.grading.grader import Grader
from koa_desktop.knees.crop import CROP_SIZE
from training.metrics.calibration import Whitening
from training.network.model import band_rows
from training.network.parts import stem_of, trunk_of
from training.runs.bundle_predictions import grade_in_batches
from training.runs.ensemble import BOTH_LOOKS
from training.runs.mirrored_prediction import JIT_COMPILE

TOLERANCE = 1e-4  # probabilities, and maps relative to their largest value, LiteRT against Keras


@dataclass(frozen=True, slots=True)
class Member:
    """A trained network of an ensemble.

    `frozen_to` names the layer up to which its weights were frozen, "" where all were trained.
    `looks` are 0 for the crop as it is and 1 for its mirror image.
    """

    network: keras.Model
    whitening: Whitening
    frozen_to: str = ""
    looks: tuple[int, ...] = BOTH_LOOKS


def serving_model(
    members: Sequence[Member],
    temperature: float,
    adjustment: NDArray[np.float32] | None = None,
) -> keras.Model:
    """Return the graph that ships: `image` (n, 224, 224, 1) to probability, maps and features.

    With global average pooling and a dense head d(logit_c)/d(A_k) is the same at every place, so
    Grad-CAM (Selvaraju 2017) before rectification is one 1x1 convolution of the activation with
    the head's weights. Maps and logits are means over members and their looks. Features are
    whitened member by member; their length is the root mean square of the members' distances.
    Members of one `frozen_to` share the frozen layers, which the graph holds once. `adjustment`
    (5,) is added to the logits. Raises ValueError where shared layers or sizes of maps differ.
    """
    image = keras.Input((CROP_SIZE, CROP_SIZE, 1), name="image")
    seen = _seen_by(members, image)
    logits, maps, features = [], [], []
    for index, member in enumerate(members):
        own_logits, own_maps, pooled = _outputs(member, seen[member.frozen_to], index)
        logits.append(own_logits)
        maps.append(on_whole_crop(own_maps))
        features.append(_whiten(pooled, member.whitening) / len(members) ** 0.5)
    if len({tuple(one.shape) for one in maps}) > 1:
        raise ValueError("the members' class maps differ in size: give members of one input size")
    adjusted = _mean(logits) if adjustment is None else _mean(logits) + adjustment
    outputs = {
        "probability": ops.softmax(adjusted / temperature, axis=-1),
        "maps": _mean(maps),
        "features": ops.concatenate(features, axis=-1),
    }
    named = {name: layers.Identity(name=name)(value) for name, value in outputs.items()}
    return keras.Model(image, named, name="koa")


def _seen_by(members: Sequence[Member], image: Any) -> Mapping[str, list[Any]]:
    """Return by `frozen_to` what members take: both looks, after the shared frozen layers."""
    looks = [image, ops.flip(image, axis=2)]
    seen = {"": looks}
    for name in dict.fromkeys(member.frozen_to for member in members):
        if name:
            stem = shared_stem([one.network for one in members if one.frozen_to == name], name)
            seen[name] = [stem(look) for look in looks]
    return seen


def _outputs(member: Member, seen: Sequence[Any], index: int) -> tuple[Any, Any, Any]:
    """Return a member's logits, maps and pooled features, each the mean over its looks."""
    trunk = trunk_of(member.network, member.frozen_to)
    head = member.network.get_layer("logits")
    kernel, bias = (np.asarray(weight) for weight in head.get_weights())
    to_maps = layers.Conv2D(
        kernel.shape[1], 1, use_bias=False, name=f"class_maps_{index}", trainable=False
    )
    logits, maps, pooled = [], [], []
    for look in member.looks:
        activation = trunk(seen[look])
        class_maps = to_maps(activation)
        to_maps.set_weights([kernel[None, None]])
        logits.append(ops.mean(class_maps, axis=(1, 2)) + bias)
        maps.append(ops.flip(class_maps, axis=2) if look else class_maps)
        pooled.append(ops.mean(activation, axis=(1, 2)))
    return _mean(logits), _mean(maps), _mean(pooled)


def shared_stem(networks: Sequence[keras.Model], frozen_to: str) -> keras.Model:
    """Return the frozen layers common to all networks. Raises ValueError where they differ."""
    stems = [stem_of(network, frozen_to) for network in networks]
    for stem in stems[1:]:
        pairs = zip(stems[0].get_weights(), stem.get_weights(), strict=True)
        same_view = stem.output.shape == stems[0].output.shape
        if not same_view or not all(np.array_equal(ours, theirs) for ours, theirs in pairs):
            raise ValueError(f"the members' layers up to {frozen_to} are not the same")
    return stems[0]


def on_whole_crop(maps: Any) -> Any:
    """Pad maps (n, h, w, 5) of a band to the whole crop (n, w, w, 5).

    Padding is zero: the network has no evidence there. Values are scaled so that the mean over all
    places, and with it the logit, stays the same.
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
    """Project on the whitened axes; the length of the residual is one more feature."""
    centred = features - whitening.mean
    along = ops.matmul(centred, whitening.axes)
    rest = ops.sum(centred**2, axis=-1, keepdims=True) - ops.sum(along**2, axis=-1, keepdims=True)
    residual = ops.sqrt(ops.maximum(rest, 0.0)) / whitening.residual_scale
    return ops.concatenate([along / whitening.scales, residual], axis=-1)


def gradient_maps(
    model: keras.Model, images: NDArray[np.float32], looks: Sequence[int] = BOTH_LOOKS
) -> NDArray[np.float32]:
    """Return class maps (n, h, w, 5), mean over looks, from gradients: slow, for comparison."""
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
    members: Sequence[Member],
    serving: keras.Model,
    grader: Grader,
    images: NDArray[np.float32],
    tolerance: float = TOLERANCE,
) -> None:
    """Raise ValueError where LiteRT differs from Keras, or its maps from the gradients."""
    gradings = grade_in_batches(grader, iter(images))
    serving.jit_compile = JIT_COMPILE
    maps = [gradient_maps(member.network, images, member.looks) for member in members]
    expected = {
        "probability": serving.predict(images, batch_size=8, verbose=0)["probability"],
        "maps": np.mean(maps, axis=0),
    }
    for name, wanted in expected.items():
        given = np.stack([getattr(grading, name) for grading in gradings])
        # Maps are logits of any size, so their difference is relative to the largest.
        difference = float(np.abs(wanted - given).max() / max(1.0, np.abs(wanted).max()))
        if difference > tolerance:
            raise ValueError(f"LiteRT's {name} differs by {difference:.1e}")
        print(f"LiteRT's {name} equals Keras' within {difference:.1e} on {len(images)} crops")
