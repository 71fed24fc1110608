"""Sentences of reports as people read them: number, case, and nothing said twice."""

import re

import pytest
from starlette.testclient import TestClient

from api.documents import material, voice
from api.wording import words
from insights.sampling import Rate
from insights.sentences import opening
from insights.trends import Change
from insights.voices import Contrast, Paired
from pipelines.reports.material import GapGroup, Item, MaterialReport
from pipelines.reports.voice import Row, VoiceReport
from pipelines.store.filters import Filters

RATE = Rate(3, 330, 0.003, 0.027)
NONE = Paired(0, 0, 0, 0, None, None, None, None)


def report(kind: str, *, by_buyers: int = 3, said: tuple[tuple[str, int], ...] = ()) -> MaterialReport:
    item = Item(kind, "", RATE, by_buyers, 3, said, ())
    gap = GapGroup("told wrongly", "Security", 1, 1, ())
    return MaterialReport(330, (item,), (), (), (gap,), RATE, Filters())


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (report("case study", said=(("asks for it", 3),)), "A case study comes up in 3 of 330 conversations (0.9\u00a0%, 0.3\u00a0% to 2.7\u00a0%); buyers brought it up in 3 of them. What they said: asks for it (3)."),
        (report("video", by_buyers=0), "A video comes up in 3 of 330 conversations (0.9\u00a0%, 0.3\u00a0% to 2.7\u00a0%); no buyer brought it up."),
        (report("reviews"), "Reviews come up in 3 of 330 conversations (0.9\u00a0%, 0.3\u00a0% to 2.7\u00a0%); buyers brought them up in 3 of them."),
    ],
)  # fmt: skip
def test_material_is_told_in_whole_sentences(found: MaterialReport, said: str):
    assert next(material.sentences(found)) == said


def test_a_gap_begins_like_a_sentence():
    assert "Told wrongly, about “Security”: 1 conversation of 1 account." in list(material.sentences(report("video")))


def test_what_perhaps_means_is_said_once_however_many_themes_differ_perhaps():
    change = Change(-0.05, -0.1, -0.01, 0.02, 0.2)
    contrast = Contrast(RATE, RATE, change, "perhaps buyers", NONE)
    rows = tuple(Row(str(n), f"Theme {n}", contrast, NONE) for n in range(3))

    told = list(voice.sentences(VoiceReport("objection", "theme", 330, 330, 0, 0, rows, (), 0, Filters())))

    assert sum("by chance" in line for line in told) == 1
    assert told[-1].startswith("“Perhaps”:")


def test_what_a_saved_report_was_asked_for_is_named_as_on_its_page(client: TestClient):
    address = "/reports/objections?by=persona,stage&step=week&unit=deal&days=91&persona=finance"
    client.post("/api/v1/saved", json={"address": address, "title": "March"})
    page = client.get("/reports/saved").text
    assert "Split by: Persona, Stage; Chart by: Week; Count each: Deal; Compare: 91 days; Persona: Finance" in page
    assert "by a program" in page


@pytest.mark.parametrize("report", ["outcomes", "voice", "material"])
def test_filters_of_a_file_are_in_the_words_of_the_page(client: TestClient, report: str):
    answer = client.get(
        f"/api/v1/reports/{report}", params={"format": "md", "persona": "finance", "since": "2025-06-01"}
    )
    assert "Persona: Finance" in answer.text
    assert "From: 1 Jun 2025" in answer.text


@pytest.mark.parametrize("report", ["outcomes", "voice"])
def test_a_file_says_each_sentence_once(client: TestClient, report: str):
    text = client.get(f"/api/v1/reports/{report}", params={"format": "html"}).text
    said = text[text.index('aria-label="Summary"') :].split("<p>")[1].split("</p>")[0]
    assert text.count(said) == 1


@pytest.mark.parametrize("format", ["xlsx", "pptx", "pdf", "html", "md", "csv"])
@pytest.mark.parametrize("report", ["competitors", "outcomes"])
def test_a_report_of_what_has_no_dates_is_a_file_as_well(client: TestClient, db, report: str, format: str):
    with db.atomic():
        db.execute("UPDATE conversations SET occurred_at = ''")
    answer = client.get(f"/api/v1/reports/{report}", params={"format": format})
    assert answer.status_code == 200
    assert b"1970" not in answer.content


def test_a_character_that_no_drawing_holds_does_not_end_the_process(client: TestClient, db):
    with db.atomic():
        db.execute("UPDATE themes SET name = 'Price' || char(0) || char(65534)")
    assert client.get("/reports/objections").status_code == 200


def test_conversations_without_dates_are_not_called_no_conversations(client: TestClient, db):
    with db.atomic():
        db.execute("UPDATE conversations SET occurred_at = ''")
    page = client.get("/reports/objections").text
    assert "No conversations yet" not in page
    assert "match, but none has a date" in page


@pytest.mark.parametrize("page", ["/reports/outcomes", "/reports/voice"])
def test_a_report_without_any_theme_says_how_themes_come(client: TestClient, db, page: str):
    with db.atomic():
        db.execute("DELETE FROM insights")
    text = client.get(page).text
    assert "No objections found yet" in text
    assert "In short" not in text


def test_the_overview_without_any_theme_does_not_say_that_none_changed(client: TestClient, db):
    with db.atomic():
        db.execute("DELETE FROM insights")
    assert "No theme was found in these conversations yet" in client.get("/").text


@pytest.mark.parametrize(
    ("changed", "said"),
    [(0, "The one tracker did not change for sure (June, compared with May); it had"), (1, "The one tracker changed (June, compared with May).")],
)  # fmt: skip
def test_one_theme_is_told_as_one(changed: int, said: str):
    told = opening(noun="tracker", changed=changed, steady=0, too_few=1 - changed, span="June", before="May")
    assert told.startswith(said)


@pytest.mark.parametrize(("days", "said"), [(1, "the first day"), (12, "the first 12 days")])
def test_the_beginning_of_a_period_is_told_in_its_number(days: int, said: str):
    assert words.beginning(days) == said


def test_the_themes_of_a_report_come_by_their_change_when_asked_on_the_page_in_json_and_in_files(telling):
    """Sorted by the change in points, which says nothing of how sure it is: that is said beside it."""
    api = "/api/v1/reports/trends?kind=objection&cut=persona"

    def moved(order: str) -> list[float]:
        told = telling.get(f"{api}&order={order}").json()
        assert [len(one["cells"]) for one in told["cuts"]] == [len(told["rows"])]
        return [row["change"]["difference"] for row in told["rows"]]

    plain, rising, falling = map(moved, ("frequent", "rising", "falling"))
    assert plain == [row["change"]["difference"] for row in telling.get(api).json()["rows"]]
    assert rising == sorted(plain, reverse=True) and falling == sorted(plain) and rising != falling

    page = telling.get("/reports/objections?order=falling").text
    (table,) = re.findall(r'<table class="themes.*?</table>', page[page.index('id="all"') :], re.S)[:1]
    told = telling.get(f"{api}&order=falling").json()["rows"]
    assert re.findall(r'class="name"><a href="/themes/(\d+)', table) == [str(row["theme_id"]) for row in told]
    says = "the largest fall first. Only what is marked Falling or Gone changed for sure; the rest may be chance."
    assert says in page and says in telling.get(f"{api}&order=falling&format=md").text
    assert "order=falling" in re.search(r'href="(/api/v1/reports/trends[^"]+)"', page)[1]
    assert telling.get(f"{api}&order=loudest").status_code == 422


def test_ends_of_deals_are_written_one_way_and_own_values_as_the_file_has_them(client):
    """Cards, filters, a report's own chart and files: "Lost", never "lost"; "mid-market" stays."""
    quotes = client.get("/quotes?kind=objection").text
    assert (
        "<bdi>Lost</bdi>" in quotes
        and "<bdi>Open</bdi>" in quotes
        and not re.search("<bdi>(lost|open|Left open)<", quotes)
    )
    report = client.get("/reports/objections?by=outcome").text
    assert ">Lost</a>" in report and ">lost<" not in report
    text = client.get("/api/v1/reports/trends?kind=objection&by=outcome&format=md").text
    assert "| Lost |" in text and "· lost" not in text and "| lost |" not in text
    assert "mid-market" in client.get("/quotes").text and "Mid-market" not in client.get("/quotes").text
    assert client.get("/api/v1/quotes?outcome=lost").json()["items"]
