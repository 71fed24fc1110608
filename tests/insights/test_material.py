"""Our own material in what people say, and what they had not been told."""

import pytest

from insights.material import Said, address, gaps, is_telling, mentions, sentence_at


def buyer(text: str) -> Said:
    return Said(text, "buyer", "verbatim")


def note(text: str) -> Said:
    return Said(text, "seller", "reported")


def seller(text: str) -> Said:
    return Said(text, "seller", "verbatim")


@pytest.mark.parametrize(
    ("said", "kind", "owner"),
    [
        (buyer("I watched your webinar on Tuesday."), "webinar", "ours"),
        (buyer("We put that on our website."), "web page", "theirs"),
        (seller("It's all on our website."), "web page", "ours"),
        (seller("I saw it on your website."), "web page", "theirs"),
        (note("Sent the one-pager."), "one-pager", "ours"),
        (note("He sent a video of the warehouse."), "video", "unclear"),
        (buyer("The deck you sent was short."), "deck", "ours"),
        (buyer("Beacon's website has prices."), "web page", "theirs"),
    ],
)
def test_whose_material_it_is(said, kind, owner):
    (found,) = mentions(said, rivals=("Beacon",))

    assert (found.kind, found.owner) == (kind, owner)
    assert said.text[found.start : found.end].casefold().startswith(kind[:3])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I couldn't find the price on your website.", "could not find it"),
        ("Your brochure is out of date.", "out of date"),
        ("Your case study was really helpful.", "found it useful"),
        ("That wasn't clear from your brochure.", "too general"),
        ("Could you send me your deck?", "asks for it"),
        ("I forwarded your white paper to my team.", "shared it with others"),
        ("I haven't read your white paper yet.", "did not read it"),
        ("Your docs still say otherwise.", "contradicts what they were told"),
        ("We have your brochure.", "mentioned"),
    ],
)
def test_what_a_buyer_says_of_it(text, said):
    (found,) = mentions(buyer(text))

    assert found.said == said


def test_a_seller_says_nothing_of_it():
    (found,) = mentions(seller("Our webinar was really helpful for many."))

    assert (found.said, found.by_buyer) == ("mentioned", False)


def test_an_address_is_one_name_however_it_is_linked():
    links = (
        "https://www.acme.example/pricing/?utm_source=mail#top",
        "acme.example/pricing",
        "http://acme.example/pricing.",
    )

    assert {address(link) for link in links} == {"acme.example/pricing"}


def test_an_own_address_is_ours():
    (found,) = mentions(buyer("I read https://www.acme.example/security?utm=1 twice."), own=("acme.example",))

    assert (found.name, found.owner) == ("acme.example/security", "ours")


@pytest.mark.parametrize("text", ["We record a video of each shift.", "We need a new website."])
def test_what_is_not_clearly_ours_is_not_counted(text):
    assert not any(map(is_telling, mentions(buyer(text))))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Nobody told us that there is an API.", "not told"),
        ("Oh, I didn't know that.", "not told"),
        ("We weren't aware of the discount.", "not told"),
        ("The website says it works offline, but your colleague says no.", "told wrongly"),
        ("I thought you only do invoices.", "did not expect it"),
    ],
)
def test_a_gap_shows(text, kind):
    (found,) = gaps(buyer(f"Hello there. {text} Go on."))

    assert found.kind == kind
    assert f"Hello there. {text} Go on."[found.start : found.end] == text


@pytest.mark.parametrize(
    "text", ["I thought it was lovely.", "I'm not surprised to hear that.", "I didn't know how to do the colours.", "My card? I can't find it anywhere."]
)  # fmt: skip
def test_what_only_sounds_like_a_gap_is_none(text):
    assert not list(gaps(buyer(text)))


def test_a_sellers_surprise_is_no_gap():
    assert not list(gaps(seller("I didn't know that.")))


def test_a_sentence_is_cut_only_where_it_is_very_long():
    text = "First. " + "word " * 300 + "your webinar " + "word " * 300
    at = text.index("webinar")

    begin, end = sentence_at(text, at, at + 7, most=400)

    assert end - begin <= 400 and begin <= at < end


def test_a_mention_is_shown_with_its_sentence():
    text = "A b. I saw your deck. C."
    at = text.index("deck")

    assert text[slice(*sentence_at(text, at, at + 4, most=400))] == "I saw your deck."


@pytest.mark.parametrize("text", ["", "?", "x" * 50_000, "\x00", "deck " * 2000])
def test_odd_text_is_looked_through(text):
    assert len(list(mentions(buyer(text)))) >= 0
    assert list(gaps(buyer(text))) == []
