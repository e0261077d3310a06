"""The program starts, or says in a sentence why it does not, whatever is wrong around it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.robustness.process_tree import ROOT, home_in, measured, python

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="keeps the settings as Linux does")

SAMPLE = ROOT / "resources" / "samples" / "grade0.png"
_WINDOW = """
import sys
from tests.robustness import window_driver
def script(driver):
    yield lambda: driver.window is not None
    yield 300
    driver.write(window=driver.window.windowTitle())
sys.exit(window_driver.run([], script))
"""
_BAD_VALUES = (
    "heat_opacity=nan", "heat_opacity=inf", "heat_opacity=1e400", "heat_opacity=", "theme=9",
    "colour_map=@Invalid()", "paper=A0", "paper=\\0", "recent=@Variant(\\0)", "exports=9, 9",
    "joint_visible=maybe", "export_folder=\\x0", "templates=@ByteArray(\\xff)", "reader=a, b",
    "clinic=@Size(1 1)",
)  # fmt: skip


def configured(folder: Path, text: bytes) -> dict[str, str]:
    environment = home_in(folder)
    place = Path(environment["XDG_CONFIG_HOME"]) / "KOA Desktop"
    place.mkdir()
    (place / "KOA Desktop.conf").write_bytes(text)
    return environment


@pytest.mark.parametrize("line", _BAD_VALUES)
def test_a_bad_value_in_the_settings_counts_as_not_set(line: str, tmp_path: Path) -> None:
    environment = configured(tmp_path, f"[General]\n{line}\n".encode())
    found = measured(python("-c", _WINDOW), environment, seconds=60)
    assert '"window": "KOA Desktop"' in found.output, found.output[-800:]
    assert found.status == 0
    assert "Traceback" not in found.output


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", b"[General", b"=\n=\n", bytes(5000)], ids=repr)
def test_a_damaged_settings_file_counts_as_empty(text: bytes, tmp_path: Path) -> None:
    found = measured(python("-c", _WINDOW), configured(tmp_path, text), seconds=60)
    assert '"window": "KOA Desktop"' in found.output, found.output[-800:]


@pytest.mark.requirement("R8")
@pytest.mark.parametrize("damage", [b"", b"\0\1\0\0 no font", None], ids=["empty", "other", "cut"])
def test_damaged_fonts_and_translations_are_told_in_a_window_that_starts(
    damage: bytes | None, tmp_path: Path
) -> None:
    resources = tmp_path / "resources"
    shutil.copytree(ROOT / "resources", resources)
    for path in [*resources.rglob("*.ttf"), *resources.rglob("*.mo")]:
        path.write_bytes(path.read_bytes()[:5000] if damage is None else damage)
    code = f"""
import sys
from pathlib import Path
from koa_desktop.system import paths
paths.RESOURCES = Path({str(resources)!r})
from tests.robustness import window_driver
def script(driver):
    yield lambda: driver.window is not None
    yield lambda: driver.window.saving.store.isVisible()
    from tests.support.gui_driver import texts
    driver.write(window=driver.window.windowTitle(), told=texts(driver.window.saving.store))
sys.exit(window_driver.run([], script))
"""
    environment = configured(tmp_path, b"[General]\nlanguage=hi\n")
    found = measured(python("-c", code), environment, seconds=60)
    assert found.status == 0, found.output[-800:]
    (line,) = (line for line in found.output.splitlines() if line.startswith("{"))
    told = json.loads(line)
    assert told["window"] == "KOA Desktop"
    assert "The font NotoSans-Regular.ttf is missing or damaged" in told["told"]
    assert "Traceback" not in found.output


def refused(code: str, environment: dict[str, str]) -> str:
    """Run Python code that is to end with a sentence on stderr; returns that."""
    done = subprocess.run(
        python("-c", code), env=environment, cwd=ROOT, capture_output=True, text=True, timeout=100,
        check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr[-800:]
    assert done.returncode in (2, 3), (done.returncode, done.stdout, done.stderr)
    sentence = done.stderr.strip().splitlines()[-1]
    assert sentence.endswith(".")
    return sentence


def test_without_a_folder_for_temporary_files_this_is_said(tmp_path: Path) -> None:
    environment = home_in(tmp_path)
    for name in ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY"):
        environment.pop(name, None)
    code = (
        "import sys, tempfile\n"
        "def none(): raise FileNotFoundError('no usable temporary directory')\n"
        "tempfile._get_default_tempdir = none\n"
        "from koa_desktop.cli.main import main\n"
        f"sys.exit(main([{str(SAMPLE)!r}]))\n"
    )
    assert "temporary" in refused(code, environment)


def _models(folder: Path, name: str, card: Any) -> Path:
    """Return a models folder whose one card is another."""
    models = folder / "models"
    for part in ("joint_space", "letters"):
        (models / part).mkdir(parents=True)
    for path in (ROOT / "models").rglob("*"):
        place = models / path.relative_to(ROOT / "models")
        if path.is_file():
            place.symlink_to(path)
    (models / name).unlink()
    (models / name).write_text(json.dumps(card), encoding="utf-8")
    return models


def _changed(name: str, path: str, value: Any) -> Any:
    """Return a card with one value changed, or left out where `value` is `...`."""
    card = json.loads((ROOT / "models" / name).read_text(encoding="utf-8"))
    *above, last = path.split(".")
    place = card
    for part in above:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return card


def grading_with(models: Path, folder: Path) -> str:
    return (
        "import sys\n"
        "from pathlib import Path\n"
        "from koa_desktop.system import paths\n"
        f"paths.MODELS = Path({str(models)!r})\n"
        "from koa_desktop.cli.main import main\n"
        f"sys.exit(main(['grade', {str(SAMPLE)!r}, '--out', {str(folder / 'out')!r}]))\n"
    )


@pytest.mark.parametrize(
    ("name", "path", "value"),
    [
        ("koa.json", "prediction_set", ...),
        ("koa.json", "prediction_set.thresholds", ...),
        ("koa.json", "prediction_set.thresholds", []),
        ("koa.json", "prediction_set.thresholds", [0.1]),
        ("koa.json", "prediction_set.thresholds", [float("nan")] * 5),
        ("koa.json", "prediction_set.coverage", "much"),
        ("koa.json", "unusual_look.threshold", None),
        ("koa.json", "input.width", 0),
        ("koa.json", "input.width", 225),
        ("finder.json", "thresholds", ...),
        ("finder.json", "thresholds", {}),
        ("finder.json", "thresholds.find", float("nan")),
        ("finder.json", "thresholds.native", "high"),
    ],
    ids=str,
)
def test_a_card_that_lacks_what_is_needed_is_a_sentence(
    name: str, path: str, value: Any, tmp_path: Path
) -> None:
    models = _models(tmp_path, name, _changed(name, path, value))
    code = grading_with(models, tmp_path)
    sentence = refused(code, home_in(tmp_path))
    assert name in sentence or Path(name).stem in sentence


@pytest.mark.requirement("R8")
@pytest.mark.parametrize(
    ("path", "value"),
    [("prediction_set.thresholds", [0.9] * 5), ("unusual_look.threshold", 1e9)],
    ids=str,
)
def test_a_card_whose_thresholds_were_changed_is_noticed(
    path: str, value: Any, tmp_path: Path
) -> None:
    models = _models(tmp_path, "koa.json", _changed("koa.json", path, value))
    assert "not the one of this release" in refused(
        grading_with(models, tmp_path), home_in(tmp_path)
    )
