"""A masked area is black in the pixels of every picture that is exported, whoever is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from threading import Event

import cv2
import numpy as np
import pydicom
import pytest
from numpy.typing import NDArray
from pypdf import PdfReader

from koa_desktop.examination.examiner import Examination
from koa_desktop.imaging.masks import Mask
from koa_desktop.radiograph import Radiograph
from koa_desktop.report import pdf
from koa_desktop.report.export import Format, Plan, export_all, picture_of, report_of
from koa_desktop.report.naming.subject import Subject
from koa_desktop.report.options import PictureOptions, Profile, ReportOptions
from koa_desktop.report.pictures.annotated import drawn_size
from koa_desktop.report.pictures.knees import crop_picture, heat_picture

Picture = NDArray[np.uint8]

NAME = Mask(250, 10, 90, 20)  # a name that is burnt into the film, between the knees
IN_BOX = Mask(70, 80, 60, 40)  # within the box of the right knee
EDGE = 3  # pixels at the rim of a resampled area


@pytest.fixture
def film(radiograph: Radiograph) -> Radiograph:
    """A film with a bright name."""
    values = radiograph.values.copy() // 2 + 20
    values[10:30, 250:340] = 255
    return replace(radiograph, values=values)


@pytest.fixture
def examination(two_knees: Examination) -> Examination:
    return replace(two_knees, masks=(NAME, IN_BOX))


def area(picture: Picture, mask: Mask, scale: float, rim: int = 0) -> Picture:
    """Return what a picture shows of a masked area, without its rim."""
    rows, columns = mask.part_of(picture.shape, scale)
    return picture[rows.start + rim : rows.stop - rim, columns.start + rim : columns.stop - rim]


def png(content: bytes) -> Picture:
    return np.asarray(cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def scale_of(film: Radiograph) -> float:
    return drawn_size(film.height, film.width)[1] / film.width


def in_pdf(content: bytes) -> Iterator[Picture]:
    """Yield the pictures of a PDF."""
    for page in PdfReader(BytesIO(content)).pages:
        for image in page.images:
            assert image.image is not None
            yield np.asarray(image.image.convert("RGB"))


def films_in(content: bytes, film: Radiograph) -> list[Picture]:
    """Return the pictures of the whole film: those of its shape."""
    ratio = film.width / film.height
    found = [one for one in in_pdf(content) if min(one.shape[:2]) > 100]
    return [one for one in found if abs(one.shape[1] / one.shape[0] - ratio) < 0.02]


@pytest.mark.requirement("R11")
@pytest.mark.parametrize("profile", Profile)
def test_every_exported_picture_is_black_there(
    profile: Profile, examination: Examination, film: Radiograph, tmp_path: Path
) -> None:
    pdf.start_qt()
    formats = frozenset({Format.PNG, Format.PDF, Format.SC, Format.EPDF, Format.JSON})
    options = ReportOptions(profile=profile)
    picture = PictureOptions(show_heat_map=True)
    for masks in ((), examination.masks):
        folder = tmp_path / str(len(masks))
        folder.mkdir()
        one = replace(examination, masks=masks)
        # A DICOM object for the patient's file looks up the film itself, which is not there.
        wanted = formats - {Format.SC, Format.EPDF} if profile.names_patient else formats
        plan = Plan(folder, wanted, options, picture)
        written = export_all(plan, [Subject("k.png", one, radiograph=film)], print, Event())
        assert not written.problems
        whitest: dict[str, int] = {}
        (content,) = (path.read_bytes() for path in folder.glob("*.png"))
        shown = area(png(content), NAME, scale_of(film))
        whitest["png"] = int(shown.max())
        (report,) = (path.read_bytes() for path in folder.glob("*.pdf"))
        contents = [report]
        if Format.SC in wanted:
            (capture,) = (pydicom.dcmread(path) for path in folder.glob("*.sc.dcm"))
            frame = next(pydicom.encaps.generate_frames(capture.PixelData, number_of_frames=1))
            # JPEG blurs the rim by a block.
            whitest["sc"] = int(area(png(frame), NAME, scale_of(film), 9).max())
            (document,) = (pydicom.dcmread(path) for path in folder.glob("*.epdf.dcm"))
            contents.append(document.EncapsulatedDocument)
        for number, content in enumerate(contents):
            (shown,) = films_in(content, film)
            scale = shown.shape[1] / film.width
            whitest[f"pdf {number}"] = int(area(shown, NAME, scale).max())
        if masks:
            assert whitest.pop("png") == 0
            # Both are JPEG.
            assert max(whitest.values()) <= 8
        else:
            assert min(whitest.values()) > 240


def test_the_heat_map_leaves_it_black(examination: Examination, film: Radiograph) -> None:
    subject, options = Subject("k.png", examination, radiograph=film), ReportOptions()
    for content in (
        picture_of(subject, replace(options, show_heat_map=True)),
        picture_of(subject, replace(options, show_heat_map=False)),
    ):
        assert area(png(content), IN_BOX, scale_of(film)).max() == 0
        assert area(png(content), Mask(140, 100, 40, 40), scale_of(film)).max() > 0
    box, pixels = examination.knees[0].knee.box, subject.pixels(examination)
    inside = Mask(IN_BOX.left - box.left, IN_BOX.top - box.top, IN_BOX.width, IN_BOX.height)
    scale = 300 / box.size
    heat = heat_picture(pixels, examination.knees[0], 300, masks=examination.masks)
    assert heat is not None
    assert area(heat, inside, scale).max() == 0
    assert area(crop_picture(pixels, box, 300), inside, scale, EDGE).max() == 0
    # The name itself is nowhere in it, not even in part.
    assert crop_picture(film, box, 300)[150, 90].max() > 0


def test_pictures_of_a_knee_are_black_there(
    examination: Examination, film: Radiograph, tmp_path: Path
) -> None:
    formats = frozenset({Format.HEATMAP, Format.CROP})
    subject = Subject("k.png", examination, radiograph=film, code="KOA-1")
    written = export_all(Plan(tmp_path, formats), [subject], lambda *_: None, Event())
    box = examination.knees[0].knee.box
    inside = Mask(IN_BOX.left - box.left, IN_BOX.top - box.top, IN_BOX.width, IN_BOX.height)
    for path in (path for path in written.files if " right." in path.name):
        shown = png(path.read_bytes())
        assert area(shown, inside, shown.shape[1] / box.size, EDGE).max() == 0
        assert shown[: shown.shape[1]].max() > 0


def test_the_reports_own_pictures_are_black_and_say_why(
    examination: Examination, film: Radiograph
) -> None:
    report = report_of(Subject("k.png", examination, radiograph=film), ReportOptions())
    assert "Areas masked in black by the reader: 2." in report.html
    plain = replace(examination, masks=())
    again = report_of(Subject("k.png", plain, radiograph=film), ReportOptions())
    assert "masked" not in again.html


def test_grades_and_widths_are_those_of_the_film(
    examination: Examination, film: Radiograph, tmp_path: Path
) -> None:
    found = []
    for masks in ((), examination.masks):
        one = Subject("k.png", replace(examination, masks=masks), radiograph=film)
        plan = Plan(tmp_path, frozenset({Format.JSON}), overwrite=True)
        export_all(plan, [one], lambda *_: None, Event())
        (document,) = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
        found.append(document)
    assert found[0]["knees"] == found[1]["knees"]
    assert found[0]["masks"] == []
    assert found[1]["masks"][0] == {"left": 250, "top": 10, "width": 90, "height": 20}
