from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from koa_desktop.gui.support.settings import RECENT_FILES, Settings, Theme


@pytest.fixture
def place(tmp_path):
    return str(tmp_path / "settings.ini")


def opened(place):
    return Settings(QSettings(place, QSettings.Format.IniFormat))


def test_what_was_set_is_there_next_time(place):
    first = opened(place)
    first.theme = Theme.LIGHT
    first.heat_opacity = 0.35
    first.reader = "Dr Ångström"
    first.clinic = "Clinic\nStreet 1"
    first.exports = ("pdf", "csv")
    first.export_folder = Path("/somewhere/else")
    first.set_state("window", QByteArray(b"\x00\x01shape"))
    first.sync()
    again = opened(place)
    assert again.theme is Theme.LIGHT
    assert again.heat_opacity == 0.35
    assert again.reader == "Dr Ångström"
    assert again.clinic == "Clinic\nStreet 1"
    assert again.exports == ("pdf", "csv")
    assert again.export_folder == Path("/somewhere/else")
    assert bytes(again.state("window").data()) == b"\x00\x01shape"


def test_a_list_of_one_survives(place):
    first = opened(place)
    first.exports = ("pdf",)
    first.add_recent([Path("/films/a.png")])
    first.sync()
    assert opened(place).exports == ("pdf",)
    assert opened(place).recent == (Path("/films/a.png"),)


def test_recent_files_are_newest_first_once_each_and_not_too_many(place):
    settings = opened(place)
    for number in range(30):
        settings.add_recent([Path(f"/films/{number}.png")])
    settings.add_recent([Path("/films/28.png")])
    assert len(settings.recent) == RECENT_FILES
    assert settings.recent[:3] == tuple(Path(f"/films/{n}.png") for n in (28, 29, 27))
    settings.clear_recent()
    assert settings.recent == ()


def test_recent_files_that_are_forgotten_leave_the_disk_at_once(place):
    settings = opened(place)
    settings.add_recent([Path("/films/Ana Morales.png")])
    settings.sync()
    assert "Morales" in Path(place).read_text()
    settings.remember_recent(wanted=False)
    assert "Morales" not in Path(place).read_text()
    settings.add_recent([Path("/films/Ana Morales.png")])
    assert settings.recent == ()


def test_damaged_settings_count_as_not_set(place):
    Path(place).write_text("[General]\ntheme=purple\nheat_opacity=much\nrecent=@Invalid()\n")
    settings = opened(place)
    assert settings.theme is Theme.SYSTEM
    assert settings.heat_opacity == 0.45
    assert settings.recent == ()


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("theme", "purple"),
        ("theme", ["dark", "light"]),
        ("heat_opacity", "nan"),
        ("heat_opacity", ["0.1", "0.2"]),
        ("colour_map", ""),
        ("joint_visible", "perhaps"),
        ("reader", ["a", "b"]),
        ("paper", "A0"),
        ("export_folder", ["a", "b"]),
        ("export_folder", ""),
    ],
)
def test_a_value_of_the_wrong_kind_gives_the_default(place, name, stored):
    store = QSettings(place, QSettings.Format.IniFormat)
    store.setValue(name, stored)
    store.sync()
    assert getattr(opened(place), name) == getattr(Settings, name).default


def test_ready_sentences_that_were_all_removed_stay_removed(place):
    first = opened(place)
    assert first.templates is None
    first.templates = ()
    first.sync()
    assert opened(place).templates == ()
