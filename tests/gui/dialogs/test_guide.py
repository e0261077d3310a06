"""The guide: it opens, shows its pictures, leads to its parts, and names only keys that exist."""

import re

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QKeySequence
from PySide6.QtTest import QTest

from koa_desktop.gui.actions.actions import shortcut_rows
from koa_desktop.gui.actions.commands import commands
from koa_desktop.gui.dialogs.guide import GuideWindow
from koa_desktop.knees.box import Box
from koa_desktop.wording.guide import GUIDE
from tests.support.sample_files import knee_crop

MOST_BYTES_A_PICTURE, MOST_BYTES = 500_000, 3_000_000
TEXT = GUIDE.read_text(encoding="utf-8")


def test_the_guide_opens_by_key_and_leads_to_its_parts(window, process):
    QTest.keyClick(window, Qt.Key.Key_F1)
    QTest.keyClick(window, Qt.Key.Key_F1)
    (guide,) = window.findChildren(GuideWindow)
    assert guide.isVisible()
    process(50)
    bar = guide.browser.verticalScrollBar()
    assert bar.value() == 0
    guide.browser.scrollToAnchor("not")
    process(20)
    assert bar.value() > 500
    guide.close()


def test_every_link_of_the_guide_leads_somewhere():
    links = re.findall(r'href="#(\w+)"', TEXT)
    assert links
    assert links == re.findall(r'<a name="(\w+)">', TEXT)


def test_every_picture_is_there_small_and_readable():
    names = re.findall(r'<img src="([^"]+)"', TEXT)
    assert names
    for name in names:
        path = GUIDE.parent / name
        assert not QImage(str(path)).isNull(), name
    pictures = list(GUIDE.parent.glob("*.png"))
    assert all(path.stat().st_size < MOST_BYTES_A_PICTURE for path in pictures)
    assert sum(path.stat().st_size for path in pictures) < MOST_BYTES


def test_the_guide_names_only_keys_that_do_something(window):
    taken = {
        key.toString()
        for command in commands()
        for key in window.actions_table[command.id].shortcuts()
    }
    # A word that begins with a point is the ending of a file's name.
    keys = re.findall(r"<code>([^.<][^<]*)</code>", TEXT)
    named = {QKeySequence(key).toString() for key in keys}
    assert named <= taken


def test_the_table_of_keys_has_a_key_of_each_command():
    part = TEXT[TEXT.index('<a name="keys">') : TEXT.index('<a name="look">')]
    grades = "<code>0</code> to <code>4</code>"
    assert grades in part
    part = part.replace(grades, "".join(f"<code>{grade}</code>" for grade in range(5)))
    listed = {QKeySequence(key).toString() for key in re.findall(r"<code>([^<]+)</code>", part)}
    lacking = {}
    for command in commands():
        keys = (command.shortcut,) if isinstance(command.shortcut, str) else command.shortcut
        names = {QKeySequence(key).toString() for key in keys if key}
        if names and not names & listed:
            lacking[command.id] = names
    assert lacking == {}


def test_the_list_of_keys_names_the_command_and_not_what_it_would_undo_now(window, show, films):
    show(knee_crop(films))
    window.editor.add_box(Box(20, 20, 180))
    window.undo()
    window.editor.add_box(Box(30, 30, 160))
    assert "draw a box" in window.actions_table["undo"].text()
    rows = dict(shortcut_rows(window.actions_table))
    assert rows["Undo"] == "Ctrl+Z"
    assert "Redo" in rows
    window.undo()
    assert "draw a box" in window.actions_table["redo"].text()
    assert dict(shortcut_rows(window.actions_table)) == rows
