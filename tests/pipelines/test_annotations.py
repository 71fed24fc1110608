"""Notes: what can be kept, what a chart and a page show of them, and that every change can be taken back."""

import shutil
from contextlib import closing, suppress
from datetime import date
from threading import Barrier, Thread

import pytest

from insights.periods import calendar, window
from pipelines.report import TrendReport
from pipelines.reports import annotations
from pipelines.reports.annotations import AnnotationChanged, BadAnnotation, Draft, UnknownAnnotation
from pipelines.store import annotations as store
from pipelines.store import connect
from pipelines.store.filters import Filters
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme

NOW, LATER = "2026-03-20T09:00:00+00:00", "2026-03-21T09:00:00+00:00"
DANA, KIM = {"now": NOW, "actor": "Dana"}, {"now": LATER, "actor": "Kim"}


@pytest.fixture
def db(tmp_path, bare_file):
    shutil.copy(bare_file, tmp_path / "x.db")
    with closing(connect(tmp_path / "x.db")) as db:
        yield db


def made(db, kind: str = "objection", name: str = "Price") -> int:
    return ledger.create(db, kind, NewTheme(name, "price"), now=NOW).theme


def report(kind: str = "objection", rows: tuple = ()) -> TrendReport:
    last = date(2026, 3, 31)
    months = calendar(date(2026, 1, 1), last, step="month")
    return TrendReport(
        kind, "", "month", last, window(last, 91), window(date(2025, 12, 30), 91), months, 9, 0, rows, Filters()
    )


@pytest.mark.parametrize(
    ("draft", "says"),
    [
        (Draft("", "2026-03-02"), "Write what happened"),
        (Draft("\x00 \x07", "2026-03-02"), "Write what happened"),
        (Draft("x" * 10_000, "2026-03-02"), "10,000 characters"),
        (Draft("Launch", "tomorrow"), "must be a date"),
        (Draft("Launch", "0001-01-01"), "from 1990"),
        (Draft("Launch", "2026-03-02", "2026-03-01"), "before its first"),
        (Draft("Launch", "", "2026-03-01"), "on which it began"),
        (Draft("Launch", "2026-03-02", link="javascript:alert(1)"), "web address"),
        (Draft("Launch", "2026-03-02", kind="objections"), "must be one of"),
        (Draft("Launch", "2026-03-02", theme=99), "no theme 99"),
        (Draft("Launch"), "Give the day"),
    ],
)
def test_what_cannot_be_kept_is_told_with_what_to_do(db, draft: Draft, says: str):
    with pytest.raises(BadAnnotation, match=says):
        annotations.add(db, draft, **DANA)
    assert not store.every(db)


def test_a_note_is_one_line_without_what_nobody_sees(db):
    note = annotations.add(db, Draft("  New\x00 pri\u202ecing\n\n page ", "2026-03-02", "2026-03-02"), **DANA)
    assert (note.text, note.starts, note.ends) == ("New pricing page", "2026-03-02", "")


def test_a_note_on_a_theme_has_its_kind(db):
    assert (
        annotations.add(db, Draft("Launch", "2026-03-02", theme=made(db, "question", "Where")), **DANA).kind
        == "question"
    )


def test_a_report_shows_the_notes_of_its_kind_and_of_all(db):
    for text, kind in (("all", ""), ("mine", "objection"), ("other", "question")):
        annotations.add(db, Draft(text, "2026-02-02", kind=kind), **DANA)
        annotations.add(db, Draft(f"pinned {text}", kind=kind or "competitor"), **DANA)
    noted = annotations.of_report(db, report())
    assert [note.text for note in noted.dated] == ["all", "mine"]
    assert [note.text for note in noted.pinned] == ["pinned mine"]


def test_a_note_on_a_theme_goes_with_it_into_the_one_that_it_is_merged_into(db):
    into, other = made(db), made(db, name="Budget")
    annotations.add(db, Draft("Launch", "2026-02-02", theme=other), **DANA)
    annotations.add(db, Draft("Careful", theme=other), **DANA)
    assert not annotations.of_report(db, report(), theme=into).dated
    ledger.merge(db, into, [other], **DANA)
    noted = annotations.of_report(db, report(), theme=into)
    assert [n.text for n in noted.dated] == ["Launch"] and [n.text for n in noted.pinned] == ["Careful"]


def test_a_tracker_with_the_number_of_a_theme_shows_none_of_its_notes(db):
    annotations.add(db, Draft("Launch", "2026-02-02", theme=made(db)), **DANA)
    assert not annotations.of_report(db, report("tracker")).dated


def test_every_change_can_be_taken_back_and_that_too(db):
    note = annotations.add(db, Draft("Launch", "2026-03-02"), **DANA)
    note = annotations.edit(db, note.id, Draft("Big launch", "2026-03-03"), base=1, **KIM)
    note = annotations.remove(db, note.id, base=2, **DANA)
    assert note.status == "removed" and not store.every(db)
    note = annotations.undo(db, note.id, base=3, **DANA)
    assert (note.text, note.status, note.version) == ("Big launch", "active", 4)
    assert store.at_version(db, note.id, 1).text == "Launch" and store.at_version(db, note.id, 1).actor == "Dana"


def test_undoing_a_new_note_removes_it(db):
    note = annotations.add(db, Draft("Launch", "2026-03-02"), **DANA)
    assert annotations.undo(db, note.id, base=1, **DANA).status == "removed"
    assert annotations.undo(db, note.id, base=2, **DANA).status == "active"


def test_the_second_of_two_who_change_a_note_is_told_how_it_is_now(db):
    note = annotations.add(db, Draft("Launch", "2026-03-02"), **DANA)
    annotations.edit(db, note.id, Draft("Kim's", "2026-03-02"), base=1, **KIM)
    for change in (
        lambda: annotations.edit(db, note.id, Draft("Dana's", "2026-03-02"), base=1, **DANA),
        lambda: annotations.remove(db, note.id, base=1, **DANA),
        lambda: annotations.undo(db, note.id, base=1, **DANA),
    ):
        with pytest.raises(AnnotationChanged, match="by Kim") as caught:
            change()
        assert caught.value.current.text == "Kim's"
    assert annotations.edit(db, note.id, Draft("Kim's", "2026-03-02"), base=1, **DANA).version == 2


def test_of_many_who_edit_one_version_at_once_one_wins(tmp_path, db):
    note = annotations.add(db, Draft("Launch", "2026-03-02"), **DANA)
    start, won = Barrier(6), []

    def edit(n: int) -> None:
        with closing(connect(tmp_path / "x.db")) as own:
            start.wait()
            with suppress(AnnotationChanged):
                won.append(annotations.edit(own, note.id, Draft(f"No. {n}", "2026-03-02"), base=1, **KIM).text)

    threads = [Thread(target=edit, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and annotations.get(db, note.id).text == won[0] and annotations.get(db, note.id).version == 2


def test_what_is_not_there_is_said_to_be_unknown(db):
    with pytest.raises(UnknownAnnotation):
        annotations.undo(db, 3, base=1, **DANA)
