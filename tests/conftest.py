"""One offscreen QApplication for all tests, and a finder that does as told."""

from __future__ import annotations

import os

import hypothesis
import pytest
from PySide6.QtWidgets import QApplication

from tests.support.fake_finder import FakeFinder

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# On a busy machine an example may take long, and that is no fault of the program.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


@pytest.fixture
def finder() -> FakeFinder:
    return FakeFinder()


@pytest.fixture(scope="session", autouse=True)
def app() -> QApplication:
    # Made before a test writes a PDF, which would start an application without widgets.
    found = QApplication.instance()
    if isinstance(found, QApplication):
        return found
    application = QApplication(["koa-desktop"])
    application.setStyle("Fusion")
    application.setQuitOnLastWindowClosed(False)
    return application
