"""Who looks back is told what is not looked back at."""

from datetime import date
from html import unescape

from pipelines.store.published import TODAYS


def test_a_page_as_published_says_that_the_catalogue_is_todays(client):
    day = date.today().isoformat()

    then = unescape(client.get(f"/reports/objections?published={day}", headers={"Accept": "text/html"}).text)
    now = unescape(client.get("/reports/objections", headers={"Accept": "text/html"}).text)

    assert TODAYS in then
    assert TODAYS not in now


def test_a_file_as_published_says_so_too(client):
    day = date.today().isoformat()

    found = client.get(f"/api/v1/reports/trends?kind=objection&published={day}&format=html").text

    assert TODAYS in unescape(found)
