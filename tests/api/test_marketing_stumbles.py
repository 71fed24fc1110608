"""What a new marketing user stumbled over: a claim that a filter makes false, names that nobody decided on, cut notes, silence."""

import re
from dataclasses import replace
from html import unescape

import pytest
from pydantic import SecretStr

from insights import sampling, trends, typical
from insights.records import Company, Competitor, text_hash
from pipelines.planning import brief
from pipelines.reports import groups
from pipelines.store import company as catalogue
from pipelines.store import exposure_rows, report_rows
from pipelines.store.filters import Filters
from tests.api.conftest import PRICE, RIVAL, SECURITY, TODAY, serve

OTHER = "Harbour Nine"


@pytest.fixture
def two_rivals(db, filled) -> None:
    """Beacon is named in some conversations and Harbour Nine in fewer; only these two are in the catalogue."""
    ids = [row["id"] for row in db.query("SELECT id FROM insights WHERE kind = 'competitor' ORDER BY id LIMIT 5")]
    db.execute(f"UPDATE insights SET name = ? WHERE id IN ({','.join('?' * len(ids))})", [OTHER, *ids])
    catalogue.add(db, Company(competitors=(Competitor(RIVAL), Competitor(OTHER))))


# Competition.


def test_with_a_competitor_chosen_nobody_is_named_most(two_rivals, client):
    whole = client.get("/reports/competition").text
    chosen = client.get("/reports/competition", params={"competitor": OTHER}).text
    assert f"{RIVAL} is named most: in" in whole
    assert "named most" not in chosen and re.search(rf"{OTHER} is named in \d+ of the \d+ conversations", chosen)


def values(db) -> set[str]:
    return {e.split for e in exposure_rows.conversations(db, Filters(), by="competitor")}


def test_names_that_nobody_decided_on_are_in_no_breakdown(db, two_rivals):
    named = next(db.query("SELECT id FROM insights WHERE name = ? LIMIT 1", [RIVAL]))["id"]
    db.execute("UPDATE insights SET name = 'Comic Sans' WHERE id = ?", [named])
    assert values(db) == {RIVAL, OTHER, ""}
    assert {hit.split for hit in report_rows.hits(db, Filters(), by="competitor")} == {RIVAL, OTHER, ""}


def test_doing_without_a_vendor_stays_in_a_breakdown_and_is_marked(db, two_rivals, client):
    some = [row["id"] for row in db.query("SELECT id FROM insights WHERE name = ? ORDER BY id LIMIT 6", [RIVAL])]
    db.execute(f"UPDATE insights SET name = 'spreadsheets' WHERE id IN ({','.join('?' * len(some))})", some)
    theme = next(db.query("SELECT id FROM themes WHERE kind = 'question'"))["id"]
    page = unescape(client.get(f"/themes/{theme}").text)
    assert "spreadsheets" in values(db)
    part = re.findall(r'aria-label="By competitor">.*?</section>', page, re.S)[0]
    assert re.search(r'spreadsheets <span class="of">no vendor</span>', part)
    assert part.index(RIVAL) < part.index("spreadsheets")


# The brief.


@pytest.mark.parametrize(
    ("before", "text", "after", "whole"),
    [
        ("", "Where is our data kept?", "", True),
        ("", "Where is our data kept?", " We have Beacon today.", True),
        ("", "It is more than we can spend this year", ".", True),
        ("", "He does not see how Plan would get at the data in", " the second plant: nobody has managed it.", False),
        ("Brett S., because ", "of the parent, data must stay in Canada", ".", False),
        ("", "Legal wants a clause and", "", False),
        ("", "user rights", "", False),
    ],
)
def test_a_whole_sentence_is_told_from_a_cut_one(before, text, after, whole):
    assert typical.is_whole(text, before, after) is whole


def report_all(db, text: str) -> None:
    """All that was said like `text` becomes a rep's note."""
    db.execute(
        "UPDATE utterances SET voice = 'reported', role = 'seller' WHERE id IN (SELECT utterance_id FROM insights WHERE text = ?)",
        [text],
    )


def cut(db, text: str, start: int, end: int, only: str = "1") -> None:
    """What was found as `text` is but a part of it."""
    part = text[start:end]
    db.execute(
        f"""UPDATE insights SET text = ?, text_hash = ?, start = start + ?, end = start + ? WHERE text = ? AND {only}""",
        [part, text_hash(part), start, end, text],
    )


def test_the_question_to_answer_is_the_buyers_own_in_full(db, filled):
    cut(db, SECURITY, 0, 17, only="rowid % 2")
    found = brief.brief(db, Filters(), today=TODAY, theme_id=3)
    assert (found.answered.text, found.answered.voice, found.answered.role) == (SECURITY, "verbatim", "buyer")


def test_a_note_is_never_the_question_that_stands_for_an_objection(db, filled):
    report_all(db, SECURITY)
    found = brief.brief(db, Filters(), today=TODAY, theme_id=1)
    assert found.question is None and found.answered.text == PRICE and found.answered.voice == "verbatim"


def test_where_nobody_said_it_in_full_nothing_cut_stands_for_it(db, client):
    cut(db, SECURITY, 3, len(SECURITY))
    page = client.get("/plan/3").text
    assert brief.brief(db, Filters(), today=TODAY, theme_id=3).answered is None
    assert "Nobody said it in one whole sentence" in page


def test_notes_of_reps_stand_after_the_buyers_own_words_under_their_own_heading(db, client):
    heard = "SELECT id FROM conversations WHERE account NOT IN ('Account 00', 'Account 02', 'Account 03')"
    db.execute(f"UPDATE utterances SET voice = 'reported', role = 'seller' WHERE conversation_id IN ({heard})")
    page = client.get("/plan/3").text
    own, noted = page.index('id="said">In their own words'), page.index('id="noted">As reps noted it')
    found = brief.brief(db, Filters(), today=TODAY, theme_id=3)
    assert found.own and found.noted and len(found.own) + len(found.noted) == len(found.quotes)
    places = {q.id: page.index(f'id="q-{q.id}"') for q in found.quotes}
    assert all(own < places[q.id] < noted for q in found.own) and all(noted < places[q.id] for q in found.noted)


# Digests.

FORM = {"title": "Weekly", "kinds": "objection", "mails": "kim@reader.example", "only_changes": "no"}
WARNS = "Nothing can be sent by mail: no mail server is set"


def pages_of(client, form: dict[str, str]) -> tuple[str, str]:
    """The preview, and the page of the digest once it is saved and started."""
    preview = client.post("/reports/saved/digests/preview", data=form, headers={"Accept": "text/html"})
    return preview.text, client.post("/reports/saved/digests", data=form, headers={"Accept": "text/html"}).text


def test_without_a_mail_server_the_preview_and_the_digest_say_that_nothing_will_be_sent_and_how_to_mend_it(client):
    for page in pages_of(client, FORM):
        assert WARNS in page and "/settings/health#where" in page and "PARLEY_" not in page


def test_a_digest_by_webhook_alone_is_not_warned_of_mail(client):
    hook = FORM | {"mails": "", "webhook": "https://hooks.example.com/x"}
    assert not any(WARNS in page for page in pages_of(client, hook))


def test_with_a_mail_server_nothing_is_warned_of(settings, filled):
    mail = {"smtp_url": SecretStr("smtp://localhost"), "mail_from": "p@parley.example"}
    with serve(settings.model_copy(update=mail)) as client:
        assert not any(WARNS in page for page in pages_of(client, FORM))


@pytest.mark.parametrize(("dates", "told"), [("", False), ("&since=2026-01-01", True), ("&until=2026-02-01", True)])
def test_a_report_with_dates_says_on_the_form_that_a_digest_leaves_them_out(client, dates, told):
    page = client.get(f"/reports/saved/digests?kinds=objection{dates}", headers={"Accept": "text/html"}).text
    assert ("looks at the latest weeks, so From and To are left out" in page) is told
    lead = unescape(client.get(f"/reports/objections?{dates}").text)
    assert dates.strip("&") in next(a for a in re.findall(r'href="(/reports/saved/digests[^"]+)"', lead))


# Saved reports.


def saved_page(client) -> tuple[str, str]:
    """The address of a report just saved, and its page."""
    made = client.post(
        "/reports/saved", data={"address": "/reports/objections", "title": "Deck"}, follow_redirects=False
    )
    place = made.headers["location"]
    return place, unescape(client.get(place, headers={"Accept": "text/html"}).text)


def test_a_saved_report_offers_its_whole_link_to_copy_with_and_without_script(client):
    place, page = saved_page(client)
    link = f"http://localhost{place}"
    assert re.search(rf'<input[^>]*value="{link}"[^>]*readonly', page)
    assert re.search(rf'<button[^>]*hidden[^>]*data-copy="{link}"[^>]*>Copy link</button>', page)
    assert "as it was when it was saved, notes too" in page


def test_the_link_of_a_saved_report_is_that_at_which_others_open_parley(settings, filled):
    with serve(settings.model_copy(update={"public_url": "https://parley.example/"})) as client:
        place, page = saved_page(client)
    assert f'value="https://parley.example{place}"' in page and "PARLEY_PUBLIC_URL" not in page


def test_a_link_that_opens_on_this_machine_alone_says_so(client):
    page = saved_page(client)[1]
    assert "opens only on this machine so far" in page and "/settings/health#where" in page


# Two groups side by side.


def side_by_side(client, **params: str) -> str:
    html = client.get("/reports/objections", params=params).text
    return unescape(re.findall(r'<section class="card" id="against".*?</section>', html, re.S)[0])


def test_a_group_without_conversations_is_told_in_a_sentence_and_not_as_a_table_of_dashes(db, client):
    db.execute("UPDATE conversations SET stage = 'Renewal' WHERE day = (SELECT min(day) FROM conversations)")
    html = side_by_side(client, this="stage:Demo", that="stage:Renewal")
    assert "Renewal has no conversation in the current window" in html and "<table" not in html


def test_too_few_to_say_carries_its_reason_beside_two_groups(client):
    html = side_by_side(client, this="segment:enterprise", that="segment:mid-market")
    reasons = re.findall(r'Too few to say<span class="sub">([^<]+)</span>', html)
    assert len(reasons) == html.count("Too few to say") > 0
    assert all(re.search("account|conversation|certain", reason) for reason in reasons)


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        ({"A": (10, 10)}, {"A": (10, 0), "B": (10, 0)}, "one account alone"),
        ({"A": (9, 1), "B": (9, 1)}, {"C": (9, 1)}, "fewer than 6 conversations carry it"),
        (dict.fromkeys("ABCDE", (4, 2)), dict.fromkeys("FGHIJ", (4, 1)), "a difference of 10 points would show from"),
    ],
)
def test_the_reason_says_whether_accounts_or_conversations_are_few(first, second, reason):
    one, other = (
        sampling.sample((f"{a}{n}", a, n < k) for a, (of, k) in group.items() for n in range(of))
        for group in (first, second)
    )
    change = trends.change(other, one)
    tested = replace(change, q=change.p)
    assert groups.reason(tested, one, other, "conversation").startswith(reason)


@pytest.mark.parametrize("column", ["customer_type", "sector"])
def test_what_kind_of_customer_it_is_is_the_segment_whatever_the_column_is_called(db, filled, client, column):
    db.execute("UPDATE conversation_fields SET name = ? WHERE name = 'segment'", [column])
    answer = client.get("/api/v1/reports/trends?kind=objection&format=md").text
    assert f"Mix held constant: {column.replace('_', ' ')}, kind of conversation" in answer


def test_a_report_on_which_nothing_changed_says_what_is_heard_most_in_buyers_words(client):
    text = client.get("/api/v1/reports/trends?kind=objection&format=md").text
    assert "None of" in text or "No " in text
    part = text.split("## Heard most, in their words")[1].split("\n## ")[0]
    assert part.count("> “") >= 2 and "Account " not in part
    assert client.get("/api/v1/reports/trends?kind=objection&format=pptx").status_code == 200
    assert "Heard most" not in client.get("/api/v1/reports/trends?kind=competitor&format=md").text


def test_the_end_of_a_deal_is_open_and_an_objection_is_left_open(client):
    assert "<bdi>Open</bdi>" in client.get("/quotes?kind=objection").text
    assert "<bdi>Left open</bdi>" not in client.get("/quotes?outcome=open").text
