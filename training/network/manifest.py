"""Write the checksums of a release's cards, `models/manifest.json`. Every export does so, too.

python -m training.network.manifest models
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from koa_desktop.networks.bundle import CARDS, MANIFEST, card_checksum


def write_manifest(folder: Path) -> None:
    """Write the manifest of the cards that lie in a folder of bundles."""
    cards = {name: card_checksum(folder / name) for name in CARDS if (folder / name).exists()}
    text = json.dumps({"cards": cards}, indent=1) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write_manifest(Path(sys.argv[1]))
