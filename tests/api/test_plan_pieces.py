"""A piece of the plan: whose it is, by when, and the page that was published for it."""

import csv
import io
from datetime import date
from html import unescape

import pytest

from pipelines import plan
from pipelines.planning import cells, content
from pipelines.planning.cells import BadNote
from pipelines.store import accounts, content_pages
from pipelines.store import plan as store
from pipelines.store.filters import Filters

TODAY = date(2026, 3, 20)
NOW = "2026-03-20T09:00:00+00:00"
ADDRESS = "https://blog.vendor.example/rollout-in-a-week"
WHERE = {"day": "2026-02-01", "page": ADDRESS}


def note(db, theme=1, *, status="planned", **more):
    return cells.note(db, theme, status=status, base=None, today=TODAY, actor="Mara", now=NOW, **more)


def line(db, theme=1):
    board = plan.board(db, Filters(), today=TODAY)
    return next(one for one in board.lines if one.theme.id == theme)


# Whose it is, and by when.


def test_whose_a_piece_is_and_by_when_stays_until_somebody_says_otherwise_and_is_undone(db, filled):
    note(db, owner="Kim  Rowe", due="2026-04")
    later = note(db, status="in writing")
    assert (line(db).note.owner, line(db).note.due) == ("Kim Rowe", "2026-04")
    gone = note(db, owner="", due="")
    assert (line(db).note.owner, line(db).note.due) == ("", "")
    cells.undo(db, gone, now=NOW)
    cells.undo(db, later, now=NOW)
    assert (line(db).note.status, line(db).note.owner) == ("planned", "Kim Rowe")


def test_with_accounts_a_piece_is_somebodys_who_has_one(db, filled):
    accounts.add(db, email="ada@example.com", name="Ada Lind", role="contributor", password="", now=NOW)
    note(db, owner="ada@EXAMPLE.com")
    assert line(db).note.owner == "Ada Lind"
    with pytest.raises(BadNote, match=r"Nobody here is called “Kim”. Choose one of Ada Lind"):
        note(db, owner="Kim")


def test_a_piece_of_somebody_who_left_goes_on_until_it_is_somebody_elses(db, filled):
    note(db, owner="Kim")
    accounts.add(db, email="ada@example.com", name="Ada Lind", role="contributor", password="", now=NOW)
    note(db, status="in writing", owner="Kim")
    assert (line(db).note.status, line(db).note.owner) == ("in writing", "Kim")


@pytest.mark.parametrize("due", ["2026-13", "April", "2026-04-01"])
def test_what_is_no_month_is_refused(db, filled, due):
    with pytest.raises(BadNote, match="no month"):
        note(db, due=due)


def test_the_board_is_narrowed_to_whose_and_by_when_in_page_files_and_json(client, db):
    note(db, 1, owner="Kim", due="2026-02")
    note(db, 2, owner="Lea", due="2026-05", persona="finance", step="decision")

    def shown(**query):
        return [one["theme_id"] for one in client.get("/api/v1/plan", params=query).json()["items"]]

    assert shown(owner="Kim") == shown(due="late") == [1]
    assert shown(owner="Lea") == shown(due="2026-05") == [2]
    assert shown(owner="Kim", due="2026-05") == []
    assert shown(owner="-") == [one for one in shown() if one not in (1, 2)]
    items = {one["theme_id"]: one for one in client.get("/api/v1/plan").json()["items"]}
    assert (items[1]["owner"], items[1]["due"]) == ("Kim", "2026-02")
    assert [(p["owner"], p["persona"]) for p in items[2]["pieces"]] == [("Lea", "finance")]

    page = unescape(client.get("/plan", params={"owner": "Kim"}).text)
    assert "late: Feb 2026" in page and "owner=Kim" in page.split("format=csv")[0].rsplit("href=", 1)[1]
    rows = list(
        csv.DictReader(io.StringIO(client.get("/api/v1/plan?owner=Kim&format=csv").content.decode("utf-8-sig")))
    )
    assert [(row["Whose"], row["Due"]) for row in rows] == [("Kim", "Feb 2026")]
    assert "what is Kim’s" in client.get("/api/v1/plan?owner=Kim&format=md").text
    assert client.get("/plan?due=soon").status_code == 422


def test_what_is_nobodys_and_late_is_found_and_what_nobody_has_is_no_answered_gap(client, db):
    note(db, 1, due="2026-02")
    note(db, 2, owner="Kim", due="2026-02")

    late = client.get("/api/v1/plan", params={"owner": "-", "due": "late"}).json()["items"]
    assert [one["theme_id"] for one in late] == [1]
    page = unescape(client.get("/plan", params={"gaps": "only", "owner": "Lea"}).text)
    assert "Nothing matches" in page and "A page of ours answers each" not in page


def test_a_form_keeps_whose_it_is_and_the_note_for_the_next_change(client, db):
    form = {"status": "planned", "base": 0, "owner": "Kim", "due": "2026-04", "text": "for finance"}
    assert "Kim" in client.post("/plan/1/notes", data=form).text
    page = unescape(client.get("/plan/1").text)
    assert '<option value="2026-04" selected>Apr 2026' in page
    assert 'name="owner" maxlength="80" list="owners" value="Kim"' in page and ">for finance</textarea>" in page
    refused = client.post(
        "/plan/1/notes", data=form | {"status": "published", "day": "soon", "base": store.last(db, 1, "", "").id}
    )
    assert refused.status_code == 422 and 'value="Kim"' in refused.text


# The page that was published.


def test_an_address_noted_as_published_is_a_page_of_ours_that_answers_the_theme(client, db):
    assert line(db).coverage.state == "unknown"
    assert "None of your own pages are known" in client.get("/plan").text
    made = note(db, status="published", **WHERE)

    found = line(db).coverage
    assert found.state == "covered" and found.matches[0].said.note == made
    (page,) = content_pages.pages(db)
    assert (page.url, page.title, page.published, page.words) == (ADDRESS, "Rollout in a week", "2026-02-01", 0)
    assert "None of your own pages are known" not in client.get("/plan").text
    brief = unescape(client.get("/plan/1").text)
    assert "noted on 20 Mar 2026 that it was published for this; only its title and address are known" in brief
    assert "Noted in the plan: Rollout in a week" in client.get("/plan/pages").text

    cells.undo(db, made, now=NOW)
    assert content_pages.count(db) == 0 and line(db).coverage.state == "unknown"


def test_a_corrected_address_takes_the_wrong_one_away_and_undoing_that_brings_it_back(db, filled):
    note(db, status="published", day="2026-02-01", page="vendor.example/rollot", title="Rollout")
    right = note(db, status="published", **WHERE, title="Rollout")
    assert [page.url for page in content_pages.pages(db)] == [ADDRESS]
    cells.undo(db, right, now=NOW)
    assert [page.url for page in content_pages.pages(db)] == ["https://vendor.example/rollot"]
    assert line(db).coverage.state == "covered"
    note(db, status="in writing")
    assert content_pages.count(db) == 0


def test_a_page_of_two_pieces_stays_while_one_of_them_stands(db, filled):
    first = note(db, 1, status="published", **WHERE)
    note(db, 2, status="published", **WHERE)
    cells.undo(db, first, now=NOW)
    assert content_pages.count(db) == 1
    assert (line(db, 1).coverage.state, line(db, 2).coverage.state) != ("covered", "covered")
    assert line(db, 2).coverage.state == "covered"


def test_what_an_upload_tells_of_the_page_goes_before_and_stays(db, filled, tmp_path):
    (tmp_path / "pages.csv").write_text(f"url,title,text\n{ADDRESS},A rollout in one week,How we set it up\n")
    content.add(db, [tmp_path / "pages.csv"], title="pages", actor="test", now=NOW)
    made = note(db, status="published", **WHERE)
    assert [page.title for page in content_pages.pages(db)] == ["A rollout in one week"]
    cells.undo(db, made, now=NOW)
    assert [page.title for page in content_pages.pages(db)] == ["A rollout in one week"]


def test_a_persons_own_word_is_not_taken_back_with_a_note(db, filled):
    page = content.add_one(db, title="Rollout", url=ADDRESS, actor="Kim", now=NOW)
    assert page.added == 1
    (known,) = content_pages.pages(db)
    content.say(db, 1, known.id, "answers", actor="Kim", now=NOW)
    made = note(db, status="published", **WHERE)
    cells.undo(db, made, now=NOW)
    found = line(db).coverage
    assert found.state == "covered" and found.matches[0].said.actor == "Kim"


def test_what_somebody_took_back_by_hand_does_not_come_back_with_an_undo(db, filled):
    made = note(db, status="published", **WHERE)
    noted = store.get(db, made)
    content.unsay(db, noted.answer_id, now=NOW)
    content.undo(db, noted.upload_id, now=NOW)
    later = note(db, status="in writing")
    cells.undo(db, later, now=NOW)
    assert line(db).note.status == "published" and content_pages.count(db) == 0 and not content.said(db)


def test_what_is_no_address_is_refused(db, filled):
    with pytest.raises(BadNote, match="space in it"):
        note(db, status="published", day="2026-02-01", page="the blog post")
