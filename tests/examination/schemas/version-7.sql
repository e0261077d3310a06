CREATE TABLE examination (
    sha256 TEXT PRIMARY KEY,
    knees TEXT NOT NULL,
    comment TEXT NOT NULL,
    reader TEXT NOT NULL,
    inverted INTEGER,
    measurements TEXT NOT NULL DEFAULT '[]'
);
CREATE TABLE audit (
    at TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT '',
    previous TEXT NOT NULL DEFAULT '',
    digest TEXT NOT NULL DEFAULT ''
);
CREATE INDEX audit_of_file ON audit (sha256);
CREATE TABLE margins (
    sha256 TEXT PRIMARY KEY,
    knees TEXT NOT NULL
);
CREATE TABLE whole_film (
    sha256 TEXT PRIMARY KEY,
    detail TEXT NOT NULL
);
INSERT INTO examination VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '[{"left": 300.0, "top": 100.0, "size": 180.0, "side": "L", "side_source": "reader", "placed_by_user": true, "model_grade": 3, "reader_grade": 2, "on_request": false, "confidence": 0.875, "decision": null, "comment": "", "readings": {}}]', 'Öd, aber gut.', 'Dr Poe', 1, '[{"kind": "length", "points": [[10.0, 20.0], [40.0, 60.0]]}]');
INSERT INTO examination VALUES ('bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 'null', 'Nothing placed.', '', NULL, '[]');
INSERT INTO audit VALUES ('2026-01-02T03:04:05+00:00', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '[{"code": "grade", "grade": 2}]', '{"model": "koa 0.1.0", "knees": [{"left": 300.0, "top": 100.0, "size": 180.0, "side": "L", "side_source": "reader", "placed_by_user": true, "model_grade": 3, "reader_grade": 2, "on_request": false, "confidence": 0.875, "decision": null, "comment": "", "readings": {}}]}', '16aaff8e2c90ab0b1c457a86c0687739cbea9a979d21446b6295588cbfd49df0', '', '4469b5ff57d13a11fd51e9af28c3707d7898a1815f9890334a67d7ffd73d1a42');
INSERT INTO margins VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '[null]');
INSERT INTO whole_film VALUES ('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '{"decision": null, "dictation": null}');
PRAGMA user_version = 7;
