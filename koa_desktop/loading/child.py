"""The reading process: parses and decodes foreign bytes, one file after another.

It is started by `reading_process`, gets a file's bytes in shared memory, and answers in JSON; grey
values go back in shared memory. Before the first file it gives up opening files and connections.
"""

from __future__ import annotations

import json
import mmap
from multiprocessing.connection import Connection
from typing import Any

import numpy as np
from numpy.typing import NDArray

from koa_desktop.errors import ReadError, ReadReason
from koa_desktop.loading.plain_data import built, plain
from koa_desktop.loading.wanted import FREE_MEMORY, SEALED, Fault, Film, Refused, Request, Wanted
from koa_desktop.message import Message
from koa_desktop.system import confinement
from koa_desktop.system.log import trace_of
from koa_desktop.system.prints import CaughtPrints
from koa_desktop.system.shared_block import TakingEnd


def serve(pipe: Connection) -> None:
    """Answer request after request until the program closes the pipe or ends."""
    prints = CaughtPrints()
    confinement.confine()
    _load()
    is_sealed = confinement.seal()
    given, returned = TakingEnd(pipe), TakingEnd(pipe)
    try:
        pipe.send_bytes(SEALED if is_sealed else b"ready")
        while True:
            message = pipe.recv_bytes()
            if message == FREE_MEMORY:
                given.close()
                returned.close()
                continue
            request = built(Request, json.loads(message))
            confinement.bound_task(request.memory, request.seconds)
            data = memoryview(given.memory()).toreadonly()[: request.count]
            answer, values = _answer(request.wanted, data)
            told = [type(answer).__name__, plain(answer), prints.taken()]
            pipe.send_bytes(json.dumps(told).encode())
            if values is not None:
                _put(values, returned.memory())
                returned.trim()
                pipe.send_bytes(b"done")
            # The answer and the values may be a part of the memory.
            del data, answer, values
            given.trim()
            confinement.end_task()
    except (EOFError, OSError):
        return


def _load() -> None:
    """Load all that reading needs: later nothing can be opened, and a file's time is limited."""
    import cv2
    import gdcm  # noqa: F401
    import numpy.ma  # noqa: F401
    import PIL.Image
    import pydicom.pixels.processing  # noqa: F401
    from imagecodecs import jpeg8_decode  # noqa: F401

    import koa_desktop.dicom.decode
    import koa_desktop.dicom.jpeg_file
    import koa_desktop.imaging.raster
    import koa_desktop.loading.directory
    import koa_desktop.loading.header_table
    import koa_desktop.loading.read  # noqa: F401
    from koa_desktop.dicom.character_sets import allow_only_standard
    from koa_desktop.imaging.polarity import mean_knee_crop

    PIL.Image.preinit()
    mean_knee_crop()
    cv2.setNumThreads(1)
    allow_only_standard()


def _answer(wanted: Wanted, data: memoryview) -> tuple[Any, NDArray[Any] | None]:
    """Return the answer, whatever happens, and the grey values where there are any."""
    try:
        return _read(wanted, data)
    except ReadError as error:
        reason = error.message if isinstance(error.message, Message) else Message(error.message)
        return Refused(reason), None
    except MemoryError:
        return Refused(Message(ReadReason.NO_MEMORY)), None
    except Exception as error:
        return Fault(trace_of(error)), None


def _put(values: NDArray[Any], memory: mmap.mmap) -> None:
    """Copy grey values (H, W) into shared memory."""
    np.frombuffer(memory, values.dtype, values.size).reshape(values.shape)[:] = values


def _read(wanted: Wanted, data: memoryview) -> tuple[Any, NDArray[Any] | None]:
    """Return the answer, and the grey values where there are any. Raises ReadError."""
    if wanted is Wanted.HEADER:
        from koa_desktop.loading.header_table import dicom_rows

        return dicom_rows(data), None
    if wanted is Wanted.SOURCE:
        from koa_desktop.loading.source_elements import source_elements

        return source_elements(data), None
    if wanted is Wanted.DIRECTORY:
        from koa_desktop.loading.directory import records

        return records(data), None
    from koa_desktop.loading.read import radiograph

    film = radiograph(data)
    return Film(film.info, film.window, film.values.dtype.str), film.values
