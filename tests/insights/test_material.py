"""Our own material in what people say, and what they had not been told."""

import pytest

from insights.material import Said, address, gaps, is_telling, mentions, sentence_at, sentences_of


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
        ("That wasn't clear from your brochure.", "did not find it useful"),
        ("Your website wasn't out of date.", "mentioned"),
        ("Your deck isn't too generic.", "mentioned"),
        ("Your webinar was not interesting.", "did not find it useful"),
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
    (found,) = mentions(buyer("I read https://www.acme.example/security?utm_source=mail twice."), own=("acme.example",))

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
        ("Abigail thought from the webinar that setup was free.", "told wrongly"),
        ("She believed from the campaign that it needs no chemicals.", "told wrongly"),
        ("He expected a free month because the landing page says so.", "told wrongly"),
        ("The webinar had promised a trial and we charge for it.", "told wrongly"),
        ("The e-book said we could fit it ourselves, and now I hear that we need a fitter.", "told wrongly"),
        ("Expected a free trial because the white paper says so.", "told wrongly"),
        ("Had expected live video, the page on the website promises it.", "told wrongly"),
        ("Your webinar gave the impression that there is no contract at all.", "told wrongly"),
        ("Was told in the webinar that there is no minimum term, which is not so.", "told wrongly"),
        ("Your ad says it is included, but it is not.", "told wrongly"),
        ("I thought you only do invoices.", "did not expect it"),
        ("I thought it was the full price.", "did not expect it"),
    ],
)
def test_a_gap_shows(text, kind):
    (found,) = gaps(buyer(f"Hello there. {text} Go on."))

    assert found.kind == kind
    assert f"Hello there. {text} Go on."[found.start : found.end] == text


@pytest.mark.parametrize(
    "text", ["I thought it was lovely.", "She thought of the webinar again.", "The webinar had promised guests, they came.", "The page gave me the impression of a solid company.", "He was told the price, which is not bad.", "We expected snow, the site was closed.", "Liked the e-book, the guide says how to fit it.", "Expected the deck by Friday because the page was done.", "Oh right, who I thought it was the plumber.", "I thought it was a scam call.", "I thought it was the other shop.", "I'm not surprised to hear that.", "I didn't know how to do the colours.", "My card? I can't find it anywhere."]
)  # fmt: skip
def test_what_only_sounds_like_a_gap_is_none(text):
    assert not list(gaps(buyer(text)))


def test_a_dot_after_an_initial_ends_no_sentence():
    text = "They need proof that it removes C. diff there. Nice dog."
    assert [text[a:b].strip() for a, b in sentences_of(text)] == [text[: text.index(" Nice")], "Nice dog."]


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


@pytest.mark.parametrize(
    "text",
    ["Your case study on version 2.0 was helpful.", "I saw your deck on the 1.5 million plan, really helpful."],
)
def test_a_dot_inside_a_sentence_ends_nothing(text):
    (found,) = mentions(buyer(text))

    assert (found.owner, found.said) == ("ours", "found it useful")


@pytest.mark.parametrize(
    "text", ["Nobody told us about the 2.0 API.", "Your website says 99.9 percent, but the contract says less."]
)
def test_a_gap_with_a_number_shows(text):
    assert len(list(gaps(buyer(text)))) == 1


@pytest.mark.parametrize(
    ("url", "owner"),
    [
        ("https://acme.example/x", "ours"),
        ("https://docs.acme.example/x", "ours"),
        ("https://acme.example.evil.test/x", "unclear"),
        ("https://notacme.example/x", "unclear"),
        ("https://acme.example@evil.test/x", "unclear"),
    ],
)
def test_an_address_is_ours_by_its_host(url, owner):
    (found,) = mentions(buyer(f"I read {url} twice."), own=("acme.example",))

    assert found.owner == owner


def test_a_bare_address_is_found():
    (found,) = mentions(buyer("I read acme.example/pricing twice."), own=("acme.example",))

    assert (found.name, found.owner) == ("acme.example/pricing", "ours")


def test_an_address_keeps_what_tells_pages_apart():
    assert address("https://acme.example/page?id=1&utm_source=x") == "acme.example/page?id=1"


@pytest.mark.parametrize(
    ("text", "owner"),
    [("I saw on your website that you beat Beacon.", "ours"), ("We put Acme on our website.", "theirs")],
)
def test_your_and_our_go_before_names(text, owner):
    (found,) = mentions(buyer(text), own=("Acme",), rivals=("Beacon",))

    assert found.owner == owner


def test_a_name_before_the_word_is_kept():
    (found,) = mentions(buyer("Your ROI calculator webinar was great."))

    assert (found.kind, found.name, found.said) == ("webinar", "ROI calculator", "found it useful")


def test_hostile_dots_are_looked_through():
    text = "." * 50_000 + " your deck " + "a." * 25_000

    assert len(list(mentions(buyer(text)))) == 1


@pytest.mark.parametrize(
    ("text", "said", "by_buyer", "by_us"),
    [
        ("Sent the one-pager to her.", "mentioned", False, True),
        ("I'll send them the May webinar link.", "mentioned", False, True),
        ("Showed the portal and sent our deck to his CFO.", "mentioned", False, True),
        ("Nxt: one pager for his board pack.", "mentioned", False, True),
        ("Asked for a case study, sent ours.", "asks for it", True, True),
        ("She would like to get a case study with numbers.", "asks for it", True, False),
        ("He liked our webinar and sent it on to his CFO.", "shared it with others", True, False),
        ("Owen has passed our one pager to the board.", "mentioned", True, False),
        ("Webinar link sent.", "mentioned", False, True),
        ("The white paper that he sent.", "mentioned", True, False),
        ("Wanted a brochure.", "asks for it", True, False),
        ("Our case study came up.", "mentioned", False, False),
    ],
)
def test_a_note_tells_who_brought_it_up_and_its_writer_is_no_buyer(text, said, by_buyer, by_us):
    (found,) = mentions(note(text))

    assert (found.said, found.by_buyer, found.by_us) == (said, by_buyer, by_us)


@pytest.mark.parametrize(("role", "by_buyer", "by_us"), [("buyer", True, False), ("seller", False, True), ("unknown", False, False)])  # fmt: skip
def test_in_speech_who_speaks_brought_it_up(role, by_buyer, by_us):
    (found,) = mentions(Said("There is a webinar on it.", role, "verbatim"))

    assert (found.by_buyer, found.by_us) == (by_buyer, by_us)
