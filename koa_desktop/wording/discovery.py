"""Sentences about the files that were looked for: how many are missing or left out, and why."""

from __future__ import annotations

from koa_desktop.loading.discovery import Discovery, LeftOut
from koa_desktop.message import Code
from koa_desktop.wording.language import translated

TEMPLATES: dict[Code, str] = {
    LeftOut.HIDDEN: "{count} hidden",
    LeftOut.OTHER_KIND: "{count} of another kind",
    LeftOut.BESIDE_DICOMDIR: "{count} beside a DICOMDIR that are no DICOM files",
    LeftOut.NO_IMAGE: "{count} listed by a DICOMDIR, but not as an image ({kinds})",
    LeftOut.CONTENTS: "{count} table of contents (DICOMDIR)",
    LeftOut.LEADS_OUT: "{count} outside the folder that was given",
}


def account(discovery: Discovery) -> str:
    """Return one sentence each on missing and left-out files; empty where there are none."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(discovery.records.items()))
    parts = [
        translated(TEMPLATES[reason], LeftOut.__name__).format(count=count, kinds=kinds)
        for reason, count in discovery.left_out.items()
        if count
    ]
    sentences = []
    if discovery.missing:
        names = ", ".join(path.name for path in discovery.missing[:3])
        more = ", \N{HORIZONTAL ELLIPSIS}" if len(discovery.missing) > 3 else ""
        sentences.append(
            translated("Listed by a DICOMDIR, but not on the disk: {count} ({names}).").format(
                count=len(discovery.missing), names=names + more
            )
        )
    if parts:
        sentences.append(
            translated("Files left out: {reasons}.").format(reasons="; ".join(sorted(parts)))
        )
    return " ".join(sentences)
