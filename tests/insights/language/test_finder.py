"""What the rules find, without the tagger: one sentence in, its marks out."""

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from insights.language import Turn, build, find
from insights.records import Company, Competitor

RIVALS = (
    Competitor("GrubHub", ("GH Corporate",)),
    Competitor("Lead-Loft"),
    Competitor("Front"),
    Competitor("Zendesk"),
)
COMPANY = Company(products=("Platewise",), integrations=("Salesforce",), competitors=RIVALS)


@pytest.fixture(scope="module")
def finder():
    return build(COMPANY, rules_alone=True)


def marks(finder, text, *, role="buyer", voice="verbatim", context=(), kind=None):
    (insights,) = find(finder, [Turn(role, voice, text, tuple(context))])
    return [(i.kind, i.label) for i in insights if kind in (None, i.kind)]


OBJECTIONS = [
    ("Honestly it's too expensive for us.", "price"),
    ("we dont have the budget for this", "budget"),
    ("I'd have to run this by my boss.", "authority"),
    ("We're not interested, thank you.", "need"),
    ("call me back next quarter", "timing"),
    ("We're happy with what we have.", "status_quo"),
    ("It doesn’t integrate with our ERP", "integration"),
    ("i've never heard of you", "trust"),
    ("How about $250?", "price"),
    ("Would you take 9500 for it?", "price"),
]


@pytest.mark.parametrize(("text", "label"), OBJECTIONS)
def test_resistance_of_a_buyer_is_an_objection(finder, text, label):
    assert ("objection", label) in marks(finder, text)


@pytest.mark.parametrize(
    "text",
    [
        "Price is not a problem for us.",
        "We have about forty people in two offices.",
        "Our current system is slow and everyone hates it.",
        "Thursday at ten works for me.",
        "that sounds great",
    ],
)
def test_what_holds_nothing_back_is_no_objection(finder, text):
    assert marks(finder, text, kind="objection") == []


def test_a_counter_offer_is_no_question(finder):
    assert marks(finder, "How about $250?") == [("objection", "price")]


def test_a_bare_refusal_counts_only_after_a_proposal(finder):
    pitch = [("seller", "Would you be open to a quick demo next week?")]
    assert marks(finder, "No, we're good.", context=pitch) == [("objection", "other")]
    assert marks(finder, "No, not really.", context=[("seller", "Is it raining over there")]) == []


QUESTIONS = [
    ("what about training", "implementation"),
    ("I was wondering whether you support SSO.", "security"),
    ("how much does it cost per month", "pricing"),
    ("Can you walk me through the contract terms", "contract"),
    ("do you have an api", "integration"),
    ("okay so what happens next", "process"),
]


@pytest.mark.parametrize(("text", "label"), QUESTIONS)
def test_asking_needs_no_question_mark(finder, text, label):
    assert marks(finder, text) == [("question", label)]


@pytest.mark.parametrize(
    "text",
    ["Can you hear me?", "How are you?", "What time works for you?", "Right?", "Really?", "Who's calling?", "Sorry?"],
)
def test_courtesy_and_logistics_are_no_questions(finder, text):
    assert marks(finder, text, kind="question") == []


def test_a_seller_neither_objects_nor_asks(finder):
    assert marks(finder, "I know it's too expensive, what about a discount?", role="seller") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Asked about SOC 2", ("question", "security")),
        ("wants to know if there is a trial", ("question", "contract")),
        ("pushback on pricing", ("objection", "price")),
        ("worried about migration", ("objection", "implementation")),
    ],
)
def test_a_note_reports_the_buyer(finder, text, expected):
    assert expected in marks(finder, text, role="seller", voice="reported")


def test_two_reasons_in_one_sentence_are_two_marks(finder):
    text = "We like it, but it's too expensive for us and I'd have to ask my boss first."
    assert marks(finder, text) == [("objection", "price"), ("objection", "authority")]


def test_a_mark_is_the_clause_not_the_turn(finder):
    text = "Yes, I see. The dashboard looks great, but it's too expensive for us. Thursday works."
    (insights,) = find(finder, [Turn("buyer", "verbatim", text)])
    assert [insight.text for insight in insights] == ["but it's too expensive for us."]


def test_order_of_turns_is_kept_over_batches(finder):
    turns = [Turn("buyer", "verbatim", "how much is it" if n % 3 == 0 else "okay") for n in range(1300)]
    assert [bool(insights) for insights in find(finder, turns)] == [n % 3 == 0 for n in range(1300)]


def test_the_version_names_the_patterns(finder):
    assert len(finder.version) == 12
    assert build(rules_alone=True).version == finder.version


@pytest.mark.parametrize(
    "text",
    ["", " ", "\0", "\ud800 too expensive for us", "x" * 10_000, "a." * 5_000, "🙂" * 300, "كم السعر؟", "?" * 3_000,
     "- " * 2_000, "\n" * 2_000, "((((" * 500, "$" * 400],
    ids=range(13),
)  # fmt: skip
def test_no_text_stops_the_finder(finder, text):
    (insights,) = find(finder, [Turn("buyer", "verbatim", text)])
    assert all(text[insight.start : insight.end] == insight.text for insight in insights)


def test_a_text_over_the_limit_keeps_its_offsets(finder):
    text = "We have two offices. " * 2_000 + "It's too expensive for us."
    (insights,) = find(finder, [Turn("buyer", "verbatim", text)])
    assert [(insight.start, insight.text) for insight in insights] == [(42_000, "It's too expensive for us.")]


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=120), st.sampled_from(["buyer", "seller", "unknown"]), st.sampled_from(["verbatim", "reported"])
)
def test_every_insight_is_verbatim(text, role, voice):
    finder = _shared()
    (insights,) = find(finder, [Turn(role, voice, text + " too expensive for us? we use Zendesk")])
    whole = text + " too expensive for us? we use Zendesk"
    for insight in insights:
        assert insight.text == whole[insight.start : insight.end] != ""
        assert 0.0 <= insight.confidence <= 1.0


_CACHE = []


def _shared():
    """Hypothesis cannot take module fixtures without rebuilding them for each example."""
    if not _CACHE:
        _CACHE.append(build(COMPANY, rules_alone=True))
    return _CACHE[0]


def test_the_finder_needs_no_torch():
    """Fails with spaCy's import as it comes: two seconds of the processor and 180 MB in each process that finds."""
    code = """
import sys
from insights.language.finder import pipeline
from insights.records import Company
pipeline(Company(), rules_alone=True)
sys.exit(any(name in sys.modules for name in ("torch", "transformers", "sentence_transformers")))
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
