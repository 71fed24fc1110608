"""What a page weighs, and where it asks: the first look at it over a slow line, with nothing in the browser's cache."""

from urllib.parse import urlsplit

import pytest

from tests.browser.walking import patterns
from tests.browser.watching import INSIDE, LOOPBACK

MOST_BYTES = 300_000
# The company has no collection to weigh, and a short address only leads on to a quote.
NOT_WEIGHED = ("/collections/{collection_id}", "/collections/{collection_id}/export", "/q/{prefix}")


# Whatever the scripts of a page ask for of themselves, they have asked for by then.
SETTLED = "() => new Promise((done) => requestIdleCallback(() => requestIdleCallback(done)))"


@pytest.mark.parametrize("pattern", [one for one in patterns() if one not in NOT_WEIGHED])
def test_a_first_look_at_a_page_stays_under_its_budget_and_on_this_machine(reader, lived_in, walked, pattern):
    asked, weighed, failed = {}, {}, set()
    wire = reader.context.new_cdp_session(reader)
    wire.on("Network.requestWillBeSent", lambda event: asked.update({event["requestId"]: event["request"]["url"]}))
    wire.on("Network.loadingFinished", lambda event: weighed.update({event["requestId"]: event["encodedDataLength"]}))
    wire.on("Network.loadingFailed", lambda event: failed.add(event["requestId"]))
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})

    reader.goto(lived_in.address + walked.found[pattern][0])
    reader.evaluate(SETTLED)
    while asked.keys() - weighed.keys() - failed:
        reader.wait_for_timeout(20)
    wire.detach()

    assert len(weighed) > 3, "not even the style and the scripts were counted"
    # Charts are drawn into the page and counted with it: a page has no need of an exception.
    assert sum(weighed.values()) < MOST_BYTES
    assert [
        url for url in asked.values() if not url.startswith(INSIDE) and urlsplit(url).hostname not in LOOPBACK
    ] == []
