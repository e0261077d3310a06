"""One offscreen QApplication for all tests, and an examiner that finds as told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
from PySide6.QtWidgets import QApplication

from koa_desktop.examination.encryption import keys
from tests.support.fake_examiner import FakeExaminer, FakeFinder
from tests.support.slow_reading import halted, only_process

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# On a busy machine an example may take long, and that is no fault of the program.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


@pytest.fixture(autouse=True)
def no_passphrase() -> Iterator[None]:
    """Let no test know the passphrase of another one's case list."""
    yield
    keys.forget()


@pytest.fixture
def examiner() -> FakeExaminer:
    return FakeExaminer()


@pytest.fixture
def finder(examiner: FakeExaminer) -> FakeFinder:
    """The fake finder of the examiner."""
    return examiner.finder


@pytest.fixture(scope="session", autouse=True)
def app() -> QApplication:
    # Imported here: tests of other parts are collected without the window.
    from koa_desktop.gui.app import keep_font
    from koa_desktop.gui.application import Application

    # Made before a test writes a PDF, which would start an application without widgets.
    found = QApplication.instance()
    if isinstance(found, Application):
        return found
    application = Application(["koa-desktop"])
    application.setStyle("Fusion")
    keep_font(application)
    application.setQuitOnLastWindowClosed(False)
    return application


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Let one process run all tests of packaging, which then build the program once."""
    from xdist.scheduler import LoadFileScheduling

    class ByFile(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            folder = "tests/packaging"
            return folder if nodeid.startswith(f"{folder}/") else super()._split_scope(nodeid)

    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None
