"""Patient, side and pixel spacing from a DICOM header; hostile values included."""

import math
from datetime import date

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from koa_desktop.dicom.attributes import header_of, laterality_of, spacing_of
from koa_desktop.message import Message
from koa_desktop.radiograph import Note, PixelSpacing, Side, SpacingOrigin
from tests.support.dicom_files import RAMP, image, read_image


def test_patient_and_study_are_read(tmp_path):
    header = read_image(
        tmp_path,
        SpecificCharacterSet="ISO_IR 192",
        PatientName="Müller^Jörg^A.^Dr.",
        PatientID=" 17 ",
        PatientBirthDate="19500230",
        StudyDate="20250131",
        PatientSex="M",
        ViewPosition="AP",
        BodyPartExamined="KNEE",
        StudyInstanceUID="1.2.3",
    ).info.header
    assert header.patient_name == "Müller, Dr. Jörg A."
    assert (header.patient_id, header.sex, header.view_position) == ("17", "M", "AP")
    assert header.birth_date is None
    assert header.study_date == date(2025, 1, 31)
    assert header.study_uid == "1.2.3"


def test_a_hostile_text_is_one_short_line():
    dataset = image()
    for keyword, value in (("PatientID", "a\x1b[31mb\nc\u202ed"), ("StudyDescription", "x" * 5000)):
        tag = pydicom.datadict.tag_for_keyword(keyword)
        dataset[tag] = pydicom.DataElement(tag, "LO", value, validation_mode=0)
    header = header_of(dataset)
    assert header.patient_id.isprintable()
    assert "\n" not in header.patient_id
    assert len(header.study_description) == 256


_ODD = st.one_of(
    st.none(), st.text(max_size=300), st.integers(), st.floats(), st.lists(st.text(max_size=9))
)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "PatientName",
                "PatientID",
                "PatientBirthDate",
                "StudyDate",
                "Laterality",
                "ImageLaterality",
                "PixelSpacing",
                "ImagerPixelSpacing",
                "PixelSpacingCalibrationType",
                "StudyInstanceUID",
                "PatientOrientation",
                "ViewPosition",
            ]
        ),
        _ODD,
    )
)
@settings(max_examples=150, deadline=None)
def test_odd_header_values_never_raise_and_never_leak_controls(values):
    dataset = Dataset()
    for keyword, value in values.items():
        tag = pydicom.datadict.tag_for_keyword(keyword)
        vr = pydicom.datadict.dictionary_VR(tag)
        try:
            element = pydicom.DataElement(tag, vr, value, validation_mode=0)
        except (TypeError, ValueError, AttributeError, OverflowError):
            continue
        dataset[tag] = element
    header = header_of(dataset)
    assert header.patient_name == "" or header.patient_name == header.patient_name.strip()
    assert not any(ord(c) < 32 for c in header.patient_name + header.patient_id)
    assert len(header.patient_id) <= 256
    assert laterality_of(dataset) in (None, Side.LEFT, Side.RIGHT)
    spacing = spacing_of(dataset)
    assert spacing is None or (math.isfinite(spacing.row_mm) and spacing.row_mm > 0)


@pytest.mark.parametrize(
    ("elements", "side"),
    [
        ({"ImageLaterality": "R"}, Side.RIGHT),
        ({"Laterality": "L"}, Side.LEFT),
        ({"ImageLaterality": "L", "Laterality": "R"}, Side.LEFT),
        ({"ImageLaterality": "B"}, None),
        ({"Laterality": ""}, None),
        ({}, None),
    ],
)
def test_the_side_is_what_the_header_says(tmp_path, elements, side):
    assert read_image(tmp_path, **elements).info.laterality is side


@pytest.mark.parametrize(
    ("elements", "spacing"),
    [
        ({"ImagerPixelSpacing": [0.15, 0.2]}, (0.15, 0.2, SpacingOrigin.AT_DETECTOR)),
        (
            {"PixelSpacing": [0.1, 0.1], "ImagerPixelSpacing": [0.15, 0.15]},
            (0.1, 0.1, SpacingOrigin.CALIBRATED),
        ),
        (
            {"PixelSpacing": [0.15, 0.15], "ImagerPixelSpacing": [0.15, 0.15]},
            (0.15, 0.15, SpacingOrigin.AT_DETECTOR),
        ),
        (
            {"PixelSpacing": [0.1, 0.1], "PixelSpacingCalibrationType": "FIDUCIAL"},
            (0.1, 0.1, SpacingOrigin.CALIBRATED),
        ),
        ({"NominalScannedPixelSpacing": [0.2, 0.2]}, (0.2, 0.2, SpacingOrigin.AT_DETECTOR)),
        ({"PixelSpacing": [0, 0]}, None),
        ({"PixelSpacing": [-1, 0.2]}, None),
        ({}, None),
    ],
)
def test_spacing_and_where_it_was_measured(elements, spacing):
    expected = PixelSpacing(*spacing) if spacing else None
    assert spacing_of(image(**elements)) == expected


def test_a_mirrored_film_is_mirrored_back_and_noted(tmp_path):
    film = read_image(tmp_path, PatientOrientation=["R", "F"])
    np.testing.assert_array_equal(film.values, RAMP[:, ::-1])
    assert film.info.notes == (Message.of(Note.STORED_MIRRORED),)
    assert not read_image(tmp_path, PatientOrientation=["L", "F"]).info.notes
