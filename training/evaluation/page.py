"""The evaluation page: one HTML file, with its pictures, from the JSON files beside it.

Each of `training.evaluation.evaluate`, `training.evaluation.robustness` and
`training.evaluation.explanations` writes its JSON into one folder and then the page anew; sections
whose file is missing are left out.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from koa_desktop.grading.oarsi import OARSI_NAMES
from koa_desktop.wording.model_card import MEASURES
from koa_desktop.wording.sentences import english
from training.evaluation import charts
from training.evaluation.readings import EXPLAINED
from training.evaluation.readings import NAMES as READING_FIGURES

FIGURES, ROBUSTNESS, EXPLANATIONS = "figures.json", "robustness.json", "explanations.json"
PAGE = "page.html"

LABELS = {
    **MEASURES,
    "mean_recall": ("Mean recall of the grades", "{:.1%}"),
    "mean_f1": ("Mean F1 of the grades", "{:.1%}"),
    "negative_log_likelihood": ("Negative log-likelihood (nats)", "{:.3f}"),
}
STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #111; background: #fff;
  max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: .2rem .7rem; border-bottom: 1px solid #ccc; }
th:first-child, td:first-child { text-align: left; }
figure { margin: 1.2rem 0; break-inside: avoid; }
figcaption { color: #444; }
img { display: block; max-width: 100%; height: auto; }
h2 { margin-top: 2.2rem; break-after: avoid; }
tr { break-inside: avoid; }
@page { margin: 16mm; }
"""

Json = Mapping[str, Any]


def write_page(folder: Path) -> Path:
    """Write the page of all measurements into `folder`, and return its path."""
    sections = {FIGURES: _figures, ROBUSTNESS: _robustness, EXPLANATIONS: _explanations}
    measured = {
        name: json.loads((folder / name).read_text(encoding="utf-8"))
        for name in sections
        if (folder / name).exists()
    }
    title = next((str(part["of"]) for part in measured.values()), "nothing measured yet")
    parts = [part for name, found in measured.items() for part in sections[name](found)]
    page = folder / PAGE
    page.write_text(
        "<!doctype html>\n"
        f'<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><h1>{escape(title)}</h1>\n"
        + "\n".join(parts)
        + "\n</body></html>\n",
        encoding="utf-8",
    )
    return page


def _figures(figures: Json) -> list[str]:
    rows = [
        [label, form.format(figures[name]["value"]), _ends(figures[name]["interval"], form)]
        for name, (label, form) in LABELS.items()
    ]
    grades = [
        [
            f"KL {grade}",
            str(sum(figures["confusion"][grade])),
            *(
                _with_ends(figures[name][grade], figures["intervals_by_grade"][name][grade], form)
                for name, form in (("recall", "{:.0%}"), ("precision", "{:.0%}"), ("f1", "{:.0%}"))
            ),
        ]
        for grade in range(len(figures["confusion"]))
    ]
    parts = [
        "<h2>Figures</h2>",
        f"<p>{figures['knees']} knees of {figures['patients']} patients. Intervals are 95 %, whole "
        "patients drawn with replacement. Temperature and prediction sets were fitted on nine "
        "tenths of the patients and measured on the last. A redrawn calibration error leans "
        "upwards, so its interval may lie above its value.</p>",
        _table(["figure", "value", "95 % interval"], rows),
        _table(["", "knees", "recall", "precision", "F1"], grades),
        _picture(charts.by_grade(figures), "Recall, precision and F1 by grade."),
        _picture(charts.confusion(figures), "Knees by true and predicted grade."),
        _picture(charts.reliability(figures), "Reliability: is 70 % right 70 times in 100?"),
        _picture(charts.prediction_sets(figures), "Prediction sets by true grade."),
    ]
    if "readings" in figures:
        parts += _readings(figures["readings"])
    if figures["growth"]:
        parts += ["<h2>Members</h2>", *_growth(figures["growth"])]
    if any(figures["learning"].values()):
        parts += ["<h2>Learning</h2>", _picture(charts.learning(figures), "By epoch.")]
    return parts


def _readings(readings: Json) -> list[str]:
    """Return the figures of the OARSI readings, and what they explain of the grade."""
    rows = []
    for name in OARSI_NAMES:
        own = readings["by_name"][name.value]
        rate = own["rate_of_1_or_more"]
        rows.append(
            [
                english(name),
                str(own["knees"]),
                *(
                    _with_ends(own[one]["value"], own[one]["interval"], "{:.3f}")
                    for one in READING_FIGURES
                ),
                f"{_number(rate['read'], '{:.1%}')}, {_number(rate['predicted'], '{:.1%}')}",
            ]
        )
    head = ["", "read knees", "quadratic kappa", "AUC, ≥ 1", "AUC, ≥ 2", "≥ 1: read, predicted"]
    shares = []
    for which, text in EXPLAINED.items():
        one = readings["explained"][which]
        ends = _with_ends(one["value"], one["interval"], "{:.1%}")
        shares.append([text, str(one["knees"]), ends])
    return [
        "<h2>OARSI readings</h2>",
        f"<p>{readings['knees']} knees of {readings['patients']} patients; each reading where it "
        "was read. The rate of a grade of at least 1 is of all knees: read ones stand for all of "
        "their KL grade.</p>",
        _table(head, rows),
        "<p>The larger narrowing and the largest osteophyte name the KL grade that other patients "
        "with the same two have most often.</p>",
        _table(["", "knees", "named right"], shares),
    ]


def _growth(growth: Mapping[str, Json]) -> list[str]:
    """Return the figures by the number of members that predict each knee."""
    asked = len(next(iter(growth.values()))["asked"])
    rows = []
    for name, grown in growth.items():
        label, form = LABELS[name]
        low, high = (form.format(end) for end in grown["interval"])
        values = [form.format(value) for value in (*grown["asked"], grown["all"])]
        rows.append([label, *values, f"{low} – {high}"])
    return [
        "<p>The mean over all choices of so many members that never saw the knee, and the "
        "extrapolation over 1 / members to all members that ship, with its 95 % interval.</p>",
        _table(["figure", *map(str, range(1, asked + 1)), "all", "interval"], rows),
    ]


def _robustness(robustness: Json) -> list[str]:
    rows = []
    for name, change in robustness["changes"].items():
        difference = change["accuracy_change_points"]
        rows.append(
            [
                name,
                f"{change['accuracy']['value']:.1%}",
                _with_ends(difference["value"], difference["interval"], "{:+.1f}"),
                f"{change['grade_changed']['value']:.1%}",
                f"{change['changed_by_more_than_one']['value']:.1%}",
                f"{change['polarity_wrong']:.1%}",
                f"{change['found_without_a_hand']:.1%}",
                f"{change['flagged']:.1%}",
            ]
        )
    head = ["shown", "accuracy", "points", "changed", "by > 1", "polarity", "found", "flagged"]
    return [
        "<h2>The same knees shown differently</h2>",
        f"<p>{robustness['knees']} knees, each stored as a file and read, cut and graded by the "
        f"program. {escape(robustness['note'])} Points: difference in accuracy. Changed: share of "
        "knees with another grade than unchanged. Polarity: taken for the opposite. Found: taken "
        "for a knee without a hand. Flagged: as unusual or of low contrast.</p>",
        _table(head, rows),
        _picture(charts.changes(robustness), "Difference in accuracy with 95 % intervals."),
    ]


def _explanations(explanations: Json) -> list[str]:
    parts = [
        *_pointing(explanations["pointing"]),
        *_deletion(explanations),
        *_hiding(explanations),
    ]
    if "readings" in explanations:
        parts += _reading_maps(explanations["readings"])
    if "randomisation" in explanations:
        parts += [
            "<h2>Do the maps depend on the weights?</h2>",
            _picture(
                charts.randomisation(explanations),
                "Correlation of the maps of a model with shuffled weights with the real ones, and, "
                "for comparison, of real maps of other knees with the same predicted grade.",
            ),
        ]
    return parts


def _reading_maps(readings: Mapping[str, Json]) -> list[str]:
    """Return where the maps of the OARSI readings lie, by kind."""
    rows = [
        [
            kind.replace("_", ", "),
            str(found["called"]),
            _with_ends(found["region"]["value"], found["region"]["interval"], "{:.1%}"),
            f"{found['area']:.1%}",
            _with_ends(found["quadrant"]["value"], found["quadrant"]["interval"], "{:.1%}"),
            f"{found['quadrant_area']:.1%}",
            _with_ends(found["other_side"]["value"], found["other_side"]["interval"], "{:.1%}"),
        ]
        for kind, found in readings.items()
    ]
    head = ["", "called 1 or more", "in the region", "its area", "in the quadrant", "its area"]
    head.append("other side")
    return [
        "<h2>Do the readings' maps lie at their margins?</h2>",
        "<p>Region: for osteophytes the outer third of the bone's quadrant at that side, for "
        "narrowing the joint's band there. Quadrant: all of the bone at that side, or half of the "
        "band. Other side: the other compartment's region.</p>",
        _table(head, rows),
    ]


def _pointing(pointing: Json) -> list[str]:
    energy, hottest = pointing["energy"], pointing["hottest_point"]
    return [
        "<h2>Do the class maps point at the joint?</h2>",
        f"<p>Of the map of the predicted grade "
        f"{_with_ends(energy['value'], energy['interval'], '{:.1%}')} lies in the joint's band, "
        f"which is {pointing['area']:.1%} of the crop; of a blob as wide in the middle of the crop "
        f"{pointing['centred_blob']:.1%} would. The hottest point lies in the band in "
        f"{_with_ends(hottest['value'], hottest['interval'], '{:.1%}')} of the knees.</p>",
        _picture(
            charts.mean_maps(pointing),
            "Mean class map of the knees given each grade, on the mean knee; the band is dashed.",
        ),
    ]


def _deletion(explanations: Json) -> list[str]:
    forms = {
        "fall_marked": "{:.2f}",
        "fall_elsewhere": "{:.2f}",
        "difference": "{:.2f}",
        "marked_falls_more": "{:.0%}",
    }
    rows = [
        [
            share,
            *(
                _with_ends(part[name]["value"], part[name]["interval"], form)
                for name, form in forms.items()
            ),
        ]
        for share, part in explanations["deletion"].items()
    ]
    head = ["blurred", "fall, marked", "fall, elsewhere", "difference", "marked falls more"]
    return [
        "<h2>Does the grade depend on the marked area?</h2>",
        _table(head, rows),
        _picture(
            charts.deletion(explanations),
            "Fall of the predicted grade's logit where the map's hottest part is blurred, and "
            "where an area of that shape elsewhere is.",
        ),
    ]


def _hiding(explanations: Json) -> list[str]:
    blurred, grey = explanations["hiding"]["blurred"], explanations["hiding"]["grey"]
    rows = [
        [
            name,
            *(
                _with_ends(way[name]["value"], way[name]["interval"], "{:.1%}")
                for way in (blurred, grey)
            ),
        ]
        for name in blurred
    ]
    return [
        "<h2>Does the grade depend on the joint?</h2>",
        _table(["", "blurred", "grey"], rows),
        _picture(charts.hiding(explanations), "Accuracy with equally high bands hidden."),
    ]


def _ends(interval: Sequence[float | None], form: str) -> str:
    low, high = (_number(end, form) for end in interval)
    return f"{low} to {high}"


def _with_ends(value: float | None, interval: Sequence[float | None], form: str) -> str:
    return f"{_number(value, form)} ({_ends(interval, form)})"


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(line(row, "td") for row in rows)
    return f"<table><thead>{line(head, 'th')}</thead><tbody>{body}</tbody></table>"


def _picture(figure: Figure, caption: str) -> str:
    data = b64encode(charts.svg(figure)).decode("ascii")
    return (
        f'<figure><img alt="{escape(caption)}" src="data:image/svg+xml;base64,{data}">'
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
