"""The plan: what it counts is what is there, what people note is kept, and an empty base is helped."""

import csv
import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from api.documents import brief as brief_document
from insights import sampling, wording
from insights.publication import Heard, compare
from pipelines import plan
from pipelines.planning import brief, cells, content, published
from pipelines.planning.cells import BadNote, MovedOn, NoSuchNote, NotLast, UnknownTopic
from pipelines.store import content_pages, proposals
from pipelines.store.filters import Filters

TODAY = date(2026, 3, 20)
NOW = "2026-03-20T09:00:00+00:00"
PAGES = Path(__file__).with_name("pages_of_ours.csv")


@pytest.fixture
def board(db, filled):
    return plan.board(db, Filters(), today=TODAY)


def named(board, name):
    return next(line for line in board.lines if line.theme.name == name)


def note(db, theme=1, *, status="planned", base=None, **more):
    return cells.note(db, theme, status=status, base=base, today=TODAY, actor="Mara", now=NOW, **more)


# What is counted.


def test_volumes_are_those_counted_by_hand(db, board):
    sql = """SELECT count(DISTINCT c.counted_as) AS n FROM insights i JOIN conversations c ON c.id = i.conversation_id
        JOIN theme_members m ON m.insight_id = i.id WHERE m.theme_id = ? AND c.day BETWEEN ? AND ?"""
    days = [board.window.start.isoformat(), board.window.end.isoformat()]
    for line in board.lines:
        assert line.volume.numerator == next(db.query(sql, [line.theme.id, *days]))["n"]
        assert line.volume.denominator == 60


def test_cells_are_those_counted_by_hand(db, board):
    line = named(board, "Where data is kept")
    sql = """SELECT count(DISTINCT c.counted_as) AS n FROM insights i JOIN conversations c ON c.id = i.conversation_id
        JOIN theme_members m ON m.insight_id = i.id WHERE m.theme_id = ? AND c.stage IN ('Discovery', 'Demo')"""
    assert line.cells[("", "consideration")].volume.numerator == next(db.query(sql, [line.theme.id]))["n"]
    assert line.cells[("", "consideration")].stages == ("Demo", "Discovery")
    assert dict(board.steps) == {"consideration": 40, "decision": 20}


def test_a_share_has_the_interval_of_the_reports(db, board):
    line = board.lines[0]
    assert line.volume == sampling.rate(
        sampling.sample((r["id"], r["account"], bool(r["carries"])) for r in db.query(
            """SELECT id, account_key AS account, id IN (SELECT i.conversation_id FROM insights i JOIN theme_members m ON m.insight_id = i.id
            WHERE m.theme_id = ?) AS carries FROM conversations""", [line.theme.id]))
    )  # fmt: skip


def test_personas_have_cells_of_their_own_that_add_up(db, filled):
    board = plan.board(db, Filters(), today=TODAY, by="persona")
    line = named(board, "Where data is kept")
    for step in ("consideration", "decision"):
        parts = [c.volume.numerator for (persona, s), c in line.cells.items() if persona and s == step]
        assert sum(parts) == line.cells[("", step)].volume.numerator and len(parts) > 1


def test_the_most_urgent_comes_first(board):
    scores = [line.priority.score for line in board.lines]
    assert scores == sorted(scores, reverse=True) and len(scores) == 3


def test_competitors_are_no_topics(board):
    assert {line.theme.kind for line in board.lines} == {"objection", "question"}


def test_filters_narrow_the_board(db, filled):
    board = plan.board(db, Filters(persona="finance"), today=TODAY)
    assert board.conversations == 15 and {line.volume.denominator for line in board.lines} == {15}
    assert plan.board(db, Filters(account="nobody"), today=TODAY).lines == ()


def test_conversations_without_a_date_are_counted_without_trends(db, filled):
    db.execute("UPDATE conversations SET occurred_at = ''")
    board = plan.board(db, Filters(), today=TODAY)
    assert board.window is None and board.lines[0].trend is None and board.lines[0].volume.denominator == 60
    assert brief.brief(db, Filters(), today=TODAY, theme_id=board.lines[0].theme.id).done_when


def test_all_in_one_day_and_no_stage_nor_persona_is_grouped_honestly(db, filled):
    db.execute("UPDATE conversations SET occurred_at = '2026-03-01', stage = '', persona = 'unknown', account = ''")
    board = plan.board(db, Filters(), today=TODAY, by="persona")
    assert board.steps == (("unknown", 60),) and board.personas == (("unknown", 60),)
    assert board.lines[0].cells[("", "unknown")].stages == ()


def test_conversations_of_more_than_a_year_ago_are_not_counted(db, filled):
    db.execute("UPDATE conversations SET occurred_at = '2024-01-05' WHERE stage = 'Demo'")
    board = plan.board(db, Filters(), today=TODAY)
    assert board.conversations == 40 and {line.volume.denominator for line in board.lines} == {40}
    assert plan.board(db, Filters(since="2024-01-01"), today=TODAY).conversations == 60


def test_a_cell_with_conversations_of_no_stage_opens_no_quotes(db, filled):
    # No filter can name what has no stage: a link would find fewer than the cell counts.
    db.execute("UPDATE conversations SET stage = CASE WHEN stage = 'Demo' THEN '' ELSE 'Zebra' END")
    (cell,) = named(plan.board(db, Filters(), today=TODAY), "Too expensive this year").cells.values()
    assert cell.step == "unknown" and cell.stages == ()


# Steps.


def test_the_board_and_a_brief_are_shown_where_some_conversations_have_no_stage(client, db, filled):
    db.execute("UPDATE conversations SET stage = '' WHERE id IN (SELECT conversation_id FROM insights)")
    assert client.get("/plan").status_code == 200
    assert client.get("/plan/1").status_code == 200


def test_a_stage_can_be_given_another_step_and_that_be_undone(db, filled):
    number = cells.set_step(db, "Demo", "decision", actor="Mara", now=NOW)
    assert plan.steps(db)["Demo"] == "decision"
    cells.undo_step(db, number, now=NOW)
    assert plan.steps(db)["Demo"] == "consideration"
    with pytest.raises(NoSuchNote):
        cells.undo_step(db, number, now=NOW)


@pytest.mark.parametrize(("stage", "step"), [("Demo", "elsewhere"), ("No such stage", "decision"), ("", "decision")])
def test_a_step_that_is_none_or_a_stage_that_nobody_has_is_refused(db, filled, stage, step):
    with pytest.raises(BadNote):
        cells.set_step(db, stage, step, actor="x", now=NOW)


# Notes.


def test_the_last_note_says_how_far_a_cell_is(db, filled):
    note(db, status="idea")
    note(db, status="in writing", text="half done")
    line = plan.board(db, Filters(), today=TODAY)
    found = next(one for one in line.lines if one.theme.id == 1).note
    assert (found.status, found.note, found.actor) == ("in writing", "half done", "Mara")


def test_of_two_people_at_once_neither_edit_is_lost(db, filled):
    first = note(db, status="planned", base=0)
    with pytest.raises(MovedOn, match=r"“planned” by Mara"):
        note(db, status="dropped", base=0)
    note(db, status="in writing", base=first)


def test_cells_do_not_share_their_version(db, filled):
    note(db, base=0)
    note(db, base=0, persona="finance", step="decision")


def test_only_the_last_note_is_undone_and_the_one_before_stands_again(db, filled):
    first, second = note(db, status="idea"), note(db, status="planned")
    with pytest.raises(NotLast):
        cells.undo(db, first, now=NOW)
    cells.undo(db, second, now=NOW)
    with pytest.raises(NoSuchNote):
        cells.undo(db, second, now=NOW)
    assert plan.standing(plan.store.notes(db))[(1, "", "")].status == "idea"


@pytest.mark.parametrize(
    ("status", "day", "says"),
    [("done", "", "no status"), ("published", "", "on which day"), ("published", "2027-01-01", "still to come"), ("published", "31.12.", "no day")],
)  # fmt: skip
def test_a_note_that_cannot_be_is_refused_with_what_to_do(db, filled, status, day, says):
    with pytest.raises(BadNote, match=says):
        note(db, status=status, day=day)


@pytest.mark.parametrize("theme", [4, 99])
def test_competitors_and_themes_that_are_not_there_have_no_plan(db, filled, theme):
    with pytest.raises(UnknownTopic):
        note(db, theme)


def test_a_pages_own_date_is_the_day_of_publication(db, filled):
    content.add(db, [PAGES], title="pages", actor="test", now=NOW)
    note(db, status="published", page="https://vendor.example/rollout")
    (kept,) = plan.store.notes(db)
    assert (kept.key, kept.day) == ("vendor.example/rollout", "2025-06-15")


# The brief.


def test_a_publication_compares_equal_windows_counted_by_hand(db, filled):
    note(db, status="published", day="2025-11-01")
    (found,) = brief.brief(db, Filters(), today=TODAY, theme_id=1).published
    assert (found.after.end - found.after.start) == (found.before.end - found.before.start)
    sql = """SELECT count(DISTINCT c.id) AS n FROM conversations c JOIN insights i ON i.conversation_id = c.id
        JOIN theme_members m ON m.insight_id = i.id WHERE m.theme_id = 1 AND c.day BETWEEN ? AND ?"""
    counted = [next(db.query(sql, [p.start.isoformat(), p.end.isoformat()]))["n"] for p in (found.before, found.after)]
    trend = found.comparison.trend
    assert [trend.previous.numerator, trend.current.numerator] == counted
    assert (
        found.unfinished and found.elapsed == 133
    )  # 60 conversations are too few a quarter: half a year, and the newest is of 13 March
    told = " ".join(published.told(found))
    assert "133 of 182 days" in told and "not what the page caused" in told


def test_too_early_says_until_when_to_wait(db, filled):
    note(db, status="published", day="2026-03-10")
    (found,) = brief.brief(db, Filters(), today=TODAY, theme_id=1).published
    assert found.comparison is None
    assert "Too early" in " ".join(published.told(found))


def test_competitors_and_other_themes_beside_it_are_counted_by_hand(db, filled):
    found = brief.brief(db, Filters(), today=TODAY, theme_id=1)
    sql = """SELECT count(*) AS n FROM (SELECT i.conversation_id FROM insights i JOIN theme_members m ON m.insight_id = i.id
        WHERE m.theme_id IN (1, ?) GROUP BY 1 HAVING count(DISTINCT m.theme_id) = 2)"""
    for one in (*found.around, *found.competitors):
        assert one.both == next(db.query(sql, [one.theme.id]))["n"]
    assert [one.theme.name for one in found.competitors] == ["Beacon"]


def test_a_brief_of_a_cell_counts_that_cell(db, filled):
    board = plan.board(db, Filters(), today=TODAY, by="persona")
    cell = next(line for line in board.lines if line.theme.id == 3).cells[("finance", "consideration")]
    found = brief.brief(db, Filters(), today=TODAY, theme_id=3, persona="finance", step="consideration")
    assert found.volume == cell.volume and found.priority.score == cell.priority.score
    assert found.counts["conversations"] == cell.volume.numerator


def test_a_brief_as_a_file_has_its_first_quote_once_and_its_score_under_a_heading(client, db, board):
    theme = board.lines[0].theme.id
    found = brief.brief(db, Filters(), today=TODAY, theme_id=theme)
    assert found.answered.id in [quote.id for quote in found.quotes]
    text = client.get(f"/api/v1/plan/{theme}?format=md").text
    sections = brief_document.document(found, Filters(), TODAY).sections
    assert [quote.id for section in sections for quote in section.quotes].count(found.answered.id) == 1
    shown = " × ".join(part.shown for part in found.priority.parts)
    assert f"## The score\n\n{shown} = {found.priority.product}\n" in text
    assert text.index("## Done when") < text.index("## The score")


def test_done_when_says_its_window_and_what_the_reports_look_at(db, board):
    line = board.lines[0]
    first, second, _ = brief.brief(db, Filters(), today=TODAY, theme_id=line.theme.id).done_when
    now = board.report.current
    assert board.window != now and wording.span(board.window) in first
    assert f"of {wording.span(now)} the share is {wording.percent(line.trend.current.share)}." in first
    days = (board.window.end - board.window.start).days + 1
    assert f"over {days} days after the page is out" in second and f"of these {days} days" in second


def test_themes_that_look_like_one_say_so_beside_their_rows(client, db, board):
    one, other = [line.theme for line in board.lines if line.theme.kind == "objection"][:2]
    content = {"into": one.id, "other": other.id, "alike": 1.0}
    number = proposals.put(
        db, kind="objection", type="merge", signature=f"{one.id} {other.id}", size=9, content=content, now=NOW
    )  # fmt: skip
    rows = re.findall(r'<tr class="led">.*?</tr>', client.get("/plan").text, re.S)
    told = [row for row in rows if "Looks like one with" in row]
    assert len(told) == 2 and all(f'href="/themes/proposals/{number}"' in row for row in told)


def test_where_a_page_is_named_is_shown_by_its_address_or_long_title(db, filled, tmp_path):
    table = "url,title\nhttps://v.example/a,How does it look on your side\nhttps://v.example/budget,Budget\n"
    (tmp_path / "p.csv").write_text(table)
    content.add(db, [tmp_path / "p.csv"], title="p", actor="test", now=NOW)
    for page in content_pages.pages(db):
        content.say(db, 1, page.id, "answers", actor="test", now=NOW)
    named = brief.brief(db, Filters(), today=TODAY, theme_id=1).named
    assert len(named) == 5 and {page.title for page, _ in named} == {"How does it look on your side"}
    assert all("How does it look on your side" in one.snippet for _, one in named)


# Pages.


def shown(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def test_only_what_nothing_answers_yet_is_shown_when_asked_on_the_page_in_json_and_in_files(client, db, tmp_path):
    (tmp_path / "p.csv").write_text("url,title\nhttps://v.example/a,What it costs\n")
    content.add(db, [tmp_path / "p.csv"], title="p", actor="test", now=NOW)
    (page,) = content_pages.pages(db)
    content.say(db, 1, page.id, "answers", actor="test", now=NOW)

    def told(query: str) -> list[int]:
        found = [line["theme_id"] for line in client.get(f"/api/v1/plan{query}").json()["items"]]
        text = shown(client, f"/plan{query}")
        board = re.findall(r'class="name"><a href="/plan/(\d+)', text[text.index('id="board"') :])
        assert {*map(int, board)} == {*found}
        return found

    every, gaps = told(""), told("?gaps=only")
    assert 1 in every and gaps == [theme for theme in every if theme != 1]
    text = shown(client, "/plan?gaps=only")
    assert re.search(r'href="/api/v1/plan\?[^"]*gaps=only', text) and '<option value="only" selected>' in text
    assert "what no page of ours answers yet" in client.get("/api/v1/plan?gaps=only&format=md").text


def test_every_figure_of_the_board_is_found_among_its_quotes(client):
    text = shown(client, "/plan")
    links = re.findall(
        r'<a class="(?:cell|value)" href="(/quotes[^"]*)"><span class="share">([^<]*)</span> <span class="of">([^<]*)<',
        text,
    )
    assert len(links) >= 8
    for address, first, second in links:
        n = second.split(" of ")[0] if "%" in first else first
        assert f"from {n} conversation" in shown(client, address.replace("&amp;", "&"))


@pytest.mark.parametrize(
    "address",
    [
        "/plan",
        "/plan?by=persona",
        "/plan?kind=question",
        "/plan?persona=finance",
        "/plan/pages",
        "/plan/1",
        "/plan/3?persona=finance&step=decision",
        "/plan?published=2026-03-20",
    ],
)
def test_pages_render(client, address):
    assert "<h1>" in shown(client, address)


def test_a_name_with_markup_is_text(client):
    assert "<b>free</b>" not in shown(client, "/plan") + shown(client, "/plan/2")


@pytest.mark.parametrize("address", ["/plan", "/plan/pages"])
def test_an_empty_base_is_helped(empty_client, address):
    assert "Upload files" in shown(empty_client, address) or "No pages yet" in shown(empty_client, address)


@pytest.mark.parametrize(
    "address", ["/plan?account=nobody", "/plan?since=2026-03-21", "/plan/1?account=nobody", "/plan/1?step=customer"]
)
def test_what_matches_nothing_is_helped(client, address):
    text = shown(client, address)
    assert "Nothing" in text or "No matching" in text


def test_without_pages_the_board_works_and_says_how_to_add_them(client):
    assert "Add your pages" in shown(client, "/plan") and "No pages yet" in shown(client, "/plan")


def upload(client, name="pages.csv", data=None):
    return client.post(
        "/plan/pages", files={"files": (name, PAGES.read_bytes() if data is None else data)}, headers=OWN
    )


OWN = {"Origin": "http://localhost"}


def test_pages_are_uploaded_shown_and_taken_back(client):
    assert "12 new" in upload(client).text
    assert "Our summer party" in shown(client, "/plan/pages")
    assert client.post("/plan/pages/uploads/1/undo", headers=OWN).status_code == 200
    assert "No pages yet" in shown(client, "/plan/pages")


def test_problems_of_an_upload_are_shown_to_the_person(client):
    assert (
        "neither an address nor a title"
        in upload(client, data=b"url,title,text\n,,words\nhttps://a.example/x,X,\n").text
    )


@pytest.mark.parametrize("data", [b"", b"\x00" * 100, b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"])
def test_odd_uploads_are_told_kindly(client, data):
    answer = upload(client, "sitemap.xml", data)
    assert answer.status_code == 200 and "1 problem" in answer.text


def test_a_page_can_be_said_to_answer_and_that_be_undone(client, db):
    upload(client)
    page = content_pages.by_key(db, "vendor.example/pricing").id
    answer = client.post("/plan/1/answers", data={"page_id": page, "verdict": "answers"}, headers=OWN)
    assert "said on 25" in answer.text or "that it answers it" in answer.text
    assert content.covered(db, [1])[1].state == "covered"
    client.post("/plan/answers/1/undo", data={"theme": 1}, headers=OWN)
    assert content.covered(db, [1])[1].state != "covered"


def test_two_people_on_one_form_the_second_is_told_and_keeps_the_words(client):
    form = {"status": "planned", "base": "0", "who": "Mara", "text": "first"}
    assert client.post("/plan/1/notes", data=form, headers=OWN).status_code == 200
    second = client.post("/plan/1/notes", data=form | {"who": "Ben", "text": "my own words"}, headers=OWN)
    assert second.status_code == 409
    assert "Somebody else changed this meanwhile" in second.text and "my own words" in second.text


def test_of_many_at_once_exactly_one_note_is_kept(client, db):
    form = {"status": "planned", "base": "0"}
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda n: client.post("/plan/1/notes", data=form | {"who": f"P{n}"}, headers=OWN), range(8))
        )
    assert sorted(a.status_code for a in answers) == [200] + [409] * 7
    assert len(plan.store.notes(db)) == 1


def test_a_stage_is_given_a_step_on_the_page(client, db):
    client.post("/plan/stages", data={"stage": "Demo", "step": "decision"}, headers=OWN)
    assert plan.steps(db)["Demo"] == "decision"
    client.post("/plan/stages/1/undo", headers=OWN)
    assert plan.steps(db)["Demo"] == "consideration"


# HTTP and terminal.


def test_the_interface_says_the_same_as_the_page(client, board):
    answer = client.get("/api/v1/plan").json()
    assert [item["theme_id"] for item in answer["items"]] == [line.theme.id for line in board.lines]
    assert answer["items"][0]["score"]["score"] == pytest.approx(board.lines[0].priority.score, abs=1e-4)


def test_the_interface_notes_refuses_and_undoes(client):
    first = client.post("/api/v1/plan/1/notes", json={"status": "planned", "version": 0})
    assert first.status_code == 201
    assert client.post("/api/v1/plan/1/notes", json={"status": "dropped", "version": 0}).status_code == 409
    assert client.delete(f"/api/v1/plan/notes/{first.json()['id']}").json()["status"] == "planned"
    assert client.delete("/api/v1/plan/notes/99").status_code == 404
    assert client.get("/api/v1/plan/99").status_code == 404
    assert client.post("/api/v1/plan/1/notes", json={"status": "published"}).status_code == 422


def test_the_interface_takes_pages_and_lists_them(client):
    done = client.post("/api/v1/plan/pages", files={"files": ("pages.csv", PAGES.read_bytes())})
    assert (done.status_code, done.json()["added"]) == (201, 12)
    assert len(client.get("/api/v1/plan/pages").json()) == 12
    assert client.delete(f"/api/v1/plan/pages/uploads/{done.json()['id']}").json()["undone_at"]
    assert client.get("/api/v1/plan/pages").json() == []
    assert client.get("/api/v1/plan/1").json()["quotes"]


def test_the_terminal_ranks_notes_and_reads_pages(parley, tmp_path):
    assert "Nothing to write about yet" in parley("plan").stdout
    done = parley("plan", "pages", "add", str(PAGES))
    assert done.returncode == 0 and "12 new" in done.stdout
    assert "Our summer party" in parley("plan", "pages", "list").stdout
    assert parley("plan", "brief", "1").returncode == 1
    assert parley("plan", "pages", "add", "nowhere.csv").returncode == 2
    (tmp_path / "bad.csv").write_text("url,title,text\n,,x\n")
    assert parley("plan", "pages", "add", str(tmp_path / "bad.csv")).returncode == 3
    assert parley("plan", "pages", "undo", "1").returncode == 0


@pytest.mark.parametrize("format", ["csv", "xlsx", "pptx", "pdf", "md", "html", "json"])
@pytest.mark.parametrize("address", ["/api/v1/plan", "/api/v1/plan/1", "/api/v1/plan/3?persona=finance&step=decision"])
def test_every_format_can_be_had(client, address, format):
    answer = client.get(f"{address}{'&' if '?' in address else '?'}format={format}")
    assert answer.status_code == 200 and len(answer.content) > 100


def test_totals_are_the_same_in_the_table_as_on_the_page(client, board):
    rows = list(csv.DictReader(io.StringIO(client.get("/api/v1/plan?format=csv").content.decode("utf-8-sig"))))
    assert [row["Theme"].lstrip("'") for row in rows] == [line.theme.name for line in board.lines]
    assert [int(row["Conversations"]) for row in rows] == [line.volume.numerator for line in board.lines]


def test_a_competitor_of_a_brief_opens_the_conversations_that_it_counts(client):
    address, n = re.search(
        r'<a href="(/quotes[^"]*beside=Beacon[^"]*)">(\d+) conversation', shown(client, "/plan/1")
    ).groups()
    assert f"from {n} conversation" in shown(client, address.replace("&amp;", "&"))


def test_lost_deals_are_those_counted_by_hand(db, filled):
    # Here a deal is an account's: its outcome is the newest that says won or lost.
    newest = {
        row["account_key"]: row["outcome"]
        for row in db.query("SELECT * FROM conversations WHERE outcome IN ('won', 'lost') ORDER BY day, id")
    }
    lost = {account for account, outcome in newest.items() if outcome == "lost"}
    sql = """SELECT DISTINCT c.account_key AS a FROM conversations c JOIN insights i ON i.conversation_id = c.id
        JOIN theme_members m ON m.insight_id = i.id WHERE m.theme_id = ?"""
    for line in plan.board(db, Filters(), today=TODAY).lines:
        carrying = {row["a"] for row in db.query(sql, [line.theme.id])}
        assert (line.lost.carrying, line.lost.deals) == (len(carrying & lost), len(lost))


def test_without_outcomes_lost_deals_are_left_out(client, db):
    db.execute("UPDATE conversations SET outcome = ''")
    text = shown(client, "/plan")
    assert "Lost deals are left out" in text and "lost deal" not in text.split("Lost deals are left out")[0]


def test_a_fall_with_all_other_themes_is_not_the_pages_doing():
    rows = [
        Heard(f"{n}", f"A{n % 100}", n >= 300, n % 5 < (2 if n < 300 else 1), 2 if n < 300 else 1) for n in range(600)
    ]
    (found,) = compare([rows])
    assert found.trend.verdict == "falling"
    assert "no more than other themes did" in published.verdict(found)
