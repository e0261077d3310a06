"""A bundle's card as Markdown: shown in the app, and written beside the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from koa_desktop.grading.oarsi import OARSI_NAMES
from koa_desktop.wording.sentences import english

# A measure's name for a reader, and how its value is written.
MEASURES = {
    "accuracy": ("Accuracy", "{:.1%}"),
    "quadratic_kappa": ("Quadratic kappa", "{:.3f}"),
    "mean_absolute_error": ("Mean absolute error (grades)", "{:.3f}"),
    "kl2_accuracy": ("KL ≥ 2: accuracy", "{:.1%}"),
    "kl2_accuracy_of_grade": ("KL ≥ 2: accuracy of the grade alone", "{:.1%}"),
    "kl2_sensitivity": ("KL ≥ 2: sensitivity", "{:.1%}"),
    "kl2_specificity": ("KL ≥ 2: specificity", "{:.1%}"),
    "kl2_auc": ("KL ≥ 2: area under the ROC curve", "{:.3f}"),
    "expected_calibration_error": ("Expected calibration error", "{:.3f}"),
    "set_coverage": ("Likely range contains the true grade", "{:.1%}"),
    "set_size": ("Grades in a likely range, mean", "{:.2f}"),
}


def card_markdown(card: Mapping[str, Any]) -> str:
    """Return the grading model's card (the JSON of `models/koa.json`) as Markdown."""
    sections = [
        f"# Model {card['name']} {card['version']}",
        f"Made {card['date']} · sha256 `{card['sha256']}`",
        f"**Intended use.** {card['intended_use']}",
        f"**Limits.** {card['limits']}",
        "## Measured",
        _measured(card["metrics"]),
        *_readings(card),
        "## Input and output",
        f"{card['input']['width']} × {card['input']['height']} pixels; "
        f"{card['input']['normalisation']}. Box: {card['input']['geometry']}.",
        f"Classes: {', '.join(card['classes'])}. Temperature {card['temperature']:.3f}."
        + _levelled(card.get("levelling", 0)),
        f"Likely range ({card['prediction_set']['coverage']:.0%} in every grade): "
        f"{card['prediction_set']['method']}.",
        f"Unlike the training images: {card['unusual_look']['method']}.",
        *_learned_from(card),
    ]
    return "\n\n".join(sections) + "\n"


def finder_markdown(card: Mapping[str, Any]) -> str:
    """Return the finder's card (the JSON of `models/finder.json`) as Markdown."""
    checksums = ", ".join(f"{name} `{digest}`" for name, digest in card["sha256"].items())
    sections = [
        f"# Finder of knees {card['version']}",
        f"Made {card['date']} · sha256 {checksums}",
        f"**Intended use.** {card['intended_use']}",
        f"**Limits.** {card['limits']}",
        "## Measured",
        _shares(card["metrics"]),
        "## Input and output",
        f"To find: {card['input']['whole']}. To classify: {card['input']['box']}. "
        f"Both: {card['input']['normalisation']}.",
        f"A location counts as a knee from a probability of {card['thresholds']['find']:g} on; a "
        f"box as a native knee if that is most probable, "
        f"or from {card['thresholds']['native']:g} on.",
        *_learned_from(card),
    ]
    return "\n\n".join(sections) + "\n"


def _levelled(share: float) -> str:
    if not share:
        return ""
    return (
        f" {share:.0%} of the log of each grade's frequency is subtracted from its logit, so that "
        "rare grades are predicted more often."
    )


def _learned_from(card: Mapping[str, Any]) -> list[str]:
    return [
        "## Data and weights",
        *(f"- {data['name']}. {data['source']}. {data['licence']}." for data in card["data"]),
        f"- Start weights: {card['weights']['name']}, {card['weights']['licence']}.",
    ]


def _shares(metrics: Mapping[str, Any]) -> str:
    """Return shares with their intervals, and plain figures, and what they were measured on."""
    if not metrics:
        return "This bundle was not measured."
    lines = [
        f"On {metrics['measured_on']}.",
        "",
        "| figure | value | 95 % interval |",
        "|---|---|---|",
    ]
    for name, figure in metrics.items():
        if isinstance(figure, Mapping):
            low, high = (f"{end:.1%}" for end in figure["interval"])
            lines.append(f"| {name} | {figure['share']:.1%} of {figure['of']} | {low} – {high} |")
        elif name != "measured_on":
            lines.append(f"| {name} | {figure:g} | |")
    return "\n".join(lines)


def _measured(metrics: Mapping[str, Any]) -> str:
    """Return the figures with their intervals, and what they were measured on."""
    lines = [
        f"On {metrics['knees']} knees of {metrics['patients']} patients: {metrics['measured_on']}. "
        "95 % intervals, whole patients drawn with replacement. KL ≥ 2 is predicted if its "
        "probability is one half or more.",
        "",
        "| figure | value | 95 % interval |",
        "|---|---|---|",
    ]
    for name, (label, form) in MEASURES.items():
        low, high = (form.format(end) for end in metrics[name]["interval"])
        lines.append(f"| {label} | {form.format(metrics[name]['value'])} | {low} – {high} |")
    for name, grown in metrics.get("growth", {}).items():
        label, form = MEASURES[name]
        low, high = (form.format(end) for end in grown["interval"])
        asked = ", ".join(form.format(value) for value in grown["asked"])
        full = form.format(grown["all"])
        lines += [
            f"| {label}, by number of members | {asked} | |",
            f"| {label}, all members, extrapolated | {full} | {low} – {high} |",
        ]
    lines += [
        "",
        "| | KL 0 | KL 1 | KL 2 | KL 3 | KL 4 |",
        "|---|---|---|---|---|---|",
        _row("Recall", metrics["recall"]),
        _row("Range contains the true grade", metrics["set_coverage_by_grade"]),
        *(
            "| "
            + " | ".join([f"True KL {grade}: graded as", *(str(count) for count in counts)])
            + " |"
            for grade, counts in enumerate(metrics["confusion"])
        ),
    ]
    return "\n".join(lines)


def _readings(card: Mapping[str, Any]) -> list[str]:
    """Return the section on the OARSI readings; nothing of a model without them."""
    if "readings" not in card:
        return []
    measured = card["metrics"]["readings"]
    lines = [
        "| reading | read knees | quadratic kappa | AUC, 1 or more | AUC, 2 or more | "
        "1 or more: read | predicted |",
        "|---|---|---|---|---|---|---|",
    ]
    for name in OARSI_NAMES:
        own = measured["by_name"][name.value]
        figures = ("quadratic_kappa", "auc_of_1_or_more", "auc_of_2_or_more")
        rates = (own["rate_of_1_or_more"][which] for which in ("read", "predicted"))
        cells = [english(name), str(own["knees"])]
        cells += [_with_ends(own[figure], "{:.3f}") for figure in figures]
        cells += ["–" if rate is None else f"{rate:.1%}" for rate in rates]
        lines.append("| " + " | ".join(cells) + " |")
    explained = measured["explained"]
    shares = {name: _with_ends(explained[name], "{:.1%}") for name in explained}
    return [
        "## OARSI readings",
        f"{card['readings']['method']}.",
        f"On {measured['knees']} knees of {measured['patients']} patients, each by members that "
        "never saw its patient, calibrated on the other patients; 95 % intervals, whole patients "
        "drawn with replacement.",
        "\n".join(lines),
        "The larger narrowing and the largest osteophyte name the KL grade that other patients "
        f"with the same two have most often. The model's readings name {shares['program']} of its "
        f"own grades and {shares['both']} of the grades read; the readings read name "
        f"{shares['readers']} of these in the {explained['readers']['knees']} knees with all six.",
    ]


def _with_ends(figure: Mapping[str, Any], form: str) -> str:
    low, high = ("–" if end is None else form.format(end) for end in figure["interval"])
    value = "–" if figure["value"] is None else form.format(figure["value"])
    return f"{value} ({low}–{high})"


def _row(label: str, shares: list[float | None]) -> str:
    cells = ["–" if share is None else f"{share:.1%}" for share in shares]
    return "| " + " | ".join([label, *cells]) + " |"
