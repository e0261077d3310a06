"""The guide in the language in use: one English page, whose blocks are texts of the catalogue."""

from __future__ import annotations

import re

from koa_desktop.system.paths import RESOURCES
from koa_desktop.wording.language import is_right_to_left, translated

GUIDE = RESOURCES / "help" / "guide.html"
GUIDE_CONTEXT = "guide"

# What holds a text of its own, with its inline marks; a block holds no other block.
_BLOCK = re.compile(r"(<(title|h1|h2|p|li|td)(?: [^>]*)?>)(.*?)(</\2>)", re.DOTALL)
# An anchor or a picture, which no translator needs to see.
_LEADING = re.compile(r'^(?:<a name="\w+"></a>|<img [^>]+>)+')
_LETTER = re.compile(r"[^\W\d_]")
_CODE = re.compile(r"<code>[^<]*</code>|<[^>]+>")


def guide_html() -> str:
    """Return the guide as HTML in the language in use."""
    page = _BLOCK.sub(_translated_block, GUIDE.read_text(encoding="utf-8"))
    return page.replace("<html>", '<html dir="rtl">') if is_right_to_left() else page


def guide_texts() -> list[str]:
    """Return the guide's English texts in their order, each once, as the catalogues have them."""
    blocks = _BLOCK.finditer(GUIDE.read_text(encoding="utf-8"))
    return list(dict.fromkeys(text for block in blocks for text in [_parts(block[3])[1]] if text))


def _translated_block(block: re.Match[str]) -> str:
    mark, text = _parts(block[3])
    if text:
        text = translated(text, GUIDE_CONTEXT)
    return f"{block[1]}{mark}{text}{block[4]}" if text else block[0]


def _parts(content: str) -> tuple[str, str]:
    """Return a block's leading anchor and its text in one line; no text where it is keys alone."""
    found = _LEADING.match(content)
    mark = found[0] if found else ""
    text = " ".join(content[len(mark) :].split())
    return mark, text if _LETTER.search(_CODE.sub("", text)) else ""
