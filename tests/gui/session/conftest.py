"""A session without a window and without threads."""

from pathlib import Path

import pytest

from koa_desktop.gui.session.services import Services
from koa_desktop.gui.session.session import Session
from tests.support.task_runners import AtOnce


@pytest.fixture
def case_list(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "cases.sqlite"


@pytest.fixture
def session(app, case_list: Path) -> Session:
    made = Session(AtOnce(), Services(case_list))
    made.attention.connect(made.select)
    return made
