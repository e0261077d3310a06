"""Sentences on the joint space: reasons, flags, and the parts of a line with its widths."""

from __future__ import annotations

from koa_desktop.joint_space.measure import CompartmentName, JointSpaceFlag, JointSpaceReason
from koa_desktop.message import Code


class Phrase(Code):
    """A sentence on a joint space, or a part of one."""

    WIDTHS = "widths"
    OTHERS = "others"
    OTHER = "other"
    OF_CONDYLE_WIDTH = "of-condyle-width"
    ORIGIN = "origin"
    NARROWED = "narrowed"
    BOTH_NARROWED = "both-narrowed"
    NARROWER = "narrower"
    BOTH_NARROWER = "both-narrower"
    NO_WIDTH = "no-width"
    NOT_MEASURED = "not-measured"
    DOUBT = "doubt"
    BOTH = "both"
    COMPARED = "compared"
    ELSEWHERE = "elsewhere"
    ELSEWHERE_SHARE = "elsewhere-share"
    ELSEWHERE_OTHER_VERSION = "elsewhere-other-version"
    UNSURE_WIDTH = "unsure-width"
    CHANGE = "change"
    CHANGE_ERROR = "change-error"
    CHANGE_SHARE = "change-share"
    CHANGES = "changes"
    NOT_COMPARABLE = "not-comparable"
    MILLIMETRES = "millimetres"
    MILLIMETRES_ERROR = "millimetres-error"
    SHARE = "share"
    SHARE_ERROR = "share-error"
    CONTACT = "contact"
    ERROR_NOTE = "error-note"


TEMPLATES: dict[Code, str] = {
    CompartmentName.MEDIAL: "medial",
    CompartmentName.LATERAL: "lateral",
    CompartmentName.VIEWERS_LEFT: "viewer's left",
    CompartmentName.VIEWERS_RIGHT: "viewer's right",
    JointSpaceReason.TOO_SMALL: "The knee has too few pixels to measure its joint space.",
    JointSpaceReason.NOT_IN_BOX: (
        "The joint is not in the expected part of the box: place the box over the knee."
    ),
    JointSpaceReason.NOT_SEEN: (
        "The bone margins are not seen clearly enough to measure the joint space."
    ),
    JointSpaceReason.OUTSIDE_IMAGE: "This part of the joint lies outside the film.",
    JointSpaceReason.FAILED: (
        "An error in the program prevented the measurement of the joint space."
    ),
    JointSpaceFlag.UNSURE: ("The bone margins are uncertain here; the width must be checked."),
    JointSpaceFlag.CORRECTED: "The margins were corrected by the reader.",
    # Like: Medial space 2.1 mm (lateral 5.4 mm), at the detector: narrowed.
    Phrase.WIDTHS: "{name} space {width}{others}{scale}{origin}{verdict}.",
    Phrase.OTHERS: " ({others})",
    Phrase.OTHER: "{name} {width}",
    Phrase.OF_CONDYLE_WIDTH: " of the condyle width",
    Phrase.ORIGIN: ", {origin}",
    Phrase.NARROWED: ": narrowed",
    Phrase.BOTH_NARROWED: ": both narrowed",
    Phrase.NARROWER: ": narrower than in 95 of 100 knees of KL 0",
    Phrase.BOTH_NARROWER: ": both narrower than in 95 of 100 knees of KL 0",
    Phrase.NO_WIDTH: "cannot be measured",
    Phrase.NOT_MEASURED: "The joint space cannot be measured. {reason}",
    Phrase.DOUBT: "{names}: {reason}",
    Phrase.BOTH: "{first} and {second}",
    # Like: Medial: other knee 4.8 mm · 2019-03-02 3.9 mm (uncertain)
    Phrase.COMPARED: "{name}: {others}",
    Phrase.ELSEWHERE: "{label} {width}",
    Phrase.ELSEWHERE_SHARE: "{label} {there:.1f} % of the condyle width, here {here:.1f} %",
    Phrase.ELSEWHERE_OTHER_VERSION: "{label} measured by another version of the model",
    Phrase.UNSURE_WIDTH: "{width} (uncertain)",
    # Like: medial space 4.1 → 2.6 mm · lateral space 5.7 → 5.6 mm, at the detector
    Phrase.CHANGE: "{name} space {before:.1f} → {after:.1f} mm",
    Phrase.CHANGE_ERROR: (
        "{name} space {before:.1f} → {after:.1f} mm ({change:+.1f} ± {error:.1f} mm)"
    ),
    Phrase.CHANGE_SHARE: "{name} space {before:.1f} → {after:.1f} % of the condyle width",
    Phrase.CHANGES: "{changes}{origin}",
    Phrase.NOT_COMPARABLE: (
        "the joint space widths were measured by different versions of the model and are not "
        "comparable"
    ),
    Phrase.MILLIMETRES: "{millimetres:.1f} mm",
    Phrase.MILLIMETRES_ERROR: "{millimetres:.1f} ± {error:.1f} mm",
    Phrase.SHARE: "{percent:.1f} %",
    Phrase.SHARE_ERROR: "{percent:.1f} ± {error:.1f} %",
    Phrase.CONTACT: "0 mm, bone on bone",
    Phrase.ERROR_NOTE: (
        "± is one standard error of the width: 94 of 100 widths read by the Osteoarthritis "
        "Initiative lie within twice that."
    ),
}
