"""Sentences on members of an archive that are not unpacked."""

from __future__ import annotations

from koa_desktop.loading.zip_archive import Refused
from koa_desktop.message import Code

TEMPLATES: dict[Code, str] = {
    Refused.LEADS_OUT: "Its name leads out of the archive.",
    Refused.NAME_TOO_LONG: "Its name is too long.",
    Refused.LINK: "It is a link.",
    Refused.ENCRYPTED: "It is encrypted.",
    Refused.TOO_LARGE: "It is too large.",
    Refused.INFLATES: "It would inflate beyond measure.",
    Refused.DAMAGED: "It is damaged in the archive.",
}
