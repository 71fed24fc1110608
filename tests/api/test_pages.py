"""The pages: they answer, escape, keep the filter in the address, and need neither scripts nor other servers."""

import re

import pytest

from tests.api.walk import some_of_each_kind

PRICE = "It is more than we can spend this year"
SECURITY = "Where is our data kept?"
PAGES = (
    "/", "/reports/objections", "/reports/questions?by=persona", "/reports/competitors?by=relation&step=quarter",
    "/reports/objections?by=segment&days=91&step=week", "/themes/1", "/themes/2?persona=finance", "/quotes",
    "/quotes?q=spend&segment=enterprise", "/quotes?theme=none", "/uploads", "/uploads/1", "/docs",
)  # fmt: skip


def page(client, path: str) -> str:
    answer = client.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, path
    return answer.text


@pytest.mark.parametrize("path", PAGES)
def test_a_page_loads_nothing_from_elsewhere_and_has_nothing_inline(client, path):
    html = page(client, path)
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//', html)
    assert not re.findall(r"\sstyle=|<style|\son[a-z]+=|javascript:", html)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_one_title_one_heading_and_labelled_fields(client, path):
    html = page(client, path)
    assert len(re.findall(r"<h1[ >]", html)) == 1 and re.search(r"<title>[^<]+ · Parley</title>", html)
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    inputs = [tag for tag in re.findall(r"<(?:input|select)[^>]*>", html) if 'type="hidden"' not in tag]
    assert len(inputs) <= html.count("<label")


def test_every_link_of_every_page_leads_somewhere(client):
    links = {address for path in PAGES for address in re.findall(r'href="(/[^"#]*)', page(client, path))}
    kinds = some_of_each_kind(address for address in links if "format=pdf" not in address)
    chosen = sorted(set().union(*kinds.values()))
    found = {address: client.get(address, headers={"Accept": "text/html"}).status_code for address in chosen}
    assert len(kinds) > 100 and {address: code for address, code in found.items() if code != 200} == {}


@pytest.mark.parametrize("path", ["/", "/reports/objections", "/themes/2", "/quotes"])
def test_what_customers_wrote_is_never_markup(client, path):
    html = page(client, path)
    assert "<b>free</b>" not in html and "=HYPERLINK(" in html


@pytest.mark.parametrize("path", ["/", "/reports/objections", "/quotes", "/uploads"])
def test_an_empty_database_is_explained(empty_client, path):
    html = page(empty_client, path)
    assert re.search(r"No conversations yet|No quotes yet|Nothing uploaded yet", html)
    assert "/uploads" in html


@pytest.mark.parametrize("path", ["/", "/reports/objections", "/quotes", "/themes/1"])
def test_filters_that_match_nothing_can_be_cleared(client, path):
    html = page(client, f"{path}?account=Nobody")
    assert "Nothing matches" in html and f'href="{path}"' in html


def test_the_overview_names_the_rising_theme_with_its_counts(client):
    report = client.get("/api/v1/reports/trends?kind=objection").json()
    row = next(r for r in report["rows"] if r["theme"] == "Too expensive this year")
    html = page(client, "/")
    assert f"{row['current']['numerator']} of {row['current']['denominator']}" in html


def test_a_filter_stays_in_every_link_of_a_report(client):
    html = page(client, "/reports/objections?segment=mid-market")
    assert re.search(r'href="/themes/1\?segment=mid-market"', html)
    assert re.search(
        r'href="/api/v1/reports/trends\?segment=mid-market&amp;kind=objection&amp;step=month&amp;unit=conversation&amp;cut=persona&amp;cut=stage&amp;format=xlsx"',
        html,
    )


def test_a_conversation_marks_exactly_the_quotes(client):
    insight = client.get("/api/v1/insights?kind=objection&label=price&limit=1").json()["items"][0]
    html = page(client, f"/conversations/{insight['conversation_id']}?quote={insight['id']}")
    marked = re.findall(r'<mark class="k-(\w+)( chosen)?"[^>]*>([^<]*)</mark>', html)
    assert ("objection", " chosen", PRICE) in marked
    assert all(text in (PRICE, SECURITY, "Beacon") or text.startswith("I worry") for _, _, text in marked)
    assert f'id="u-{insight["position"]}"' in html


def test_a_competitor_quote_shows_its_sentence(client):
    assert "“We have <mark>Beacon</mark> today.”" in page(client, "/quotes?kind=competitor")


def test_the_form_renames_a_theme(client):
    answer = client.post("/themes/1/rename", data={"name": "Budget frozen", "reason": "clearer"})
    assert "Budget frozen" in answer.text and "Renamed from" in answer.text


def test_an_error_is_a_page_for_a_browser(client):
    answer = client.get("/themes/99", headers={"Accept": "text/html"})
    assert answer.status_code == 404 and "There is no theme" in answer.text and "<h1>" in answer.text


def test_the_reference_lists_every_operation(client):
    html = page(client, "/docs")
    for path, item in client.get("/openapi.json").json()["paths"].items():
        assert f">{path}</code>" in html
        assert len(item) > 0


def test_a_copy_and_what_it_is_a_copy_of_can_both_be_read(client, db):
    one, other = [row["id"] for row in db.query("SELECT id FROM conversations ORDER BY id LIMIT 2")]
    client.post(f"/conversations/{one}/links", data={"other": other, "same": "true"})

    pages = [client.get(f"/conversations/{i}") for i in (one, other)]

    assert [page.status_code for page in pages] == [200, 200]
    assert all("Counted once" in page.text for page in pages)


def test_a_correction_of_a_side_is_seen_to_be_worked_out(client, db):
    (said,) = db.query("SELECT conversation_id, speaker FROM utterances WHERE voice = 'verbatim' LIMIT 1")
    place = f"/conversations/{said['conversation_id']}"
    form = {"subject": said["speaker"], "side": "seller", "back": place}

    assert "Working out again who is who" in client.post("/speakers", data=form).text


def test_a_language_that_is_not_mined_is_named(client, db):
    (said,) = db.query("SELECT id, conversation_id FROM utterances LIMIT 1")
    db.execute("UPDATE utterances SET language = 'de' WHERE id = ?", [said["id"]])

    assert "German, not mined" in client.get(f"/conversations/{said['conversation_id']}").text


def test_before_any_upload_nobodys_side_is_called_known(empty_client, db):
    assert "Nobody was heard yet" in empty_client.get("/speakers").text


def test_the_address_of_the_reports_alone_leads_to_the_first(client):
    answer = client.get("/reports", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/reports/objections")
