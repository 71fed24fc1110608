"""Accounts, signals and who raised a theme: the pages, the interface, the terminal, and who may see them."""

import csv
import html
import io
import re

import pytest
from starlette.testclient import TestClient

from api.gate.access import least_role
from insights.records import Conversation, CrmRecord, Insight, Participant, Utterance
from insights.signals import Signal, account_id, in_short
from pipelines.access import reps
from pipelines.ingest import ingest
from pipelines.privacy import forget, originals, persons
from pipelines.sales import account_lists, call_lists, signals
from pipelines.store import conversations, crm, insights, signal_rows, themes
from pipelines.store.filters import Filters
from pipelines.uploads import settle
from tests.api import signing
from tests.api.conftest import NOW, PRICE, SECURITY, TODAY, fill

CALLS = "/api/v1/signals/calls?format=csv"


def reopen(db) -> None:
    """Half of the accounts' deals are open, and nobody replied to what was said in them."""
    with db.atomic():
        db.execute("UPDATE conversations SET outcome = 'open' WHERE CAST(substr(account, 9) AS INTEGER) % 2 = 0")
        db.execute("UPDATE insights SET follow_up = 'open' WHERE kind <> 'competitor'")


@pytest.fixture
def filled(db, company) -> None:
    company(db)
    reopen(db)


def theme(db, kind: str = "objection") -> int:
    return next(one.id for one in themes.active(db, kind))


def test_an_accounts_open_signals_lead_to_the_words_they_rest_on(client):
    row = re.search(r'href="(/accounts/[0-9a-f]{16})"', client.get("/accounts").text)
    shown = client.get(row[1]).text
    place = re.search(r'href="(/conversations/[0-9a-f]+\?quote=[0-9a-f]+)#u-\d+"', shown)
    assert (SECURITY in shown or PRICE in shown) and client.get(place[1]).status_code == 200
    assert re.search(r'href="/themes/(\d+)">[^<]+</a>.*?href="/answers\?theme=\1">What do I send\?', shown, re.S)


def test_an_account_opens_with_what_was_said_last_and_counts_as_the_page_of_quotes_does(client, db):
    row = re.search(r'href="(/accounts/[0-9a-f]{16})">([^<]+)<', client.get("/accounts").text)
    view = client.get(row[1], headers={"accept": "application/json"}).json()
    shown, quotes = client.get(row[1]).text, client.get("/quotes", params={"account": row[2]}).text
    sql = "SELECT max(day) FROM conversations c JOIN insights i ON i.conversation_id = c.id WHERE account = ?"
    assert view["newest"][0]["day"] == db.execute(sql, [row[2]]).fetchone()[0]
    assert (
        shown.index('id="last"') < shown.index('class="signal"') and f'data-take="{view["newest"][0]["id"]}"' in shown
    )
    assert f"{view['quotes']} quote" in quotes and f"from {view['quoted']} conversation" in quotes
    assert f"from {view['quoted']} of {view['row']['conversations']} conversation" in shown
    signal = shown[shown.index('class="signal"') :]
    assert signal.count("data-take=") >= signal.count('class="quoted"') > 0


def test_what_was_found_as_two_things_stands_once_in_what_was_said_last_with_both(db):
    said = "Kestrel-ware quoted 20% less than us"
    one = Conversation(
        id="k1", kind="call", title="k1", occurred_at="2026-02-01", account="Firm K", utterances=(Utterance("Dana", "buyer", "verbatim", said),)
    )  # fmt: skip
    with db.atomic():
        settle.write(db, [one], settle.knowledge(db))
        turn = conversations.utterances(db, "k1")[0]
        found = [
            Insight("objection", 0, len(said), said, "price", 0.9),
            Insight("competitor", 0, 12, said[:12], "mentioned", 0.9),
        ]
        insights.replace(db, "k1", [(turn.id, said, each) for each in found])
    newest, kinds = account_lists._newest(db, "Firm K")
    assert [quote.text for quote in newest] == [said]
    assert kinds[newest[0].id] == ("objection", "competitor")


@pytest.mark.parametrize(
    ("query", "found"),
    [("name=account+0", 10), ("name=nobody", 0), ("signal=competitor:incumbent", None), ("signal=question", None), ("segment=enterprise", None)],
)  # fmt: skip
def test_accounts_are_found_by_name_and_by_what_is_open(client, query, found):
    view = client.get(f"/accounts?{query}", headers={"accept": "application/json"}).json()
    assert view["found"] == found if found is not None else 0 < view["found"] <= 23


def test_a_deal_that_was_lost_and_is_called_open_later_is_open_with_what_is_open_in_it(client, db):
    def rows() -> dict[str, dict]:
        view = client.get("/accounts", headers={"accept": "application/json"}).json()
        return {row["name"]: row for row in view["rows"]}

    def listed(name: str) -> dict:
        return rows()[name]

    one = next(name for name, row in rows().items() if row["conversations"] > 1 and row["open"])
    days = [
        day for (day,) in db.execute("SELECT DISTINCT day FROM conversations WHERE account = ? ORDER BY day", [one])
    ]
    before = listed(one)
    with db.atomic():
        db.execute("UPDATE conversations SET outcome = 'lost' WHERE account = ? AND day = ?", [one, days[0]])
    after = listed(one)
    assert (after["lost"], len(after["open"])) == (0, len(before["open"]))
    with db.atomic():
        db.execute("UPDATE conversations SET outcome = 'lost' WHERE account = ? AND day = ?", [one, days[-1]])
    assert (listed(one)["lost"], listed(one)["open"]) == (1, [])


def test_an_account_that_there_is_not_is_not_found(client):
    assert client.get("/accounts/0123456789abcdef").status_code == 404


def test_the_table_is_read_page_by_page_without_a_gap(client):
    whole = client.get("/api/v1/signals?limit=200").json()["items"]
    parts, after = [], ""
    while after is not None:
        page = client.get("/api/v1/signals", params={"limit": 7, "after": after}).json()
        parts += page["items"]
        after = page["next"]
    assert [one["id"] for one in parts] == [one["id"] for one in whole] and len({one["id"] for one in whole}) == len(
        whole
    ) > 14


@pytest.mark.parametrize("after", ["x", "2026-01-01", "2026-01-01~zz", "~"])
def test_a_cursor_that_is_none_is_refused(client, after):
    assert client.get("/api/v1/signals", params={"after": after}).status_code == 422


def test_a_file_holds_every_open_signal_and_nobodys_words(client):
    listed = client.get("/api/v1/signals?limit=200").json()["items"]
    answer = client.get("/api/v1/signals?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert {row["Signal id"] for row in rows} == {one["id"] for one in listed}
    assert SECURITY not in answer.text and PRICE not in answer.text


def rows_of(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))


def test_a_file_of_accounts_holds_what_the_page_was_narrowed_to(client):
    shown = client.get("/accounts", params={"signal": "question:unanswered", "name": "account 0"}).text
    address = html.unescape(re.search(r'href="(/api/v1/signals/calls\?[^"]*format=csv)"', shown)[1])
    rows = rows_of(client.get(address))
    assert rows and all(
        "Question without an answer" in row["What is open"] and "Account 0" in row["Account"] for row in rows
    )
    assert len(rows) < len(rows_of(client.get(CALLS)))
    chosen = address.replace("/signals/calls", "/signals")
    assert {row["Type"] for row in rows_of(client.get(chosen))} == {"question"}


def test_an_exported_signal_opens_its_newest_quote_by_a_full_address(client):
    client.app.state.settings = client.app.state.settings.model_copy(update={"public_url": "https://parley.example"})
    row = next(one for one in rows_of(client.get("/api/v1/signals?format=csv")) if one["Newest quote"])
    assert row["Address"].startswith("https://parley.example/accounts/")
    assert client.get(row["Newest quote"].removeprefix("https://parley.example")).status_code == 200


def test_an_exported_contact_opens_the_conversation_by_a_full_address(client, db):
    row = rows_of(client.get(f"/api/v1/themes/{theme(db)}/accounts?format=csv"))[0]
    path = row["Address"].removeprefix(str(client.base_url).rstrip("/"))
    assert path.startswith("/conversations/") and client.get(path).status_code == 200


def test_each_signal_has_its_definition_and_a_warning_where_the_deals_are_too_few(client):
    told = client.get("/api/v1/signals/definitions").json()
    assert all(one["meaning"] and one["title"] for one in told)
    few = [one for one in told if one["association"]["standing"] == "too few"]
    assert few and all(one["association"]["p"] is None for one in few)
    assert "Too few to say" in client.get("/accounts/signals").text


def test_changes_are_read_from_a_cursor_on(client, db):
    signals.note_changes(db, today=TODAY, now=signing.START)
    first = client.get("/api/v1/signals/changes?since=0&limit=5").json()
    rest = client.get(f"/api/v1/signals/changes?since={first['next']}&limit=200").json()
    assert (len(first["items"]), first["more"], rest["more"]) == (5, True, False)
    assert rest["items"][0]["id"] == first["next"] + 1
    assert client.get(f"/api/v1/signals/changes?since={rest['next']}").json()["items"] == []


def test_an_address_for_changes_is_added_paused_and_removed(client, db):
    client.post("/accounts/signals/addresses", data={"url": "https://crm.example/hook"})
    assert "https://crm.example/" in client.get("/accounts/signals/addresses").text
    for status in ("paused", "active", "removed"):
        client.post("/accounts/signals/addresses/1", data={"status": status})
        assert signal_rows.hook(db, 1).status == status
    assert "Bring back, paused" in client.get("/accounts/signals/addresses").text


def test_an_address_that_is_none_is_told_on_the_page(client):
    answer = client.post("/accounts/signals/addresses", data={"url": "ftp://crm.example"})
    assert 'role="alert"' in answer.text


def test_who_said_no_is_left_out_and_counted(client, db):
    number = theme(db)
    before = client.get(f"/api/v1/themes/{number}/accounts").json()
    victim = before["people"][0]
    with db.atomic():
        db.execute(
            """INSERT INTO conversation_fields SELECT id, 'do_not_contact', 'yes' FROM conversations WHERE account = ? AND contact = ?""",
            [victim["account"], victim["contact"]],
        )
    after = client.get(f"/api/v1/themes/{number}/accounts").json()
    assert (len(after["people"]), after["refused"]) == (len(before["people"]) - 1, 1)
    answer = client.get(f"/api/v1/themes/{number}/accounts?format=csv").text
    assert f"{victim['account']},{victim['contact']}," not in answer
    assert "1 contact said no and is left out" in client.get(f"/accounts/raised/{number}").text


def test_whoever_was_forgotten_is_in_no_list(client, db, settings):
    number = theme(db)
    signals.note_changes(db, today=TODAY, now=signing.START)
    victim = client.get(f"/api/v1/themes/{number}/accounts").json()["people"][0]
    asked = persons.Asked(victim["contact"], victim["account"])
    forget.forget(
        db, asked, settings.home, confirmed=asked.given, now=lambda: signing.START, actor="test"
    )  # fmt: skip
    signals.note_changes(db, today=TODAY, now=signing.START)
    for path in (
        f"/api/v1/themes/{number}/accounts?format=csv",
        f"/accounts/raised/{number}",
        f"/accounts/{victim['account_id']}",
    ):
        shown = client.get(path).text
        assert not re.search(rf"{re.escape(victim['account'])}[^\n]{{0,120}}{re.escape(victim['contact'])}", shown), (
            path
        )
    people = client.get(f"/api/v1/themes/{number}/accounts").json()["people"]
    assert (victim["account"], victim["contact"]) not in {(one["account"], one["contact"]) for one in people}
    resting = {i for one in client.get("/api/v1/signals?limit=200").json()["items"] for i in one["evidence"]}
    assert resting == insights.several(db, sorted(resting)).keys()


@pytest.mark.parametrize(
    "path",
    [
        "/accounts",
        "/accounts/signals",
        "/accounts/signals/addresses",
        "/shared",
        "/shared/settings",
        "/reports/personas",
    ],
)
def test_a_page_is_json_for_who_asks_for_json(client, path):
    told = client.get(path, headers={"accept": "application/json"})
    assert isinstance(told.json(), dict) and client.get(path).headers["content-type"].startswith("text/html")


def test_the_secret_of_an_address_is_in_no_json_and_for_contributors_alone(client, db):
    made = signals.add_hook(db, "https://crm.example/hook", now=signing.START, actor="test")
    assert made.secret in client.get("/accounts/signals/addresses").text
    assert made.secret not in client.get("/accounts/signals/addresses", headers={"accept": "application/json"}).text
    assert least_role("GET", "/accounts/signals/addresses") == "contributor"


def test_who_raised_it_counts_contacts_by_name_and_tells_of_conversations_without_one(client, db):
    db.execute("UPDATE conversations SET contact = '' WHERE account_key = 'account 00'")
    people = client.get(f"/api/v1/themes/{theme(db)}/accounts").json()["people"]
    named = sum(bool(one["contact"]) for one in people)
    shown = client.get(f"/accounts/raised/{theme(db)}").text
    assert 0 < named < len(people)
    assert re.search(rf"{named} contacts? of \d+ accounts? raised it", shown) and "name no contact: a row each" in shown


def test_without_a_column_on_consent_the_list_says_that_nothing_is_known(client, db):
    assert "No upload has a column on consent" in client.get(f"/accounts/raised/{theme(db)}").text


def test_who_said_no_in_the_crms_contacts_is_left_out_also_where_no_id_joins_them(client, db, tmp_path):
    table = f"/api/v1/themes/{theme(db)}/accounts?format=csv"

    def consents() -> dict[tuple[str, str], str]:
        rows = csv.DictReader(io.StringIO(client.get(table).text.lstrip("\ufeff")))
        return {(row["Account"], row["Contact"]): row["Consent"] for row in rows}

    before = consents()
    refuses, agrees = list(before)[:2]
    said = ((*refuses, "Yes"), (*agrees, "No"), ("Elsewhere", refuses[1], "Yes"))
    rows = "".join(f"C{n},{name},{account},{out}\n" for n, (account, name, out) in enumerate(said))
    (tmp_path / "contacts.csv").write_text(f"Contact ID,Full Name,Account Name,Email Opt Out\n{rows}")
    ingest(db, [tmp_path / "contacts.csv"], title="contacts", now=lambda: NOW)
    assert consents() == {**{one: "not known" for one in before if one != refuses}, agrees: "yes"}
    shown = client.get(f"/accounts/raised/{theme(db)}").text
    assert "By “Email Opt Out” 1 contact said no and is left out" in shown


def test_the_call_list_has_a_row_for_each_open_deal_in_words_with_a_quote_and_a_link(client, db):
    with db.atomic():
        db.execute("UPDATE conversations SET rep = 'Quillon Zarbeck', contact = 'Sam Hill', stage = 'Decision'")
    rows = rows_of(client.get(CALLS))
    deals = {one["deal_id"] for one in client.get("/api/v1/signals?limit=200").json()["items"]}
    assert len(rows) == len({row["Account"] for row in rows}) == len(deals) > 5
    assert {(row["Owner"], row["Contact"], row["Stage"]) for row in rows} == {
        ("Quillon Zarbeck", "Sam Hill", "Decision")
    }
    said = next(row for row in rows if "Question without an answer" in row["What is open"] and row["They said"])
    assert re.fullmatch(r"“.+” \(\d+ \w{3} \d{4}\)", said["They said"])
    assert client.get(said["Quote in Parley"].partition("#")[0]).status_code == 200
    assert not any(re.fullmatch("[0-9a-f]{16}", cell) for row in rows for cell in row.values())
    assert "Export call list" in client.get("/accounts").text


def deal(db, name: str, day: str, *, id: str = "", account: str = "Winmark") -> str:
    """A call of a deal in which a price is objected to; returns the account's id."""
    said = "That is too expensive for us."
    people = (Participant("Dana Wu", "dana@winmark.example"),)
    keys = (*((f"name:{name.casefold()}",) if name else ()), *((f"id:deal:{id}",) if id else ()))
    one = Conversation(
        id=f"w{day}{id}", kind="call", title="", occurred_at=day, account=account, utterances=(Utterance("Dana Wu", "buyer", "verbatim", said),),
        fields={"Opp": name}, keys=keys, participants=people,
    )  # fmt: skip
    with db.atomic():
        settle.write(db, [one], settle.knowledge(db))
        (turn,) = conversations.utterances(db, one.id)
        found = Insight("objection", 0, len(said), said, "price", 0.9, follow_up="open")
        insights.replace(db, one.id, [(turn.id, said, found)])
    return account_id(db.execute("SELECT account_key FROM conversations WHERE id = ?", [one.id]).fetchone()[0])


def test_a_deal_is_called_as_it_was_written_last(client, db):
    deal(db, "WINMARK - new deal", "2025-06-02")
    account = deal(db, "Winmark – New Deal", "2025-06-03")
    deal(db, "Winmark - New Deal", "2025-07-01")
    deal(db, "Winmark - Renewal", "2025-07-02", id="4711")
    shown = client.get(f"/accounts/{account}").text
    assert re.findall(r'<h2 id="d-[0-9a-f]+"><bdi>(.+?)</bdi>', shown) == ["Winmark - Renewal", "Winmark - New Deal", "Winmark – New Deal"]  # fmt: skip


def test_a_row_of_the_call_list_has_what_an_import_asks_for(client, db):
    deal(db, "Winmark - Renewal", "2025-07-02", id="4711")
    (row,) = (one for one in rows_of(client.get(CALLS)) if one["Account"] == "Winmark")
    wanted = {
        "Deal": "Winmark - Renewal", "CRM deal id": "4711", "Account domain": "winmark.example", "Outcome": "open", "Last heard": "2025-07-02",
        "Silent since": "2025-07-02", "Days silent today": "261", "Objection without an answer": "Price", "Question without an answer": "",
        "CRM account id": "",
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted
    assert "Silent since 2 Jul 2025" in row["What is open"]
    for link in ("Quote in Parley", "Account in Parley"):
        assert client.get(row[link].partition("#")[0]).status_code == 200


def test_what_is_open_where_no_account_is_named_is_told_wherever_it_is_left_out(client, db):
    before = client.get("/api/v1/signals/calls").json()
    deal(db, "", "2025-07-02", account="")
    after = client.get("/api/v1/signals/calls").json()
    assert (
        (len(after["items"]), after["unnamed"])
        == (len(before["items"]), before["unnamed"] + 1)
        == (len(before["items"]), 1)
    )
    assert "1 further deal with something open names no account" in client.get("/api/v1/signals/calls?format=md").text
    accounts, signals = client.get("/accounts").text, client.get("/accounts/signals").text
    assert "1 conversation names no account and is not here, with 2 open signals that stand in the table of signals alone." in accounts  # fmt: skip
    assert signals.count(", 1 without one</span>") == 2  # the objection, and silence
    assert "1 of these deals names no account and is in no list of accounts and no call list." in signals


def test_a_list_of_one_sort_of_signal_says_how_many_there_are_in_plain_words(client):
    shown = client.get("/accounts?signal=objection").text
    assert re.search(r"\d+ open signals? of this sort", shown) and " times in them" not in shown


def test_a_call_list_on_paper_has_no_empty_columns(client, db):
    head = client.get("/api/v1/signals/calls?format=md").text.partition("| Account |")[2].partition("\n")[0]
    assert "What is open" in head and "Deal" not in head and "Days silent" not in head


def test_who_said_no_is_in_no_row_of_the_call_list(client, db):
    first, second = [row["Account"] for row in rows_of(client.get(CALLS))][:2]
    with db.atomic():
        db.execute("UPDATE conversations SET contact = 'Sam Hill'")
        told = list(db.query("SELECT id, account FROM conversations"))
        for one in told:
            name = {first: "account do not contact", second: "do not contact"}.get(one["account"])
            if name:
                db["conversation_fields"].insert({"conversation_id": one["id"], "name": name, "value": "yes"})
    rows = {row["Account"]: row for row in rows_of(client.get(CALLS))}
    assert first not in rows and rows[second]["Contact"] == "" and rows[second]["Consent"].startswith("said no")
    assert {row["Contact"] for account, row in rows.items() if account != second} == {"Sam Hill"}
    assert "1 account said no" in client.get("/api/v1/signals/calls?format=md").text


def test_the_owner_of_a_deal_is_told_to_who_may_see_that_rep(tmp_path, db):
    app = signing.serve(signing.settings_of(tmp_path), signing.Time())
    fill(db)
    reopen(db)
    with db.atomic():
        db.execute("UPDATE conversations SET rep = 'Quillon Zarbeck'")
    key = signing.token(db, signing.add(db, "admin"), "admin")
    headers = {"authorization": f"Bearer {key}"}
    with signing.browser(app) as client:
        for chosen, owners in (("self", {""}), ("admin", {"Quillon Zarbeck"})):
            reps.choose(db, chosen)
            assert {row["Owner"] for row in rows_of(client.get(CALLS, headers=headers))} == owners


def test_the_crms_id_of_an_account_stands_wherever_the_account_is_listed_and_on_its_page(client, db):
    row = next(one for one in account_lists.listed(db, Filters(), today=TODAY)[1] if one.open)
    with db.atomic():
        crm.add(db, [CrmRecord("account", ("id:account:k-1", "as:account:K-1"), {"account": row.name})])
    number = theme(db)
    signal_table, people_table = (
        f"/api/v1/signals?format=csv&account_id={row.id}",
        f"/api/v1/themes/{number}/accounts?format=csv",
    )
    for path in (signal_table, CALLS, people_table):
        told = [one for one in rows_of(client.get(path)) if one["Account"] == row.name]
        assert {one["CRM account id"] for one in told} == {"K-1"}, path
    for path in (f"/api/v1/signals?account_id={row.id}", "/api/v1/signals/calls"):
        items = client.get(path).json()["items"]
        assert {one["crm_account_id"] for one in items if one["account"] == row.name} == {"K-1"}
    people = client.get(f"/api/v1/themes/{number}/accounts").json()["people"]
    assert {one["crm_account_id"] for one in people if one["account"] == row.name} == {"K-1"}
    assert {one["crm_account_id"] for one in people if one["account"] != row.name} == {""}
    shown = client.get(f"/accounts/{row.id}").text
    assert "In your CRM: <code" in shown and 'data-copy="K-1"' in shown
    other = next(one for one in account_lists.listed(db, Filters(), today=TODAY)[1] if one.name != row.name)
    assert "In your CRM" not in client.get(f"/accounts/{other.id}").text


def test_who_sees_no_names_is_told_no_ids_of_accounts(tmp_path, db):
    app = signing.serve(signing.settings_of(tmp_path), signing.Time())
    fill(db)
    with db.atomic():
        db.execute("INSERT INTO conversation_keys SELECT 'id:account:998877', id FROM conversations")
    viewer = signing.token(db, signing.add(db, "viewer"), "read")
    originals.settle(db, sees="contributor", now=signing.START, actor="test")
    asked = {"authorization": f"Bearer {viewer}", "accept": "application/json"}
    one = conversations.ids(db)[0]
    with signing.browser(app) as client:
        for path in ("/quotes", f"/conversations/{one}", "/", "/api/v1/quotes"):
            assert "998877" not in client.get(path, headers=asked).text


def test_accounts_are_for_who_may_see_originals(tmp_path, db):
    app = signing.serve(signing.settings_of(tmp_path), signing.Time())
    fill(db)
    number = theme(db)
    keys = {
        role: signing.token(db, signing.add(db, role), scope)
        for role, scope in (("admin", "admin"), ("viewer", "read"))
    }
    paths = ["/accounts", "/accounts/signals", f"/accounts/raised/{number}", f"/accounts/{account_id('account 01')}"]
    paths += [
        "/api/v1/signals",
        "/api/v1/signals/calls",
        "/api/v1/signals/changes",
        "/api/v1/signals/definitions",
        f"/api/v1/themes/{number}/accounts",
    ]
    originals.settle(db, sees="contributor", now=signing.START, actor="test")
    with signing.browser(app) as client:

        def status(role: str) -> set[int]:
            asked = {"authorization": f"Bearer {keys[role]}", "accept": "application/json"}
            return {client.get(path, headers=asked).status_code for path in paths}

        assert (status("admin"), status("viewer")) == ({200}, {403})
        originals.settle(db, sees="viewer", now=signing.START, actor="test")
        assert status("viewer") == {200}


def test_the_terminal_says_the_same(parley, tmp_path, company):
    from contextlib import closing

    from pipelines.store import connect, prepare

    file = tmp_path / "home" / "parley.db"
    file.parent.mkdir()
    prepare(file)
    with closing(connect(file)) as db:
        company(db)
        reopen(db)
    told = parley("signals", "--format", "csv").stdout
    assert "Question without an answer" in told or "Silence" in told
    assert '"items"' in parley("signals", "--changes", "0").stdout


def test_an_empty_database_says_what_will_stand_there(empty_client: TestClient):
    for path in ("/accounts", "/accounts/signals", "/shared", "/shared/settings", "/reports/personas"):
        assert empty_client.get(path).status_code == 200
    assert empty_client.get("/api/v1/signals").json()["items"] == []


def test_a_quote_that_is_none_leaves_its_signal_and_comes_back(client, db):
    """Said on the account's page, with those like it; who said so and when stands there, and a way back."""
    row = next(one for one in client.get("/api/v1/signals?limit=200").json()["items"] if one["type"] == "question")
    here, quote = f"/accounts/{row['account_id']}", row["evidence"][0]
    assert quote in client.get(here).text
    for one in row["evidence"]:
        page = client.post("/review/none", data={"quote": one, "back": here})
        assert (
            page.url.path == here and "Left out of every figure" in page.text and "Said not to be one by" in page.text
        )
    assert row["id"] not in {one["id"] for one in client.get("/api/v1/signals?limit=200").json()["items"]}
    left = client.get(here, headers={"accept": "application/json"}).json()["left_out"]
    assert {one["quote"] for one in left} >= set(row["evidence"]) and all(
        one["by"]["actor"] and one["by"]["at"] for one in left
    )
    for _ in row["evidence"]:  # one that was said twice stands until both are taken back
        for one in client.get(here, headers={"accept": "application/json"}).json()["left_out"][:1]:
            client.post("/review/none/undo", data={"event": one["by"]["review"], "back": here})
    assert row["id"] in {one["id"] for one in client.get("/api/v1/signals?limit=200").json()["items"]}
    assert client.post("/review/none", data={"quote": "0" * 16, "back": here}).status_code == 422


def test_a_quotes_own_page_says_who_said_that_it_is_none_and_takes_it_back(client, db):
    quote = next(db.query("SELECT id FROM insights WHERE kind = 'objection'"))["id"]
    here = f"/quotes/{quote}"
    gone = client.post("/review/none", data={"quote": quote, "back": here})
    assert gone.status_code == 410 and "said so on" in gone.text
    number = re.search(r'name="event" value="(\d+)"', gone.text)[1]
    assert client.post("/review/none/undo", data={"event": number, "back": here}).status_code == 200


def test_the_number_of_a_signal_leads_to_a_list_that_says_how_it_is_narrowed_and_counts_alike(client):
    page = client.get("/accounts/signals").text
    told = re.findall(r'href="(/accounts\?signal=[^"]+)">(\d+)<span class="hidden">[^<]*</span></a><span class="sub">in (\d+)', page)  # fmt: skip
    assert told
    for address, signals_open, found in told:
        listed = client.get(html.unescape(address), headers={"accept": "application/json"}).json()
        assert (listed["signals"], listed["found"]) == (int(signals_open), int(found)), address
        shown = client.get(html.unescape(address)).text
        assert "Only with: " in shown and re.search(r'<option value="[^"]+" selected>', shown)


def test_what_was_put_off_is_not_called_unanswered():
    of = {"type": "objection", "subject": "theme:1", "name": "Price", "account": "a", "account_name": "A", "deal": "a", "since": "", "last": "", "heard": 1, "evidence": (), "is_open": True}  # fmt: skip
    found = [Signal(id=str(n), state=state, **of) for n, state in enumerate(("unanswered", "deferred", "deferred"))]
    assert in_short(found, today=TODAY) == ("1 objection without an answer", "2 objections put off")


def test_who_is_silent_for_long_stands_last_in_the_call_list(client, monkeypatch):
    def silent() -> list[int]:
        rows = client.get("/api/v1/signals/calls").json()["items"]
        return [row["days_silent"] or 0 for row in rows]

    days = silent()
    limit = sorted(days)[len(days) // 2]  # as many to the newest conversation as to today: they are of one day here
    assert [one > limit for one in days] != sorted(one > limit for one in days)  # by what is open alone
    monkeypatch.setattr(call_lists, "LATE", limit)
    late = [one > limit for one in silent()]
    assert any(late) and late == sorted(late)
