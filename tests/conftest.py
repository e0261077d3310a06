"""What several folders of tests need; a test that names `finder` gets one that does as told."""

from __future__ import annotations

import pytest
from fake_finder import FakeFinder


@pytest.fixture
def finder() -> FakeFinder:
    return FakeFinder()
