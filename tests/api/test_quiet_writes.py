"""After every kind of write a page says what it would say to somebody who asks for the first time, and no more is worked out anew than the write can have changed."""

import sqlite3

import pytest

from pipelines.store import remembered

PAGES = (
    "/", "/reports/objections", "/reports/competition", "/reports/outcomes", "/reports/handover", "/reports/personas/finance",
    "/themes/1", "/quotes", "/plan", "/plan/1", "/accounts",
)  # fmt: skip
REPORT = "pipelines.report.trend_report"
DOORS = {
    "an annotation": ("POST", "/api/v1/annotations", {"text": "New prices", "starts": "2026-01-10"}),
    "a plan's note": ("POST", "/api/v1/plan/1/notes", {"status": "planned", "persona": "", "step": "", "note": "x"}),
    "a collection": ("POST", "/api/v1/collections", {"title": "Deck"}),
    "a tracker": ("POST", "/api/v1/trackers", {"name": "Budget", "phrases": ["spend"], "examples": []}),
    "a theme's name": ("PATCH", "/api/v1/themes/1", {"name": "Beyond our means"}),
}
LAST = {"a retired theme": ("POST", "/api/v1/themes/1/retire", {})}  # after which its pages say little
ROWS = {
    "an outcome": "UPDATE conversations SET outcome = CASE outcome WHEN 'won' THEN 'lost' ELSE 'won' END",
    "a day": "UPDATE conversations SET occurred_at = '2026-02-02' WHERE rowid % 3 = 0",
    "a meeting of two": "UPDATE conversations SET counted_as = (SELECT min(id) FROM conversations) WHERE rowid < 3",
    "a copy": "UPDATE conversations SET standing = 'duplicate' WHERE rowid = 4",
    "a conversation that is gone": "DELETE FROM conversations WHERE rowid % 5 = 0",
    "a field": "UPDATE conversation_fields SET value = 'other' WHERE rowid % 2 = 0",
    "a side": "UPDATE utterances SET role = 'seller', voice = 'verbatim' WHERE rowid % 2 = 0",
    "a rejected quote": "UPDATE insights SET standing = 'rejected' WHERE rowid % 4 = 0",
    "a label": "UPDATE insights SET label = 'integration', follow_up = 'answered' WHERE rowid % 4 = 1",
    "a place in a theme": "DELETE FROM theme_members WHERE rowid % 3 = 0",
}


def read(client):
    return {path: client.get(path).text for path in PAGES}


def kept(settings):
    return [key[0] for key in remembered._known[str(settings.database_file)].kept]


def test_no_page_is_older_than_a_write(client, settings):
    """One write after the other: what the pages say afresh after one is what is remembered before the next."""
    old, unseen, fresh = {}, [], read(client)
    for write in (*DOORS, *ROWS, *LAST):
        before = fresh
        if write in ROWS:
            with sqlite3.connect(settings.database_file) as db:
                db.execute("PRAGMA foreign_keys = ON")
                db.execute(ROWS[write])
        else:
            method, path, body = (DOORS | LAST)[write]
            assert client.request(method, path, json=body).status_code < 300
        after = read(client)
        remembered.forget()
        fresh = read(client)
        old |= {(write, path): None for path in PAGES if after[path] != fresh[path]}
        unseen += [write] if write in ROWS and after == before else []
    assert (list(old), unseen) == ([], [])


@pytest.mark.parametrize("write", ["an annotation", "a plan's note", "a collection", "a tracker"])
def test_figures_are_not_worked_out_anew_for_what_they_do_not_rest_on(client, settings, write):
    client.get("/reports/objections")
    before = kept(settings).count(REPORT)
    method, path, body = DOORS[write]
    client.request(method, path, json=body)
    client.get("/themes")
    assert before and kept(settings).count(REPORT) == before


@pytest.mark.parametrize(
    ("path", "held"),
    [
        ("/reports/handover", "pipelines.reports.handover.handover_report"),
        ("/reports/personas/finance", "pipelines.reports.sheets.sheet"),
        ("/plan/1", "pipelines.planning.brief.brief"),
        ("/accounts", "pipelines.sales.standing._standing"),
    ],
)
def test_an_annotation_leaves_what_does_not_rest_on_it(client, settings, path, held):
    assert client.get(path).status_code == 200
    assert held in kept(settings)
    method, address, body = DOORS["an annotation"]
    client.request(method, address, json=body)
    client.get("/themes")  # looks at the file again, and drops what is old
    assert held in kept(settings)
