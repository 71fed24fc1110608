"""The tables across fields on a report page: every figure opens the quotes that it counts."""

import re
from html import unescape

import pytest

from insights.records import Company
from pipelines.store import company
from pipelines.themes import ledger
from pipelines.themes.ledger import NewPart

PRICE, SETUP = 1, 2


def shown(client, path: str) -> str:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text[:300]
    return answer.text


def tables(html: str) -> dict[str, str]:
    found = dict(re.findall(r'aria-labelledby="cut-([\w-]+)"(.*?)</section>', html, re.S))
    return {"period" if name == "over-time" else name: table for name, table in found.items()}


def cells(table: str) -> list[tuple[int, str]]:
    """The numerator and the address of every cell that has any."""
    found = []
    for cell in re.findall(r"<td[^>]*>(.*?)</td>", table, re.S):
        count = int(re.search(r'class="of">(\d+)', cell)[1])
        if count:
            found.append((count, unescape((re.findall(r'href="([^"]+)"', cell) or [""])[0])))
    return found


def conversations(client, address: str) -> int:
    return int(re.search(r"quotes? from ([\d,]+) conversation", shown(client, address))[1])


def wrong_cells(client, address: str, field: str) -> list[tuple[int, str]]:
    both = cells(tables(shown(client, address))[field])
    assert both
    return [(count, to) for count, to in both if to and conversations(client, to) != count]


@pytest.mark.parametrize("kind", ["objections", "questions", "competitors"])
@pytest.mark.parametrize(
    "field", ["persona", "stage", "outcome", "rep", "segment", "voice", "competitor", "period", "relation"]
)
def test_every_cell_opens_as_many_conversations_as_it_counts(client, kind, field):
    if field == "relation" and kind != "competitors":
        return
    by = "persona" if field == "period" else field
    assert wrong_cells(client, f"/reports/{kind}?by={by}&days=182", field) == []


def test_a_cell_of_the_past_opens_the_quotes_of_then(client, db):
    ledger.merge(db, PRICE, [SETUP], now="2026-04-01T09:00:00+00:00", actor="Ann")
    address = "/reports/objections?by=segment&days=182"
    assert wrong_cells(client, address, "segment") == []
    assert wrong_cells(client, f"{address}&published=2026-03-20", "segment") == []


def test_a_cell_of_a_theme_counts_its_sub_themes_as_its_quotes_do(client, db):
    found = client.get(f"/api/v1/insights?theme={PRICE}&limit=200").json()["items"]
    ids = [item["id"] for item in found[::2]]
    ledger.split(db, PRICE, [NewPart("Half", tuple(ids))], inside=True, now="2026-04-01T09:00:00+00:00", actor="Ann")
    assert wrong_cells(client, "/reports/objections?by=segment&days=182", "segment") == []


def test_a_cell_by_tracker_opens_its_quotes(client):
    client.post("/api/v1/trackers", json={"name": "Spending", "phrases": ["budget", "spend"]})
    assert wrong_cells(client, "/reports/objections?by=tracker&days=182", "tracker") == []


def test_every_cell_says_its_interval_in_words(client):
    table = tables(shown(client, "/reports/objections?by=segment&days=182"))["segment"]
    every = re.findall(r"<td[^>]*>(.*?)</td>", table, re.S)
    assert every and all(re.search(r"interval </span>[\d.]+\s%? ?to [\d.]+\s%", cell) for cell in every)


def test_a_columns_head_opens_the_quotes_of_its_value(client):
    table = tables(shown(client, "/reports/objections?by=segment&days=182"))["segment"]
    head = unescape(re.search(r'<th scope="col" class="num"><a href="([^"]+)"', table.replace("\n", ""))[1])
    assert "kind=objection" in head and "segment=" in head and conversations(client, head) > 0


def test_beneath_a_table_each_value_leads_to_what_changed_within_it(client):
    """Growth within a segment needed a filter that nothing pointed at."""
    table = tables(shown(client, "/reports/objections?by=segment&days=quarter"))["segment"]
    (note,) = re.findall(r"What changed within one of them since the time before: (.*?)</p>", table, re.S)
    address, value = re.search(r'href="([^"]+)">([^<]+)<', note).groups()
    assert unescape(address) == f"/reports/objections?by=segment&days=quarter&segment={value}"
    assert "What changed within one of them" not in tables(shown(client, unescape(address))).get("segment", "")
    assert "What changed within one of them" not in shown(client, "/reports/competitors?by=relation&days=182")


def test_a_field_of_which_no_conversation_has_a_value_says_so(client):
    assert "No conversation of the current window has a value of tracker" in shown(
        client, "/reports/objections?by=tracker"
    )


def test_what_is_no_field_is_refused_with_those_that_are(client):
    answer = client.get("/reports/objections?by=region", headers={"Accept": "text/html"})

    assert answer.status_code == 422
    assert "segment" in answer.text


@pytest.mark.parametrize("kind", ["objections", "questions", "competitors", "trackers"])
def test_before_any_upload_a_report_says_what_to_do(empty_client, kind):
    assert 'href="/uploads' in shown(empty_client, f"/reports/{kind}")


def test_words_that_nobody_said_match_nothing(client):
    assert "Nothing matches these filters" in shown(client, "/reports/objections?q=zzzzz")


def test_a_period_that_is_not_over_says_so_in_its_head(client):
    heads = re.findall(
        r'<th scope="col" class="num">.*?</th>', tables(shown(client, "/reports/objections"))["period"], re.S
    )
    assert ["so far" in head for head in heads] == [False] * (len(heads) - 1) + [True]


def test_a_cut_by_our_own_products_opens_the_conversations_that_name_them(client, db):
    company.add(db, Company(products=("budget is fine", "Never Said")))

    table = tables(shown(client, "/reports/objections?by=ours&days=182"))["ours"]

    assert "budget is fine" in table and "Never Said" not in table
    assert wrong_cells(client, "/reports/objections?by=ours&days=182", "ours") == []


def test_a_products_name_is_a_phrase_and_never_query_syntax(client, db):
    company.add(db, Company(products=('fine" OR "the', "fine budget")))

    assert (
        "No conversation of the current window has a value"
        in tables(shown(client, "/reports/objections?by=ours&days=182"))["ours"]
    )


def test_columns_of_few_conversations_are_named_beneath_the_table_instead(client, db):
    kept = "SELECT id FROM conversations WHERE day >= '2025-10-01' AND standing = '' ORDER BY id"
    few = [row["id"] for row in db.query(f"{kept} LIMIT 3")]
    with db.atomic():
        db.execute("UPDATE conversations SET stage = 'Evaluation'")
        db.execute(f"UPDATE conversations SET stage = 'Renewal' WHERE id IN ({','.join('?' * 3)})", few)
    table = tables(shown(client, "/reports/objections?by=stage&days=182"))["stage"]
    heads = re.sub(r"<[^>]+>", "", re.search(r"<thead>(.*?)</thead>", table, re.S)[1])
    assert "Evaluation" in heads
    assert "Renewal" not in heads
    assert re.search(r"Others, too few to say: <a href=[^>]+>Renewal</a> \(\d\)\.", table)
    widths = {row.count("<td") for row in re.findall(r"<tr>(.*?)</tr>", table, re.S)[1:]}
    assert widths == {1}


def test_tabs_of_reports_and_links_to_themes_keep_the_filters_of_the_page(client):
    for start in ("objections", "competition", "outcomes"):
        page = unescape(shown(client, f"/reports/{start}?segment=smb&persona=finance"))
        tabs = re.search(r'aria-label="Reports">(.*?)</nav>', page, re.S)[1]
        for name in ("objections", "questions", "competition", "voice", "material", "personas", "handover"):
            assert re.search(rf'href="/reports/{name}\?persona=finance&segment=smb"', tabs), (start, name)
        assert 'href="/shared"' in tabs
        assert all("segment=smb" in to for to in re.findall(r'href="(/themes/\d[^"]*)"', page))
    assert 'href="/reports/questions"' in shown(client, "/reports/objections")
    page = unescape(shown(client, "/reports/objections?segment=smb&kind=objection&q=price"))
    assert 'href="/reports/questions?segment=smb"' in page
