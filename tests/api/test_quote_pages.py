"""A quote's page, taking it out without names, and its address when it is gone."""

import re
from html import escape

import pytest

from api.documents import parts
from api.wording import words
from insights.records import Conversation, Insight, Participant, Utterance, stable_id
from pipelines.quotes import borders, quoting
from pipelines.store import conversations, insights
from pipelines.themes import ledger
from pipelines.uploads import settle
from pipelines.uploads.undo import undo

NOW = "2026-03-20T09:00:00+00:00"
SAID = "Dana from Acme told Bob Stone at bob@acme.example that Beacon is cheaper."
HOSTILE = "<script>alert(1)</script> \x00 \u202egnp.exe\u202c 😀 " + "x" * 10_000


def store(db, text=SAID, *, key="one", start=0, end=None, voice="verbatim", **facts):
    """One conversation with one quote; returns the quote's id."""
    given = {
        "account": "Acme, Inc.", "contact": "Dana Hill", "job_title": "CFO", "rep": "Kim Rowe",
        "fields": {"segment": "mid-market", "industry": "Logistics"}, "title": "Call",
    } | facts  # fmt: skip
    said = [Utterance("Kim Rowe", "seller", "verbatim", f"Question {n}?") for n in range(5)]
    said.append(Utterance(given["contact"], "seller" if voice == "reported" else "buyer", voice, text))
    said += [Utterance("Kim Rowe", "seller", "verbatim", f"Reply {n}.") for n in range(5)]
    conversation = Conversation(
        id=stable_id(key), kind="note" if voice == "reported" else "call", occurred_at="2026-03-01", utterances=tuple(said),
        participants=(Participant(given["contact"], role="buyer"),), **given,
    )  # fmt: skip
    end = len(text) if end is None else end
    with db.atomic():
        settle.write(db, [conversation], settle.knowledge(db))
        turn = conversations.utterances(db, conversation.id)[5]
        insights.replace(
            db, conversation.id, [(turn.id, text, Insight("objection", start, end, text[start:end], "price", 0.9))]
        )
    return stable_id(turn.id, "objection", start, end)


def first(db) -> str:
    return next(iter(db.query("SELECT id FROM insights WHERE kind = 'objection' ORDER BY id")))["id"]


def test_the_copy_is_masked_and_its_line_names_nobody(empty_client, db):
    quote = store(db)

    text = empty_client.get(f"/api/v1/quotes/{quote}/copy").json()["formats"]["text"]

    assert text.startswith("“[name] from [company] told [name] at [e-mail address] that Beacon is cheaper.”")
    assert not re.search("Dana|Acme|Bob|Stone", text)


def test_what_is_not_masked_stays_to_the_letter(empty_client, db):
    quote = store(db)

    pieces = empty_client.get(f"/api/v1/quotes/{quote}/copy").json()["taken"]["words"]["pieces"]

    assert all(SAID[p["start"] : p["end"]] == p["text"] for p in pieces if not p["kind"])
    assert [p["start"] for p in pieces[1:]] == [p["end"] for p in pieces[:-1]]


def test_the_original_is_one_explicit_choice(empty_client, db):
    quote = store(db)

    text = empty_client.get(f"/api/v1/quotes/{quote}/copy?style=full").json()["formats"]["text"]

    assert text == f"“{SAID}”\n— Dana Hill, CFO, Acme, Inc."


def test_a_line_that_fits_one_customer_only_is_made_coarser_and_said_to_be(empty_client, db):
    quote = store(db)
    store(
        db,
        "It is slow.",
        key="two",
        account="Other Ltd",
        contact="Al Bird",
        job_title="CFO",
        fields={"segment": "mid-market"},
    )

    taken = empty_client.get(f"/api/v1/quotes/{quote}/copy").json()["taken"]

    assert taken["choices"][0] == {"line": "CFO, mid-market logistics", "fits": 1}
    assert taken["choices"][taken["chosen"]]["fits"] != 1
    assert taken["coarser"]
    assert "fits only one of your customers" in empty_client.get(f"/quotes/{quote}").text


def test_the_exact_line_can_be_chosen_with_a_warning(empty_client, db):
    quote = store(db)

    page = empty_client.get(f"/quotes/{quote}/copy?level=0").text

    assert "whoever knows them recognises them" in page


@pytest.mark.parametrize("style", ["role", "segment", "full", "none"])
def test_a_note_is_copied_as_reported_in_every_style(empty_client, db, style):
    quote = store(db, "He finds it dear.", voice="reported")

    for made in empty_client.get(f"/api/v1/quotes/{quote}/copy?style={style}").json()["formats"].values():
        assert "as reported by the rep" in made


def test_hostile_words_are_text_on_the_page_and_in_every_format(empty_client, db):
    quote = store(db, HOSTILE, contact="<b>Dana</b> \u202e", account='"><b>Firm', title="<i>x</i>")

    for address in (f"/quotes/{quote}", f"/quotes/{quote}/copy", f"/quotes/{quote}?style=full", "/quotes"):
        page = empty_client.get(address)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
    formats = empty_client.get(f"/api/v1/quotes/{quote}/copy").json()["formats"]
    assert "<script>" not in formats["html"]
    assert "\\<script\\>" in formats["markdown"]


def test_the_page_shows_two_turns_around_and_more_on_demand(empty_client, db):
    quote = store(db)

    assert "Question 3?" in empty_client.get(f"/quotes/{quote}").text
    assert "Question 1?" not in empty_client.get(f"/quotes/{quote}").text
    assert "Question 1?" in empty_client.get(f"/quotes/{quote}?around=8").text


def test_page_and_interface_show_the_same_value(empty_client, db):
    quote = store(db)

    told = empty_client.get(f"/api/v1/quotes/{quote}").json()

    assert told["quote"]["text"] == SAID
    assert told["line"] == "CFO, mid-market logistics"
    assert told["permalink"] == f"http://localhost/quotes/{quote}"


def test_a_short_address_leads_to_the_quote(empty_client, db):
    quote = store(db)

    assert empty_client.get(f"/q/{quote[:8]}", follow_redirects=False).headers["location"] == f"/quotes/{quote}"


def test_an_undone_upload_leaves_a_page_that_says_so(client, db):
    quote = first(db)
    undo(db, 1)

    gone = client.get(f"/quotes/{quote}", headers={"accept": "text/html"})
    assert gone.status_code == 410
    assert "was undone" in gone.text
    assert client.get(f"/api/v1/quotes/{quote}").status_code == 410


def test_a_quote_that_somebody_says_is_none_says_so_in_plain_words_and_where_its_words_stand(client, db):
    """Nothing is gone: who said it when, the words, the way back, the place, and the comments stay."""
    quote = first(db)
    here, place = (
        f"/quotes/{quote}",
        next(db.query("SELECT conversation_id, utterance_id, text FROM insights WHERE id = ?", [quote])),
    )
    (position,) = db.execute("SELECT position FROM utterances WHERE id = ?", [place["utterance_id"]]).fetchone()
    theme = next(db.query("SELECT theme_id FROM theme_members WHERE insight_id = ?", [quote]))["theme_id"]
    assert "Not an objection<span" in client.get(here).text

    shown = client.post("/review/none", data={"quote": quote, "back": here}).text
    assert "<h1>Not an objection</h1>" in shown and "not there any more" not in shown and "nothing is kept" not in shown
    assert "Somebody without a login</bdi> said so on" in shown and escape(place["text"]) in shown
    assert f'/conversations/{place["conversation_id"]}#u-{position}"' in shown and 'id="comments"' in shown

    history = client.get(f"/themes/{theme}").text
    (line,) = re.findall(r'<a href="(/quotes/\w+)">\d+ quotes? left out: not an objection</a>', history)
    assert client.get(line).status_code == 410

    event = re.search(r'name="event" value="(\d+)"', shown)[1]
    back = client.post("/review/none/undo", data={"event": event, "back": here})
    assert back.status_code == 200 and "left out: not" not in client.get(f"/themes/{theme}").text


def test_a_quote_that_comes_back_is_there_again_with_what_was_said_of_it(empty_client, db):
    quote = store(db)
    empty_client.post(f"/quotes/{quote}/usage", data={"state": "approved", "base": 0, "name": "Ann"})
    db.execute("DELETE FROM conversations")
    assert "Approved with names, said by" in empty_client.get(f"/quotes/{quote}").text
    store(db)

    assert empty_client.get(f"/api/v1/quotes/{quote}").json()["usage"]["actor"] == "Ann"


def test_a_contact_of_another_account_is_masked_too(empty_client, db):
    quote = store(db, "Xanthe Quill showed us how it should be done.")
    store(db, "It is slow.", key="two", account="Other Ltd", contact="Xanthe Quill")

    assert "“[name] showed us" in empty_client.get(f"/api/v1/quotes/{quote}/copy").json()["formats"]["text"]


def test_another_account_that_is_named_is_masked_but_a_rival_is_not(empty_client, db):
    quote = store(db, "Zephyrine Foods told us that Beacon is cheaper.")
    store(db, "It is slow.", key="two", account="Zephyrine Foods GmbH")

    text = empty_client.get(f"/api/v1/quotes/{quote}/copy").json()["formats"]["text"]
    assert text.startswith("“[company] told us that Beacon is cheaper.”")


def test_a_person_who_was_taken_for_a_competitor_is_masked(empty_client, db):
    said = "The last word has Herr Doktor Wessling, and Beacon is cheaper."
    quote = store(db, said)
    turn = next(iter(db.query("SELECT utterance_id, conversation_id FROM insights WHERE id = ?", [quote])))
    found = [
        Insight("objection", 0, len(said), said, "price", 0.9),
        Insight("competitor", 18, 38, said[18:38], "incumbent", 0.9, name=said[18:38]),
    ]
    with db.atomic():
        insights.replace(db, turn["conversation_id"], [(turn["utterance_id"], said, one) for one in found])

    text = empty_client.get(f"/api/v1/quotes/{quote}/copy").json()["formats"]["text"]
    assert "has Herr Doktor [name], and Beacon is cheaper" in text


def test_a_quote_with_other_borders_leads_to_what_stands_there_now(empty_client, db):
    quote = store(db, end=20)
    moved = store(db, end=30)

    answer = empty_client.get(f"/quotes/{quote}", follow_redirects=False)

    assert answer.headers["location"] == f"/quotes/{moved}?was={quote}"


def test_a_redacted_utterance_says_that_the_words_are_gone(empty_client, db):
    quote = store(db)
    store(db, "[redacted]", end=5)
    db.execute("DELETE FROM insights")

    assert "changed or redacted" in empty_client.get(f"/quotes/{quote}").text


def test_nothing_of_a_gone_quotes_words_is_kept(empty_client, db):
    store(db)
    db.execute("DELETE FROM conversations")

    assert "Acme" not in str(list(db.query("SELECT * FROM gone_quotes")))


def test_a_rejected_quote_says_that_it_was_reviewed(client, db):
    quote = first(db)
    db.execute("UPDATE insights SET standing = 'rejected' WHERE id = ?", [quote])

    assert "A reviewer said that this is no objection" in client.get(f"/quotes/{quote}").text


@pytest.mark.parametrize(
    "address", ["/quotes/nonsense", "/quotes/0000000000000000", "/q/zz", "/q/00000000", "/quotes/%00"]
)
def test_an_address_that_never_was_is_not_found(empty_client, address):
    assert empty_client.get(address).status_code == 404


def test_approval_needs_a_name_and_remembers_it(client, db):
    quote = first(db)

    assert client.post(f"/quotes/{quote}/usage", data={"state": "approved", "base": 0}).status_code == 422
    named = client.post(f"/quotes/{quote}/usage", data={"state": "approved", "base": 0, "name": "Ann Ø"})
    assert "Approved with names" in named.text
    assert 'value="Ann Ø"' in named.text
    assert quote in str(client.get("/api/v1/quotes?usage=approved").json())
    assert quote not in str(client.get("/api/v1/quotes?usage=internal&limit=200").json())


@pytest.mark.parametrize("state", ["approved", "anonymised"])
def test_who_may_use_a_quote_is_said_with_a_name_that_is_typed(client, db, state):
    quote = first(db)
    client.post(f"/quotes/{quote}/usage", data={"state": "internal", "base": 0, "name": "Ann"})

    refused = client.post(f"/quotes/{quote}/usage", data={"state": state, "name": "", "note": "by mail"})

    assert refused.status_code == 422
    assert 'id="usage-name-why" role="alert"' in refused.text
    assert 'value="by mail"' in refused.text
    assert re.search(rf'value="{state}" checked', refused.text)
    assert client.get(f"/api/v1/quotes/{quote}").json()["usage"]["state"] == "internal"


@pytest.mark.parametrize("note", ["by mail", ""])
def test_the_same_said_twice_is_one_entry_of_the_history(client, db, note):
    quote = first(db)
    for said in ("by mail", note):
        client.post(f"/quotes/{quote}/usage", data={"state": "approved", "name": "Ann", "note": said})

    told = client.get(f"/api/v1/quotes/{quote}").json()
    assert [(one["state"], one["note"]) for one in told["history"]] == [("approved", "by mail")]


def test_filter_tag_and_form_say_what_a_quote_may_be_used_for_in_the_same_words(client, db):
    quote = first(db)
    client.post(f"/quotes/{quote}/usage", data={"state": "anonymised", "base": 0, "name": "Ann"})

    listed = client.get("/quotes?usage=anonymised").text
    assert "<bdi>Without names</bdi>" in listed.partition('id="facets"')[2]
    assert '<span class="tag use-anonymised">Without names</span>' in listed
    assert "<span>Without names</span>" in client.get(f"/quotes/{quote}").text
    assert "Anonymised" not in listed


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("pellwick.example/blog/changeover", "https://pellwick.example/blog/changeover"),
        ("http://pellwick.example", "http://pellwick.example"),
        ("www.pellwick.example:8080?a=b", "https://www.pellwick.example:8080?a=b"),
    ],
)
def test_an_address_may_be_typed_without_its_scheme(client, db, typed, kept):
    quote = first(db)
    client.post(f"/quotes/{quote}/uses", data={"title": "Blog", "address": typed})

    (use,) = client.get(f"/api/v1/quotes/{quote}/uses").json()
    assert use["address"] == kept


@pytest.mark.parametrize("typed", ["our blog", "changeover", "mailto:a@b.example", "pellwick.example/a b"])
def test_what_is_no_address_is_refused_beside_its_field(client, db, typed):
    answer = client.post(f"/quotes/{first(db)}/uses", data={"title": "Blog", "address": typed})

    assert answer.status_code == 422
    assert 'id="use-address-why" role="alert"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert 'value="Blog"' in answer.text


def test_two_who_set_the_usage_do_not_overwrite_each_other(client, db):
    quote = first(db)
    client.post(f"/quotes/{quote}/usage", data={"state": "anonymised", "base": 0, "name": "Ann"})

    second = client.post(f"/quotes/{quote}/usage", data={"state": "approved", "base": 0, "name": "Ben"})

    assert second.status_code == 409
    assert "Meanwhile Ann" in second.text


def test_a_usage_can_be_undone_and_stays_in_the_history(client, db):
    quote = first(db)
    event = client.post(f"/api/v1/quotes/{quote}/usage", json={"state": "approved", "actor": "Ann"}).json()["id"]
    client.post(f"/quotes/{quote}/usage/{event}/undo")

    told = client.get(f"/api/v1/quotes/{quote}").json()
    assert told["usage"]["state"] == "internal"
    assert told["history"][0]["undone_at"]


def test_what_may_not_be_used_any_more_and_stands_somewhere_says_so(client, db):
    quote = first(db)
    for state in ("approved", "internal"):
        assert "and stands there" not in client.get(f"/quotes/{quote}").text
        client.post(f"/api/v1/quotes/{quote}/usage", json={"state": state, "actor": "Ann"})
        client.post(f"/quotes/{quote}/uses", data={"title": f"Page of {state}"})
    assert "It may not be used outside, and stands there." in client.get(f"/quotes/{quote}").text
    made = client.post("/api/v1/collections", json={"title": "Article", "quotes": [quote]}).json()["id"]
    assert "not to be used outside, and it stands there" in client.get(f"/collections/{made}").text


def test_a_use_is_noted_removed_and_brought_back(client, db):
    quote = first(db)
    client.post(
        f"/quotes/{quote}/uses", data={"title": "Pricing page", "address": "https://example.org/p", "day": "2026-03-01"}
    )
    (use,) = client.get(f"/api/v1/quotes/{quote}/uses").json()
    gone = client.post(f"/quotes/{quote}/uses/{use['id']}/remove")
    assert "Took the use away" in gone.text
    client.post(f"/quotes/{quote}/uses/{use['id']}/restore")

    assert "Pricing page" in client.get(f"/quotes/{quote}").text


def test_a_use_with_a_script_for_an_address_is_refused(client, db):
    answer = client.post(f"/quotes/{first(db)}/uses", data={"title": "x", "address": "javascript:alert(1)"})

    assert answer.status_code == 422


def test_the_style_is_remembered_but_never_the_names(client, db):
    quote = first(db)
    client.get(f"/quotes/{quote}?style=segment")
    assert client.cookies["parley_style"] == "segment"
    client.get(f"/quotes/{quote}?style=full")
    assert client.cookies["parley_style"] == "segment"


def test_others_like_it_come_from_other_accounts_of_the_same_theme(db, say):
    ((one, two),) = say(["It is too dear for us", "Far too dear for what it does"])
    theme = ledger.create(db, "objection", ledger.NewTheme("Price", "price", ()), now=NOW).theme
    ledger.join(db, {one: (theme, 0.9), two: (theme, 0.9)}, now=NOW)

    assert [quote.id for quote in quoting.alike(db, insights.get(db, one))] == [two]


def test_the_conversation_lands_on_the_quote(client, db):
    quote = first(db)
    conversation = client.get(f"/api/v1/quotes/{quote}").json()["quote"]["conversation_id"]

    page = client.get(f"/conversations/{conversation}?quote={quote}").text

    assert f'id="q-{quote}"' in page
    assert " chosen" in page


LEAD = "Good to talk."
WHOLE = "On security though it's plain that our data must stay in the EU."
FOUND = "our data must stay in the EU"


def part_of(db, text: str, found: str = FOUND) -> str:
    start = text.index(found)
    return store(db, text, start=start, end=start + len(found))


def test_a_part_of_a_sentence_is_quoted_with_the_rest_of_it(empty_client, db):
    quote = part_of(db, f"{LEAD} {WHOLE} Bye.")

    found = insights.get(db, quote)
    assert (found.said, found.cut, found.text) == (WHOLE, (False, False), FOUND)
    start, end = found.span
    assert f"{LEAD} {WHOLE} Bye."[start:end] == WHOLE
    assert WHOLE in empty_client.get(f"/api/v1/quotes/{quote}/copy").json()["formats"]["text"]
    card = empty_client.get("/quotes").text
    begins, ends = (
        '“<span class="beside">On security though it&#39;s plain that </span>',
        '<span class="beside">.</span>”',
    )
    assert f"{begins}our data must stay in the EU{ends}" in card


def test_of_an_endless_sentence_the_part_alone_is_quoted_and_says_so(db):
    found = insights.get(db, part_of(db, f"{'and then we talked, ' * 12}and {FOUND}, and so on."))

    assert (found.said, found.cut) == (FOUND, (True, True))


def test_where_a_person_set_the_borders_they_stand(db):
    quote = part_of(db, f"{LEAD} {WHOLE}")
    text = f"{LEAD} {WHOLE}"
    borders.put(db, quote, text.index("data must"), text.index(" in the EU"), now=NOW, actor="Ann")

    found = insights.get(db, quote)
    assert (found.said, found.cut) == ("data must stay", (True, True))


def test_what_leaves_says_no_more_of_who_said_it_than_fits_two_customers(db):
    """Of one customer alone it is known that a CFO of a mid-market company said something."""
    quote = insights.get(db, store(db))
    store(
        db, "Too dear for us.", key="two", account="Brio", fields={"segment": "enterprise"}, job_title="Head of Finance"
    )

    safe = quoting.take(db, quote).line
    assert quoting.take(db, quote).coarser and quoting.said_by(quote) != safe
    assert words.leaving(db, quote, original=False).startswith(f"{safe} (")
    assert parts.quoted(db, [quote.id])[0].source.startswith(f"{safe} (")


def test_no_quote_goes_over_an_empty_line(db):
    """A greeting is no part of the sentence that follows it in small letters, as German mails write it."""
    text = "Sehr geehrte Frau Klein,\n\nwir finden that our data must stay in the EU\n\nregards"
    assert insights.get(db, part_of(db, text)).said == "wir finden that our data must stay in the EU"


def test_a_point_of_a_note_is_quoted_without_the_points_around_it(db):
    note = "price too high\nsays our data must stay in the EU or nothing\nboss decides in may"
    assert insights.get(db, part_of(db, note)).said == "says our data must stay in the EU or nothing"


def test_lines_that_a_mail_broke_are_one_sentence_and_a_title_ends_none(db):
    mail = "Hello,\nDr. Smith told us last week that, whatever the price may be,\nour data must stay in the EU. Bye."
    said = "Dr. Smith told us last week that, whatever the price may be,\nour data must stay in the EU."
    assert insights.get(db, part_of(db, mail)).said == said


def test_a_wrong_label_is_corrected_on_the_quotes_page_as_in_the_review_and_taken_back(client, db):
    quote = first(db)
    here = f"/quotes/{quote}"

    def label() -> str:
        return client.get(f"/api/v1{here}").json()["quote"]["label"]

    found, others = label(), dict(db.execute("SELECT id, label FROM insights WHERE id <> ?", [quote]).fetchall())
    assert f'<option value="{found}" selected>' in client.get(here).text and found != "timing"

    shown = client.post(f"{here}/label", data={"label": "timing", "name": "Ann"})
    assert shown.status_code == 200 and label() == "timing"
    assert "Label set to “Timing”" in shown.text and re.search(
        r"set by <bdi>Ann</bdi>, [^;]+; found as \w+", shown.text
    )
    assert dict(db.execute("SELECT id, label FROM insights WHERE id <> ?", [quote]).fetchall()) == others
    assert quote in client.get("/quotes?label=timing").text

    client.post(f"{here}/label", data={"label": "timing", "name": "Bob"})  # it has that label: nothing is said anew
    (event,) = set(re.findall(r"/label/(\d+)/undo", client.get(here).text))
    assert client.post(f"{here}/label/{event}/undo").status_code == 200 and label() == found
    assert client.post(f"{here}/label/{event}/undo").status_code == 404
    assert client.post(f"{here}/label", data={"label": "nonsense"}).status_code == 422 and label() == found


def test_a_dash_or_a_letter_alone_beside_a_quote_is_not_shown_on_its_card(empty_client, db):
    said = "Is pricing seat-based or usage-based?"
    store(db, f"- {said} I", start=2, end=2 + len(said))
    (card,) = re.findall(r"<blockquote.*?</blockquote>", empty_client.get("/quotes").text)
    assert f"“{said}”" in card and "beside" not in card


def test_a_conversation_tells_the_quote_that_one_came_from_as_the_list_did(empty_client, db):
    text = "Good to meet you. We have twenty-two pickers, two of them deaf, so it should be seen. Bye."
    quote = store(db, text, start=text.index("We have"), end=text.index(", two of"))
    conversation = empty_client.get(f"/api/v1/quotes/{quote}").json()["quote"]["conversation_id"]
    page = empty_client.get(f"/conversations/{conversation}?quote={quote}").text
    assert "You came from “<bdi>We have twenty-two pickers, two of them deaf, so it should be seen.</bdi>”" in page
