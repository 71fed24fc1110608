"""A theme's page as files: its months, who says it, typical quotes; what each was narrowed to, and no names."""

import csv
import io
import re
from html import unescape

import openpyxl


def lines(answer) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def theme(db) -> int:
    return next(db.query("SELECT id FROM themes WHERE kind = 'objection' ORDER BY id"))["id"]


def test_the_months_of_a_theme_are_those_of_its_page_with_the_filter_on_every_line(client, db):
    address = f"/api/v1/themes/{theme(db)}/export"
    answer = client.get(address, params={"format": "csv", "persona": "finance"})
    found = lines(answer)
    page = unescape(client.get(f"/themes/{theme(db)}?persona=finance").text)
    table = re.findall(
        r'<th scope="row">(\w+ \d{4}).*?<td class="num">(?:<a[^>]*>)?(\d+)(?:</a>)?</td><td class="num">(\d+)', page
    )
    assert table and [(one["Month"], one["With it"], one["Of"]) for one in found] == table
    assert {one["Filters"] for one in found} == {"Persona: Finance"}
    assert "finance" in answer.headers["content-disposition"]
    assert "Persona: Finance" not in client.get(address, params={"format": "csv"}).text


def test_the_workbook_says_who_says_it_and_every_format_quotes_without_names(client, db):
    number = theme(db)
    address = f"/api/v1/themes/{number}/export"
    book = openpyxl.load_workbook(io.BytesIO(client.get(address, params={"format": "xlsx"}).content))
    values = [[cell.value for cell in row] for sheet in book for row in sheet.iter_rows()]
    assert any(row[:2] == ["Persona", "Finance"] for row in values)
    text = client.get(address, params={"format": "md"}).text
    accounts = {row["account"] for row in db.query("SELECT DISTINCT account FROM conversations") if row["account"]}
    assert "> “" in text
    assert not [account for account in accounts if account in text]
    for format in ("html", "pdf", "pptx", "json"):
        assert client.get(address, params={"format": format}).status_code == 200


def test_a_theme_without_figures_is_exported_with_what_it_has(client, db):
    number = theme(db)
    client.post(f"/api/v1/themes/{number}/retire")
    text = client.get(f"/api/v1/themes/{number}/export?format=md").text
    assert "No figures" in text and "> “" in text
    assert client.get("/api/v1/themes/999999/export").status_code == 404


def test_the_page_offers_its_files_with_the_filters_in_use(client, db):
    number = theme(db)
    page = unescape(client.get(f"/themes/{number}?persona=finance").text)
    offered = re.findall(rf'href="(/api/v1/(?:themes/{number}|quotes)/export[^"]*)"', page)
    assert len(offered) == 8 and all("persona=finance" in one for one in offered)
    for one in offered:
        assert client.get(one).status_code == 200
