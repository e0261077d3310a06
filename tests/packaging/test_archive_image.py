"""The image of the recipe for archives has what the recipe needs, and little else.

No container is built: what the Containerfile copies and installs is laid into a folder, and the
recipe runs there.
"""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONTAINERFILE = ROOT / "docs" / "archive" / "Containerfile"
SAMPLES = ("grade3.png", "bilateral.dcm")

pytest.importorskip("dask.distributed")
pq = pytest.importorskip("pyarrow.parquet")


def statements(name: str) -> list[list[str]]:
    """Return the words of each statement of a kind, such as COPY."""
    text = CONTAINERFILE.read_text(encoding="utf-8").replace("\\\n", " ")
    return [shlex.split(line)[1:] for line in text.splitlines() if line.startswith(f"{name} ")]


def copied() -> list[tuple[str, str]]:
    """Return source and destination of what is copied from the source tree."""
    return [(source, to) for *sources, to in statements("COPY") for source in sources]


def installed() -> list[str]:
    """Return what pip is asked for."""
    words = next(words for words in statements("RUN") if words[:2] == ["pip", "install"])
    return words[words.index("-c") + 2 :]


def name_of(requirement: str) -> str:
    """Return the package's name in lower case."""
    found = re.match(r"[\w.-]+", requirement)
    assert found, requirement
    return found[0].lower()


def with_dependencies(wanted: list[str]) -> set[str]:
    """Return the names of what pip installs for these, by the packages of this environment."""
    wanted, found = list(wanted), set()
    while wanted:
        one = wanted.pop()
        if one in found:
            continue
        found.add(one)
        extras = re.findall(r"\[(.+?)\]", one)
        # Packages that only other systems or Pythons need may be missing here.
        with contextlib.suppress(PackageNotFoundError):
            for needed in distribution(name_of(one)).requires or ():
                extra = re.search(r"extra == ['\"](.+?)['\"]", needed)
                if extra is None or extra[1] in extras:
                    wanted.append(needed.split(";")[0])
    return {name_of(one) for one in found}


def lay_packages(names: set[str], folder: Path) -> None:
    """Link all top-level files and folders of these packages into a folder."""
    for name in names:
        try:
            files = distribution(name).files or ()
        except PackageNotFoundError:
            continue
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            link = folder / top
            if not link.is_symlink():
                link.symlink_to(distribution(name).locate_file(top))


def test_what_is_copied_exists_and_is_sent_to_the_build() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    sent = {line[1:] for line in ignored if line.startswith("!")}
    assert sent == {source for source, _ in copied()}
    assert [source for source in sent if not (ROOT / source).exists()] == []


def test_no_tests_no_training_and_no_window_are_installed() -> None:
    names = with_dependencies(installed())
    assert not {"pyside6-essentials", "pytest", "tensorflow", "keras", "openpyxl"} & names
    tops = {source.split("/")[0] for source, _ in copied()}
    assert not {"tests", "training"} & tops


def test_each_package_is_one_that_the_project_pins() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = set(re.findall(r"^([\w.-]+)==", lock, re.MULTILINE))
    assert set(map(name_of, installed())) <= pinned


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="lays links to packages as Linux has them")
def test_what_the_image_holds_suffices_to_grade(tmp_path: Path) -> None:
    image, packages, films = tmp_path / "image", tmp_path / "packages", tmp_path / "films"
    for folder in (image, packages, films):
        folder.mkdir()
    for source, to in copied():
        place = image / to.strip("/")
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            place.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, place)
    lay_packages(with_dependencies(installed()), packages)
    for name in SAMPLES:
        shutil.copy(ROOT / "resources" / "samples" / name, films)

    settings = dict(pair.split("=") for words in statements("ENV") for pair in words)
    path = [str(image / place.strip("/")) for place in settings["PYTHONPATH"].split(":")]
    entry = re.search(r'^ENTRYPOINT \["python", "(.+)"\]$', CONTAINERFILE.read_text(), re.MULTILINE)
    assert entry
    # -S: no package but those of the image is seen, in the workers neither.
    finished = subprocess.run(
        [sys.executable, "-S", image / entry[1].strip("/"), films, tmp_path / "out", "--workers=1"],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([*path, str(packages)]),
            "PYTHONDONTWRITEBYTECODE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    rows = pq.read_table(tmp_path / "out" / "rows").to_pylist()
    assert [(Path(row["file"]).name, row["grade"] != "") for row in rows] == [
        ("bilateral.dcm", True),
        ("bilateral.dcm", True),
        ("grade3.png", True),
    ]
