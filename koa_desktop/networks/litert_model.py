"""One network run by LiteRT."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from koa_desktop.errors import BundleError, BundleReason
from koa_desktop.networks.bundle import model_bytes

Array = NDArray[np.float32]


class LiteRtModel:
    """A loaded model with one signature. Safe to use from several threads; they take turns."""

    def __init__(self, path: Path, sha256: str, threads: int) -> None:
        """Load a model file, or its pieces, of that checksum.

        Raises BundleError where it is missing, another one, or no model.
        """
        model = model_bytes(path, sha256)
        # Imported here: the window is up before the runtime is needed.
        from ai_edge_litert.interpreter import Interpreter

        try:
            # The interpreter must outlive its runner.
            self._interpreter = Interpreter(model_content=model, num_threads=threads)
            self._runner = self._interpreter.get_signature_runner()
        except (RuntimeError, ValueError) as error:
            raise BundleError(BundleReason.NOT_LOADABLE, name=path.name) from error
        self._lock = threading.Lock()

    def run(self, **inputs: Array) -> dict[str, Array]:
        """Return the outputs by name for one forward pass of the inputs by name, all float32.

        The arrays returned are the caller's: the next pass leaves them alone.
        """
        with self._lock:
            outputs: dict[str, Array] = self._runner(**inputs)
        return outputs
