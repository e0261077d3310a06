BEGIN TRANSACTION;
CREATE TABLE audit (
    entry INTEGER PRIMARY KEY,
    at TEXT NOT NULL,             -- UTC, ISO 8601
    sha256 TEXT NOT NULL,
    action TEXT NOT NULL,         -- JSON: codes of actions with their arguments
    detail TEXT NOT NULL,         -- JSON: each knee's side, the model's and the reader's grade
    state TEXT NOT NULL DEFAULT '',     -- hashes, see audit_chain.py
    previous TEXT NOT NULL DEFAULT '',
    digest TEXT NOT NULL DEFAULT ''
);
INSERT INTO "audit" VALUES(1,'2026-01-02T03:04:05+00:00','aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','[{"code": "grade", "grade": 2}]','{"model": "koa 0.1.0", "knees": [{"left": 300.0, "top": 100.0, "size": 180.0, "side": "L", "side_source": "reader", "placed_by_user": true, "model_grade": 3, "reader_grade": 2, "on_request": false, "confidence": 0.875, "decision": null, "comment": "", "readings": {}}]}','16aaff8e2c90ab0b1c457a86c0687739cbea9a979d21446b6295588cbfd49df0','','4469b5ff57d13a11fd51e9af28c3707d7898a1815f9890334a67d7ffd73d1a42');
CREATE TABLE examination (
    sha256 TEXT PRIMARY KEY,
    knees TEXT NOT NULL,
    comment TEXT NOT NULL,
    reader TEXT NOT NULL,
    inverted INTEGER,
    measurements TEXT NOT NULL DEFAULT '[]'
);
INSERT INTO "examination" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','[{"left": 300.0, "top": 100.0, "size": 180.0, "side": "L", "side_source": "reader", "placed_by_user": true, "model_grade": 3, "reader_grade": 2, "on_request": false, "confidence": 0.875, "decision": null, "comment": "", "readings": {}}]','Öd, aber gut.','Dr Poe',1,'[{"kind": "length", "points": [[10.0, 20.0], [40.0, 60.0]]}]');
INSERT INTO "examination" VALUES('bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb','null','Nothing placed.','',NULL,'[]');
CREATE TABLE film (
    sha256 TEXT PRIMARY KEY,
    at TEXT NOT NULL,             -- UTC, ISO 8601; kept for earlier programs, as the model is
    model TEXT NOT NULL,
    inverted INTEGER NOT NULL,    -- whether its knees were graded with low values as bone
    answer BLOB NOT NULL,         -- JSON, compressed: see worklist.py
    thumbnail BLOB NOT NULL       -- JPEG
);
CREATE TABLE film_facts (
    sha256 TEXT PRIMARY KEY,
    at TEXT NOT NULL,             -- UTC, ISO 8601: when it was last worked on
    path TEXT NOT NULL,
    patient TEXT NOT NULL,
    patient_id TEXT NOT NULL,
    study_date TEXT NOT NULL,     -- ISO 8601, or empty
    grades TEXT NOT NULL,         -- as the list shows them
    words TEXT NOT NULL           -- what a search looks through, casefolded
);
CREATE TABLE listed (
    path TEXT PRIMARY KEY,        -- in the order of the list
    sha256 TEXT NOT NULL,         -- empty where the file was not read yet
    shown INTEGER NOT NULL
);
CREATE TABLE margins (
    sha256 TEXT PRIMARY KEY,
    knees TEXT NOT NULL
);
INSERT INTO "margins" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','[null]');
CREATE TABLE whole_film (
    sha256 TEXT PRIMARY KEY,
    detail TEXT NOT NULL
);
INSERT INTO "whole_film" VALUES('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa','{"decision": null, "dictation": null}');
CREATE INDEX audit_of_file ON audit (sha256);
CREATE INDEX film_of_path ON film_facts (path);
COMMIT;
PRAGMA user_version = 8;
