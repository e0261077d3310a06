"""The worklist: the list of films as it was left, and what the program said of each of them.

It lies in the same file as the readings. What the program said is kept by checksum, with its
model's version, so that an earlier film is shown without being graded again.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from koa_desktop.examination import store, store_file
from koa_desktop.examination.examiner import Examination, ExaminedKnee
from koa_desktop.loading.packed_data import MARK, pack, unpack
from koa_desktop.loading.plain_data import built
from koa_desktop.system.log import logger

_LOG = logger(__name__)
# Pieces of JSON that all answers share. What was packed needs these very bytes: never change them.
_WORDS = (
    b'{"radiograph":{"path":"","height":1313,"width":1600,"bits":8,"inverted":false,'
    b'"inverted_by":null,"spacing":null,"laterality":null,"header":{"patient_name":"",'
    b'"patient_id":"","birth_date":null,"sex":"","study_date":null,"study_description":"",'
    b'"accession_number":"","institution":"","body_part":"","view_position":"",'
    b'"study_uid":"","series_uid":"","instance_uid":""},"file_format":"JPEG","sha256":"",'
    b'"is_dicom":false,"stored":null,"notes":[]},"knees":[{"knee":{"box":{"left":0.0,'
    b'"top":0.0,"size":0.0},"side":"L","side_source":["SideSource","fibula"],'
    b'"placed_by_user":false,"confidence":0.0},"finding":{"grade":0,"probability":[0.0],'
    b'"prediction_set":[0,2],"flags":[["Flag","wide-set"],["Flag","narrowed-at-kl-0"]],'
    b'"refusal":null,"box_class":"native","readings":[{"name":["OarsiName","jsn_medial"],'
    b'"grade":0,"probability":[]},{"name":["OarsiName","jsn_lateral"],"grade":0,'
    b'"probability":[]},{"name":["OarsiName","osteophyte_femur_medial"],"grade":0,'
    b'"probability":[]},{"name":["OarsiName","osteophyte_femur_lateral"],"grade":0,'
    b'"probability":[]},{"name":["OarsiName","osteophyte_tibia_medial"],"grade":0,'
    b'"probability":[]},{"name":["OarsiName","osteophyte_tibia_lateral"],"grade":0,'
    b'"probability":[]}]},"grading":{"probability":{"array":"exact","shape":[5],'
    b'"type":"<f4"},"maps":{"array":"map","shape":[10,10,5],"type":"<f4"},'
    b'"features":{"array":"exact","shape":[1],"type":"<f4"},"readings":{"array":"exact",'
    b'"shape":[6,4],"type":"<f4"},"reading_maps":{"array":"map","shape":[10,10,18],'
    b'"type":"<f4"}},"content":{"probability":[0.0],"side":"L","side_probability":0.0},'
    b'"joint_space":{"left":{"femur":{"array":"curve","shape":[32,2],"type":"<f8"},'
    b'"tibia":{"array":"curve","shape":[32,2],"type":"<f8"},"outline":{"array":"curve",'
    b'"shape":[34,2],"type":"<f4"},"confidence":0.0,"minimal":{"pixels":0.0,"share":0.0,'
    b'"millimetres":null},"mean":{"pixels":0.0,"share":0.0,"millimetres":null},'
    b'"at_places":[{"pixels":0.0,"share":0.0,"millimetres":null},{"pixels":0.0,"share":0.0,'
    b'"millimetres":null}],"narrowest":{"array":"exact","shape":[2,2],"type":"<f4"},'
    b'"flag":null,"reason":null,"corrected":false},"right":null,"side":"L",'
    b'"spacing_origin":null,"reason":null,"frame":{"x":0.0,"y":0.0,"scale":0.0,"angle":0.0},'
    b'"correction":null,"measured":null},"reader_grade":null,"decision":null,"letters":[],'
    b'"comment":"","reader_readings":[],"signed":null}],"refusal":null,"model":"koa ",'
    b'"model_sha256":"","comment":"","reader":"","measurements":[],"finder":"finder ",'
    b'"decision":null,"dictation":null,"identity":{"patient_name":"","patient_id":"",'
    b'"birth_date":null,"sex":"","study_date":null},"sign_off":{"signature":null,'
    b'"addenda":[],"reopenings":[]}}'
)
_MOST_BYTES = 16 * 2**20  # of one film's answer, unpacked


@dataclass(frozen=True, eq=False, slots=True)
class KeptFilm:
    """What the program said of one film.

    `inverted` is the polarity in which its knees were graded. `thumbnail` is a JPEG file.
    """

    examination: Examination
    inverted: bool
    thumbnail: bytes


@dataclass(frozen=True, slots=True)
class FilmFacts:
    """Facts of one film, by which it is found again.

    `words` are what a search looks through, casefolded. `at` is when it was last worked on, in UTC
    (ISO 8601), `study_date` is a date of the same form or empty. `is_final`, by the stored reading,
    is told by `find` alone.
    """

    sha256: str
    path: Path
    patient: str = ""
    patient_id: str = ""
    study_date: str = ""
    grades: str = ""
    words: str = ""
    at: str = ""
    is_final: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class ListedFilm:
    """One film of the list; `kept` is None where nothing is known of it yet.

    `at` is when it was graded last, in UTC (ISO 8601), or empty.
    """

    path: Path
    shown: bool
    kept: KeptFilm | None
    at: str = ""


class Worklist:
    """The worklist in the file of the store. Every call opens it anew, so any thread may call.

    Every call raises StoreError where the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        """Use a file that `store_file.prepare` has prepared."""
        self.path = path

    def keep(self, film: KeptFilm, facts: FilmFacts) -> None:
        """Keep what the program said of a film, in place of what it said before."""
        examination = replace(film.examination, knees=tuple(map(_small, film.examination.knees)))
        answer = pack(examination, _WORDS, ("knee",))
        with store_file.connected(self.path) as connection:
            connection.execute(
                "INSERT OR REPLACE INTO film VALUES (?, ?, ?, ?, ?, ?)",
                (
                    examination.radiograph.sha256,
                    _now(),
                    examination.model,
                    int(film.inverted),
                    answer,
                    film.thumbnail,
                ),
            )
            _note(connection, facts)

    def note(self, facts: FilmFacts) -> None:
        """Keep a film's facts as they are now."""
        with store_file.connected(self.path) as connection:
            _note(connection, facts)

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
            for table in ("listed", "film", "film_facts"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608

    def film(self, sha256: str) -> KeptFilm | None:
        """Return what the program said of a film; None where it is not known."""
        with store_file.connected(self.path) as connection:
            row = connection.execute(
                "SELECT inverted, answer, thumbnail FROM film WHERE sha256 = ?", (sha256,)
            ).fetchone()
        return _kept(*row) if row is not None else None

    def name(self, sha256: str) -> str:
        """Return the patient or else the file's name of a film; empty where it is not known."""
        with store_file.connected(self.path) as connection:
            row = connection.execute(
                "SELECT patient, path FROM film_facts WHERE sha256 = ?", (sha256,)
            ).fetchone()
        return str(row[0] or Path(row[1]).name) if row is not None else ""

    def unknown(self, paths: Sequence[Path]) -> list[Path]:
        """Return those of some files that were never opened under this path."""
        with store_file.connected(self.path) as connection:
            return [
                path
                for path in paths
                if connection.execute(
                    "SELECT 1 FROM film_facts WHERE path = ?", (str(path),)
                ).fetchone()
                is None
            ]

    def find(self, words: Sequence[str], most: int) -> tuple[list[FilmFacts], int]:
        """Return the films in which all words occur, the last worked on first, and their number.

        No more than `most` are returned. `words` are casefolded, and may be parts of words: a scan
        finds these in any script, in 20 to 70 ms of CPU time for 50,000 films.
        """
        found = " AND ".join(["instr(words, ?)"] * len(words)) or "TRUE"
        with store_file.connected(self.path) as connection:
            connection.execute("BEGIN")  # no other program removes a film meanwhile
            places = connection.execute(
                f"SELECT rowid FROM film_facts WHERE {found} ORDER BY at DESC, rowid DESC",  # noqa: S608
                tuple(words),
            ).fetchall()
            rows = [
                connection.execute(
                    "SELECT sha256, path, patient, patient_id, study_date, grades, words, at"
                    " FROM film_facts WHERE rowid = ?",
                    place,
                ).fetchone()
                for place in places[:most]
            ]
            films = [FilmFacts(row[0], Path(row[1]), *row[2:]) for row in rows]
            films = [
                replace(film, is_final=store.is_final(connection, film.sha256)) for film in films
            ]
        return films, len(places)

    def paths_of(self, checksums: Sequence[str]) -> list[Path]:
        """Return the paths under which films were opened last, or stand in the list."""
        with store_file.connected(self.path) as connection:
            return [
                Path(str(path))
                for sha256 in checksums
                for table in ("film_facts", "listed")
                for (path,) in connection.execute(
                    f"SELECT path FROM {table} WHERE sha256 = ?",  # noqa: S608
                    (sha256,),
                )
            ]

    def of_patient(self, name: str, patient_id: str, most: int) -> list[FilmFacts]:
        """Return films with this ID, or this name as a part of what is known.

        Those of this very ID or name come first, since a short name is a part of many words; then
        the newest studies. The caller compares whom they show. An empty name or ID finds nothing.
        """
        with store_file.connected(self.path) as connection:
            rows = connection.execute(
                "SELECT sha256, path, patient, patient_id, study_date, grades, words, at"
                " FROM film_facts WHERE (?1 != '' AND patient_id = ?1)"
                " OR (?2 != '' AND instr(words, ?2))"
                " ORDER BY ((?1 != '' AND patient_id = ?1) OR (?3 != '' AND patient = ?3)) DESC,"
                " study_date DESC"
                " LIMIT ?4",
                (patient_id, name.casefold(), name, most),
            ).fetchall()
        return [FilmFacts(row[0], Path(row[1]), *row[2:]) for row in rows]

    def extent(self) -> tuple[int, int]:
        """Return how many films the list has, and the place of the shown one; 0 without one."""
        with store_file.connected(self.path) as connection:
            shown = [
                one for (one,) in connection.execute("SELECT shown FROM listed ORDER BY rowid")
            ]
        return len(shown), shown.index(1) if 1 in shown else 0

    def films(self, first: int = 0, count: int = -1) -> list[ListedFilm]:
        """Return `count` films of the list as it was left, or all, from the place `first` on.

        What cannot be read of a film is left out.
        """
        with store_file.connected(self.path) as connection:
            rows = connection.execute(
                "SELECT path, shown, inverted, answer, thumbnail, at FROM listed"
                " LEFT JOIN film USING (sha256) ORDER BY listed.rowid LIMIT ? OFFSET ?",
                (count, first),
            ).fetchall()
        return [
            ListedFilm(
                Path(str(path)), bool(shown), _kept(inverted, answer, thumbnail), str(at or "")
            )
            for path, shown, inverted, answer, thumbnail, at in rows
        ]


def _small(knee: ExaminedKnee) -> ExaminedKnee:
    """Return a knee as it is kept: of the features only their length is used."""
    if knee.grading is None:
        return knee
    grading = knee.grading
    small = replace(grading, features=np.array([grading.distance], np.float32))
    return replace(knee, grading=small)


def _note(connection: sqlite3.Connection, facts: FilmFacts) -> None:
    connection.execute(
        "INSERT OR REPLACE INTO film_facts VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            facts.sha256,
            _now(),
            str(facts.path),
            facts.patient,
            facts.patient_id,
            facts.study_date,
            facts.grades,
            facts.words,
        ),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _kept(inverted: object, answer: object, thumbnail: object) -> KeptFilm | None:
    """Return a row's film; None where no program of this version wrote it."""
    if not isinstance(answer, bytes) or not isinstance(thumbnail, bytes):
        return None
    try:
        examination = _unpacked(answer)
    except (ValueError, TypeError, KeyError, RecursionError, zlib.error) as error:
        _LOG.warning("A kept film cannot be read; it will be graded again.", exc_info=error)
        return None
    return KeptFilm(examination, bool(inverted), thumbnail)


def _unpacked(answer: bytes) -> Examination:
    """Return an answer, also one that an earlier program packed."""
    if answer.startswith(MARK):
        examination: Examination = unpack(Examination, answer, _WORDS)
        return examination
    earlier: Examination = built(
        Examination, json.loads(zlib.decompressobj().decompress(answer, _MOST_BYTES))
    )
    return earlier
