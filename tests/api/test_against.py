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


def test_a_report_of_trackers_and_the_empty_database_are_shown(client, empty_client):
    assert client.get("/reports/trackers?this=segment:enterprise&that=segment:mid-market").status_code == 200
    assert empty_client.get(f"{REPORT}?this=a:b&that=a:c").status_code == 200
