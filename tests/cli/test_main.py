"""The command line as a technician meets it: exit codes, sentences, and what lies in the folder."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import numpy as np
import pytest

from koa_desktop.cli.progress import Progress
from koa_desktop.errors import ExportReason
from koa_desktop.examination.examiner import Examination, Examiner
from koa_desktop.knees.box import Box, BoxClass, Knee, SideSource
from koa_desktop.loading.discovery import discover
from koa_desktop.message import Message
from koa_desktop.radiograph import Header, Note, Radiograph, Side
from koa_desktop.report.naming.fields import header_columns
from koa_desktop.report.options import Profile
from koa_desktop.report.tables import COLUMNS
from koa_desktop.wording.sentences import english, sentence
from tests.support.command_line import KNEES, grade, save_film, save_knee, table, usage_error
from tests.support.compact_disc import dicom_image, dicomdir
from tests.support.dicom_files import image, saved
from tests.support.fake_examiner import FakeFinder, seen

LOAD = Examiner.load
pytestmark = pytest.mark.usefixtures("told")


@pytest.mark.requirement("R14")
def test_a_folder_of_knees_gives_a_row_for_each(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "new" / "out"
    assert grade(folder, "--out", out) == 0
    rows = table(out)
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == KNEES
    for row in rows:
        assert row["grade"] in set("01234")
        assert sum(float(row[f"p{grade}"]) for grade in range(5)) == pytest.approx(1, abs=1e-3)
        assert not row["error"]
    assert {Path(row["file"]).name for row in rows} == {"knee0.png", "knee1.png", "膝 knee.png"}
    assert [file.name for file in out.iterdir()] == ["results.csv"]


def test_rows_stand_in_the_order_given(folder: Path, tmp_path: Path) -> None:
    files = [folder / "knee1.png", folder / "Überweisung" / "膝 knee.png", folder / "knee0.png"]
    assert grade(*files, "--out", tmp_path / "out", "--jobs", "3") == 0
    assert [row["file"] for row in table(tmp_path / "out")] == [str(file) for file in files]


def test_the_number_of_jobs_changes_no_result(folder: Path, tmp_path: Path) -> None:
    assert grade(folder, "--out", tmp_path / "one", "--jobs", "1") == 0
    assert grade(folder, "--out", tmp_path / "four", "--jobs", "4") == 0
    assert table(tmp_path / "one") == table(tmp_path / "four")


def test_a_film_without_a_located_knee_is_refused_in_its_row(tmp_path: Path) -> None:
    film = save_film(tmp_path / "film.png")
    assert grade(film, "--out", tmp_path / "out") == 0
    (row,) = table(tmp_path / "out")
    assert row["grade"] == ""
    assert row["refusal"].endswith(".")


def test_crop_grades_the_whole_image_at_the_users_word(tmp_path: Path) -> None:
    film = save_film(tmp_path / "film.png")
    assert grade(film, "--out", tmp_path / "out", "--crop") == 0
    (row,) = table(tmp_path / "out")
    assert row["grade"] != ""
    assert (float(row["box_x"]), float(row["box_size"])) == (200, 300)


@pytest.mark.requirement("R10")
def test_unreadable_files_cost_the_others_nothing(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = folder / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n not a picture")
    assert grade(broken, folder / "knee0.png", "--out", tmp_path / "out") == 1
    first, second = table(tmp_path / "out")
    assert first["error"].endswith(".")
    assert first["grade"] == ""
    assert second["grade"] != ""
    assert "2 files: 1 graded, 0 refused, 1 unreadable" in capsys.readouterr().err


def test_a_missing_file_is_unreadable(tmp_path: Path) -> None:
    knee = save_knee(tmp_path / "knee.png")
    assert grade(tmp_path / "nothing.png", knee, "--out", tmp_path / "out") == 1
    assert [bool(row["error"]) for row in table(tmp_path / "out")] == [True, False]


def test_a_cds_summary_names_what_is_missing_and_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """PS3.3 F.3: a directory of two images, of which one is gone, and of a report."""
    disc = tmp_path / "disc"
    dicom_image(disc / "ST1" / "IM1.dcm")
    (disc / "ST1" / "IM3").write_bytes(dicom_image(disc / "ST1" / "IM2").read_bytes()[:-600])
    (disc / "ST1" / "IM2").unlink()
    dicomdir(
        disc,
        [
            *(("IMAGE", ["ST1", f"IM{number}"]) for number in (1, 2, 3)),
            ("SR DOCUMENT", ["ST1", "SR1"]),
        ],
    )
    assert grade(disc, "--out", tmp_path / "out") == 1
    assert [Path(row["file"]).name for row in table(tmp_path / "out")] == ["IM1.dcm", "IM2", "IM3"]
    said = capsys.readouterr().err
    assert "Listed by a DICOMDIR, but not on the disk: 1 (IM2)." in said
    assert "1 listed by a DICOMDIR, but not as an image (1 SR DOCUMENT)" in said
    assert "3 files: 0 graded, 1 refused, 2 unreadable" in said
    assert "1 refused: The program found no knee" in said
    assert "1 unreadable: There is no such file or folder: IM2." in said
    cut = table(tmp_path / "out")[2]["file"]
    assert f"1 unreadable: This file is cut short: the image is incomplete. ({cut})" in said


def test_where_nothing_named_exists_nothing_is_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert grade(tmp_path / "flims", "--out", tmp_path / "out") == 2
    assert f"There is no such file or folder: {tmp_path / 'flims'}" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_error_in_the_program_costs_one_row_and_tells_no_path(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    examine = Examiner.examine

    def trip(self: Examiner, radiograph: Radiograph, **options: bool) -> Examination:
        if radiograph.info.path.name == "knee0.png":
            raise ZeroDivisionError
        return examine(self, radiograph, **options)

    monkeypatch.setattr(Examiner, "examine", trip)
    assert grade(folder, "--out", tmp_path / "out") == 1
    errors = {Path(row["file"]).name: row["error"] for row in table(tmp_path / "out")}
    assert errors.pop("knee0.png") == sentence(ExportReason.NOT_GRADED)
    assert set(errors.values()) == {""}
    assert "knee0" not in caplog.text


def test_earlier_results_are_never_replaced_unasked(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "results.csv").write_text("mine")
    assert grade(folder, "--out", out) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (out / "results.csv").read_text() == "mine"
    assert grade(folder, "--out", out, "--overwrite") == 0
    assert len(table(out)) == KNEES


def test_json_tells_more_than_the_table(folder: Path, tmp_path: Path) -> None:
    (folder / "broken.png").write_bytes(b"")
    assert grade(folder, "--out", tmp_path / "out", "--format", "json") == 1
    documents = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert len(documents) == KNEES + 1
    assert sum("error" in document for document in documents) == 1
    knee = next(document for document in documents if "knees" in document)
    assert sum(knee["knees"][0]["probability"]) == pytest.approx(1, abs=1e-5)
    assert knee["header"]["patient_name"] == ""
    assert (tmp_path / "out" / "results.csv").exists()


def test_two_files_of_one_name_get_an_export_each(tmp_path: Path) -> None:
    files = [save_knee(tmp_path / place / "KNEE.png") for place in "ab"]
    out = tmp_path / "out"
    out.mkdir()
    (out / "knee.PNG").write_bytes(b"mine")
    assert grade(*files, "--out", out, "--format", "png,pdf") == 0
    assert (out / "knee.PNG").read_bytes() == b"mine"
    made = sorted(file.name for file in out.iterdir() if file.name.startswith("KNEE"))
    assert made == ["KNEE (2).pdf", "KNEE (2).png", "KNEE (3).pdf", "KNEE (3).png"]
    assert (out / "KNEE (2).pdf").read_bytes().startswith(b"%PDF")


def test_overwriting_takes_the_same_names_again(tmp_path: Path) -> None:
    knee = save_knee(tmp_path / "knee.png")
    out = tmp_path / "out"
    assert grade(knee, "--out", out, "--format", "png") == 0
    assert grade(knee, "--out", out, "--format", "png", "--overwrite") == 0
    assert sorted(file.name for file in out.iterdir()) == ["knee.png", "results.csv"]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--out", "out"],
        ["knee.png"],
        ["knee.png", "--out", "out", "--format", "docx"],
        ["knee.png", "--out", "out", "--format", ""],
        ["knee.png", "--out", "out", "--jobs", "0"],
        ["knee.png", "--out", "out", "--jobs", "many"],
        ["knee.png", "--out", "out", "--colour"],
    ],
)
def test_wrong_usage_is_told_and_exits_with_2(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert usage_error(*arguments) == 2
    assert not list(tmp_path.iterdir())


def test_an_empty_folder_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "films").mkdir()
    assert grade(tmp_path / "films", "--out", tmp_path / "out") == 2
    assert capsys.readouterr().err.strip() == "No radiographs were found there."


def test_a_file_in_place_of_the_folder_is_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "out").write_text("mine")
    assert grade(folder, "--out", tmp_path / "out") == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="this user may write to every folder"
)
def test_a_folder_without_leave_to_write_is_refused(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o500)
    assert grade(folder, "--out", out) == 2


def test_a_damaged_model_is_one_sentence(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Examiner, "load", lambda **_: LOAD(tmp_path))
    assert grade(folder, "--out", tmp_path / "out") == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out" / "results.csv").exists()


def test_stopping_keeps_the_rows_so_far_and_tells_the_tally(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def press_ctrl_c(_: object, done: int) -> None:
        if done:
            raise KeyboardInterrupt

    out = tmp_path / "out"
    with monkeypatch.context() as patched:
        patched.setattr(Progress, "show", press_ctrl_c)
        assert grade(folder, "--out", out, "--format", "json", "--jobs", "1") == 130
    said = capsys.readouterr().err
    assert "--resume" in said
    done = len(table(out))
    assert 1 <= done < KNEES
    assert f"{KNEES} files: {done} graded" in said
    assert grade(folder, "--out", out) == 2
    assert grade(folder, "--out", out, "--resume") == 2, "the formats are others"
    assert len(table(out)) == done
    assert grade(folder, "--out", out, "--format", "json", "--resume") == 0
    assert grade(folder, "--out", tmp_path / "undisturbed", "--format", "json") == 0
    assert table(out) == table(tmp_path / "undisturbed")
    documents = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert [one["file"] for one in documents] == [row["file"] for row in table(out)]
    assert sorted(file.name for file in out.iterdir()) == ["results.csv", "results.json"]


@pytest.mark.skipif("KOA_DATA" not in os.environ, reason="KOA_DATA names no folder of radiographs")
def test_published_crops_are_graded_without_help(tmp_path: Path) -> None:
    files = sorted(Path(os.environ["KOA_DATA"], "knee", "val", "0").glob("*.png"))[:40]
    assert grade(*files, "--out", tmp_path / "out") == 0
    rows = table(tmp_path / "out")
    assert len(rows) == len(files) > 0
    assert sum(row["grade"] != "" for row in rows) >= 0.95 * len(files)


def test_every_row_tells_its_model(folder: Path, tmp_path: Path) -> None:
    (folder / "broken.png").write_bytes(b"GIF")
    grade(folder, "--out", tmp_path / "out")
    assert len({row["model"] for row in table(tmp_path / "out")}) == 1


def test_files_of_a_folder_are_read_once(folder: Path) -> None:
    assert len(discover([folder, folder]).files) == KNEES


def test_a_whole_radiograph_fills_every_column(tmp_path: Path, finder: FakeFinder) -> None:
    film = save_film(tmp_path / "film.png")
    right, left = Box(20, 50, 200), Box(460, 50, 200)
    finder.knees = (
        Knee(right, Side.RIGHT, SideSource.POSITION, confidence=0.98),
        Knee(left, Side.LEFT, SideSource.FIBULA, confidence=0.75),
    )
    finder.contents[left] = seen(BoxClass.IMPLANT, Side.LEFT)
    assert grade(film, "--out", tmp_path / "out", "--format", "json,png,pdf") == 0
    native, implant = table(tmp_path / "out")
    # The film is noise: there is no joint in the boxes.
    empty = {"refusal", "error", "flags", "notes", "jsw_unit", "bone_on_bone"}
    empty |= {name for name in native if name.startswith(("jsw_medial", "jsw_lateral"))}
    # No reader has decided on anything, or said anything.
    empty |= {"decision", "decided_on", "decided_at", "not_gradable", "comment", "reader"}
    empty |= {"reader_grade", "reader_readings", "read_at", "film_comment"}
    # Nor signed.
    empty |= {"signed_at", "addenda"}
    assert native["status"] == implant["status"] == "draft"
    # The picture names nobody.
    empty |= set(header_columns(Header(), Profile.PATIENT))
    assert {name for name, value in native.items() if not value} <= empty
    assert native["jsw_flag"]
    assert (native["side"], native["view"], native["implant"]) == ("R", "frontal", "no")
    assert (native["confidence"], native["shown"]) == ("0.9800", "native")
    assert (implant["side"], implant["implant"], implant["grade"]) == ("L", "yes", "")
    assert "artificial joint" in implant["refusal"]
    assert [float(implant[name]) for name in ("box_x", "box_y", "box_size")] == [460, 50, 200]
    (document,) = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert document["finder"]["name"] == finder.card.label
    assert [knee["shown"] for knee in document["knees"]] == ["native", "implant"]
    assert document["knees"][1]["confidence"] == 0.75
    assert document["knees"][1]["side_source"] == "fibula"
    assert document["knees"][1]["looked_at"]["probability"]["implant"] > 0.9
    assert document["knees"][0]["looked_at"]["side_by_fibula"] is None
    made = {file.name for file in (tmp_path / "out").iterdir()}
    assert made == {"film.pdf", "film.png", "results.csv", "results.json"}


def test_what_reading_changed_is_in_table_and_document(tmp_path: Path) -> None:
    """Patient Orientation R\\F (PS3.3 C.7.6.1.1.1), and a second frame."""
    grain = np.random.default_rng(1).integers(0, 255, (300, 700), np.uint8)
    film = saved(image(grain, PatientOrientation=["R", "F"], NumberOfFrames=2), tmp_path)
    grade(film, "--out", tmp_path / "out", "--format", "json")
    said = [
        english(Message.of(Note.FIRST_FRAME, frames=2)),
        english(Note.STORED_MIRRORED),
    ]
    (row,) = table(tmp_path / "out")
    assert row["notes"] == " ".join(said)
    (document,) = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert document["notes"] == said
    assert document["stored"]["to_stored"] == [[-1, 0, 700], [0, 1, 0]]


def test_a_film_of_two_implants_counts_as_refused(
    tmp_path: Path, finder: FakeFinder, capsys: pytest.CaptureFixture[str]
) -> None:
    finder.knees = (Knee(Box(20, 50, 200), Side.RIGHT), Knee(Box(460, 50, 200), Side.LEFT))
    finder.otherwise = seen(BoxClass.IMPLANT)
    assert grade(save_film(tmp_path / "film.png"), "--out", tmp_path / "out") == 0
    assert "1 file: 0 graded, 1 refused, 0 unreadable" in capsys.readouterr().err


def test_every_missing_path_is_named_once(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert grade(tmp_path / "gone", folder / "knee0.png", "--out", tmp_path / "out") == 1
    said = capsys.readouterr().err
    assert said.count(f"There is no such file or folder: {tmp_path / 'gone'}") == 1
    assert said.count(str(tmp_path / "gone")) == 1
    assert table(tmp_path / "out")[0]["error"] == "There is no such file or folder: gone."


def test_what_is_refused_is_graded_on_request_and_marked(
    tmp_path: Path, finder: FakeFinder
) -> None:
    finder.otherwise = seen(BoxClass.IMPLANT)
    knee = save_knee(tmp_path / "knee.png")
    for out, options in (("plain", []), ("asked", ["--on-request"])):
        assert grade(knee, "--out", tmp_path / out, "--crop", *options) == 0
    (plain,), (asked,) = table(tmp_path / "plain"), table(tmp_path / "asked")
    assert plain["grade"] == ""
    assert asked["grade"] in set("01234")
    assert "on-request" in asked["flags"].split(";")
    assert plain["refusal"] == asked["refusal"] != ""
