"""Charts of the evaluation page, drawn from its JSON files alone.

Each function returns a figure on white, in colours that differ in lightness, so that it reads on
paper and to colour-blind eyes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any

import cv2
import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from koa_desktop.system.paths import RESOURCES

Json = Mapping[str, Any]

DARK, MIDDLE, LIGHT = "#12355b", "#d1495b", "#8fb8de"
MARKERS = {DARK: "o", MIDDLE: "s", LIGHT: "^"}  # colour is not the only carrier
KL = [f"KL {grade}" for grade in range(5)]


def svg(figure: Figure) -> bytes:
    """Return a figure as SVG, the same bytes each time."""
    picture = BytesIO()
    with mpl.rc_context({"svg.hashsalt": "koa"}):
        figure.savefig(picture, format="svg", metadata={"Date": None})
    return picture.getvalue()


def confusion(figures: Json) -> Figure:
    """Draw knees by true and predicted grade, shaded by their share of the true grade."""
    counts = np.array(figures["confusion"], float)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    figure, axes = _figure(4.6, 4.2)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), share in np.ndenumerate(shares):
        axes.text(
            column,
            row,
            f"{counts[row, column]:.0f}\n{share:.0%}",
            ha="center",
            va="center",
            color="white" if share > 0.5 else "black",
        )
    axes.set(xlabel="predicted", ylabel="true", xticks=range(5), yticks=range(5))
    axes.set_xticklabels(KL)
    axes.set_yticklabels(KL)
    axes.spines[:].set_visible(False)
    return figure


def reliability(figures: Json) -> Figure:
    """Draw how often the most probable grade is right against its probability."""
    bins = figures["reliability"]
    knees = np.array(bins["knees"])
    filled = knees > 0
    confidence = np.array(bins["confidence"], float)[filled]
    right = np.array(bins["right"], float)[filled]
    figure = Figure(figsize=(4.6, 4.6), layout="constrained")
    axes, below = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
    axes.plot([0, 1], [0, 1], color="grey", linestyle=":", label="perfectly calibrated")
    # A binomial interval's half-width: bins of few knees are uncertain.
    spread = 1.96 * np.sqrt(np.maximum(right * (1 - right), 0.01) / knees[filled])
    axes.errorbar(
        confidence, right, yerr=spread, color=DARK, marker="o", capsize=2, label="measured"
    )
    axes.set(ylabel="share that is right", ylim=(-0.02, 1.02))
    axes.legend(loc="upper left")
    width = 1 / len(knees)
    below.bar((np.arange(len(knees)) + 0.5) * width, knees, width * 0.9, color=LIGHT)
    below.set(xlabel="probability of the predicted grade", ylabel="knees", xlim=(0, 1.02))
    for part in (axes, below):
        part.spines[["top", "right"]].set_visible(False)
    return figure


def by_grade(figures: Json) -> Figure:
    """Draw recall, precision and F1 of each grade with their intervals."""
    figure, axes = _figure(6.4, 3.2)
    for offset, (name, label, colour) in enumerate(
        (("recall", "recall", DARK), ("precision", "precision", MIDDLE), ("f1", "F1", LIGHT))
    ):
        _points(axes, figures, name, (offset - 1) * 0.2, colour, label)
    axes.set(xticks=range(5), ylim=(0, 1.02))
    axes.set_xticklabels(KL)
    axes.legend(loc="lower right")
    return figure


def prediction_sets(figures: Json) -> Figure:
    """Draw how often the set holds the true grade, and how many grades it has."""
    figure = Figure(figsize=(6.4, 3.0), layout="constrained")
    left, right = figure.subplots(1, 2)
    _points(left, figures, "set_coverage_by_grade", 0, DARK, "")
    left.axhline(0.9, color="grey", linestyle=":")
    left.set(ylabel="holds the true grade", ylim=(0.5, 1.02))
    _points(right, figures, "set_size_by_grade", 0, DARK, "")
    right.set(ylabel="grades in the set", ylim=(0.9, 3.1))
    for axes in (left, right):
        axes.set_xticks(range(5), KL)
        axes.spines[["top", "right"]].set_visible(False)
    return figure


def learning(figures: Json) -> Figure:
    """Draw each run's training loss and held-out figures by epoch."""
    figure = Figure(figsize=(7.2, 2.8), layout="constrained")
    panels = figure.subplots(1, 3)
    columns = (("loss", "training loss"), ("val_accuracy", "accuracy"), ("val_kappa", "kappa"))
    for axes, (name, label) in zip(panels, columns, strict=True):
        for run, epochs in figures["learning"].items():
            points = [(row["epoch"] + 1, row[name]) for row in epochs if name in row]
            axes.plot(*np.array(points).reshape(-1, 2).T, marker=".", label=run)
        axes.set(xlabel="epoch", title=label)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].legend()
    return figure


def changes(robustness: Json) -> Figure:
    """Draw each change's difference in accuracy with its interval."""
    rows = [
        (name, change["accuracy_change_points"])
        for name, change in robustness["changes"].items()
        if name != "unchanged"
    ]
    figure, axes = _figure(6.4, 0.6 + 0.27 * len(rows))
    _intervals(axes, rows)
    axes.axvline(0, color="grey", linestyle=":")
    axes.set(xlabel="difference in accuracy, percentage points")
    return figure


def mean_maps(pointing: Json) -> Figure:
    """Draw the mean class map of each predicted grade on the mean knee, and the joint's band."""
    data = np.fromfile(RESOURCES / "mean_knee.png", np.uint8)
    knee = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    figure = Figure(figsize=(7.2, 1.9), layout="constrained")
    for axes, name, one in zip(figure.subplots(1, 5), KL, pointing["mean_maps"], strict=True):
        axes.imshow(knee, cmap="gray", extent=(0, 1, 1, 0))
        if one is not None:
            axes.imshow(
                one,
                vmin=0,
                cmap="inferno",
                alpha=0.55,
                extent=(0, 1, 1, 0),
                interpolation="bicubic",
            )
        for row in pointing["band"]:
            axes.axhline(row, color="white", linestyle="--", linewidth=1)
        axes.set(title=name, xticks=[], yticks=[])
    return figure


def deletion(explanations: Json) -> Figure:
    """Draw the fall of the predicted grade's logit by the blurred share."""
    figure, axes = _figure(5.0, 3.0)
    shares = explanations["deletion"]
    kinds = (
        ("fall_marked", "what the map marks", DARK, -0.08),
        ("fall_elsewhere", "as much elsewhere", MIDDLE, 0.08),
    )
    for name, label, colour, offset in kinds:
        _upright(axes, [part[name] for part in shares.values()], offset, colour, label)
    axes.axhline(0, color="grey", linestyle=":")
    axes.set_xticks(range(len(shares)), list(shares))
    axes.set(xlabel="share of the crop blurred", ylabel="fall of the logit")
    axes.legend()
    return figure


def hiding(explanations: Json) -> Figure:
    """Draw the accuracy with parts of the knee hidden."""
    parts = explanations["hiding"]
    figure, axes = _figure(6.4, 3.0)
    for way, colour, offset in (("blurred", DARK, -0.12), ("grey", MIDDLE, 0.12)):
        rows = list(parts[way].items())
        _intervals(axes, rows, offset, colour, way)
    axes.axvline(
        parts["majority_share"], color="grey", linestyle=":", label="the commonest grade's share"
    )
    axes.set(xlabel="accuracy", xlim=(0, 1))
    axes.legend(loc="lower right")
    return figure


def randomisation(explanations: Json) -> Figure:
    """Draw the correlation of maps from shuffled weights with the real ones."""
    likeness = explanations["randomisation"]["likeness"]
    figure, axes = _figure(6.4, 2.4)
    _intervals(axes, list(likeness.items()))
    axes.axvline(0, color="grey", linestyle=":")
    axes.set(xlabel="rank correlation with the real maps", xlim=(-0.5, 1))
    return figure


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _points(axes: Axes, figures: Json, name: str, offset: float, colour: str, label: str) -> None:
    """Draw a figure that goes by grade."""
    pairs = zip(figures[name], figures["intervals_by_grade"][name], strict=True)
    measured = [{"value": value, "interval": interval} for value, interval in pairs]
    _upright(axes, measured, offset, colour, label)


def _upright(axes: Axes, measured: Sequence[Json], offset: float, colour: str, label: str) -> None:
    """Draw values side by side with upright intervals."""
    places = np.arange(len(measured)) + offset
    axes.errorbar(
        places, *_values(measured), fmt=MARKERS[colour], color=colour, capsize=2, label=label
    )


def _intervals(
    axes: Axes,
    rows: Sequence[tuple[str, Json]],
    offset: float = 0.0,
    colour: str = DARK,
    label: str = "",
) -> None:
    """Draw values one below the other with lying intervals."""
    values, spread = _values([measured for _, measured in rows])
    places = np.arange(len(rows))
    axes.errorbar(
        values,
        places + offset,
        xerr=spread,
        fmt=MARKERS[colour],
        color=colour,
        capsize=2,
        label=label,
    )
    axes.set_yticks(places, [name for name, _ in rows])
    axes.set_ylim(len(rows) - 0.5, -0.5)


def _values(measured: Sequence[Json]) -> tuple[np.ndarray, np.ndarray]:
    """Return values (n,) and how far their intervals reach down and up (2, n)."""
    values = np.array([one["value"] for one in measured], float)
    ends = np.array([one["interval"] for one in measured], float).T
    return values, np.maximum(np.stack([values - ends[0], ends[1] - values]), 0)
