"""The worklist: the list of films as it was left, and what the program said of each of them.

It lies in the same file as the readings. What the program said is kept by checksum, with its
model's version, so that an earlier film is shown without being graded again.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from koa_desktop.examination import store_file
from koa_desktop.examination.examiner import Examination
from koa_desktop.loading.plain_data import built, plain
from koa_desktop.system.log import logger

_LOG = logger(__name__)
_MOST_BYTES = 16 * 2**20  # of one film's answer, unpacked
_LEVEL = 6


@dataclass(frozen=True, eq=False, slots=True)
class KeptFilm:
    """What the program said of one film.

    `inverted` is the polarity in which its knees were graded. `thumbnail` is a JPEG file.
    """

    examination: Examination
    inverted: bool
    thumbnail: bytes


@dataclass(frozen=True, eq=False, slots=True)
class ListedFilm:
    """One film of the list; `kept` is None where nothing is known of it yet."""

    path: Path
    shown: bool
    kept: KeptFilm | None


class Worklist:
    """The worklist in the file of the store. Every call opens it anew, so any thread may call.

    Every call raises StoreError where the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        """Use a file that `store_file.prepare` has prepared."""
        self.path = path

    def keep(self, film: KeptFilm) -> None:
        """Keep what the program said of a film, in place of what it said before."""
        examination = film.examination
        answer = zlib.compress(json.dumps(plain(examination)).encode(), _LEVEL)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with store_file.connected(self.path) as connection:
            connection.execute(
                "INSERT OR REPLACE INTO film VALUES (?, ?, ?, ?, ?, ?)",
                (
                    examination.radiograph.sha256,
                    now,
                    examination.model,
                    int(film.inverted),
                    answer,
                    film.thumbnail,
                ),
            )

    def keep_list(self, films: Sequence[tuple[Path, str]], shown: Path | None) -> None:
        """Keep the list's paths and checksums, in order; an empty checksum is one not known yet."""
        rows = [(str(path), sha256, int(path == shown)) for path, sha256 in films]
        with store_file.connected(self.path) as connection:
            connection.execute("DELETE FROM listed")
            connection.executemany(
                "INSERT OR IGNORE INTO listed (path, sha256, shown) VALUES (?, ?, ?)", rows
            )

    def forget(self) -> None:
        """Remove the list and what was said of any film; the readings stay."""
        with store_file.connected(self.path) as connection:
            # Overwrites what is deleted.
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("DELETE FROM listed")
            connection.execute("DELETE FROM film")

    def films(self) -> list[ListedFilm]:
        """Return the list as it was left. What cannot be read of a film is left out."""
        with store_file.connected(self.path) as connection:
            rows = connection.execute(
                "SELECT path, shown, inverted, answer, thumbnail FROM listed"
                " LEFT JOIN film USING (sha256) ORDER BY listed.rowid"
            ).fetchall()
        return [
            ListedFilm(Path(str(path)), bool(shown), _kept(inverted, answer, thumbnail))
            for path, shown, inverted, answer, thumbnail in rows
        ]


def _kept(inverted: object, answer: object, thumbnail: object) -> KeptFilm | None:
    """Return a row's film; None where no program of this version wrote it."""
    if not isinstance(answer, bytes) or not isinstance(thumbnail, bytes):
        return None
    try:
        unpacked = zlib.decompressobj().decompress(answer, _MOST_BYTES)
        examination = built(Examination, json.loads(unpacked))
    except (ValueError, TypeError, RecursionError, zlib.error) as error:
        _LOG.warning("A kept film cannot be read; it will be graded again.", exc_info=error)
        return None
    return KeptFilm(examination, bool(inverted), thumbnail)
