"""No module can write a path, a name or a message of a patient's file to stderr or to the log."""

from __future__ import annotations

import ast
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import koa_desktop
from koa_desktop.system.log import keep_in

APP = Path(koa_desktop.__file__).parent
PLANTED = "/patients/Doe_Jane/knee.dcm"


def module_name(file: Path) -> str:
    return ".".join(["koa_desktop", *file.relative_to(APP).with_suffix("").parts])


def calls_logger(file: Path) -> bool:
    return "= logger(__name__)" in file.read_text(encoding="utf-8")


LOGGING_MODULES = [module_name(file) for file in sorted(APP.rglob("*.py")) if calls_logger(file)]


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    found = logging.getLogger("koa_desktop")
    before = list(found.handlers)
    yield found
    for handler in found.handlers:
        if handler not in before:
            handler.close()
    found.handlers = before


def log_a_planted_error(module: str) -> None:
    log = logging.getLogger(module)
    try:
        try:
            raise OSError(2, "No such file", PLANTED)
        except OSError as cause:
            raise ValueError(f"about {PLANTED}") from cause
    except ValueError as error:
        log.exception("A file failed.")
        log.error("A file failed: %s", PLANTED, exc_info=error)
        log.warning("A file failed: %s", PLANTED, stack_info=True)


def test_modules_that_log_are_found() -> None:
    assert "koa_desktop.examination.examiner" in LOGGING_MODULES
    assert "koa_desktop.cli.batch" in LOGGING_MODULES


@pytest.mark.requirement("R11")
@pytest.mark.parametrize("module", LOGGING_MODULES)
def test_a_planted_path_reaches_no_log_file(
    module: str, root: logging.Logger, tmp_path: Path
) -> None:
    keep_in(tmp_path)
    log_a_planted_error(module)
    text = (tmp_path / "koa-desktop.log").read_text(encoding="utf-8")
    assert "A file failed" in text
    assert "ValueError" in text
    assert "from FileNotFoundError" in text
    assert "log_a_planted_error" in text
    assert "Doe" not in text
    assert "patients" not in text


@pytest.mark.parametrize("module", LOGGING_MODULES)
def test_a_planted_path_reaches_no_stderr(
    module: str, root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    log_a_planted_error(module)
    text = capsys.readouterr().err
    assert "A file failed" in text
    assert "ValueError" in text
    assert "Doe" not in text
    assert "patients" not in text


def test_a_message_is_constant_text_and_every_module_uses_the_anonymous_log() -> None:
    """An f-string as the message would go past the formatter."""
    for file in sorted(APP.rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        name = module_name(file)
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "_LOG":
                assert isinstance(node.args[0], ast.Constant), f"{name}:{node.lineno}"
            if ast.unparse(node.func) == "logging.getLogger":
                own = name != "koa_desktop.system.log"
                third_party = ast.unparse(node.args[0]) in ("'pydicom'", "'pynetdicom'")
                assert not own or third_party, f"{name}:{node.lineno}"


def test_without_stderr_nothing_fails() -> None:
    code = (
        "import sys; sys.stderr = None\n"
        "from koa_desktop.system.log import logger\n"
        "logger('koa_desktop.x').error('A file failed.')\n"
        "print('went on')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "went on"


def test_a_folder_that_cannot_be_made_leaves_the_program_running(
    root: logging.Logger, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_bytes(b"")
    keep_in(tmp_path / "file" / "log")
    log_a_planted_error("koa_desktop.x")
    assert "Doe" not in capsys.readouterr().err
