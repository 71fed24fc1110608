"""As it was published: the same pages, routes and commands, on the themes of a day."""

from pipelines.themes import ledger

PRICE, SETUP = 1, 2
TODAY = "2026-03-20"  # the day on which the filled database was made


def merged_later(db) -> None:
    ledger.merge(db, PRICE, [SETUP], now="2026-04-01T09:00:00+00:00", actor="Ann")


def names(client, query: str = "") -> set[str]:
    return {row["name"] for row in client.get(f"/api/v1/themes?kind=objection{query}").json()["items"]}


def test_the_themes_of_a_day_are_those_that_there_were(client, db, filled):
    before = names(client)
    merged_later(db)

    assert len(names(client)) == len(before) - 1
    assert names(client, f"&published={TODAY}") == before


def test_a_page_says_that_it_looks_back_and_leads_to_today(client, filled):
    html = client.get(f"/reports/objections?published={TODAY}", headers={"Accept": "text/html"}).text

    assert "Everything as it was published on" in html
    assert 'href="/reports/objections">See it on today’s themes' in html


def test_a_day_that_is_none_is_refused(client, filled):
    answer = client.get("/api/v1/themes?published=soon")

    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (422, "published")


def test_the_terminal_reports_as_it_was_published(parley, db, filled, tmp_path):
    merged_later(db)
    (tmp_path / "home").mkdir()
    db.conn.execute("VACUUM INTO ?", [str(tmp_path / "home" / "parley.db")])

    now = parley("report", "objections", "--format", "csv").stdout
    then = parley("report", "objections", "--format", "csv", "--published", TODAY).stdout

    assert "Too expensive this year" in now and "Too expensive this year" in then
    assert "implementation" not in now.lower()
    assert "implementation" in then.lower()
