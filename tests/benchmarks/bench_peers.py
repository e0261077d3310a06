"""Compare the program with Keras and ONNX Runtime on this machine, in one call and one table.

    python tests/benchmarks/bench_peers.py [--runs 3]

Each cell is a median over processes of their own, which take turns. The peers run one MobileNetV2
with five grades, the usual way: Keras with a gradient tape for its heat map, ONNX Runtime with the
class map of its last layer as a second output, as it has no gradients. The program runs five such
members, its map, and what belongs to a finding. Needs Linux and the extras training
and bench.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from koa_desktop.system.paths import SAMPLES

CROP = SAMPLES / "grade2.png"

_TIMED = """
import json, re, sys, time
start = time.perf_counter()
def report(one_pass):
    one_pass()
    first = time.perf_counter() - start
    times = []
    for _ in range(30):
        begin = time.perf_counter()
        one_pass()
        times.append(time.perf_counter() - begin)
    # Not getrusage: its maximum counts the process that started this one.
    with open("/proc/self/status") as file:
        kilobytes = int(re.search(r"VmHWM:\\s+(\\d+)", file.read())[1])
    print(json.dumps([first, 1000 * sorted(times)[15], kilobytes / 1000]))
"""
_PICTURE = """
import numpy as np
from PIL import Image
grey = np.asarray(Image.open(sys.argv[1]).convert("L").resize((224, 224)), np.float32)
picture = np.repeat(grey[None, ..., None] / 127.5 - 1, 3, axis=-1)
"""
PEERS = {
    "KOA Desktop (5 members)": _TIMED
    + """
from pathlib import Path
from koa_desktop.examination.examiner import Examiner
from koa_desktop.grading.class_map import heat, map_of
from koa_desktop.loading.read import read
examiner = Examiner.load()
radiograph = read(Path(sys.argv[1]))
def one_pass():
    (knee,) = examiner.examine(radiograph, single_crop=True).knees
    return heat(map_of(knee.grading.maps, knee.finding.grade), 224)
report(one_pass)
""",
    "Keras, gradient tape": _TIMED
    + _PICTURE
    + """
import keras, tensorflow as tf
network = keras.saving.load_model(sys.argv[2])
inside = keras.Model(network.inputs, [network.get_layer("out_relu").output, network.output])
def one_pass():
    with tf.GradientTape() as tape:
        maps, grades = inside(picture, training=False)
        best = tf.reduce_max(grades)
    weights = tf.reduce_mean(tape.gradient(best, maps), axis=(1, 2), keepdims=True)
    return tf.nn.relu(tf.reduce_sum(maps * weights, axis=-1)).numpy()
report(one_pass)
""",
    "ONNX Runtime": _TIMED
    + _PICTURE
    + """
import onnxruntime
session = onnxruntime.InferenceSession(sys.argv[3], providers=["CPUExecutionProvider"])
picture = np.ascontiguousarray(picture.transpose(0, 3, 1, 2))
report(lambda: session.run(None, {"picture": picture}))
""",
}


def save_networks(folder: Path) -> tuple[Path, Path]:
    """Save one MobileNetV2 with random weights for Keras and for ONNX Runtime."""
    import keras

    network = keras.applications.MobileNetV2((224, 224, 3), weights=None, classes=5)
    saved = folder / "network.keras"
    network.save(saved)
    return saved, save_onnx(network, folder / "network.onnx")


def save_onnx(network: Any, path: Path) -> Path:
    """Write a MobileNetV2 of Keras as ONNX: outputs are the grades and the maps of all classes."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes, weights, names = [], [], {id(network.inputs[0]): "picture"}

    def constant(name: str, array: Any) -> str:
        weights.append(numpy_helper.from_array(array, name))
        return name

    def add(kind: str, inputs: list[str], name: str, **attributes: Any) -> None:
        nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))

    for layer in network.layers[1:]:
        kind, name = type(layer).__name__, layer.name
        given = layer.input if isinstance(layer.input, list) else [layer.input]
        inputs = [names[id(tensor)] for tensor in given]
        names[id(layer.output)] = name
        values = [constant(f"{name}/{i}", w) for i, w in enumerate(arrays(kind, layer))]
        add(*translated(kind, layer, inputs, values), **attributes_of(kind, layer))
        if kind == "GlobalAveragePooling2D":
            add("Flatten", [f"{name}/pooled"], name)
        elif kind == "Dense":
            add("Softmax", [f"{name}/logits"], name)
            maps = constant("maps/kernel", layer.get_weights()[0].T[..., None, None].copy())
            add("Conv", ["out_relu", maps], "maps")
    floats = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("picture", floats, [1, 3, 224, 224])],
        [
            helper.make_tensor_value_info(network.layers[-1].name, floats, [1, 5]),
            helper.make_tensor_value_info("maps", floats, [1, 5, 7, 7]),
        ],
        weights,
    )
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), path)
    return path


def arrays(kind: str, layer: Any) -> list[Any]:
    """Return a layer's weights in ONNX's order of axes."""
    import numpy as np

    kernels = {"Conv2D": (3, 2, 0, 1), "DepthwiseConv2D": (2, 3, 0, 1)}
    values = layer.get_weights()
    if kind in kernels:
        return [np.ascontiguousarray(values[0].transpose(kernels[kind])), *values[1:]]
    if kind == "ReLU":
        return [np.float32(0), np.float32(layer.max_value)]
    if kind == "ZeroPadding2D":
        (top, bottom), (left, right) = layer.padding
        return [np.array([0, 0, top, left, 0, 0, bottom, right], np.int64)]
    return list(values)


def translated(
    kind: str, layer: Any, inputs: list[str], values: list[str]
) -> tuple[str, list[str], str]:
    """Return the ONNX operator, its inputs and its output's name."""
    operators = {
        "Conv2D": ("Conv", layer.name),
        "DepthwiseConv2D": ("Conv", layer.name),
        "BatchNormalization": ("BatchNormalization", layer.name),
        "ReLU": ("Clip", layer.name),
        "ZeroPadding2D": ("Pad", layer.name),
        "Add": ("Add", layer.name),
        "GlobalAveragePooling2D": ("GlobalAveragePool", f"{layer.name}/pooled"),
        "Dense": ("Gemm", f"{layer.name}/logits"),
    }
    operator, output = operators[kind]
    return operator, [*inputs, *values], output


def attributes_of(kind: str, layer: Any) -> dict[str, Any]:
    """Return a layer's settings as ONNX has them."""
    if kind == "BatchNormalization":
        return {"epsilon": layer.epsilon}
    if kind not in ("Conv2D", "DepthwiseConv2D"):
        return {}
    found: dict[str, Any] = {"strides": list(layer.strides)}
    if layer.padding == "same":
        found["auto_pad"] = "SAME_UPPER"
    if kind == "DepthwiseConv2D":
        found["group"] = layer.input.shape[-1]
    return found


def check_equal(saved: Path, written: Path) -> None:
    """Fail where both peers do not compute the same grades."""
    import keras
    import numpy as np
    import onnxruntime

    picture = np.random.default_rng(0).random((1, 224, 224, 3), np.float32)
    grades = keras.saving.load_model(saved)(picture, training=False).numpy()
    session = onnxruntime.InferenceSession(str(written), providers=["CPUExecutionProvider"])
    found, _ = session.run(None, {"picture": picture.transpose(0, 3, 1, 2)})
    np.testing.assert_allclose(found, grades, atol=1e-4)


def measured(code: str, *paths: Path) -> list[float]:
    """Return a process's seconds to the first grade, milliseconds for another, and megabytes."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    command = [sys.executable, "-c", code, *map(str, paths)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    figures: list[float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def table(runs: int) -> list[list[str]]:
    """Measure, and return a table: its head, then a row for each figure."""
    with tempfile.TemporaryDirectory() as name:
        networks = save_networks(Path(name))
        check_equal(*networks)
        found: dict[str, list[list[float]]] = {peer: [] for peer in PEERS}
        for _ in range(runs):
            for peer, code in PEERS.items():
                found[peer].append(measured(code, CROP, *networks))
    rows = (("first grade and map, s", ".2f"), ("a further one, ms", ".0f"), ("memory, MB", ".0f"))
    return [
        ["", *PEERS],
        *(
            [
                title,
                *(
                    format(statistics.median(run[place] for run in found[peer]), form)
                    for peer in PEERS
                ),
            ]
            for place, (title, form) in enumerate(rows)
        ),
    ]


def print_table(rows: list[list[str]]) -> None:
    """Print rows as Markdown; the first is the head."""
    for number, row in enumerate(rows):
        print(f"| {' | '.join(row)} |", flush=True)
        if number == 0:
            print(f"|{len(row) * '---|'}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--runs", type=int, default=3)
    print_table(table(parser.parse_args().runs))


if __name__ == "__main__":
    main()
