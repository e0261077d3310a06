"""Keras models through LiteRT, the runtime of the app."""

from __future__ import annotations

from contextlib import redirect_stdout
from io import StringIO
from typing import Any

import keras

THREADS = 2


def to_tflite(model: keras.Model, *, half: bool = False) -> bytes:
    """Convert a Keras model to a LiteRT flatbuffer with one signature and named outputs.

    With `half`, weights are stored as float16; the sums are done in float32 all the same. Raises
    ValueError over another backend than TensorFlow, whose converter knows no other's graphs.
    """
    if keras.backend.backend() != "tensorflow":
        raise ValueError(
            f"Keras runs over {keras.backend.backend()}: LiteRT needs KERAS_BACKEND=tensorflow"
        )
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if half:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    # Keras lists every variable of the graph.
    with redirect_stdout(StringIO()):
        return bytes(converter.convert())


def runner(model: keras.Model, *, half: bool = False) -> Any:
    """Return a function that runs a Keras model of one input and one output through LiteRT."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(model_content=to_tflite(model, half=half), num_threads=THREADS)
    run = interpreter.get_signature_runner()
    (name,) = run.get_input_details()

    # The interpreter must outlive its runner.
    def answer(value: Any, _keep: Any = interpreter) -> Any:
        return next(iter(run(**{name: value}).values()))

    return answer
