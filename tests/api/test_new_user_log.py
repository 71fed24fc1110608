"""What is known of what was done before there were accounts, and buttons where a page named the terminal."""

from pipelines.store import jobs


def test_the_log_shows_uploads_and_changes_of_the_time_without_accounts(client):
    client.post("/competitors/entries", data={"name": "Zendrix"})

    page = client.get("/settings/audit").text

    assert "By whom cannot be told" in page
    assert '<a href="/uploads/1">Upload 1</a>' in page
    assert '<a href="/competitors">change 1</a>' in page


def test_whoever_makes_the_first_account_is_told_what_the_log_will_not_name(empty_client):
    assert "stays without a name" in empty_client.get("/settings").text


def test_the_history_is_read_again_by_a_button(client, db):
    page = client.post("/competitors/read").text

    assert [job["kind"] for job in jobs.unfinished(db)] == ["mine"]
    assert "Reading the history again" in page
    assert "parley mine" not in page


def test_forgetting_trackers_and_answers_of_the_time_without_accounts_are_in_it_too(client, db):
    seen = client.post("/api/v1/erasures/preview", json={"given": "Dana Hill", "account": "Account 00"}).json()
    client.post("/api/v1/erasures", json={"given": "Dana Hill", "account": "Account 00", "confirm": "Dana Hill", "token": seen["token"]})  # fmt: skip
    db.execute(
        "INSERT INTO reviews (at, actor, subject, verdict, said) VALUES ('2026-03-01', 'page x', 'insight', 'yes', 's')"
    )
    db.execute("INSERT INTO trackers (name, created_at) VALUES ('Hosting', '2026-03-02')")
    db.conn.commit()
    page = client.get("/settings/audit").text
    assert "receipt 1" in page and "Review, answer 1" in page and "/trackers/" in page
