"""The page of quotes, its JSON and `parley search`: the same found, facets that can be ticked, no dead end."""

import csv
import html as markup
import io
import json
import re
from dataclasses import replace

import pytest

from api.documents import quotes as documents
from api.views import quotes as quotes_views
from insights import embedding
from pipelines.quotes import meanings, search
from pipelines.running import accelerator
from pipelines.store import insights, vectors
from pipelines.store.filters import Filters

HTML = {"Accept": "text/html"}
PRICE = "Too expensive"


def page(client, path: str) -> str:
    answer = client.get(path, headers=HTML)
    assert answer.status_code == 200, answer.text
    return answer.text


def listed(client, query: str = "") -> dict:
    answer = client.get(f"/api/v1/quotes{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def cards(html: str) -> list[str]:
    return re.findall(r'<article class="quote" id="q-([0-9a-f]{16})"', html)


@pytest.fixture
def embedded(db, filled):
    """Every quote with the vector of its words."""
    texts = dict(insights.unembedded(db, accelerator.encoder().name))
    with db.atomic():
        vectors.save(
            db, accelerator.encoder().name, list(texts), embedding.embed(accelerator.encoder(), list(texts.values()))
        )


QUERIES = [
    "",
    "?kind=objection",
    "?q=spend",
    "?sort=best&fold=off",
    "?spread=off&fold=off&stage=Demo,Negotiation",
    "?theme=1",
]


@pytest.mark.parametrize("query", QUERIES)
def test_the_page_and_the_json_show_the_same_quotes_in_the_same_order(client, query):
    told = listed(client, query + ("&" if query else "?") + "limit=25")
    assert cards(page(client, f"/quotes{query}")) == [item["id"] for item in told["items"]] != []


@pytest.mark.parametrize("query", [*QUERIES, "?q=spend&segment=smb"])
def test_what_is_counted_is_what_the_filters_match(client, db, query):
    counted = listed(client, query)["counts"]
    own = dict(part.split("=") for part in query.strip("?").split("&") if "=" in part)
    names = {k: v for k, v in own.items() if k in Filters.__dataclass_fields__}
    fields = {k: v for k, v in own.items() if k == "segment"}
    assert {name: counted[name] for name in ("insights", "conversations", "accounts")} == insights.count(
        db, Filters(**names, fields=fields)
    )


def test_walking_all_pages_of_the_json_gives_every_insight_once(client):
    found, after = [], ""
    while after is not None:
        part = listed(client, f"?fold=off&spread=off&limit=40&after={after}")
        found, after = found + [item["id"] for item in part["items"]], part["next"]
    rows, after = [], ""
    while after is not None:
        part = client.get(f"/api/v1/insights?limit=200&after={after}").json()
        rows, after = rows + [item["id"] for item in part["items"]], part["next"]
    assert found == rows


def test_several_values_of_a_facet_can_be_ticked_and_unticked(client):
    html = page(client, "/quotes?stage=Demo&kind=objection")
    assert 'href="/quotes?kind=objection&amp;stage=Demo%2CNegotiation#facets"' in html
    both = page(client, "/quotes?stage=Demo,Negotiation&kind=objection")
    assert 'href="/quotes?kind=objection&amp;stage=Negotiation#facets" aria-current="true"' in both
    assert listed(client, "?stage=Demo,Negotiation")["counts"]["insights"] == sum(
        listed(client, f"?stage={stage}")["counts"]["insights"] for stage in ("Demo", "Negotiation")
    )


def test_every_value_that_can_be_ticked_finds_as_many_conversations_as_it_says(client):
    told = listed(client, "?kind=objection")
    for name in ("label", "persona", "stage", "outcome", "voice", "segment", "account", "theme"):
        for value, count in list(told["facets"][name].items())[:4]:
            chosen = client.get("/api/v1/quotes", params={"kind": "objection", name: value}).json()
            assert chosen["counts"]["conversations"] == count, (name, value)


def test_a_competitor_that_one_account_named_and_nobody_listed_is_offered_only_where_it_is_chosen(client, db):
    odd = db.execute("SELECT id FROM insights WHERE kind = 'competitor' ORDER BY id LIMIT 1").fetchone()[0]
    db.execute("UPDATE insights SET name = 'a legal pad' WHERE id = ?", [odd])
    rival = db.execute("SELECT name FROM insights WHERE kind = 'competitor' AND id <> ?", [odd]).fetchone()[0]

    def offered(address: str) -> set[str]:
        facets = page(client, address).partition('id="facets"')[2].partition("</aside>")[0]
        return {name for name in (rival, "a legal pad") if f"<bdi>{name}</bdi>" in facets}

    assert "a legal pad" not in offered("/quotes?kind=competitor")
    assert offered("/quotes?competitor=a+legal+pad") == {rival, "a legal pad"}
    assert listed(client)["facets"]["competitor"]["a legal pad"] == 1, "a program is told everything"


def test_what_fits_a_theme_less_well_comes_last_in_every_order_of_its_list_and_says_so(client, db):
    newest = [one["id"] for one in listed(client, "?theme=1&fold=off&spread=off")["items"]]
    db.execute("UPDATE theme_members SET confidence = 0.1 WHERE insight_id IN (?, ?)", newest[:2])

    for sort in ("newest", "best", "typical"):
        query, walked = f"?theme=1&sort={sort}&fold=off&spread=off&limit=4", []
        found = listed(client, query)
        while True:
            walked += [one["id"] for one in found["items"]]
            if not found["next"]:
                break
            found = listed(client, f"{query}&after={found['next']}")
        assert set(walked[-2:]) == set(newest[:2]) and sorted(walked) == sorted(set(walked))
    assert listed(client, "?theme=1&fold=off&spread=off")["counts"]["loose"] == 2
    html = page(client, "/quotes?theme=1")
    assert "the 2 that fit the theme less well come last" in html
    assert 'id="less"' not in page(client, "/quotes?theme=1&q=spend") and "less well" not in page(client, "/quotes")


def test_found_words_are_marked_and_nothing_else_of_the_card_is(client):
    html = page(client, "/quotes?q=spend&fold=off")
    assert '<mark class="hit">spend</mark>' in html or '<mark class="hit">Spend</mark>' in html
    for block in re.findall(r"<article.*?</article>", html, re.DOTALL):
        assert "hit" not in block.split("</blockquote>")[1]


@pytest.mark.parametrize("typed", ["<b>", "&amp;", "mark", "class", "blockquote", '"><script>', "&", "39"])
def test_what_is_typed_cannot_break_the_page(client, typed):
    html = client.get("/quotes", params={"q": typed}, headers=HTML).text
    assert "<script>" not in html and 'class="<mark' not in html and "<b>" not in html.split("<main")[1]


def test_any_of_the_words_is_offered_where_few_have_all_of_them_and_stays_in_the_address(client):
    html = page(client, "/quotes?q=zeppelin+year")
    assert "all of these words" in html and re.search(r'href="/quotes\?q=zeppelin(\+|%20)year&amp;match=any"', html)
    html = page(client, "/quotes?q=zeppelin+year&match=any")
    assert '<option value="any" selected>' in html and "Any of:" in html
    found = client.get("/api/v1/quotes", params={"q": "zeppelin year", "match": "any"}).json()["counts"]["insights"]
    assert found == len(client.get("/api/v1/search", params={"q": "year", "limit": 200}).json()["items"]) > 0
    assert client.get("/api/v1/quotes?q=year&match=some").status_code == 422


def test_no_quote_with_these_words_offers_their_meaning_and_ways_out(client):
    html = page(client, "/quotes?q=zeppelin&stage=Demo")
    assert "No quote has this word" in html and 'href="/quotes?stage=Demo&amp;q=zeppelin&amp;by=meaning"' in html
    assert re.search(r'href="/quotes\?stage=Demo">Without “What you look for”</a> <span class="of">\d+ quotes', html)


def test_a_filter_without_a_match_names_the_filters_that_stand_in_the_way(client):
    html = page(client, "/quotes?stage=Demo&persona=hr")
    assert "Nothing matches" in html and 'href="/quotes?stage=Demo">Without “Persona”' in html


def test_meaning_says_what_to_do_while_nothing_has_been_prepared(client):
    meanings._kept.clear()
    html = page(client, "/quotes?q=what+it+costs&by=meaning")
    assert "parley mine" in html and "Look for the words" in html
    assert "parley mine" in listed(client, "?q=what+it+costs&by=meaning")["notice"]


def test_meaning_finds_on_the_page_in_the_json_and_on_the_terminal(client, embedded):
    told = listed(client, "?q=more+than+our+budget+lets+us+spend&by=meaning")
    assert told["near"] and not told["far"]
    assert sum(item["likeness"] >= 0.35 for item in told["items"]) <= told["near"] < told["counts"]["insights"]
    html = page(client, "/quotes?q=more+than+our+budget+lets+us+spend&by=meaning")
    assert html.count('id="doubtful"') == 1
    assert cards(html) == [item["id"] for item in told["items"]] and "the most alike first" in html


def test_said_again_unfolds_and_leads_to_all_of_them(client):
    html = page(client, "/quotes?theme=1")
    (more,) = re.findall(r"and (\d+) more like it", html)
    (like,) = re.findall(r'href="(/quotes\?[^"]*like=[0-9a-f]{16})">All', html)
    assert listed(client, markup.unescape(like).removeprefix("/quotes"))["counts"]["insights"] == int(more) + 1


def test_a_page_of_a_movable_theme_has_a_box_for_each_that_is_unfolded(client):
    html = page(client, "/quotes?theme=1")
    assert html.count('form="picks"') == 11


def test_a_card_has_one_box_and_the_bar_says_both_things_to_do(client):
    html = page(client, "/quotes?theme=1")
    card = html.partition("<article")[2].partition("</article>")[0]
    bar = html.partition('<form id="picks"')[2].partition("</form>")[0]

    assert card.count('type="checkbox"') == 1
    assert ">Collect them</button>" in bar
    assert 'formaction="/themes/move" formmethod="post"' in bar and ">Move them</button>" in bar
    assert "data-picked" in bar


def test_without_a_theme_picked_quotes_are_collected_only(client):
    bar = page(client, "/quotes").partition('<form id="picks"')[2].partition("</form>")[0]
    assert ">Collect them</button>" in bar and "Move them" not in bar


def test_the_address_of_a_list_can_be_copied_without_a_place_in_it(client):
    html = page(client, "/quotes?kind=objection&stage=Demo")
    assert 'data-copy-here="/quotes?kind=objection&amp;stage=Demo"' in html.partition('id="facets"')[0]


@pytest.mark.parametrize(
    "query", ["by=sense", "sort=oldest", "after=nonsense", "after=12~2026-01-01~0123456789abcdef", "fold=perhaps"]
)
def test_what_the_address_cannot_say_is_refused_with_its_name(client, query):
    answer = client.get(f"/api/v1/quotes?{query}")
    assert answer.status_code == 422 and query.split("=")[0] in answer.json()["detail"]


def test_the_search_keeps_the_filters_and_the_filters_keep_the_search(client):
    html = page(client, "/quotes?kind=objection&q=spend&sort=best")
    form = re.search(r'<form class="seek".*?</form>', html, re.DOTALL)[0]
    assert '<input type="hidden" name="kind" value="objection">' in form and 'value="spend"' in form
    assert 'value="best" selected' in form and form.count('name="q"') == 1
    assert "q=spend" in re.search(r'href="(/quotes\?[^"]*stage=[^"]*)#facets"', html)[1]


def test_quotes_that_hold_the_words_come_first_and_the_others_under_a_heading_with_their_count(client):
    told = listed(client, "?q=year&limit=200")
    aside = [item["aside"] for item in told["items"]]
    assert aside == sorted(aside) and {*aside} == {False, True}
    assert ["year" in item["text"] for item in told["items"]] == [not one for one in aside]
    counted = told["counts"]
    html = page(client, "/quotes?q=year")
    own = counted["insights"] - counted["aside"]
    assert f"{own} quotes hold what you look for, newest first. Beside {counted['aside']} more it was said." in html
    while 'id="aside"' not in html:
        html = page(client, markup.unescape(re.search(r'href="([^"]+)" rel="next"', html)[1]))
    # Folded beneath those that hold them; a part of the list that has no others is open.
    opened, heading = re.search(
        r'<details class="whole asides" id="aside"( open)?><summary><h2>(.*?)</h2>', html
    ).groups()
    assert heading == f"{counted['aside']} quotes more, said beside it"
    assert bool(opened) == ('class="listed"' not in html.partition('id="aside"')[0])
    first = re.findall(r'id="q-([0-9a-f]{16})"', html.partition('id="aside"')[2])[0]
    assert next(item["id"] for item in told["items"] if item["aside"]) == first


def test_a_label_called_as_what_is_looked_for_keeps_the_chosen_order(client):
    html = page(client, "/quotes?q=price&sort=best")
    assert 'href="/quotes?sort=best&amp;label=price"' in html
    assert 'href="/quotes?label=price"' in page(client, "/quotes?q=price&by=meaning&sort=likeness")


def test_what_the_words_were_said_beside_is_left_out_and_shown_again_by_a_link(client):
    whole, own = listed(client, "?q=year&limit=200"), listed(client, "?q=year&aside=off&limit=200")
    assert [item["id"] for item in own["items"]] == [item["id"] for item in whole["items"] if not item["aside"]]
    assert own["counts"]["insights"] == whole["counts"]["insights"] - whole["counts"]["aside"]
    html = page(client, "/quotes?q=year&aside=off")
    assert f"{whole['counts']['aside']} more, beside which it was said, are left out." in html
    assert 'href="/quotes?q=year">Show them</a>' in html and 'id="aside"' not in html


def test_the_search_for_reading_pages_through_the_same_order_row_by_row(client):
    found, after = [], ""
    while after is not None:
        part = client.get("/api/v1/search", params={"q": "year", "limit": 40, "after": after}).json()
        found, after = found + [item["id"] for item in part["items"]], part["next"]
    assert found == [item["id"] for item in listed(client, "?q=year&fold=off&spread=off&limit=200")["items"]]
    assert client.get("/api/v1/search?q=year&after=2026-01-01~0123456789abcdef").status_code == 422


def test_a_list_is_exported_in_its_order_without_names_and_says_where_the_words_stand(client):
    rows = exported(client, "?q=year")
    shown = listed(client, "?q=year&limit=200")["items"]
    assert [row["Quote"] for row in rows if row["Kind"] != "Competitor"] == [
        i["text"] for i in shown if i["kind"] != "competitor"
    ]
    assert [row["Words"] for row in rows] == ["beside the quote" if item["aside"] else "in the quote" for item in shown]
    for format in ("csv", "md", "html", "json"):
        told = client.get(f"/api/v1/quotes/export?q=year&format={format}").text
        assert "Account " not in told and "Dana" not in told
    assert "Account " in client.get("/api/v1/quotes/export?q=year&style=full").text


def test_one_label_over_several_themes_is_exported_with_its_themes_named(client, db):
    with db.atomic():
        db.execute("UPDATE insights SET label = 'price' WHERE kind = 'objection'")
    rows = exported(client, "?theme=1,2&label=price")
    assert {row["Label"] for row in rows} == {"Price"} and len({row["Theme"] for row in rows}) == 2
    assert len(rows) == listed(client, "?theme=1,2&label=price")["counts"]["different"]
    text = client.get("/api/v1/quotes/export?theme=1,2&label=price&format=md").text
    assert "## Too expensive this year" in text and text.count("\n## ") >= 2
    assert "Theme: 1" not in text


def test_a_file_of_quotes_has_no_more_than_can_be_masked_and_says_so(client, monkeypatch):
    monkeypatch.setattr(documents, "MOST", 3)
    text = client.get("/api/v1/quotes/export?fold=off&spread=off&format=md").text
    assert text.count("> “") == 3 and re.search(r"These are the first 3; \d+ more match", text)


def offered(html: str, address: str) -> str:
    """The form that exports a list."""
    return re.search(rf'<form class="stack" action="{address}">.*?</form>', html, re.S)[0]


def test_the_page_offers_the_files_of_its_list_and_how_to_say_who_said_it(client):
    form = offered(page(client, "/quotes?kind=objection&stage=Demo"), "/api/v1/quotes/export")
    assert 'name="kind" value="objection"' in form and 'name="stage" value="Demo"' in form
    assert re.findall(r'type="radio" name="style" value="(\w+)"( checked)?', form) == [
        ("role", " checked"), ("segment", ""), ("full", ""), ("none", ""),
    ]  # fmt: skip
    assert re.findall(r'name="format" value="(\w+)"', form) == ["xlsx", "csv", "md", "html"]


def test_what_is_said_beside_the_quotes_is_in_a_file_only_when_it_is_asked_for(client):
    form = offered(page(client, "/quotes?q=year"), "/api/v1/quotes/export")
    aside = listed(client, "?q=year")["counts"]["aside"]
    assert aside and re.search(rf'name="aside" value="on"><span>Also the {aside} beside', form)
    # As a browser sends the form: the hidden field first, then the box where it is ticked.
    assert {row["Words"] for row in exported(client, "?q=year&aside=off")} == {"in the quote"}
    assert {row["Words"] for row in exported(client, "?q=year&aside=off&aside=on")} == {
        "in the quote",
        "beside the quote",
    }


def test_a_search_leads_to_the_labels_and_themes_that_are_called_so(client):
    html = page(client, "/quotes?q=expensive")
    (called,) = re.findall(r"By that name: (.*?)</p>", html, re.S)
    assert "Too expensive this year" in called and "/themes/" in called
    assert (
        'href="/quotes?label=price"' in re.search(r"By that name: (.*?)</p>", page(client, "/quotes?q=price"), re.S)[1]
    )
    assert "By that name" not in page(client, "/quotes?q=zebra") and "By that name" not in page(client, "/quotes")


def test_the_theme_on_a_card_is_opened_with_the_filters_of_the_page(client):
    html = page(client, "/quotes?kind=objection&segment=mid-market&since=2025-01-01&sort=best&q=spend")
    leads = re.findall(r'<a href="(/themes/\d+[^"]*)"><bdi>', html)
    assert leads and all(one.partition("?")[2] == "since=2025-01-01&amp;segment=mid-market" for one in leads)
    named = page(client, "/quotes?segment=mid-market&q=expensive")
    assert re.search(r'By that name: <a href="/themes/\d+\?segment=mid-market">', named)


def exported(client, query: str) -> list[dict]:
    answer = client.get(f"/api/v1/quotes/export{query}&format=csv")
    assert answer.status_code == 200 and answer.headers["content-disposition"].startswith("attachment")
    return list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))


def test_where_a_list_is_exported_it_says_how_many_quotes_have_no_row_and_why(client):
    counts, rows = listed(client, "")["counts"], exported(client, "?fold=on")
    left = counts["insights"] - len(rows)
    told = re.search(rf"Without a row: {left} of {counts['insights']} quotes: ([^<]*)", page(client, "/quotes"))[1]
    assert left > 0 and sum(int(n) for n in re.findall(r"(\d+) (?:says?|waits?) (?:again|behind)", told)) == left
    assert "Without a row" not in page(client, "/quotes?fold=off&spread=off")


def test_an_empty_database_says_where_quotes_come_from(empty_client):
    html = page(empty_client, "/quotes")
    assert "No quotes yet" in html and 'href="/uploads"' in html and 'class="seek"' not in html
    assert "Nothing matches" in page(empty_client, "/quotes?kind=objection")


def test_the_terminal_says_what_to_do_where_nothing_is_found(parley):
    assert "--by meaning" in parley("search", "price").stdout
    assert parley("search", "price", "--json").stdout == ""


def test_the_terminal_finds_what_the_page_finds(parley, tmp_path):
    (tmp_path / "notes.csv").write_text("date,account,notes\n2026-03-01,Acme,It is too expensive for us this year.\n")
    assert parley("ingest", "notes.csv").returncode == 0 and parley("mine").returncode == 0
    told = parley("search", "expensive").stdout
    assert "1 quote from 1 conversation and 1 account, newest first." in told and "too expensive" in told
    assert "Said beside the quote, not in it (" not in told
    (row,) = map(
        json.loads, parley("search", "costs more than we can pay", "--by", "meaning", "--json").stdout.splitlines()
    )
    assert row["account"] == "Acme" and 0 < row["likeness"] <= 1


@pytest.mark.parametrize(("back", "said"), [(1, "1 quote waits behind"), (2, "2 quotes wait behind")])
def test_what_waits_behind_others_is_told_as_one_or_many(client, db, back, said):
    found = search.find(db, Filters(), search.Ask())
    assert quotes_views.standing_back(replace(found, counts=replace(found.counts, back=back))).startswith(said)
