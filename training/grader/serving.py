"""The graph that ships, built from trained members, and its comparison with them.

One Keras graph holds all that a caller could get wrong: scaling, channels, the mirrored second
look, the mean over members, the temperature, the class maps, the calibrated OARSI readings with
their maps, and the whitened features. Members with the same frozen first layers share them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import layers, ops
from numpy.typing import NDArray

from koa_desktop.grading.grader import Grader
from koa_desktop.grading.oarsi import THRESHOLDS
from koa_desktop.knees.crop import CROP_SIZE
from training.metrics.calibration import Whitening
from training.metrics.reading_calibration import ReadingCalibration
from training.network.model import FEATURES, READINGS_LAYER, band_rows
from training.network.parts import has_readings, outputs_of, stem_of, trunk_of
from training.network.reading_regions import pooling
from training.network.readings import MIRRORED_LOGITS, READINGS
from training.runs.bundle_predictions import grade_in_batches
from training.runs.ensemble import BOTH_LOOKS
from training.runs.mirrored_prediction import JIT_COMPILE

TOLERANCE = 1e-4  # probabilities, and maps relative to their largest value, LiteRT against Keras


@dataclass(frozen=True, slots=True)
class Member:
    """A trained network of an ensemble.

    `frozen_to` names the layer up to which its weights were frozen, "" where all were trained.
    `looks` are 0 for the crop as it is and 1 for its mirror image. In the readings' logits a place
    outside a reading's region has `readings_outside` times the weight of one inside; those of
    osteophytes reach `readings_near` of a crop's height from the joint line.
    """

    network: keras.Model
    whitening: Whitening
    frozen_to: str = ""
    looks: tuple[int, ...] = BOTH_LOOKS
    readings_outside: float = 1.0
    readings_near: float = 1.0


class _Seen(NamedTuple):
    """A member's outputs, each the mean over its looks; no readings of a member without them."""

    logits: Any
    maps: Any
    pooled: Any
    reading_logits: Any = None
    reading_maps: Any = None


def serving_model(
    members: Sequence[Member],
    temperature: float,
    adjustment: NDArray[np.float32] | None = None,
    readings: ReadingCalibration | None = None,
) -> keras.Model:
    """Return the graph that ships: `image` (n, 224, 224, 1) to probability, maps and features.

    With global average pooling and a dense head d(logit_c)/d(A_k) is the same at every place, so
    Grad-CAM (Selvaraju 2017) before rectification is one 1x1 convolution of the activation with
    the head's weights. Maps and logits are means over members and their looks. Features are
    whitened member by member; their length is the root mean square of the members' distances.
    Members of one `frozen_to` share the frozen layers, which the graph holds once. `adjustment`
    (5,) is added to the logits.

    With a calibration of the readings the graph also returns `readings` (n, 6, 4), the
    probabilities of each reading's grades by side of the picture, and `reading_maps` (n, h, w, 18),
    those of the thresholds, of the members that have readings. Raises ValueError where shared
    layers or sizes of maps differ, or no member has readings to calibrate.
    """
    image = keras.Input((CROP_SIZE, CROP_SIZE, 1), name="image")
    seen = _seen_by(members, image)
    found = [
        _outputs(member, seen[member.frozen_to], index, with_readings=readings is not None)
        for index, member in enumerate(members)
    ]
    maps = [on_whole_crop(one.maps) for one in found]
    features = [
        _whiten(one.pooled, member.whitening) / len(members) ** 0.5
        for one, member in zip(found, members, strict=True)
    ]
    if len({tuple(one.shape) for one in maps}) > 1:
        raise ValueError("the members' class maps differ in size: give members of one input size")
    logits = _mean([one.logits for one in found])
    adjusted = logits if adjustment is None else logits + adjustment
    outputs = {
        "probability": ops.softmax(adjusted / temperature, axis=-1),
        "maps": _mean(maps),
        "features": ops.concatenate(features, axis=-1),
        **({} if readings is None else _readings(found, readings)),
    }
    named = {name: layers.Identity(name=name)(value) for name, value in outputs.items()}
    return keras.Model(image, named, name="koa")


def _readings(found: Sequence[_Seen], calibration: ReadingCalibration) -> dict[str, Any]:
    """Return the graph's calibrated readings and their maps, by name."""
    reading = [one for one in found if one.reading_logits is not None]
    if not reading:
        raise ValueError("none of the members has readings")
    logits = _mean([one.reading_logits for one in reading])
    reached = ops.sigmoid(ops.matmul(logits, calibration.weights) + calibration.shift)
    by_reading = ops.reshape(reached, (-1, len(READINGS), THRESHOLDS))
    # A higher threshold never counts as likelier than a lower one.
    bounds = [by_reading[:, :, :1]]
    for threshold in range(1, THRESHOLDS):
        bounds.append(ops.minimum(bounds[-1], by_reading[:, :, threshold : threshold + 1]))
    shares = [
        1 - bounds[0],
        *(lower - higher for lower, higher in pairwise(bounds)),
        bounds[-1],
    ]
    return {
        "readings": ops.concatenate(shares, axis=-1),
        "reading_maps": _mean([on_whole_crop(one.reading_maps) for one in reading]),
    }


def _seen_by(members: Sequence[Member], image: Any) -> Mapping[str, list[Any]]:
    """Return by `frozen_to` what members take: both looks, after the shared frozen layers."""
    looks = [image, ops.flip(image, axis=2)]
    seen = {"": looks}
    for name in dict.fromkeys(member.frozen_to for member in members):
        if name:
            stem = shared_stem([one.network for one in members if one.frozen_to == name], name)
            seen[name] = [stem(look) for look in looks]
    return seen


def _outputs(member: Member, seen: Sequence[Any], index: int, *, with_readings: bool) -> _Seen:
    """Return a member's outputs, each the mean over its looks."""
    trunk = trunk_of(member.network, member.frozen_to)
    activations = [trunk(seen[look]) for look in member.looks]
    pooled = _mean([ops.mean(activation, axis=(1, 2)) for activation in activations])
    grade = _linear(member, activations, "logits", f"class_maps_{index}")
    if not with_readings or not has_readings(member.network):
        return _Seen(*grade, pooled)
    return _Seen(
        *grade, pooled, *_linear(member, activations, READINGS_LAYER, f"reading_maps_{index}")
    )


def _linear(member: Member, activations: Sequence[Any], head: str, name: str) -> tuple[Any, Any]:
    """Return the logits (n, k) of a member's head and their maps (n, h, w, k).

    What a mirrored look says of the readings is said of the other sides.
    """
    kernel, bias = (np.asarray(weight) for weight in member.network.get_layer(head).get_weights())
    to_maps = layers.Conv2D(kernel.shape[1], 1, use_bias=False, name=name, trainable=False)
    logits, maps = [], []
    for look, activation in zip(member.looks, activations, strict=True):
        own = to_maps(activation)
        to_maps.set_weights([kernel[None, None]])
        if head == READINGS_LAYER and member.readings_outside != 1:
            size = activation.shape[1]
            own = own * pooling(size, member.readings_outside, member.readings_near)
        own_logits = ops.mean(own, axis=(1, 2)) + bias
        if look:
            own = ops.flip(own, axis=2)
        if look and head == READINGS_LAYER:
            own, own_logits = (ops.take(one, MIRRORED_LOGITS, axis=-1) for one in (own, own_logits))
        logits.append(own_logits)
        maps.append(own)
    return _mean(logits), _mean(maps)


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
    model: keras.Model,
    images: NDArray[np.float32],
    looks: Sequence[int] = BOTH_LOOKS,
    head: str = "logits",
) -> NDArray[np.float32]:
    """Return a head's maps (n, h, w, k), mean over looks, from gradients: slow, for comparison.

    Activations times their gradients, place by place (HiResCAM, Draelos 2020). Where all places
    have the same gradient, as with global average pooling, that is Grad-CAM.
    """
    import tensorflow as tf

    trunk = trunk_of(model)
    trunk.jit_compile = JIT_COMPILE
    features = model.get_layer(FEATURES)
    to_head = keras.Model(features.input, outputs_of(model)[head])
    seen = []
    for look in looks:
        seen_as = images[:, :, ::-1] if look else images
        # A few at a time: a pass holds all its activations.
        activation = tf.constant(trunk.predict(seen_as, batch_size=8, verbose=0))
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(activation)
            logits = to_head(activation)
            by_class = [logits[:, place] for place in range(logits.shape[1])]
        maps = []
        for logit in by_class:
            weight = tape.gradient(logit, activation) * math.prod(activation.shape[1:3])
            maps.append(tf.reduce_sum(weight * activation, axis=-1))
        whole = np.asarray(on_whole_crop(tf.stack(maps, axis=-1)))
        if look:
            whole = whole[:, :, ::-1]
        seen.append(whole[..., MIRRORED_LOGITS] if look and head == READINGS_LAYER else whole)
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
    given = serving.predict(images, batch_size=8, verbose=0)
    maps = [gradient_maps(member.network, images, member.looks) for member in members]
    expected = {"probability": given["probability"], "maps": np.mean(maps, axis=0)}
    if "readings" in given:
        maps = [
            gradient_maps(member.network, images, member.looks, READINGS_LAYER)
            for member in members
            if has_readings(member.network)
        ]
        expected |= {"readings": given["readings"], "reading_maps": np.mean(maps, axis=0)}
    for name, wanted in expected.items():
        found = np.stack([getattr(grading, name) for grading in gradings])
        # Maps are logits of any size, so their difference is relative to the largest.
        difference = float(np.abs(wanted - found).max() / max(1.0, np.abs(wanted).max()))
        if difference > tolerance:
            raise ValueError(f"LiteRT's {name} differs by {difference:.1e}")
        print(f"LiteRT's {name} equals Keras' within {difference:.1e} on {len(images)} crops")
