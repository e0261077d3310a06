"""The command line: `koa-desktop [FILES…]`, `koa-desktop grade …`, `koa-desktop self-test`.

Everything heavy is imported late, so that `--help` and `--version` answer at once and the window
is up before the model is loaded.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from koa_desktop.cli.grade_arguments import cores, grade_parser
from koa_desktop.cli.progress import Progress
from koa_desktop.message import Message
from koa_desktop.system import libraries

if TYPE_CHECKING:
    from koa_desktop.cli.batch import Order, Tally

DONE, SOME_NOT, WRONG_USAGE, NOT_WRITTEN, BROKE_OFF, INTERRUPTED = 0, 1, 2, 3, 4, 130

_MOST_AT_ONCE = 4  # films that the networks have memory for
_EPILOG = """\
commands:
  grade PATH… --out DIR   grade files and folders without a window
  grade … --resume        go on after grading was stopped or killed
  backup FILE             write all readings of this user to one file
  restore FILE            replace all readings with those of a backup
  audit                   check that nobody changed readings or their audit trail
  self-test               check that this installation works

'koa-desktop COMMAND --help' tells more. A file that is called like a command is opened
as ./grade or ./self-test. Not a medical device: every grade is to be confirmed by a
qualified person.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status.

    0: done; 1: some files could not be read or exported, or a check failed; 2: wrong usage, or a
    part of the program is missing; 3: results could not be written; 4: an error in the program;
    130: stopped with Ctrl-C.
    """
    _write_any_name()
    arguments = sys.argv[1:] if arguments is None else arguments
    commands = {
        "grade": _grade,
        "self-test": _self_test,
        "backup": _backup,
        "restore": _restore,
        "audit": _audit,
    }
    command = commands.get(arguments[0]) if arguments else None
    try:
        return command(arguments[1:]) if command else _window(arguments)
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception:
        return _broke_off()


def _broke_off() -> int:
    """Log the error that is being handled, and say so: its own text may quote a path."""
    from koa_desktop.system.log import keep_in, logger
    from koa_desktop.system.paths import user_logs
    from koa_desktop.wording.command_line import CommandLine
    from koa_desktop.wording.sentences import sentence

    logs = user_logs()
    keep_in(logs)
    logger(__name__).exception("A command broke off.")
    return _refuse(sentence(Message.of(CommandLine.BROKE_OFF, folder=logs)), BROKE_OFF)


def _window(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        "koa-desktop",
        description="Grade knee osteoarthritis on radiographs (Kellgren-Lawrence 0-4), offline.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILES", help="radiographs or folders to open"
    )
    parser.add_argument("--version", action=_Version)
    files = parser.parse_args(arguments).files
    if not libraries.has_display():
        return _without_display(files)
    missing = libraries.missing_for_window()
    if missing:
        return _refuse(_lacking(missing))
    from koa_desktop.loading import reader

    # It gets ready while Qt is loaded.
    reader.start()
    # All that is imported now is kept. Garbage is collected once there is a window, see `gui.app`.
    gc.disable()
    from koa_desktop.gui.app import run

    return run(files)


def _without_display(files: Sequence[Path]) -> int:
    from koa_desktop.errors import ExportReason
    from koa_desktop.wording.command_line import CommandLine
    from koa_desktop.wording.sentences import sentence

    if not files:
        return _refuse(sentence(CommandLine.NO_DISPLAY))
    from koa_desktop.cli.batch import Order
    from koa_desktop.report.export import Format
    from koa_desktop.report.options import Profile

    _say(sentence(CommandLine.GRADED_WITHOUT_DISPLAY))
    try:
        folder = Path(tempfile.mkdtemp(prefix="koa-desktop-"))
    except OSError:
        return _refuse(sentence(ExportReason.NO_TEMPORARY_FOLDER), NOT_WRITTEN)
    missing = libraries.missing_for_drawing()
    if missing:
        _say(_lacking(missing), sys.stderr)
    formats = frozenset({Format.PNG if missing else Format.PDF})
    # For the one who opened the files: nobody else may read that folder.
    order = Order(folder, formats, profile=Profile.PATIENT, threads=cores())
    status = _graded(files, order)
    with contextlib.suppress(OSError):
        folder.rmdir()  # nothing was written
    if folder.exists():
        _say(sentence(Message.of(CommandLine.REPORTS_FOLDER, folder=folder)))
    return status


def _grade(arguments: Sequence[str]) -> int:
    from koa_desktop.cli.batch import Order
    from koa_desktop.report.export import Format
    from koa_desktop.report.options import Profile

    parser = grade_parser()
    options = parser.parse_args(arguments)
    profile = Profile(options.identity)
    if profile is Profile.NAMELESS and options.resume:
        parser.error("argument --resume: nameless results do not tell which files have theirs")
    if options.key and profile is not Profile.PSEUDONYMOUS:
        parser.error("argument --key: only pseudonymous results have study codes")
    if {"pdf", "epdf", "summary"} & options.format:
        missing = libraries.missing_for_drawing()
        if missing:
            return _refuse(_lacking(missing))
    order = Order(
        options.out,
        frozenset(map(Format, options.format)),
        single_crop=options.crop,
        on_request=options.on_request,
        profile=profile,
        key=options.key,
        overwrite=options.overwrite,
        resume=options.resume,
        threads=options.jobs,
    )
    return _graded(options.paths, order)


def _graded(paths: Sequence[Path], order: Order) -> int:
    """Grade what `paths` hold and say how it went; returns the exit status."""
    from koa_desktop.cli.batch import Tally
    from koa_desktop.loading import reader
    from koa_desktop.loading.discovery import discover
    from koa_desktop.system.files import is_missing
    from koa_desktop.wording.command_line import CommandLine
    from koa_desktop.wording.discovery import account
    from koa_desktop.wording.sentences import sentence

    missing = [path for path in paths if is_missing(path)]
    for path in missing:
        _say(sentence(Message.of(CommandLine.MISSING_PATH, path=path)), sys.stderr)
    if len(missing) == len(paths):
        return WRONG_USAGE
    reader.start()
    discovery = discover(paths)
    left = account(discovery)
    if not discovery.files:
        return _refuse(" ".join([sentence(CommandLine.NO_RADIOGRAPHS), left]).rstrip())
    tally = Tally(len(discovery.files))
    status = _carried_out(discovery.files, order, tally)
    for problem in tally.problems:
        _say(sentence(problem), sys.stderr)
    if status == WRONG_USAGE:
        return status
    if left:
        _say(left, sys.stderr)
    for message in (tally.message, *tally.why()):
        _say(sentence(message), sys.stderr)
    return status


def _carried_out(files: Sequence[Path], order: Order, tally: Tally) -> int:
    """Grade files, counted in `tally`; returns the exit status, having said why it is not 0."""
    from koa_desktop.cli import batch
    from koa_desktop.errors import BundleError, ExportError, ExportReason
    from koa_desktop.examination.examiner import Examiner
    from koa_desktop.wording.command_line import CommandLine
    from koa_desktop.wording.sentences import sentence

    wrong_usage = {
        ExportReason.RESULTS_EXIST,
        ExportReason.UNDER_WAY,
        ExportReason.OTHER_COLUMNS,
        ExportReason.OTHER_ORDER,
        ExportReason.NOT_A_FOLDER,
    }
    progress = Progress(len(files))
    try:
        named = batch.named(files, order)
        with contextlib.closing(batch.prepare(named, order)) as results:
            if order.key is not None:
                batch.write_key(named, order.key, overwrite=order.overwrite or order.resume)
            at_once = max(min(order.threads, len(files), _MOST_AT_ONCE), 1)
            examiner = Examiner.load(threads=max(cores() // at_once, 1), at_once=at_once)
            batch.grade_files(named, order, examiner, results, tally, progress.show)
    except BundleError as error:
        return _refuse(sentence(error.message))
    except ExportError as error:
        progress.clear()
        code = error.message.code if isinstance(error.message, Message) else None
        return _refuse(sentence(error.message), WRONG_USAGE if code in wrong_usage else NOT_WRITTEN)
    except KeyboardInterrupt:
        progress.clear()
        return _refuse(sentence(CommandLine.STOPPED), INTERRUPTED)
    progress.clear()
    return SOME_NOT if tally.unreadable or tally.problems else DONE


def _self_test(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        "koa-desktop self-test",
        description="Check that this installation works: its model, its samples, its report.",
        epilog="Exit status: 0 all is well, 1 a check failed.",
    )
    parser.parse_args(arguments)
    from koa_desktop.cli import self_test
    from koa_desktop.wording.command_line import CommandLine
    from koa_desktop.wording.sentences import sentence

    passed = True
    for check in self_test.run():
        passed &= check.passed
        _say(f"{'ok    ' if check.passed else 'FAILED'}  {check.sentence}")
    _say(sentence(CommandLine.TEST_PASSED if passed else CommandLine.TEST_FAILED))
    return DONE if passed else 1


def _backup(arguments: Sequence[str]) -> int:
    from koa_desktop.cli import backups

    return _done(partial(backups.back_up, arguments))


def _restore(arguments: Sequence[str]) -> int:
    from koa_desktop.cli import backups

    return _done(partial(backups.restore, arguments))


def _audit(arguments: Sequence[str]) -> int:
    from koa_desktop.cli import audit
    from koa_desktop.errors import ReaderError
    from koa_desktop.wording.sentences import sentence

    try:
        said, is_whole = audit.audit(arguments)
    except ReaderError as error:
        return _refuse(sentence(error.message), NOT_WRITTEN)
    for line in said:
        _say(line if isinstance(line, str) else sentence(line))
    return DONE if is_whole else SOME_NOT


def _done(work: Callable[[], str]) -> int:
    """Do it and say what it returns, or why it could not be done."""
    from koa_desktop.errors import ReaderError
    from koa_desktop.wording.sentences import sentence

    try:
        _say(work())
    except ReaderError as error:
        return _refuse(sentence(error.message), NOT_WRITTEN)
    return DONE


class _Version(argparse.Action):
    """`--version`: looked up only when asked for."""

    def __init__(self, option_strings: Sequence[str], dest: str) -> None:
        super().__init__(option_strings, dest, nargs=0, help="show the version and exit")

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from koa_desktop.report import provenance

        _say(f"koa-desktop {provenance.program_version() or '(not installed)'}")
        parser.exit()


def _lacking(packages: Sequence[str]) -> str:
    from koa_desktop.wording.command_line import CommandLine
    from koa_desktop.wording.sentences import sentence

    return sentence(Message.of(CommandLine.MISSING_LIBRARIES, packages=" ".join(packages)))


def _refuse(text: str, status: int = WRONG_USAGE) -> int:
    _say(text, sys.stderr)
    return status


def _say(text: str, stream: TextIO | None = None) -> None:
    """Print a line; a windowed program has no streams at all, a pipe's reader may have gone."""
    stream = stream or sys.stdout
    if stream is not None:
        with contextlib.suppress(OSError):
            print(text, file=stream, flush=True)


def _write_any_name() -> None:
    """Let the streams write file names that the console's encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
