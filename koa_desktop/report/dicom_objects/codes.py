"""The codes of the structured report: standard ones, and the private scheme 99KOA for the rest.

docs/dicom-conformance.md lists the private scheme. A code's meaning never changes; a new meaning
gets a new code, and the scheme a new version.
"""

from __future__ import annotations

from highdicom.coding_schemes import CodingSchemeIdentificationItem
from pydicom.sr.codedict import codes
from pydicom.sr.coding import Code

from koa_desktop.examination.decision import Choice, Obstacle
from koa_desktop.grading.kellgren_lawrence import GRADE_NAMES
from koa_desktop.grading.oarsi import READING_GRADES, OarsiName
from koa_desktop.joint_space.measure import CompartmentName
from koa_desktop.radiograph import Side, SpacingOrigin

SCHEME = "99KOA"
SCHEME_VERSION = "1"


PRIVATE: dict[str, Code] = {}  # every code of the private scheme, for its documentation


def _private(value: str, meaning: str) -> Code:
    code = Code(value, SCHEME, meaning)
    if PRIVATE.setdefault(value, code) != code:
        raise ValueError(f"{value} has two meanings")
    return code


# Standard codes

KNEE_JOINT = codes.SCT.KneeJoint
SIDES = {Side.RIGHT: codes.SCT.Right, Side.LEFT: codes.SCT.Left}
MEDIAL, LATERAL = codes.SCT.Medial, codes.SCT.Lateral
WIDTH, LENGTH, ANGLE = codes.SCT.Width, codes.SCT.Length, codes.SCT.Angle
MINIMUM, MEAN = codes.SCT.Minimum, codes.SCT.Mean
PROBABILITY = codes.DCM.Probability
COMMENT = codes.DCM.Comment
FINDINGS, IMPRESSION = codes.DCM.Findings, codes.DCM.Impression
PLAIN_RADIOGRAPHY = codes.SCT.PlainRadiography
MILLIMETRE, DEGREE = codes.UCUM.Millimeter, codes.UCUM.Degree
SHARE = codes.UCUM.NoUnits
PIXEL = Code("{pixels}", "UCUM", "pixels")
CONDYLE_WIDTH = Code("{condyle width}", "UCUM", "condyle width")

# Names of evaluations

KL_GRADE = _private("KL_GRADE", "Kellgren-Lawrence grade")
KL_GRADE_MODEL = _private("KL_GRADE_MODEL", "Kellgren-Lawrence grade by the model")
KL_SET_LOW = _private("KL_SET_LOW", "Lowest grade of the model's prediction set")
KL_SET_HIGH = _private("KL_SET_HIGH", "Highest grade of the model's prediction set")
DECISION = _private("DECISION", "Reader's decision on the model's grade")
OBSTACLE = _private("OBSTACLE", "Reader's reason why there is no grade")
REFUSAL = _private("REFUSAL", "Program's reason why there is no grade")
FLAG = _private("FLAG", "Reason for a review")
ADDENDUM = _private("ADDENDUM", "Reader's addendum to the signed reading")
OARSI = {
    OarsiName.JSN_MEDIAL: _private("JSN_MED", "OARSI grade of medial joint space narrowing"),
    OarsiName.JSN_LATERAL: _private("JSN_LAT", "OARSI grade of lateral joint space narrowing"),
    OarsiName.OSTEOPHYTE_FEMUR_MEDIAL: _private(
        "OST_FEM_MED", "OARSI grade of medial femoral osteophytes"
    ),
    OarsiName.OSTEOPHYTE_FEMUR_LATERAL: _private(
        "OST_FEM_LAT", "OARSI grade of lateral femoral osteophytes"
    ),
    OarsiName.OSTEOPHYTE_TIBIA_MEDIAL: _private(
        "OST_TIB_MED", "OARSI grade of medial tibial osteophytes"
    ),
    OarsiName.OSTEOPHYTE_TIBIA_LATERAL: _private(
        "OST_TIB_LAT", "OARSI grade of lateral tibial osteophytes"
    ),
}
OARSI_MODEL = {
    name: _private(f"{code.value}_M", f"{code.meaning}, by the model")
    for name, code in OARSI.items()
}

# Values of evaluations

KL_GRADES = tuple(
    _private(f"KL_{grade}", f"Kellgren-Lawrence grade {grade} ({name.lower()})")
    for grade, name in enumerate(GRADE_NAMES)
)
OARSI_GRADES = tuple(
    _private(f"OARSI_{grade}", f"OARSI grade {grade}") for grade in range(READING_GRADES)
)
DECISIONS = {
    Choice.AGREED: _private("AGREED", "Agreed with the model"),
    Choice.OVERRULED: _private("OVERRULED", "Overruled the model"),
    Choice.ALONE: _private("ALONE", "Graded without the model"),
    Choice.NOT_GRADABLE: _private("NOT_GRADABLE", "Not gradable"),
}
OBSTACLES = {
    Obstacle.IMPLANT: _private("OB_IMPLANT", "Implant"),
    Obstacle.NOT_FRONTAL: _private("OB_NOT_FRONTAL", "Not a frontal view"),
    Obstacle.NOT_A_KNEE: _private("OB_NOT_A_KNEE", "Not a knee"),
    Obstacle.POOR_PICTURE: _private("OB_POOR_PICTURE", "Picture too poor"),
    Obstacle.OTHER: _private("OB_OTHER", "Other reason"),
}

# Widths of the joint space

JOINT_SPACE = _private("JSW", "Joint space width along the axis of the leg")
AT_PLACES = tuple(
    _private(f"JSW_{percent}", f"Joint space width {percent}% of the condyles' width from the edge")
    for percent in (15, 20, 25, 30)
)
COMPARTMENTS = {
    CompartmentName.MEDIAL: MEDIAL,
    CompartmentName.LATERAL: LATERAL,
    CompartmentName.VIEWERS_LEFT: _private("VIEWERS_LEFT", "At the viewer's left"),
    CompartmentName.VIEWERS_RIGHT: _private("VIEWERS_RIGHT", "At the viewer's right"),
}
SPACING = _private("SPACING", "Origin of the pixel spacing")
SPACINGS = {
    SpacingOrigin.CALIBRATED: _private("CALIBRATED", "Calibrated, by the file's header"),
    SpacingOrigin.AT_DETECTOR: _private("AT_DETECTOR", "At the detector, magnification included"),
    SpacingOrigin.BY_OBJECT: _private("BY_OBJECT", "By an object of known size on the film"),
}
MARGINS = _private("MARGINS", "Origin of the bone margins")
MARGINS_BY_READER = _private("BY_READER", "Drawn by the reader")
MARGINS_BY_PROGRAM = _private("BY_PROGRAM", "Found by the program")
UNSURE = _private("UNSURE", "Found by the program, unsure")


def scheme_identification() -> CodingSchemeIdentificationItem:
    """Return the item that tells what 99KOA is (PS3.3 C.12.1)."""
    return CodingSchemeIdentificationItem(
        SCHEME,
        name="KOA Desktop: knee osteoarthritis on radiographs",
        version=SCHEME_VERSION,
        responsible_organization="The KOA Desktop authors",
    )
