"""One network run by LiteRT."""

from __future__ import annotations

from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.errors import BundleError, BundleReason
from koa_desktop.networks.bundle import model_bytes

Array = NDArray[np.float32]


class LiteRtModel:
    """A loaded model with one signature. Safe to use from several threads."""

    def __init__(self, path: Path, sha256: str, threads: int, at_once: int = 1) -> None:
        """Load a model file, or its pieces, of that checksum.

        `threads` work at a pass, of which `at_once` are made at a time; further ones wait. Raises
        BundleError where it is missing, another one, or no model.
        """
        model = model_bytes(path, sha256)
        # Imported here: the window is up before the runtime is needed.
        from ai_edge_litert.interpreter import Interpreter

        try:
            # The interpreters must outlive their runners.
            self._interpreters = [
                Interpreter(model_content=model, num_threads=threads) for _ in range(at_once)
            ]
            self._free: SimpleQueue[Any] = SimpleQueue()
            for interpreter in self._interpreters:
                # Unpacks all weights. Done here, the first film does not wait for it.
                interpreter.allocate_tensors()
                self._free.put(interpreter.get_signature_runner())
        except (RuntimeError, ValueError) as error:
            raise BundleError(BundleReason.NOT_LOADABLE, name=path.name) from error

    def run(self, **inputs: Array) -> dict[str, Array]:
        """Return the outputs by name for one forward pass of the inputs by name, all float32.

        The arrays returned are the caller's: the next pass leaves them alone.
        """
        runner = self._free.get()
        try:
            outputs: dict[str, Array] = runner(**inputs)
        finally:
            self._free.put(runner)
        return outputs
