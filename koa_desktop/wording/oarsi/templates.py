"""The OARSI readings' names, the words for their grades, and the parts of a sentence on them."""

from __future__ import annotations

from koa_desktop.grading.oarsi import OarsiName
from koa_desktop.message import Code


class OarsiText(Code):
    """A word for a grade, a compartment or a bone, or a part of the sentence on a knee."""

    NONE = "none"
    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
    SMALL = "small"
    DEFINITE = "definite"
    LARGE = "large"
    NO_NARROWING_SIGNS = "no-narrowing-signs"
    MILD_SIGNS = "mild-signs"
    MODERATE_SIGNS = "moderate-signs"
    SEVERE_SIGNS = "severe-signs"
    NO_OSTEOPHYTE_SIGNS = "no-osteophyte-signs"
    SMALL_SIGNS = "small-signs"
    DEFINITE_SIGNS = "definite-signs"
    LARGE_SIGNS = "large-signs"
    MEDIAL = "medial"
    LATERAL = "lateral"
    MEDIAL_FEMUR = "medial-femur"
    LATERAL_FEMUR = "lateral-femur"
    MEDIAL_TIBIA = "medial-tibia"
    LATERAL_TIBIA = "lateral-tibia"
    OSTEOPHYTES = "osteophytes"
    NARROWING = "narrowing"
    AND = "and"
    THEN = "then"
    NO_OSTEOPHYTES = "no-osteophytes"
    NO_NARROWING = "no-narrowing"


TEMPLATES: dict[Code, str] = {
    OarsiName.JSN_MEDIAL: "Narrowing, medial",
    OarsiName.JSN_LATERAL: "Narrowing, lateral",
    OarsiName.OSTEOPHYTE_FEMUR_MEDIAL: "Osteophytes, medial femur",
    OarsiName.OSTEOPHYTE_FEMUR_LATERAL: "Osteophytes, lateral femur",
    OarsiName.OSTEOPHYTE_TIBIA_MEDIAL: "Osteophytes, medial tibia",
    OarsiName.OSTEOPHYTE_TIBIA_LATERAL: "Osteophytes, lateral tibia",
    OarsiText.NONE: "none",
    OarsiText.MILD: "mild",
    OarsiText.MODERATE: "moderate",
    OarsiText.SEVERE: "severe",
    OarsiText.SMALL: "small",
    OarsiText.DEFINITE: "definite",
    OarsiText.LARGE: "large",
    OarsiText.NO_NARROWING_SIGNS: "The joint space has its full height.",
    OarsiText.MILD_SIGNS: "Slightly narrowed: up to one third of the height is lost.",
    OarsiText.MODERATE_SIGNS: "Clearly narrowed: up to two thirds of the height are lost.",
    OarsiText.SEVERE_SIGNS: "Almost or completely lost: bone on bone.",
    OarsiText.NO_OSTEOPHYTE_SIGNS: "The margin is smooth and rounded.",
    OarsiText.SMALL_SIGNS: "The margin is pointed.",
    OarsiText.DEFINITE_SIGNS: "A lip of bone projects from the margin.",
    OarsiText.LARGE_SIGNS: "A broad lip of bone changes the outline of the bone.",
    OarsiText.MEDIAL: "medial",
    OarsiText.LATERAL: "lateral",
    OarsiText.MEDIAL_FEMUR: "medial femur",
    OarsiText.LATERAL_FEMUR: "lateral femur",
    OarsiText.MEDIAL_TIBIA: "medial tibia",
    OarsiText.LATERAL_TIBIA: "lateral tibia",
    # Like: definite osteophytes of the medial tibia and medial femur, mild medial narrowing
    OarsiText.OSTEOPHYTES: "{size} osteophytes of the {places}",
    OarsiText.NARROWING: "{size} {places} narrowing",
    OarsiText.AND: "{first} and {second}",
    OarsiText.THEN: "{first}, {second}",
    OarsiText.NO_OSTEOPHYTES: "no osteophytes",
    OarsiText.NO_NARROWING: "no narrowing",
}
