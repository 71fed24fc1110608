"""The pages of themes: what they show, that every change is told with its undo, and that a stale page is answered."""

import re
from html import unescape

import numpy as np
import pytest

from api.wording import words
from insights.records import Conversation, Insight, Utterance, stable_id, text_hash
from pipelines.store import conversations, insights, theme_events, theme_lists, themes, vectors
from pipelines.store import proposals as store
from pipelines.themes import ledger
from pipelines.themes.ledger import NewPart
from pipelines.uploads import settle
from tests.api.walk import some_of_each_kind

NOW = "2026-03-20T10:00:00+00:00"
LATER = "2026-03-21T10:00:00+00:00"
TOLD = {"now": NOW, "actor": "Dana"}
PRICE, SETUP, SECURITY, RIVAL = 1, 2, 3, 4
ALL = (
    "/themes", "/themes?q=expensive", "/themes/1", "/themes/1/merge", "/themes/1/merge?with=2", "/themes/waiting",
    "/themes/waiting?kind=question", "/quotes?theme=1", "/themes/1/split",
)  # fmt: skip


FROZEN = (
    "Spending is frozen in {}",
    "{} has frozen all spending",
    "We froze our spending at {}",
    "No, {} ends its spending freeze first",
)
LONG = (
    "Three years is a long contract for {}",
    "{} signs no contract that long",
    "Why is the contract so long for {}?",
)
SUNDRY = (
    "Budget owners in {} left",
    "Our auditors want {} first",
    "Nobody at {} answers",
    "It takes {} approvals",
    "Perhaps after {} moves",
)
PLACES = (
    "Lima",
    "Oslo",
    "Turin",
    "Quito",
    "Perth",
    "Dakar",
    "Lyon",
    "Cork",
    "Bonn",
    "Riga",
    "Kobe",
    "Brno",
    "Pune",
    "Bari",
    "Graz",
)


def shown(client, path: str, status: int = 200) -> str:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == status, answer.text
    return unescape(answer.text)


def sent(client, path: str, status: int = 200, **data) -> str:
    """What a browser shows after a form was sent: it follows the redirect."""
    answer = client.post(path, data={name.rstrip("_"): value for name, value in data.items()})
    assert answer.status_code == status, answer.text
    assert status != 200 or answer.history[0].status_code == 303
    return unescape(answer.text)


def banner(html: str) -> str:
    """The text of the status message of a page."""
    found = re.search(r'role="status">(.*?)</(?:div|p)>', html, re.S)
    return " ".join(re.sub(r'<span class="hidden">.*?</span>|<[^>]+>', " ", found[1]).split()) if found else ""


def undo_of(html: str) -> str:
    """The address of the first undo of a page's status message."""
    return re.findall(r'action="(/themes/(?:events|proposals)/\d+/(?:undo|reopen))"', html)[0]


def ids(db, theme: int) -> list[str]:
    return sorted(theme_events.members(db, [theme]))


def quotes(db, theme: int) -> int:
    return theme_lists.reaches(db).get(theme, theme_lists.Reach()).quotes


@pytest.fixture
def waiting(db, filled) -> list[str]:
    """Five quotes of the first theme that a person let wait."""
    let = ids(db, PRICE)[:5]
    ledger.move(db, let, None, **TOLD)
    return let


def fall_apart(db, *parts: tuple[str, ...], sizes: tuple[int, ...] = (15, 10)) -> None:
    """Give the first theme quotes of different things, so many of each, with vectors that lie apart."""
    for at, (said, size) in enumerate(zip(parts, sizes, strict=True)):
        with db.atomic():
            for n, place in enumerate(PLACES[:size]):
                text = said[n % len(said)].format(place)
                told = (Utterance("Dana", "buyer", "verbatim", text),)
                call = Conversation(stable_id(text), "call", "", "2026-01-05", told, account=f"{place} Ltd")
                settle.write(db, [call], settle.knowledge(db))
                (row,) = conversations.utterances(db, call.id)
                insights.replace(db, call.id, [(row.id, text, Insight("objection", 0, len(text), text, "price", 0.9))])
                vector = np.eye(50)[20 * at] + 0.02 * (n + 1) * np.eye(50)[20 * at + n + 1]
                vectors.save(db, "test", [text_hash(text)], (vector / np.linalg.norm(vector)).astype("<f4")[None])
                ledger.join(db, {stable_id(row.id, "objection", 0, len(text)): (PRICE, 0.9)}, now=NOW)


def propose(
    db, type: str, content: dict, members: dict | None = None, *, kind: str = "objection", size: int = 12
) -> int:
    with db.atomic():
        return store.put(db, kind=kind, type=type, signature=type, size=size, content=content, members=members, now=NOW)


@pytest.fixture
def merge(db, filled) -> int:
    return propose(db, "merge", {"into": PRICE, "other": SETUP, "alike": 0.93})


@pytest.fixture
def new(db, filled) -> int:
    """A theme that is proposed of quotes that never had one: the rest of them waits on."""
    chosen = ids(db, SETUP)[:4]
    db.execute(f"DELETE FROM theme_moves WHERE insight_id IN ({','.join('?' * 4)})", chosen)
    db.execute(f"DELETE FROM theme_members WHERE insight_id IN ({','.join('?' * 4)})", chosen)
    content = {
        "name": "Roll-out",
        "label": "implementation",
        "keywords": ["roll-out"],
        "shape": None,
        "examples": chosen,
        "subs": [],
    }
    return propose(db, "new", content, dict.fromkeys(chosen, (0, 0.9)))


@pytest.fixture
def split(db, filled) -> int:
    leaving = ids(db, PRICE)[:3]
    parts = [{"name": "Frozen budgets", "keywords": [], "size": 3, "examples": leaving}]
    return propose(db, "split", {"theme": PRICE, "parts": parts, "stays": 9}, dict.fromkeys(leaving, (1, 1.0)))


@pytest.mark.parametrize("path", ALL)
def test_a_page_has_nothing_inline_and_labels_every_field(client, merge, new, split, path):
    html = client.get(path).text
    assert not re.findall(r"\sstyle=|<style|\son[a-z]+=|javascript:", html)
    found = re.findall(r'\sid="([^"]+)"', html)
    assert len(found) == len(set(found)) and len(re.findall(r"<h1[ >]", html)) == 1
    fields = [tag for tag in re.findall(r"<(?:input|select)[^>]*>", html) if 'type="hidden"' not in tag]
    assert len(fields) <= html.count("<label")
    assert not re.search(r"\bcluster|centroid|ledger", html, re.I)
    assert "<b>free</b>" not in html


def test_every_link_of_every_page_leads_somewhere(client, merge, new, split):
    pages = [path for path in ALL if "quotes" not in path]
    links = {address for path in pages for address in re.findall(r'href="(/[^"#]*)', shown(client, path))}
    kinds = some_of_each_kind(links)
    found = {address: client.get(address).status_code for address in sorted(set().union(*kinds.values()))}
    assert len(kinds) > len(pages) and {address: code for address, code in found.items() if code != 200} == {}


def test_the_list_names_every_theme_with_what_it_reaches(client, db):
    html = shown(client, "/themes")
    reach = theme_lists.reaches(db)[PRICE]
    row = re.search(r'<a href="/themes/1">Too expensive this year</a>.*?</tr>', html, re.S)
    assert row and all(f'class="num">{n}</td>' in row[0] for n in (reach.quotes, reach.conversations, reach.accounts))
    assert words.day(reach.last) in row[0] and "Where data is kept" in html and ">Beacon</a>" in html


def test_the_list_counts_what_waits_against_the_budget(client, db, waiting):
    total = themes.total(db, "objection") + themes.total(db, "question")
    assert re.search(rf"5 of {total} wait: \d+(\.\d)?\s%, at most 10\s% should", shown(client, "/themes"))


def test_a_search_by_name_finds_merged_themes_and_says_where_they_went(client, db):
    ledger.merge(db, PRICE, [SETUP], **TOLD)
    assert "was merged into “Too expensive this year”" in shown(client, "/themes?q=hyperlink")
    assert "No theme is called anything like “zebra”" in shown(client, "/themes?q=zebra")


def test_without_proposals_the_page_says_what_will_come(client):
    html = shown(client, "/themes")
    assert "Nothing is proposed" in html and "Parley proposes here what your themes may need" in html


def test_before_any_upload_the_page_explains_themes(empty_client):
    assert "No themes yet" in shown(empty_client, "/themes") and "No objections yet" in shown(
        empty_client, "/themes/waiting"
    )


def test_a_proposal_says_why_who_said_it_and_what_would_change(client, db, merge):
    html = shown(client, "/themes")
    both = ledger.preview_merge(db, PRICE, [SETUP])
    assert "1 proposal<" in html and "quotes of the one are 93" in html
    assert f'data-label="Then">{both.quotes} quotes' in html and f"({both.both} had both and count once)" in html
    assert len(re.findall(r'said-short.*?href="/conversations/[0-9a-f]+\?quote=', html, re.S)) >= 2


def test_accepting_a_proposal_is_told_and_its_undo_proposes_it_again(client, db, merge):
    before = quotes(db, PRICE)
    html = sent(client, f"/themes/proposals/{merge}", act="accept")
    assert banner(html).startswith("Merged “=HYPERLINK(") and "into “Too expensive this year” (12 quotes)" in banner(
        html
    )
    assert quotes(db, PRICE) == before + 12
    html = sent(client, undo_of(html), back="/themes")
    assert banner(html).startswith("Took the merge into") and quotes(db, PRICE) == before
    assert "1 proposal<" in html


def test_the_other_name_of_a_merge_can_stay(client, db, merge):
    sent(client, f"/themes/proposals/{merge}", into=SETUP)
    assert themes.get(db, PRICE).into == SETUP


def test_a_new_theme_can_be_renamed_and_quotes_left_out(client, db, new):
    members = sorted(store.members(db, new))
    html = shown(client, f"/themes/proposals/{new}")
    assert html.count('name="keep"') == 4
    html = sent(client, f"/themes/proposals/{new}", name="Slow roll-out", shown=members, keep=members[:3])
    assert banner(html) == "Made “Slow roll-out” from 3 quotes. Undo"
    assert theme_events.places(db, members[3:]) == {members[3]: None}


def test_the_quotes_of_a_new_theme_can_go_into_one_that_there_is(client, db, new):
    assert banner(sent(client, f"/themes/proposals/{new}", into=PRICE)).startswith("Moved 4 quotes to “Too expensive")


def test_the_parts_of_a_split_can_become_sub_themes(client, db, split):
    html = sent(client, f"/themes/proposals/{split}", parts="true", part=1, inside="true")
    assert banner(html) == "Made “Frozen budgets” (3 quotes) a sub-theme of “Too expensive this year”. Undo"
    assert [sub.name for sub in themes.subs(db, PRICE)] == ["Frozen budgets"]
    html = shown(client, "/themes/1")
    assert "1 sub-theme" in html and "“Frozen budgets” (3 quotes) became a sub-theme" in html


def test_a_split_of_which_no_part_is_ticked_is_refused(client, db, split):
    assert "Tick at least one part" in sent(client, f"/themes/proposals/{split}", 422, parts="true")


def test_a_dismissal_is_told_and_taken_back(client, db, merge):
    html = sent(client, f"/themes/proposals/{merge}", act="dismiss")
    assert banner(html).startswith("Dismissed: Merge “") and "1 dismissed proposal" in html
    sent(client, undo_of(html))
    assert store.get(db, merge).status == "open"


def test_several_proposals_are_decided_at_once_and_what_does_not_fit_stays(client, db, merge, split):
    ledger.pin(db, PRICE, **TOLD)
    html = sent(client, "/themes/proposals", chosen=[merge, split], act="accept")
    assert "2 proposals could not be decided this way" in html and len(store.listed(db)) == 2
    ledger.unpin(db, PRICE, **TOLD)
    html = sent(client, "/themes/proposals", chosen=[merge, split], act="dismiss")
    assert not store.listed(db) and "2 dismissed proposals" in html


def test_what_cannot_be_accepted_as_things_are_says_why(client, db, merge):
    ledger.pin(db, PRICE, **TOLD)
    html = shown(client, "/themes")
    assert "is pinned. Unpin it first." in html and re.search(r'value="accept" disabled', html)


def test_the_policy_is_saved_and_taken_back(client, db):
    html = sent(client, "/themes/policy", accept=["new", "merge"])
    assert store.policy(db)["merge"] == "accept" and "It holds from the next upload on" in html
    sent(client, "/themes/policy", accept=re.findall(r'<input type="hidden" name="accept" value="(\w+)"', html))
    assert store.policy(db) == dict(store.DEFAULTS)


@pytest.mark.parametrize(
    ("path", "data", "says"),
    [
        ("/themes/1/rename", {"name": "Budget frozen"}, "Renamed “Too expensive this year” to “Budget frozen”. Undo"),
        ("/themes/1/standing", {"act": "pin"}, "Pinned “Too expensive this year”. Undo"),
        ("/themes/1/standing", {"act": "retire"}, "Retired “Too expensive this year”. Undo"),
    ],
)
def test_a_change_is_told_with_an_undo_that_restores_what_was(client, db, path, data, says):
    before = themes.get(db, PRICE)
    html = sent(client, path, **data)
    assert banner(html) == says and themes.get(db, PRICE) != before
    html = sent(client, undo_of(html), back="/themes/1")
    assert banner(html).endswith("Redo") and themes.get(db, PRICE) == before
    sent(client, undo_of(html), back="/themes/1")
    assert themes.get(db, PRICE) != before


def test_a_retired_theme_says_so_and_is_restored(client, db):
    ledger.retire(db, PRICE, **TOLD)
    assert "It is in no report" in shown(client, "/themes/1") and "1 retired theme" in shown(client, "/themes")
    assert banner(sent(client, "/themes/1/standing", act="restore")).startswith("Restored “Too expensive")


def test_merging_shows_both_themes_before_anything_changes(client, db):
    both = ledger.preview_merge(db, PRICE, [SETUP])
    html = shown(client, "/themes/1/merge?with=2")
    assert f"<dd>{both.quotes}</dd>" in html and f"{both.both} conversations have quotes of both" in html
    assert themes.get(db, SETUP).status == "active"
    html = sent(client, "/themes/1/merge", with_=2, into=1, reason="one thing")
    assert "(12 quotes). Undo" in banner(html) and "by somebody without a login: one thing" in html


def test_the_address_of_a_merged_theme_leads_on_and_can_be_undone(client, db):
    ledger.merge(db, PRICE, [SETUP], **TOLD)
    html = shown(client, "/themes/2")
    assert 'It was merged into <a href="/themes/1">Too expensive this year</a>' in html
    assert "Merged into “Too expensive this year” (12 quotes)" in html
    sent(client, undo_of(html), back="/themes/2")
    assert themes.get(db, SETUP).status == "active"


def test_a_theme_that_is_one_thing_says_so(client):
    assert "No clear parts were found in “Too expensive this year”" in shown(client, "/themes/1/split")


def test_a_split_of_a_theme_that_changed_meanwhile_is_refused(client, db):
    html = sent(client, "/themes/1/split", 409, seen="0" * 16, leaves=0, name="A")
    assert "falls into other parts by now" in html and 'value="A"' in html and 'href="/themes/1"' in html


def test_the_parts_of_a_split_leave_under_the_names_that_were_given(client, db):
    fall_apart(db, FROZEN, LONG)
    html = shown(client, "/themes/1/split")
    seen = re.findall(r'name="seen" value="(\w+)"', html)[0]
    assert re.findall(r'name="leaves" value="(\d)"( checked)?', html) == [("0", ""), ("1", " checked")]
    html = sent(client, "/themes/1/split", seen=seen, name=["One", "Too long"], leaves=[1], inside="false")
    assert banner(html) == "Took “Too long” (10 quotes) out of “Too expensive this year”. Undo"
    assert "“Too long” (10 quotes) was taken out" in html


def test_a_sub_theme_becomes_a_theme_of_its_own(client, db):
    ledger.split(db, PRICE, [NewPart("Frozen", tuple(ids(db, PRICE)[:3]))], inside=True, **TOLD)
    sub = themes.subs(db, PRICE)[0].id
    assert "counted there in reports" in shown(client, f"/themes/{sub}")
    html = sent(client, "/themes/1/promote", sub=sub)
    assert banner(html) == "Took “Frozen” out of “Too expensive this year”. Undo" and themes.get(db, sub).parent is None
    assert "Became a theme of its own" in shown(client, f"/themes/{sub}")


def test_ticked_quotes_move_to_another_theme_and_back(client, db):
    chosen = ids(db, PRICE)[:3]
    assert ">Move them</button>" in shown(client, "/quotes?theme=1")
    html = sent(client, "/themes/move", quote=chosen, to=SETUP, back="/quotes?theme=1")
    assert banner(html).startswith("Moved 3 quotes from “Too expensive this year” to “=HYPER")
    assert "3 quotes moved here from “Too expensive this year”" in shown(client, "/themes/2")
    sent(client, undo_of(html), back="/quotes?theme=1")
    assert set(theme_events.places(db, chosen).values()) == {PRICE}


def test_ticked_quotes_can_be_let_wait(client, db):
    html = sent(client, "/themes/move", quote=ids(db, PRICE)[:2], to="wait", back="/quotes?theme=1")
    assert banner(html) == "Took 2 quotes out of “Too expensive this year”, to wait. Undo"


def test_quotes_of_a_competitor_cannot_be_moved(client):
    assert "Move them" not in shown(client, "/quotes?theme=4")


def test_waiting_quotes_are_put_into_a_theme_or_become_one(client, db, waiting):
    html = shown(client, "/themes/waiting")
    assert html.count('name="quote"') == 5 and "Objections <span" in html
    html = sent(client, "/themes/move", quote=waiting[:2], to=SETUP, back="/themes/waiting?kind=objection")
    assert "Moved 2 quotes to" in banner(html) and html.count('name="quote"') == 3
    html = sent(client, "/themes/move", quote=waiting[2:], name="Frozen budgets", back="/themes/waiting")
    assert banner(html) == "Made “Frozen budgets” from 3 quotes. Undo"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ({"name": "Frozen"}, "No quote was named."),
        ({"quote": ["0" * 16], "name": "Frozen"}, "do not wait any more"),
        ({"quote": ["0" * 16], "to": "1"}, "no longer there"),
        ({"quote": ["0" * 16]}, "Choose a theme for the ticked quotes"),
    ],
)
def test_a_move_that_cannot_be_made_says_what_to_do(client, data, says):
    html = sent(client, "/themes/move", 422, back="/themes/waiting?kind=question", **data)
    assert says in html and 'href="/themes/waiting?kind=question"' in html


def test_waiting_quotes_that_were_placed_meanwhile_are_not_placed_again(client, db, waiting):
    ledger.move(db, waiting[:1], SETUP, **TOLD)
    assert "do not wait any more" in sent(client, "/themes/move", 422, quote=waiting, name="Frozen", back="/themes")


def test_a_weak_member_is_marked(client, db):
    weak = ids(db, PRICE)[0]
    assert "fits loosely" not in shown(client, "/quotes?theme=1")
    db.execute("UPDATE theme_members SET confidence = 0.3 WHERE insight_id = ?", [weak])
    assert client.get(f"/api/v1/insights/{weak}").json()["fit"] == 0.3
    pages = [shown(client, "/quotes?theme=1&fold=off"), shown(client, "/quotes?theme=1&fold=off&voice=reported")]
    assert sum(page.count("fits loosely") for page in pages) >= 1 or "Older quotes" in pages[0]


def test_what_fits_a_theme_worst_is_told_apart_and_taken_out_with_one_press(client, db):
    before, (worst, bad) = quotes(db, PRICE), ids(db, PRICE)[:2]
    for one, fit in ((worst, 0.05), (bad, 0.1)):
        db.execute("UPDATE theme_members SET confidence = ? WHERE insight_id = ?", [fit, one])

    html = shown(client, "/themes/1")
    assert f"2 of {before} quotes fit less well" in html
    fold = html[html.index('id="less"') :].partition("</details>")[0]
    assert re.findall(r'name="quote" value="(\w+)">', fold) == [worst, bad]
    back, since = re.search(r'name="back" value="([^"]*)"', fold)[1], re.search(r'name="since" value="(\d+)"', fold)[1]

    out = sent(client, "/themes/move", quote=[worst, bad], to="wait", back=back, since=since)
    assert "fit less well" not in out and quotes(db, PRICE) == before - 2
    sent(client, undo_of(out), back=back)
    assert quotes(db, PRICE) == before


def test_a_pinned_theme_tells_what_fits_less_well_and_offers_no_box(client, db):
    db.execute("UPDATE theme_members SET confidence = 0.1 WHERE insight_id = ?", ids(db, PRICE)[:1])
    ledger.pin(db, PRICE, **TOLD)
    fold = shown(client, "/themes/1").partition('id="less"')[2].partition("</details>")[0]
    assert "quotes fits less well" in fold and 'name="quote"' not in fold


def test_joins_of_one_day_are_one_line(client, db):
    html = shown(client, "/themes/1")
    assert re.findall(r"(\d+) quotes joined", html) == [str(quotes(db, PRICE))]


def test_a_history_says_who_when_and_why_and_what_was_undone(client, db):
    event = ledger.rename(db, PRICE, "Budget frozen", reason="as in the plan", **TOLD)
    ledger.undo(db, event, now=LATER, actor="Sam")
    html = shown(client, "/themes/1")
    assert "Renamed from “Too expensive this year” to “Budget frozen”" in html and "by Dana: as in the plan" in html
    assert "Took the new name back: called" in html and "21 Mar 2026, 10:00" in html and 'class="tag">undone' in html
    all_themes = shown(client, "/themes")
    assert "Took the new name “Budget frozen” back: called “Too expensive this year” again" in all_themes


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda db: ledger.pin(db, PRICE, **TOLD), "Unpinned again"),
        (lambda db: ledger.retire(db, PRICE, **TOLD), "In the reports again"),
        (
            lambda db: ledger.move(db, ids(db, PRICE)[:3], SETUP, **TOLD),
            "Took the move back: 3 quotes moved here from “",
        ),
        (lambda db: ledger.merge(db, PRICE, [SETUP], **TOLD), "Took the merge back: “"),
    ],
    ids=["pin", "retire", "move", "merge"],
)
def test_an_undo_says_what_is_so_again_and_its_undo_that_it_was_done_again(client, db, change, said):
    back = ledger.undo(db, change(db), now=LATER, actor="Sam")
    assert said in shown(client, "/themes/1")
    ledger.undo(db, back, now=LATER, actor="Sam")
    assert ", again" in shown(client, "/themes/1")


def test_an_undo_that_is_blocked_names_what_must_be_undone_first(client, db):
    moved = ledger.move(db, ids(db, PRICE)[:3], SETUP, **TOLD)
    again = ledger.move(db, ids(db, SETUP)[:20], PRICE, now=LATER, actor="Sam")
    html = sent(client, f"/themes/events/{moved}/undo", 409, back="/themes/1")
    assert "It cannot be undone yet" in html and f'action="/themes/events/{again}/undo"' in html
    assert 'href="/themes/1"' in html and "Moved 15 quotes" in html


@pytest.mark.parametrize(
    ("path", "data", "status", "says"),
    [
        ("/themes/1/rename", {"name": " "}, 422, "must have 1 to 120 characters"),
        ("/themes/1/rename", {"name": "n" * 200}, 422, "must have 1 to 120 characters"),
        ("/themes/2/rename", {"name": "Too expensive this year"}, 409, "is called “Too expensive this year” already"),
        ("/themes/99/rename", {"name": "A"}, 404, "There is no theme 99"),
        ("/themes/1/merge", {"with": 3, "into": 1}, 422, "An objection and a question cannot be in one theme"),
        ("/themes/1/merge", {"with": 2, "into": 3}, 422, "which of the two names stays"),
        ("/themes/1/standing", {"act": "restore"}, 409, "“Too expensive this year” is active"),
        ("/themes/events/99/undo", {}, 404, "There is no event 99"),
        ("/themes/events/99/undo", {"back": "//["}, 404, "There is no event 99"),
        ("/themes/proposals/99", {}, 404, "There is no proposal 99"),
        ("/themes/proposals", {}, 422, "Tick the proposals"),
    ],
)
def test_what_a_stale_or_odd_form_asks_for_is_answered_with_a_way_back(client, path, data, status, says):
    answer = client.post(path, data=data)
    html = unescape(answer.text)
    assert answer.status_code == status and says in html and "Nothing was changed" in html and 'href="/themes' in html


def test_a_proposal_that_somebody_decided_meanwhile_says_so(client, merge):
    sent(client, f"/themes/proposals/{merge}", act="dismiss")
    assert "This proposal is dismissed already" in sent(client, f"/themes/proposals/{merge}", 409, act="accept")
    assert "This proposal is dismissed already" in shown(client, f"/themes/proposals/{merge}")


def test_the_making_of_a_theme_is_undone_and_done_again_from_the_list(client, db):
    made = ledger.create(db, "objection", ledger.NewTheme("Passing"), **TOLD)
    html = sent(client, f"/themes/events/{made.event}/undo", back=f"/themes/{made.theme}")
    assert banner(html).startswith("Took the new theme “Passing” back") and themes.get(db, made.theme) is None
    assert banner(sent(client, undo_of(html), back="/themes")) == "Made “Passing”, again. Undo"
    assert themes.get(db, made.theme).name == "Passing"


@pytest.mark.parametrize("back", ["https://example.org/themes", "//example.org/themes", "/\\example.org", "/uploads"])
def test_a_form_leads_nowhere_but_to_pages_of_themes(client, back):
    answer = client.post("/themes/1/standing", data={"act": "pin"}, follow_redirects=False)
    event = re.search(r"done=(\d+)", answer.headers["location"])
    answer = client.post(f"/themes/events/{event[1]}/undo", data={"back": back}, follow_redirects=False)
    assert re.fullmatch(r"/themes\?done=\d+", answer.headers["location"])


def test_a_banner_of_what_is_not_there_is_not_shown(client):
    assert not banner(shown(client, "/themes?done=999,x,,-1&dismissed=7&left="))
    assert 'role="status"' not in shown(client, "/themes?done=999,x,,-1&dismissed=7&left=&policy=")[:0]
    assert shown(client, "/themes/1?done=999999999999999999999")


def test_a_competitors_theme_is_changed_in_the_catalogue(client):
    html = shown(client, "/themes/4")
    assert "/themes/4/split" not in html and 'name="with"' not in html
    assert "A competitor's quotes follow its name" in shown(client, "/themes/4/split", 409)


def test_a_part_that_nothing_names_well_asks_for_a_name_and_does_not_leave_without(client, db):
    fall_apart(db, FROZEN, SUNDRY)
    html = shown(client, "/themes/1/split")
    assert "Nothing names it well: write a name" in html and "e.g." not in html
    assert re.findall(r'name="leaves" value="(\d)"( checked)?', html) == [("0", ""), ("1", "")]
    seen = re.search(r'name="seen" value="(\w+)"', html).group(1)
    assert "Give each part that is split off a name" in sent(
        client, "/themes/1/split", 422, seen=seen, name=["Frozen", " "], leaves=[1], inside="false"
    )


def test_a_part_shows_what_would_come_along_though_it_fits_least(client, db):
    fall_apart(db, FROZEN, LONG)
    html = shown(client, "/themes/1/split")
    assert html.count("These fit least") == 1 and html.count("These come along too, though they fit least") == 1


def test_two_that_look_like_one_are_offered_on_their_pages_and_the_overview(client, db, filled):
    with db.atomic():
        content = {"into": PRICE, "other": SETUP, "alike": 0.65, "words": 0.3}
        store.put(
            db,
            kind="objection",
            type="merge",
            signature="1 2",
            size=9,
            content=content,
            members={},
            now=NOW,
            known=None,
        )
    price, setup = themes.get(db, PRICE), themes.get(db, SETUP)
    assert f"1 pair of themes looks like one: “{price.name}” and “{setup.name}”" in shown(client, "/")
    assert f"“{setup.name}”</strong> look like one" in shown(client, f"/themes/{PRICE}")
    page = shown(client, f"/themes/{SETUP}")
    assert f"“{price.name}”</strong> look like one" in page
    (decide,) = re.findall(r'action="(/themes/proposals/\d+)"', page)

    told = sent(client, decide, act="accept")

    assert themes.get(db, SETUP).into == PRICE
    client.post(undo_of(told))
    assert themes.get(db, SETUP).status == "active"
    assert "look like one" not in sent(client, decide, act="dismiss")
    assert "look like one" not in shown(client, f"/themes/{PRICE}")
