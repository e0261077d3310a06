"""Prints of codecs reach the log, and nothing of a file does with them."""

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest

from koa_desktop.loading import reading_process
from koa_desktop.system import shared_block
from koa_desktop.system.log import AnonymousFormatter
from koa_desktop.system.prints import without_names
from koa_desktop.system.shared_block import GivingEnd

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("Premature end of JPEG file", "Premature end of JPEG file"),
        ("libpng error: bad CRC in Doe^John 19700131", "libpng error bad CRC in …"),
        ("Müller, Änne 4711 0x5", "…"),
        ("", ""),
    ],
)
def test_only_words_of_the_codecs_are_told(printed, told):
    assert without_names(printed) == told


def test_a_long_print_is_cut():
    assert len(without_names("error of " * 100_000)) < 500


@pytest.mark.skipif(not hasattr(os, "set_blocking"), reason="prints are dropped here")
def test_prints_of_every_kind_are_caught_and_never_wait():
    code = (
        "import os, sys, ctypes\n"
        "from koa_desktop.system.prints import CaughtPrints, MOST_BYTES\n"
        "import threading\n"
        "real = os.dup(2)\n"
        "caught = CaughtPrints()\n"
        "os.write(2, b'bad marker'); print('empty tile', flush=True)\n"
        "first = caught.taken()\n"
        "try:\n"
        "    for _ in range(1000): os.write(2, b'x' * 1000)\n"
        "except BlockingIOError: pass\n"
        "second = caught.taken()\n"
        "ok = 'bad marker' in first and 'empty tile' in first and len(second) == MOST_BYTES\n"
        "os._exit(0 if ok and caught.taken() == '' else 3)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 0


def test_what_the_process_printed_is_logged_without_names(monkeypatch, caplog):
    class Pipe:
        def send_bytes(self, data: bytes) -> None:
            pass

        def poll(self, seconds: float) -> bool:
            return True

        def recv_bytes(self, most: int) -> bytes:
            return b'["Fault", {"trace": "KeyError"}, "Corrupt data of Doe, Jane\\n"]'

    process = object.__new__(reading_process.ReadingProcess)
    process._pipe, process._job = Pipe(), type("Job", (), {"bound": lambda self, most: None})()
    process._given = GivingEnd(process._pipe)
    process._given.of_size(1)
    monkeypatch.setattr(shared_block.SharedBlock, "hand_over", lambda self, pipe: None)
    monkeypatch.setattr(reading_process.logger("koa_desktop"), "propagate", True)
    process.answer(reading_process.Wanted.RADIOGRAPH, 1, None)
    record = caplog.records[0]
    logged = AnonymousFormatter().format(record)
    assert logged.endswith("A codec printed:\n  Corrupt data of …")


def test_a_trace_of_the_process_is_logged_without_the_files_text():
    record = logging.makeLogRecord(
        {"msg": "Failed.", "trace": "KeyError\n  read.py:12 radiograph\nDoe, Jane\nfrom OSError"}
    )
    logged = AnonymousFormatter().format(record).splitlines()[1:]
    assert [line.strip() for line in logged] == [
        "KeyError",
        "read.py:12 radiograph",
        "from OSError",
    ]
