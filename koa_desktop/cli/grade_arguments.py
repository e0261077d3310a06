"""The arguments of `koa-desktop grade`."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

FORMATS = (
    "csv", "json", "pdf", "png", "heatmap", "crop", "summary", "fhir", "sr", "sc", "epdf", "gsps",
)  # fmt: skip

_STATUSES = """\
exit status:
  0    every file was graded or refused
  1    some files could not be read, or some exports not be written: the table names each file
  2    wrong usage, earlier results in DIR, or a damaged installation; nothing was graded
  3    the results could not be written
  4    an error in the program; its log states where
  130  stopped with Ctrl-C; --resume continues
"""


def grade_parser() -> argparse.ArgumentParser:
    """Return what reads the arguments of `grade`."""
    parser = argparse.ArgumentParser(
        "koa-desktop grade",
        description="Grade files and folders without a window. DIR/results.csv gets a row for\n"
        "each knee, or for each file without one, as soon as it is done.",
        epilog=_STATUSES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "paths",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="a radiograph (DICOM, PNG, JPEG, TIFF, BMP), a folder, or a DICOMDIR",
    )
    parser.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="folder for the results"
    )
    parser.add_argument(
        "--format",
        default=frozenset({"csv"}),
        type=_formats,
        metavar="LIST",
        help=f"what to write, of {', '.join(FORMATS)}, joined by commas; the table (csv) is "
        "always written; all but csv, json and summary (PDF) are one for each file, heatmap (the "
        "model's map over the knee, PNG) and crop (the knee alone, PNG) one for each knee; fhir is "
        "a Bundle (R4); sr (structured report), sc (annotated film), epdf (report) and gsps (boxes "
        "and margins over the film) are DICOM",
    )
    parser.add_argument(
        "--crop",
        action="store_true",
        help="each file is one knee, already cut out as for grading: grade the whole image",
    )
    parser.add_argument(
        "--on-request",
        action="store_true",
        help="grade refused knees too (implants, other views); every export marks them so",
    )
    parser.add_argument(
        "--jobs", default=cores(), type=_positive, metavar="N", help="files at work at a time"
    )
    _add_identity(parser)
    earlier = parser.add_mutually_exclusive_group()
    earlier.add_argument(
        "--overwrite", action="store_true", help="replace results that are already in DIR"
    )
    earlier.add_argument(
        "--resume",
        action="store_true",
        help="go on in DIR after grading was stopped or killed: files that have their rows are "
        "not graded again",
    )
    return parser


def _add_identity(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--identity",
        choices=("patient", "pseudonymous", "nameless"),
        default="pseudonymous",
        help="who is named in exports and their names: the patient, by all that is known, and the "
        "file by its path; a study code, the one of the window's exports; or nobody, films being "
        "numbered (default: pseudonymous)",
    )
    parser.add_argument(
        "--key",
        type=Path,
        metavar="FILE",
        help="write which file each study code stands for (CSV); keep it apart from the results",
    )


def _formats(text: str) -> frozenset[str]:
    names = frozenset(name.strip().lower() for name in text.split(",") if name.strip())
    unknown = sorted(names - set(FORMATS))
    if unknown or not names:
        raise argparse.ArgumentTypeError(
            f"unknown format {', '.join(unknown) or text!r}; known are {', '.join(FORMATS)}"
        )
    return names


def _positive(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return number


def cores() -> int:
    """Return how many files are at work at a time, unless told otherwise."""
    return os.cpu_count() or 1
