"""What several folders of tests need; a test that names `finder` gets one that does as told."""

from __future__ import annotations

import hypothesis
import pytest
from fake_finder import FakeFinder

# On a busy machine an example may take long, and that is no fault of the program.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")


@pytest.fixture
def finder() -> FakeFinder:
    return FakeFinder()
