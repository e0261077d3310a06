"""Sentences of the store: why readings cannot be saved or loaded, and what became of a store."""

from __future__ import annotations

from koa_desktop.errors import KeptNotice, StoreNotice, StoreReason
from koa_desktop.examination.audit_chain import Damage
from koa_desktop.message import Code

_SET_ASIDE = (
    "The case list {name} was damaged. It was set aside as {new_name}. Readings that could still "
    "be taken over from it: {kept}. To use a backup of the last days, choose File > Restore a "
    "backup."
)
TEMPLATES: dict[Code, str] = {
    StoreReason.NEWER: "The case list was written by a newer KOA Desktop.",
    StoreReason.DAMAGED: "The case list is damaged.",
    StoreReason.DISK_FULL: "The disk that holds the case list is full.",
    StoreReason.IN_USE: "Another program has locked the case list.",
    StoreReason.READ_ONLY: "The case list or its folder is read-only.",
    StoreReason.UNUSABLE: "The case list cannot be used.",
    StoreReason.CHANGED: "Another program has changed this reading.",
    StoreReason.FINAL: (
        "The reading in the case list is final. Show it, and reopen it with a reason to change it."
    ),
    StoreReason.DAMAGED_ROW: (
        "The reading that was saved for this film is damaged and is not shown. The audit trail has "
        "its earlier states."
    ),
    StoreReason.LOCKED: "The case list or backup has a passphrase, which was not given.",
    StoreReason.NO_CIPHER: (
        "This build of KOA Desktop cannot open a case list or backup that has a passphrase."
    ),
    StoreReason.WRONG_KEY: "This is not the passphrase.",
    StoreReason.NO_BACKUP: "This file is not a backup of KOA Desktop, or it is damaged.",
    StoreReason.NO_CASE: "This file is not a case of KOA Desktop, or it is damaged or was changed.",
    StoreReason.NEWER_CASE: "This case was written by a newer KOA Desktop.",
    StoreReason.NEWER_BACKUP: "This backup was written by a newer KOA Desktop.",
    StoreNotice.SET_ASIDE: _SET_ASIDE,
    StoreNotice.SET_ASIDE_OPEN: (
        f"{_SET_ASIDE} The new case list has no passphrase. If the damaged one had one, set it "
        "again in Edit > Preferences."
    ),
    StoreNotice.LITTLE_ROOM: (
        "The disk that holds the case list has only {free} MB left. Make room before work is lost."
    ),
    StoreNotice.CLOCK_BEHIND: (
        "The computer's clock says {now}, but readings were saved on {at}. Set the clock right "
        "before you sign."
    ),
    StoreNotice.TRAIL_BROKEN: (
        "Changed outside this program: {name}. {reason} Other films changed so: {others}."
    ),
    Damage.CHANGED: "Entry {number} of the audit trail, of {at}, is not as it was written.",
    Damage.MISSING: "Entries of the audit trail before entry {number}, of {at}, are missing.",
    Damage.READING: (
        "The reading is not the one that entry {number} of the audit trail, of {at}, led to."
    ),
    Damage.NO_ENTRY: "The reading has no audit trail.",
    StoreNotice.NEWER_LEFT: (
        "The case list {name} was written by a newer KOA Desktop and is left as it is. This "
        "version keeps its work in {new_name}."
    ),
    KeptNotice.OTHER_MODEL: (
        "This film was graded by {model}. Choose Knee > Grade again to have it graded by {now}."
    ),
}
