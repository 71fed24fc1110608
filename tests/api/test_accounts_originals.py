"""Who sees originals: whole conversations, and who said something."""

import pytest

from pipelines.privacy import originals
from pipelines.store.filters import Filters
from pipelines.store.insights import quotes
from tests.api import signing


@pytest.fixture
def quote(db, filled):
    return next(iter(quotes(db, Filters(kind="objection"), limit=1)))


@pytest.fixture
def seen(tmp_path, db, quote):
    """A function that asks for an address as a role."""
    keys = {role: signing.token(db, signing.add(db, role), "read") for role in ("admin", "viewer")}
    keys |= {"contributor": signing.token(db, signing.add(db, "contributor"), "write")}
    client = signing.browser(signing.serve(signing.settings_of(tmp_path), signing.Time()))
    return lambda role, path: client.get(
        path, headers={"authorization": f"Bearer {keys[role]}", "accept": "application/json"}
    )


@pytest.mark.parametrize("place", ["/conversations/{}", "/api/v1/conversations/{}"])
def test_a_viewer_is_not_shown_a_whole_conversation_until_an_administrator_says_so(seen, db, quote, place):
    refused = seen("viewer", place.format(quote.conversation_id))
    assert refused.status_code == 403 and quote.text not in refused.text
    assert seen("contributor", place.format(quote.conversation_id)).status_code == 200
    originals.settle(db, sees="viewer", now=signing.START, actor="test")
    assert seen("viewer", place.format(quote.conversation_id)).status_code == 200


def test_a_viewer_who_asks_for_names_gets_the_role_instead(seen, quote):
    asked = f"/api/v1/quotes/{quote.id}/copy?style=full"
    assert seen("contributor", asked).json()["style"] == "full" and quote.account in seen("contributor", asked).text
    assert seen("viewer", asked).json()["style"] == "role" and quote.account not in seen("viewer", asked).text


@pytest.mark.parametrize("path", ["/quotes?kind=objection", "/quotes/{}"])
def test_a_card_names_the_account_to_who_sees_originals_alone(tmp_path, db, quote, path):
    client = signing.browser(signing.serve(signing.settings_of(tmp_path), signing.Time()))
    shown = {}
    for role, scope in (("contributor", "write"), ("viewer", "read")):
        key = signing.token(db, signing.add(db, role), scope)
        shown[role] = client.get(
            path.format(quote.id), headers={"authorization": f"Bearer {key}", "accept": "text/html"}
        )
    assert 'class="whose"' in shown["contributor"].text
    assert 'class="whose"' not in shown["viewer"].text
