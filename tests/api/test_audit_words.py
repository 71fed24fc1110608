"""The audit log in words: pages instead of addresses, days, and what was done again in one line."""

import pytest

from api.wording import audit_words
from pipelines.store.audit import Entry


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("GET /", "Overview"),
        ("POST /themes/{theme_id}/rename", "Themes, rename"),
        ("DELETE /api/v1/batches/{number}", "Uploads"),
        ("GET /uploads/{batch_id}/problems.csv", "Uploads, problems"),
        ("GET /settings/audit", "Settings, audit log"),
        ("on /plan", "Plan"),
        ("password", "password"),
    ],
)
def test_an_address_is_told_by_the_name_of_its_page(what, words):
    assert audit_words.place(what) == words


def test_what_was_done_again_is_one_line_and_days_stand_apart():
    read = [Entry(f"2026-01-02T10:0{n}:00", "Ada", "read", "GET /themes/{theme_id}", str(n)) for n in (3, 2, 2)]
    days = audit_words.days([*read, Entry("2026-01-01T09:00:00", "Ada", "read", "GET /themes/{theme_id}", "2")])

    assert [(day.day, day.entries, len(day.lines)) for day in days] == [("2026-01-02", 3, 1), ("2026-01-01", 1, 1)]
    assert (days[0].lines[0].times, days[0].lines[0].ids) == (3, "3 2")
