"""Qt's Python binding itself, where a fault of it has once ended the program."""

import sys

import pytest
from PySide6.QtWidgets import QLabel


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal from Python 3.12 on")
def test_calls_do_not_use_up_none(app):
    label = QLabel()
    before = sys.getrefcount(None)
    for _ in range(1000):
        label.setText("KL 2")
    # PySide6 6.12.0 dropped one reference a call, until Python 3.11 aborted.
    assert abs(sys.getrefcount(None) - before) < 100
