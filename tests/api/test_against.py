"""Two groups side by side on a report's page: chosen in words, all in the address, and honest about what cannot be."""

import re
from html import unescape

import pytest

REPORT = "/reports/objections"


def part(client, query: str, path: str = REPORT) -> str:
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 200
    return unescape(re.findall(r'<section class="card" id="against".*?</section>', answer.text, re.S)[0])


def test_a_report_offers_every_field_that_parts_conversations(client):
    html = part(client, "")
    assert re.findall(r'<optgroup label="([^"]+)"', html)[:2] == ["Persona", "Stage"] and "Voice" not in html


def test_two_groups_are_held_side_by_side_with_an_interval(client):
    html = part(client, "this=segment:enterprise&that=segment:mid-market")
    assert "Too expensive this year" in html and "Difference in points" in html and "no cause" in html


def test_a_value_with_a_comma_of_its_own_is_one_group(client, db):
    query = "this=segment:{}&that=segment:mid-market"
    plain = part(client, query.format("enterprise"))
    with db.conn:
        db.execute("UPDATE conversation_fields SET value = 'Large, listed' WHERE value = 'enterprise'")
    html = part(client, query.format("Large%5C, listed"))
    figures = re.compile(r"\d+ of \d+")
    assert figures.findall(plain) == figures.findall(html) != [] and "has no conversation" not in html


def test_every_figure_leads_to_its_quotes(client):
    html = part(client, "this=segment:enterprise&that=segment:mid-market&stage=Demo")
    addresses = re.findall(r'class="open" href="([^"]+)"', html)
    assert addresses and all(client.get(address).status_code == 200 for address in addresses)
    assert all("stage=Demo" in address and "segment=" in address for address in addresses)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("this=segment:enterprise&that=stage:Demo", "two values of one field"),
        ("this=segment:enterprise&that=segment:enterprise", "the same"),
        ("this=segment:enterprise", "Choose what to compare it with"),
        ("this=segment:<b>x&that=segment:enterprise", "not known here"),
        ("this=x&that=%00", "not known here"),
    ],
)
def test_what_cannot_be_compared_is_told(client, query, says):
    assert says in part(client, query)


def test_the_choice_stays_with_filters_and_controls(client):
    html = client.get(f"{REPORT}?this=segment:enterprise&that=segment:mid-market&step=week&persona=finance").text
    assert html.count('name="this" value="segment:enterprise"') == 1  # the bar of filters carries it on
    html = part(client, "this=segment:enterprise&that=segment:mid-market&step=week&persona=finance")
    assert 'name="step" value="week"' in html and 'name="persona" value="finance"' in html


def test_two_groups_can_be_compared_in_all_conversations(client):
    chosen = "this=segment:enterprise&that=segment:mid-market&days=30"
    sizes = [int(re.search(r"([\d,]+) conversations? of enterprise", part(client, f"{chosen}&over={over}"))[1].replace(",", "")) for over in ("", "all")]  # fmt: skip
    assert sizes[0] < sizes[1]
    html = part(client, f"{chosen}&over=all")
    assert '<option value="all" selected>' in html and "All conversations, filters held" in html
    address = next(a for a in re.findall(r'class="open" href="([^"]+)"', html))
    assert "from=" not in address and "until=" not in address
    assert part(client, f"{chosen}&over=x") == part(client, chosen), "what is not known is the current window"
    page = client.get(f"{REPORT}?{chosen}&over=all").text
    assert re.search(r'href="/api/v1/reports/trends\?[^"]*over=all', page)
    sheet = client.get(f"/api/v1/reports/trends?kind=objection&{chosen}&over=all&format=csv&table=groups").text
    assert "Theme" in sheet


def test_what_was_compared_with_what_is_said_on_both_tables(client):
    html = client.get(f"{REPORT}?this=segment:enterprise&that=segment:mid-market&by=segment").text
    assert "These two groups alone are compared here: a table by the same field holds each group against all the others" in unescape(html)  # fmt: skip
    assert (
        "Each column is held against all the others, all columns and themes tested together: nothing stands out" in html
    )


def test_a_report_of_trackers_and_the_empty_database_are_shown(client, empty_client):
    assert client.get("/reports/trackers?this=segment:enterprise&that=segment:mid-market").status_code == 200
    assert empty_client.get(f"{REPORT}?this=a:b&that=a:c").status_code == 200


def test_the_interface_gives_the_same_figures(client):
    told = client.get("/api/v1/reports/groups?kind=objection&by=segment&one=enterprise&other=mid-market").json()
    html = part(client, "this=segment:enterprise&that=segment:mid-market")
    for line in told["themes"]:
        assert f"{line['one']['numerator']} of {line['one']['denominator']}" in html
        assert line["change"]["difference"] == pytest.approx(line["one"]["share"] - line["other"]["share"])


@pytest.mark.parametrize(
    "query", ["kind=objection&by=voice&one=a&other=b", "kind=objection&by=nothing&one=a&other=b", "by=segment&one=a&other=b", "kind=objection&by=segment"],
)  # fmt: skip
def test_the_interface_refuses_what_cannot_be_compared(client, query):
    assert client.get(f"/api/v1/reports/groups?{query}").status_code == 422


def test_what_is_near_a_theme_is_told_over_http(client):
    told = client.get("/api/v1/themes/1/near").json()
    deals = told["deals"]
    assert deals["lost_share"]["numerator"] == deals["lost"] and told["alike"] == []
    assert client.get("/api/v1/themes/4/near").json()["deals"] is None
    assert client.get("/api/v1/themes/99/near").status_code == 404
