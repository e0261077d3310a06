"""The one table of commands, from which menus, toolbar and keys are made."""

from __future__ import annotations

from koa_desktop.examination.measurements import Kind
from koa_desktop.gui.actions.command import (
    ALONE,
    FILM,
    PLACED,
    SEPARATOR,
    TOOL,
    Command,
    Entry,
    When,
)
from koa_desktop.gui.actions.knee_menu import KNEE_MENU
from koa_desktop.gui.actions.view_menu import VIEW_MENU
from koa_desktop.gui.support.settings import Only, Order
from koa_desktop.gui.support.translation import QT_TRANSLATE_NOOP

MENUS: dict[str, tuple[Entry, ...]] = {
    QT_TRANSLATE_NOOP("Actions", "&File"): (
        Command(
            "open", QT_TRANSLATE_NOOP("Actions", "&Open…"), "opener.open", "Ctrl+O", icon="open"
        ),
        Command(
            "open_folder",
            QT_TRANSLATE_NOOP("Actions", "Open &folder or CD…"),
            "opener.open_folder",
            "Ctrl+Shift+O",
        ),
        Command(
            "import_folder",
            QT_TRANSLATE_NOOP("Actions", "&Import a folder or CD…"),
            "patients.imports.import_folder",
            "Ctrl+Alt+I",
        ),
        Command(
            "import_zip",
            QT_TRANSLATE_NOOP("Actions", "Import a &ZIP archive…"),
            "patients.imports.import_zip",
        ),
        "recent",
        Command(
            "earlier_films",
            QT_TRANSLATE_NOOP("Actions", "&Earlier films…"),
            "earlier_films.show",
            "Ctrl+Shift+F",
        ),
        SEPARATOR,
        Command(
            "go_on",
            QT_TRANSLATE_NOOP("Actions", "&Grade the waiting cases"),
            "session.go_on",
            when=When.WAITING,
        ),
        Command(
            "remove",
            QT_TRANSLATE_NOOP("Actions", "&Remove from the list"),
            "remove_cases",
            "Del",
            When.CASE,
            scope="case_list.list",
        ),
        Command(
            "search",
            QT_TRANSLATE_NOOP("Actions", "&Search the cases"),
            "case_list.focus_search",
            "Ctrl+F",
            When.CASES,
        ),
        *(
            Command(
                f"order_{order.value}",
                text,
                "case_list.arrange",
                submenu=QT_TRANSLATE_NOOP("Actions", "Sor&t and group the cases"),
                checkable=True,
                argument=order,
                group="order",
            )
            for order, text in (
                (Order.OPENED, QT_TRANSLATE_NOOP("Actions", "As &opened")),
                (Order.UNREAD, QT_TRANSLATE_NOOP("Actions", "&Unread first")),
                (Order.FLAGGED, QT_TRANSLATE_NOOP("Actions", "&Flagged first")),
                (Order.PATIENT, QT_TRANSLATE_NOOP("Actions", "By &patient")),
                (Order.DATE, QT_TRANSLATE_NOOP("Actions", "By study &date, newest first")),
                (Order.GRADE, QT_TRANSLATE_NOOP("Actions", "By &grade, highest first")),
            )
        ),
        *(
            Command(
                f"only_{only.value}",
                text,
                "case_list.show_only",
                submenu=QT_TRANSLATE_NOOP("Actions", "Sho&w only"),
                checkable=True,
                argument=only,
                group="only",
            )
            for only, text in (
                (Only.ALL, QT_TRANSLATE_NOOP("Actions", "&All cases")),
                (Only.TODAY, QT_TRANSLATE_NOOP("Actions", "&Today's")),
                (Only.UNREAD, QT_TRANSLATE_NOOP("Actions", "&Unread")),
                (Only.FLAGGED, QT_TRANSLATE_NOOP("Actions", "&Flagged or not graded")),
                (Only.NOT_GRADABLE, QT_TRANSLATE_NOOP("Actions", "&Not gradable")),
                (Only.DRAFT, QT_TRANSLATE_NOOP("Actions", "&Drafts")),
                (Only.FINAL, QT_TRANSLATE_NOOP("Actions", "F&inal")),
            )
        ),
        SEPARATOR,
        Command(
            "remove_patient",
            QT_TRANSLATE_NOOP("Actions", "Remove this patient from the computer…"),
            "patients.removals.remove_patient",
            when=When.CASE | When.GRADED,
        ),
        Command(
            "remove_everything",
            QT_TRANSLATE_NOOP("Actions", "Remove everything from the computer…"),
            "patients.removals.remove_everything",
        ),
        SEPARATOR,
        Command(
            "pass_on",
            QT_TRANSLATE_NOOP("Actions", "&Pass on this case…"),
            "patients.imports.handover.pass_on",
            when=When.FILM,
        ),
        Command(
            "take_in",
            QT_TRANSLATE_NOOP("Actions", "Open a passed-on &case…"),
            "patients.imports.handover.take_in",
        ),
        SEPARATOR,
        Command(
            "back_up", QT_TRANSLATE_NOOP("Actions", "&Back up all readings…"), "backups.back_up"
        ),
        Command("restore", QT_TRANSLATE_NOOP("Actions", "Restore a b&ackup…"), "backups.restore"),
        SEPARATOR,
        Command("quit", QT_TRANSLATE_NOOP("Actions", "&Quit"), "close", "Ctrl+Q"),
    ),
    QT_TRANSLATE_NOOP("Actions", "&Edit"): (
        Command("undo", QT_TRANSLATE_NOOP("Actions", "&Undo"), "undo", "Ctrl+Z", When.UNDO),
        Command(
            "redo",
            QT_TRANSLATE_NOOP("Actions", "&Redo"),
            "session.undo_stack.redo",
            ("Ctrl+Shift+Z", "Ctrl+Y"),
            When.REDO,
        ),
        SEPARATOR,
        Command(
            "copy_findings",
            QT_TRANSLATE_NOOP("Actions", "&Copy findings and impression"),
            "exports.copy_findings",
            "Ctrl+C",
            FILM,
        ),
        Command(
            "copy_picture",
            QT_TRANSLATE_NOOP("Actions", "Copy p&icture"),
            "exports.copy_picture",
            "Ctrl+Shift+C",
            FILM,
        ),
        SEPARATOR,
        Command(
            "knee_comment",
            QT_TRANSLATE_NOOP("Actions", "Comment on the &knee"),
            "panel.write_on_knee",
            "Ctrl+M",
            PLACED,
        ),
        Command(
            "comment",
            QT_TRANSLATE_NOOP("Actions", "Co&mment on the film"),
            "panel.write_on_film",
            "Ctrl+Shift+M",
            FILM,
        ),
        Command(
            "dictate",
            QT_TRANSLATE_NOOP("Actions", "&Findings and impression…"),
            "dictations.show",
            "Ctrl+D",
            FILM,
        ),
        Command(
            "sentences",
            QT_TRANSLATE_NOOP("Actions", "Ready &sentences for the comment…"),
            "panel.offer_templates",
            "Ctrl+E",
            FILM,
        ),
        Command(
            "identity",
            QT_TRANSLATE_NOOP("Actions", "Patient's &data…"),
            "patients.identities.show",
            "Ctrl+Shift+I",
            When.CASE | When.GRADED,
        ),
        Command(
            "mask",
            QT_TRANSLATE_NOOP("Actions", "Mask an ar&ea"),
            "film.view.measure",
            "Shift+M",
            ALONE,
            argument=Kind.MASK,
            **TOOL,
        ),
        Command(
            "unmask",
            QT_TRANSLATE_NOOP("Actions", "Remove all masked areas"),
            "editor.delete_masks",
            when=ALONE | When.MASKED,
        ),
        Command(
            "stored_inverted",
            QT_TRANSLATE_NOOP("Actions", "This film is stored &inverted…"),
            "polarity.ask",
            when=FILM,
        ),
        Command(
            "audit",
            QT_TRANSLATE_NOOP("Actions", "&Audit trail of this case"),
            "audit_trails.show",
            when=FILM,
        ),
        SEPARATOR,
        Command("lock", QT_TRANSLATE_NOOP("Actions", "&Lock the window"), "lock.lock", "Ctrl+L"),
        Command("reader", QT_TRANSLATE_NOOP("Actions", "Reader's &name…"), "help.ask_reader"),
        Command(
            "preferences",
            QT_TRANSLATE_NOOP("Actions", "&Preferences…"),
            "set_preferences",
            "Ctrl+,",
        ),
    ),
    QT_TRANSLATE_NOOP("Actions", "&View"): VIEW_MENU,
    QT_TRANSLATE_NOOP("Actions", "&Knee"): KNEE_MENU,
    QT_TRANSLATE_NOOP("Actions", "&Report"): (
        Command(
            "sign", QT_TRANSLATE_NOOP("Actions", "Si&gn…"), "sign_offs.sign", "S", When.SIGNABLE
        ),
        Command(
            "addendum",
            QT_TRANSLATE_NOOP("Actions", "&Addendum to the final reading…"),
            "sign_offs.add_addendum",
            "Shift+A",
            When.FINAL,
        ),
        Command(
            "reopen",
            QT_TRANSLATE_NOOP("Actions", "Re&open the final reading…"),
            "sign_offs.reopen",
            when=When.FINAL,
        ),
        SEPARATOR,
        Command(
            "report",
            QT_TRANSLATE_NOOP("Actions", "&Report…"),
            "exports.ask",
            "Ctrl+R",
            When.CASES | When.GRADED,
        ),
        Command(
            "print",
            QT_TRANSLATE_NOOP("Actions", "&Print…"),
            "exports.print_report",
            "Ctrl+P",
            When.CASE | When.GRADED,
        ),
        Command(
            "picture",
            QT_TRANSLATE_NOOP("Actions", "Save &picture…"),
            "exports.save_picture",
            "Ctrl+S",
            When.CASE | When.GRADED,
        ),
        Command(
            "table",
            QT_TRANSLATE_NOOP("Actions", "Save &table of all cases…"),
            "exports.save_table",
            "Ctrl+T",
            When.CASES,
        ),
    ),
    QT_TRANSLATE_NOOP("Actions", "&Help"): (
        Command("guide", QT_TRANSLATE_NOOP("Actions", "&Guide"), "help.guide", "F1"),
        Command(
            "shortcuts",
            QT_TRANSLATE_NOOP("Actions", "&Keyboard shortcuts"),
            "help.shortcuts",
            "Shift+F1",
        ),
        Command(
            "grades",
            QT_TRANSLATE_NOOP("Actions", "&What the grades mean"),
            "help.grades",
            "F2",
        ),
        Command("model", QT_TRANSLATE_NOOP("Actions", "About the &model"), "help.about_model"),
        Command("about", QT_TRANSLATE_NOOP("Actions", "&About KOA Desktop"), "help.about"),
    ),
}


def commands() -> list[Command]:
    """Return every row of the table."""
    return [entry for menu in MENUS.values() for entry in menu if isinstance(entry, Command)]
