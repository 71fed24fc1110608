"""The overview: sentences lead, only what is sure over all kinds is called a change, and it is calm when nothing is."""

import re
from html import unescape

import pytest

from pipelines.quotes import borders
from pipelines.reports import annotations
from pipelines.reports.annotations import Draft
from pipelines.store import erasures, proposals, theme_events, themes
from tests.api.conftest import PRICE

NOW = "2026-03-20T09:00:00+00:00"


def text(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_the_first_heading_after_the_title_is_the_surest_change_as_a_sentence(telling):
    html = telling.get("/").text
    told = telling.get("/api/v1/reports/trends?kind=objection").json()["stories"]
    headings = [text(found) for found in re.findall(r"<h2[^>]*>(.*?)</h2>", html, re.S)]
    assert told and headings[0] == " ".join(told[0]["what"].split())


def test_every_change_has_its_course_its_grounds_and_a_quote(telling):
    html = telling.get("/").text
    (change, *_) = re.findall(r'<article class="change.*?</article>', html, re.S)
    assert 'class="spark"' in change and "How sure" in change and "<blockquote" in change
    assert "This quote is of the time before" not in change


def test_the_figure_beside_a_headline_is_the_headlines_own_where_some_conversations_name_no_segment(telling, db):
    db.execute(
        "DELETE FROM conversation_fields WHERE name = 'segment' AND conversation_id IN (SELECT id FROM conversations WHERE id < '8')"
    )
    db.conn.commit()
    (change, *_) = re.findall(r'<article class="change.*?</article>', telling.get("/").text, re.S)
    before, now = re.search(r"from \d+ of \d+ \((.+?)\) to \d+ of \d+ conversations \((.+?)\)", text(change)).groups()
    assert f"{before} → {now}" in text(change)


def test_conversations_that_name_no_account_are_no_accounts_in_what_is_said(telling, db):
    def behind() -> tuple[int, int]:
        page = text(telling.get("/").text)
        found = re.search(
            r"How sure: (\d+) accounts(?:, and (\d+) conversations that name none,)? stand behind it now", page
        )
        return int(found[1]), int(found[2] or 0)

    (every, none) = behind()
    db.execute("UPDATE conversations SET account = '', account_key = '' WHERE id > '8'")
    db.conn.commit()
    (accounts, unnamed) = behind()
    assert none == 0 < unnamed and accounts <= every


def test_a_change_says_beside_it_that_its_theme_looks_like_one_with_another(telling, db):
    theme = telling.get("/api/v1/reports/trends?kind=objection").json()["stories"][0]["theme_id"]
    other = next(one.id for one in themes.active(db, "objection") if one.id != theme)
    content = {"into": other, "other": theme, "alike": 1.0}
    number = proposals.put(
        db, kind="objection", type="merge", signature=f"{other} {theme}", size=9, content=content, now=NOW
    )  # fmt: skip
    (change, *_) = re.findall(r'<article class="change.*?</article>', telling.get("/").text, re.S)
    assert f'Looks like one with <a href="/themes/proposals/{number}">' in change


def test_a_quote_from_before_the_newer_period_says_so(telling, db):
    newer = telling.get("/api/v1/reports/trends?kind=objection").json()["current"]["start"]
    db.execute(
        "DELETE FROM insights WHERE text = ? AND conversation_id IN (SELECT id FROM conversations WHERE day >= ?)",
        [PRICE, newer],
    )
    db.conn.commit()
    (change, *_) = re.findall(r'<article class="change.*?</article>', telling.get("/").text, re.S)
    assert "This quote is of the time before" in change


def test_what_is_sure_only_when_tested_alone_is_no_change_on_any_page_but_is_told(client):
    assert not client.get("/api/v1/reports/trends?kind=objection").json()["stories"]
    html = client.get("/").text
    assert "Nothing changed for sure yet" in html
    assert re.search(
        r"Moved, but not for sure: Too expensive this year \([^)]*sure if it were tested alone", text(html)
    )


def test_it_is_calm_when_nothing_changed(client):
    html = client.get("/?since=2026-03-01&until=2026-03-10").text
    assert "Nothing changed by enough to say so" in html and 'class="change' not in html.replace('class="changes', "")


def test_the_next_steps_are_three_at_most_and_lead_somewhere(client):
    html = client.get("/").text
    (steps,) = re.findall(r'<ol class="next-steps">(.*?)</ol>', html, re.S)
    addresses = [unescape(one) for one in re.findall(r'href="([^"]+)"', steps)]
    assert 1 <= len(addresses) <= 3 and all(client.get(one).status_code == 200 for one in addresses)


def test_what_happened_in_the_windows_is_told_beside_the_changes_and_not_as_why(client, db):
    for words, day in (("Autumn price list", "2026-02-01"), ("Long ago", "2019-02-01")):
        annotations.add(db, Draft(words, day), now=NOW, actor="Dana")
    html = client.get("/").text
    assert "Autumn price list" in html and "not said to be why" in html and "Long ago" not in html


def test_the_empty_database_says_how_to_begin(empty_client):
    assert "No conversations yet" in empty_client.get("/").text


def test_a_report_leads_to_a_digest_of_its_own_kind_and_filters(client):
    html = client.get("/reports/questions?segment=mid-market&since=2026-01-01").text
    (address,) = re.findall(r'href="([^"]+)">Get its changes every week', html)
    form = client.get(unescape(address)).text
    ticked = re.findall(r'name="kinds" value="(\w+)" checked', form)
    assert ticked == ["question"] and re.search(r'<option value="mid-market" selected', form)


def test_a_digest_form_with_an_unknown_filter_in_its_address_is_shown_without(client):
    assert client.get("/reports/saved/digests?kinds=objection&nonsense=1").status_code == 200


def test_where_more_themes_are_compared_than_counted_it_says_so(client):
    html = text(client.get("/").text)
    assert "Compared are" not in html
    told = text(client.get("/?since=2026-03-01").text)
    counted = int(re.search(r"(\d+) themes?\. Compared", told)[1])
    compared, before = map(
        int, re.search(r"Compared (?:is|are) (\d+) themes?, (\d+) of them heard only before", told).groups()
    )
    assert compared == counted + before


def test_a_headline_has_a_whole_sentence_where_one_is_there_and_tells_where_its_quote_is_cut(telling, db):
    """The first quote is cut by hand: another stands there; where each is a piece, the ellipsis stands outside the marks."""

    def shown():
        found = r'<blockquote class="quoted" cite="[^"]*quote=(\w+).*?</blockquote>'
        return re.search(found, telling.get("/").text, re.S)

    first = shown()[1]
    end = telling.get(f"/api/v1/quotes/{first}").json()["quote"]["end"]
    begun = telling.put(f"/api/v1/quotes/{first}/borders", json={"start": 0, "end": end - 5, "actor": "Ann"})
    assert begun.status_code == 200

    assert shown()[1] != first
    for quote in theme_events.members(db, [telling.get(f"/api/v1/quotes/{first}").json()["quote"]["theme_id"]]):
        borders.put(db, quote, len("It is "), len(PRICE) - len(" year"), now=NOW, actor="Ann")
    assert re.match(r"… “more than we can spend this” …", text(shown()[0]))


def test_that_somebody_was_forgotten_is_said_of_figures_that_may_have_been_higher(telling, db):
    """Not of whom, not how much, and not where no quote went or long ago."""
    report = telling.get("/api/v1/reports/trends?kind=objection").json()
    start, says = report["current"]["start"], "Somebody was forgotten on"

    def forget(day: str, removed: int) -> None:
        gone = {"rows": [{"table": "insights", "removed": removed, "changed": 4}]}
        with db.atomic():
            erasures.add(db, now=f"{day}T10:00:00+00:00", actor="Ann", asked="", mark="m", receipt=gone)

    forget("2020-01-01", 3)
    forget(start, 0)
    assert says not in telling.get("/").text and says not in telling.get("/reports/objections").text
    forget(start, 3)
    for path in ("/", "/reports/objections", "/api/v1/reports/trends?kind=objection&format=md"):
        told = telling.get(path).text
        assert told.count(says) == 1 and "an earlier report can show more" in told, path


def test_where_nobody_was_heard_for_long_in_the_windows_compared_it_says_so(telling, db):
    assert "there is no conversation" not in telling.get("/").text
    with db.atomic():
        last = db.execute("SELECT max(day) FROM conversations").fetchone()[0]
        gone = "day > date(?, '-160 days') AND day < date(?, '-30 days')"
        db.execute(f"UPDATE conversations SET occurred_at = date(?, '-170 days') WHERE {gone}", [last] * 3)

    page = telling.get("/").text
    assert "there is no conversation: what is on its two sides" in page
    told = telling.get("/api/v1/reports/trends?kind=objection").json()
    assert told["hole"]["start"] > told["previous"]["start"] and "there is no conversation" in " ".join(told["summary"])


@pytest.mark.parametrize("page", ["/", "/?segment=mid-market", "/themes/1", "/themes/1?persona=finance"])
def test_every_share_on_the_page_opens_exactly_the_conversations_that_it_counts(telling, page):
    html = telling.get(page).text
    main = html[html.index("<main") :]
    figures = re.findall(r'<a class="open" href="([^"]+)"([^>]*)>(.*?)</a>', main, re.S)
    assert figures
    for address, label, shown in figures:
        (heard, _) = re.search(r"(\d+) of (\d+)", text(shown) + label).groups()
        opened = text(telling.get(unescape(address)).text)
        assert re.search(rf"\bquotes? (?:from|in) {heard} conversations?\b", opened), address
