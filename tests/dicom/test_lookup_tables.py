"""Windows of DICOM files, against the formulas of PS3.3 C.11.2.1 and an independent pipeline."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from koa_desktop.loading.read import read
from koa_desktop.radiograph import Window
from tests.support.dicom_files import RAMP, image, lut, read_image, saved


def linear(x, c, w):
    y = (x - (c - 0.5)) / (w - 1) + 0.5 if w > 1 else (x > c - 0.5) * 1.0
    return np.clip(y, 0, 1)


def linear_exact(x, c, w):
    return np.clip((x - c) / w + 0.5, 0, 1)


def sigmoid(x, c, w):
    with np.errstate(over="ignore"):
        return 1 / (1 + np.exp(-4 * (x - c) / w))


@pytest.mark.parametrize(
    ("function", "formula"),
    [("LINEAR", linear), ("", linear), ("LINEAR_EXACT", linear_exact), ("SIGMOID", sigmoid)],
)
@given(centre=st.integers(100, 3500), width=st.integers(1, 5000))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_windows_follow_the_standard(tmp_path, function, formula, centre, width):
    radiograph = read_image(
        tmp_path, WindowCenter=centre, WindowWidth=width, VOILUTFunction=function
    )
    expected = formula(RAMP.astype(float), centre, width)
    np.testing.assert_allclose(radiograph.pixels, expected, atol=2e-4)


def test_the_first_of_several_windows_is_taken(tmp_path):
    radiograph = read_image(tmp_path, WindowCenter=[500, 900], WindowWidth=[101, 7])
    assert radiograph.window == Window(499.5, 100)


@pytest.mark.parametrize(("centre", "width"), [(500, 0), (500, -3), (60000, 10), ("", "")])
def test_a_window_that_shows_nothing_is_replaced_by_the_range(tmp_path, centre, width):
    radiograph = read_image(tmp_path, WindowCenter=centre, WindowWidth=width)
    assert np.ptp(radiograph.pixels) == 1


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"WindowCenter": 900, "WindowWidth": 700},
        {"WindowCenter": 900, "WindowWidth": 700, "PhotometricInterpretation": "MONOCHROME1"},
        {"WindowCenter": 900, "WindowWidth": 700, "VOILUTFunction": "SIGMOID"},
        {"WindowCenter": 900, "WindowWidth": 700, "VOILUTFunction": "LINEAR_EXACT"},
        {"RescaleSlope": 1, "RescaleIntercept": -50, "WindowCenter": 900, "WindowWidth": 700},
        # With a slope, highdicom narrows a LINEAR window by one stored value, not by one unit.
        {
            "RescaleSlope": 2,
            "RescaleIntercept": -50,
            "WindowCenter": 900,
            "WindowWidth": 700,
            "VOILUTFunction": "LINEAR_EXACT",
        },
        {"VOILUTSequence": [lut(0, (np.linspace(0, 1, 4000) ** 2 * 65535).round(), 16)]},
    ],
)
def test_pixels_equal_highdicoms_pipeline(tmp_path, elements):
    highdicom = pytest.importorskip("highdicom")
    path = saved(image(**elements), tmp_path)
    reference = highdicom.imread(path).get_frame(
        1,
        apply_real_world_transform=False,
        apply_modality_transform=None,
        apply_voi_transform=bool(elements),
        apply_presentation_lut=True,
    )
    if not elements:
        reference = reference / reference.max()
    np.testing.assert_allclose(read(path).pixels, reference, atol=1e-5)
