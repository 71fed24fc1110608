import random
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info, threadpool_limits

from insights import embedding, themes, topic_model
from insights.themes import Placed, ThemeState

PRICE = [
    "It's just too expensive for a team of our size",
    "Honestly the price per seat is too high",
    "That is more than we planned to pay per seat",
    "We can't justify the price per seat right now",
]
SECURITY = [
    "Do you have a SOC 2 report we could show our auditors?",
    "Our security team needs the SOC 2 report first",
    "We'd need to see a pen test and your SOC 2 report",
    "Has there been a recent pen test?",
]
INTEGRATION = [
    "It doesn't integrate with Salesforce the way we need",
    "We're worried the Salesforce sync loses custom fields",
    "Does the Salesforce integration sync both ways?",
]
TIMING = [
    "Call me back next quarter",
    "This has to wait until next quarter",
    "Not before next quarter, we're too busy",
]
AUTHORITY = [
    "I'd have to run this by my boss",
    "My boss decides on these things",
    "I need to get my boss on board first",
]
LONELY = ["I had pizza for lunch", "never heard of you"]
TEXTS = [*PRICE, *SECURITY, *INTEGRATION, *TIMING, *AUTHORITY, *LONELY]
LABELS = (
    ["price"] * 4 + ["security_legal"] * 4 + ["integration"] * 3 + ["timing"] * 3 + ["authority"] * 3 + ["other"] * 2
)
IDS = [f"insight-{index:02}" for index in range(len(TEXTS))]


@pytest.fixture(scope="module")
def vectors(encoder):
    return embedding.embed(encoder, TEXTS)


@pytest.fixture(scope="module")
def found(vectors):
    return themes.discover(TEXTS, vectors, ids=IDS, labels=LABELS)


def state(theme, id_="t1"):
    return ThemeState(
        id_, "objection", theme.name, theme.keywords, theme.centroid, theme.size, tightness=theme.tightness
    )


def members(found, at):
    return {TEXTS[IDS.index(one.id)] for one in found.assignments if one.theme == at}


def test_twenty_insights_give_the_themes_that_a_reader_would_see(found):
    groups = [members(found, at) for at in range(len(found.themes))]
    for expected in (PRICE, SECURITY, INTEGRATION, TIMING, AUTHORITY):
        assert set(expected) in groups


def test_texts_that_belong_nowhere_stay_unassigned(found):
    assert [one.theme for one in found.assignments[-2:]] == [None, None]
    assert [one.confidence for one in found.assignments[-2:]] == [0, 0]


def test_names_are_phrases_of_the_buyers_led_by_the_label(found):
    names = {theme.name for theme in found.themes}
    assert {"Price per seat", "Security and legal: SOC 2 report", "Timing: next quarter"} <= names


def test_names_without_labels_are_the_phrases_alone(vectors):
    found = themes.discover(TEXTS, vectors, ids=IDS)
    assert "SOC 2 report" in {theme.name for theme in found.themes}


def test_assignments_come_in_the_order_of_the_texts(found):
    assert [one.id for one in found.assignments] == IDS


def test_sizes_centroids_and_representatives_describe_the_members(found, vectors):
    for at, theme in enumerate(found.themes):
        rows = [index for index, one in enumerate(found.assignments) if one.theme == at]
        mean = vectors[rows].mean(axis=0)
        assert theme.size == len(rows)
        np.testing.assert_allclose(theme.centroid, mean / np.linalg.norm(mean), atol=3e-4)
        assert theme.tightness == pytest.approx(np.linalg.norm(mean), abs=1e-3)
        assert set(theme.representatives) <= {IDS[row] for row in rows}


def test_larger_themes_come_first(found):
    sizes = [theme.size for theme in found.themes]
    assert sizes == sorted(sizes, reverse=True)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_order_of_the_input_changes_nothing(found, vectors, seed):
    order = random.Random(seed).sample(range(len(TEXTS)), len(TEXTS))
    again = themes.discover(
        [TEXTS[at] for at in order],
        vectors[order],
        ids=[IDS[at] for at in order],
        labels=[LABELS[at] for at in order],
    )
    assert sorted(again.assignments, key=lambda one: one.id) == list(found.assignments)
    for theme, other in zip(found.themes, again.themes, strict=True):
        assert (theme.name, theme.keywords, theme.representatives) == (
            other.name,
            other.keywords,
            other.representatives,
        )
        np.testing.assert_allclose(theme.centroid, other.centroid, atol=1e-6)


def test_seven_insights_need_one_more(vectors):
    found = themes.discover(TEXTS[:7], vectors[:7], ids=IDS[:7])
    assert (found.themes, found.needs) == ((), 1)
    assert all(one.theme is None for one in found.assignments)


def test_nothing_needs_eight(vectors):
    found = themes.discover([], vectors[:0], ids=[])
    assert (found.assignments, found.themes, found.needs) == ((), (), 8)


def test_a_text_repeated_is_not_eight_texts(vectors):
    found = themes.discover([TEXTS[0]] * 20, vectors[[0] * 20], ids=[str(at) for at in range(20)])
    assert found.needs == 7


def test_texts_that_differ_in_case_and_spacing_share_a_theme(vectors):
    texts = [*TEXTS, *(f"  {text.upper()}!" for text in PRICE)]
    both = np.concatenate([vectors, vectors[:4]])
    found = themes.discover(texts, both, ids=[f"i{at:02}" for at in range(len(texts))])
    assert [one.theme for one in found.assignments[:4]] == [one.theme for one in found.assignments[-4:]]
    assert found.themes[0].size == 8


def test_eight_texts_about_nothing_in_common_give_no_theme(encoder):
    texts = [
        "purple elephants", "tax law of Peru", "how to bake bread", "a broken bicycle", "jazz piano", "moon landing",
        "football scores", "sunscreen",
    ]  # fmt: skip
    found = themes.discover(texts, embedding.embed(encoder, texts), ids=[str(at) for at in range(8)])
    assert (found.themes, found.needs) == ((), 0)


def test_texts_without_a_single_meaningful_word_do_not_crash(encoder):
    texts = [f"{word} it is" for word in ("and", "or", "but", "so", "if", "then", "that", "this", "what", "when")]
    found = themes.discover(texts, embedding.embed(encoder, texts), ids=[str(at) for at in range(10)])
    assert len(found.assignments) == 10


def test_a_new_insight_joins_the_nearest_theme(found, encoder):
    states = [state(theme, f"t{at}") for at, theme in enumerate(found.themes)]
    price = next(one for one in states if one.name == "Price per seat")
    [placed] = themes.assign(embedding.embed(encoder, ["the seat price is way too high for us"]), states)
    assert placed.theme == price.id
    assert 0.5 < placed.confidence <= 1


def test_a_new_insight_that_fits_nowhere_waits(found, encoder):
    states = [state(theme, f"t{at}") for at, theme in enumerate(found.themes)]
    assert themes.assign(embedding.embed(encoder, ["my dog ate a sandwich"]), states) == [Placed(None, None, 0.0)]


def test_the_order_of_themes_does_not_change_where_an_insight_joins(found, vectors):
    states = [state(theme, f"t{at}") for at, theme in enumerate(found.themes)]
    assert themes.assign(vectors, states) == themes.assign(vectors, states[::-1])


def test_a_tight_theme_asks_for_more_likeness_than_a_loose_one():
    centre = np.zeros(384, np.float32)
    centre[0] = 1
    near = np.zeros((1, 384), np.float32)
    near[0, :2] = 0.5, 0.866
    loose = ThemeState("t", "objection", "T", (), centre, 9, tightness=0.6)
    tight = ThemeState("t", "objection", "T", (), centre, 9, tightness=0.95)
    assert themes.assign(near, [loose])[0].theme == "t"
    assert themes.assign(near, [tight])[0].theme is None


def test_without_themes_every_new_insight_waits(vectors):
    assert themes.assign(vectors[:2], []) == [Placed(None, None, 0.0)] * 2


def test_only_themes_that_are_not_known_yet_are_proposed(found, vectors):
    known = [state(theme) for theme in found.themes if theme.name != "Price per seat"]
    proposal = themes.propose(TEXTS, vectors, known, placed=len(TEXTS), ids=IDS, labels=LABELS)
    assert [theme.name for theme in proposal.themes] == ["Price per seat"]
    assert {TEXTS[at] for at, one in enumerate(proposal.assignments) if one.theme == 0} == set(PRICE)
    assert {one.theme for one in proposal.assignments} == {0, None}


def test_clustering_rows_gives_a_row_for_each_and_then_the_themes(encoder):
    rows = [{"id": at, "text": text} for at, text in enumerate(TEXTS)]
    out = list(themes.cluster(rows, encoder=encoder))
    assert [row["id"] for row in out[: len(rows)]] == list(range(len(rows)))
    assert all(set(row) == {"id", "theme", "confidence"} for row in out[: len(rows)])
    assert [row["theme"] for row in out[len(rows) :]] == list(range(len(out) - len(rows)))
    assert all(set(row) == {"theme", "name", "keywords", "size"} for row in out[len(rows) :])


@pytest.mark.parametrize(
    "bad", [None, [], {"id": "x"}, {"text": "x"}, {"id": "x", "text": 3}, {"id": "x", "text": " "}]
)
def test_a_bad_row_becomes_a_problem_in_its_place(bad, encoder):
    rows = [{"id": "a", "text": "hello"}, bad, {"id": "b", "text": "there"}]
    first, problem, last = themes.cluster(rows, encoder=encoder)
    assert (first["id"], last["id"]) == ("a", "b")
    assert problem["row"] == 2
    assert "line" in problem["problem"]


def test_discovering_imports_no_heavy_library_that_bertopic_would_like():
    code = """
import sys
from dataclasses import replace
import numpy as np
from insights import themes
vectors = np.eye(384, dtype=np.float32)[[0] * 10]
themes.discover([f"text number {word}" for word in "abcdefghij"], vectors, ids=list("abcdefghij"))
heavy = [name for name in ("torch", "transformers", "sentence_transformers", "umap", "hdbscan", "numba") if name in sys.modules]
sys.exit(", ".join(heavy) or 0)
"""
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr.strip()) == (0, "")


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def blobs(*sizes, spread=0.02, seed=4):
    """Tight groups around unrelated directions, with a text of its own for each vector."""
    rng = np.random.default_rng(seed)
    centres = unit(rng.normal(size=(len(sizes), 384)))
    vectors = unit(np.repeat(centres, sizes, axis=0) + spread * rng.normal(size=(sum(sizes), 384)))
    return [f"word{at}" for at in range(sum(sizes))], vectors, [f"i{at:03}" for at in range(sum(sizes))]


@settings(max_examples=15, deadline=None)
@given(st.permutations(range(80)))
def test_any_order_of_the_input_gives_the_same_bytes(order):
    texts, vectors, ids = blobs(40, 20, 10, 10, spread=0.06)
    found = themes.discover(texts, vectors, ids=ids)
    again = themes.discover([texts[at] for at in order], vectors[order], ids=[ids[at] for at in order])
    assert sorted(again.assignments, key=lambda one: one.id) == list(found.assignments)
    assert [one.centroid.tobytes() for one in again.themes] == [one.centroid.tobytes() for one in found.themes]
    assert [one.representatives for one in again.themes] == [one.representatives for one in found.themes]


def test_the_number_of_threads_changes_no_byte():
    rng = np.random.default_rng(1)
    vectors = unit(np.repeat(rng.normal(size=(30, 384)), 25, axis=0) + 1.3 * rng.normal(size=(750, 384)))
    made = set()
    for count in (1, 2, 4):
        with threadpool_limits(count):
            assert {library["num_threads"] for library in threadpool_info()} == {count}
            found = themes.discover([f"word{at}" for at in range(750)], vectors, ids=[str(at) for at in range(750)])
        made.add((repr(found.assignments), b"".join(theme.centroid.tobytes() for theme in found.themes)))
    assert len(made) == 1
    assert len(found.themes) > 10


def test_near_duplicates_are_one_text(encoder):
    texts = ["Are there any top-up limits?", "Are there any top-up limits involved?"] * 6
    found = themes.discover(texts, embedding.embed(encoder, texts), ids=[f"i{at}" for at in range(12)])
    assert (found.themes, found.needs) == ((), 7)


def nearly_lost(count):
    """Two groups of 40 and some texts that lean to one of them, too far off to belong."""
    texts, vectors, ids = blobs(40, 40)
    rng = np.random.default_rng(9)
    lost = unit(0.3 * vectors[:count] + 0.05 * rng.normal(size=(count, 384)))
    ids += [f"lost{at:02}" for at in range(count)]
    return [*texts, *(f"lost{at}" for at in range(count))], np.concatenate([vectors, lost]), ids


def test_at_most_a_tenth_is_left_and_those_that_join_for_it_are_weak():
    texts, vectors, ids = nearly_lost(40)
    found = themes.discover(texts, vectors, ids=ids)
    lost = [one for one in found.assignments if one.id.startswith("lost")]
    joined = [one for one in lost if one.theme is not None]
    assert len(joined) == 40 - 12
    assert all(0 < one.confidence < themes.WEAK for one in joined)
    assert sum(theme.size for theme in found.themes) == 80 + 28


def test_weak_members_do_not_move_the_centre():
    texts, vectors, ids = nearly_lost(40)
    without = themes.discover(texts[:80], vectors[:80], ids=ids[:80])
    centres = {theme.centroid.tobytes() for theme in themes.discover(texts, vectors, ids=ids).themes}
    assert centres == {theme.centroid.tobytes() for theme in without.themes}


def test_in_a_tiny_set_nobody_joins_for_the_budget():
    texts, vectors, ids = nearly_lost(40)
    found = themes.discover(texts[40:110], vectors[40:110], ids=ids[40:110])
    assert all(one.theme is None for one in found.assignments if one.id.startswith("lost"))


def two_in_one(first=25, second=25, angle=0.6):
    """One theme whose members lie around two directions that are near to each other."""
    rng = np.random.default_rng(3)
    shared, left, right = unit(rng.normal(size=(3, 384)))
    centres = unit(np.stack([shared + angle * left, shared + angle * right]))
    rows = np.repeat(centres, [first, second], axis=0) + 0.015 * rng.normal(size=(first + second, 384))
    return unit(rows)


def test_a_theme_of_two_things_is_divided_and_one_of_one_thing_is_not():
    texts, vectors, ids = [f"word{at}" for at in range(50)], two_in_one(), [f"i{at:02}" for at in range(50)]
    parts = themes.divide(texts, vectors, ids=ids)
    assert [one.theme for one in parts.assignments] == [0] * 25 + [1] * 25
    assert [(part.size, part.subs) for part in parts.themes] == [(25, ()), (25, ())]
    one_thing = themes.divide(texts[:25], vectors[:25], ids=ids[:25])
    assert (one_thing.themes, one_thing.needs) == ((), 0)
    assert all(one.theme is None for one in one_thing.assignments)


def test_a_reader_would_divide_objections_in_the_same_way(vectors):
    parts = themes.divide(TEXTS[:8], vectors[:8], ids=IDS[:8])
    assert [one.theme for one in parts.assignments] == [0] * 4 + [1] * 4


def test_too_few_texts_to_divide_say_how_many_more():
    _, vectors, _ = blobs(5)
    assert themes.divide(list("abcde"), vectors, ids=list("abcde")).needs == 3


def test_every_member_of_a_theme_with_sub_themes_knows_its_own(vectors):
    texts, others, ids = blobs(30, 30)
    both = two_in_one()
    texts = [*texts, *(f"both{at}" for at in range(50))]
    found = themes.discover(texts, np.concatenate([others, both]), ids=[*ids, *(f"both{at:02}" for at in range(50))])
    for one in found.assignments:
        subs = found.themes[one.theme].subs
        assert one.sub is None if not subs else one.sub in range(len(subs))
    for theme in found.themes:
        assert len(theme.subs) != 1
        assert all(not sub.subs and sub.size >= 3 for sub in theme.subs)


def test_a_newcomer_joins_a_sub_theme_where_it_fits_one():
    left, right = two_in_one()[[0, -1]]
    subs = tuple(
        ThemeState(id_, "objection", id_, (), centre, 25, tightness=0.95)
        for id_, centre in zip("ab", (left, right), strict=True)
    )
    between = unit((left + right)[None])[0]
    theme = ThemeState("t", "objection", "T", (), between, 50, tightness=0.8, subs=subs)
    assert [one.sub for one in themes.assign(np.stack([left, right]), [theme])] == ["a", "b"]


def test_examples_decide_between_two_themes_that_are_as_near():
    centres = np.eye(384, dtype=np.float32)[:2]
    new = unit((centres[0] + centres[1])[None])
    states = [
        ThemeState("a", "objection", "A", (), centres[0], 9, tightness=0.8, examples=centres[:1]),
        ThemeState("b", "objection", "B", (), centres[1], 9, tightness=0.8, examples=new),
    ]
    assert themes.assign(new, states)[0].theme == "b"


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6))
def test_what_may_not_join_is_placed_nowhere(seed):
    random = np.random.default_rng(seed)
    new = unit(random.normal(size=(40, 384)) + 6 * np.eye(384)[random.integers(0, 8, 40)]).astype(np.float32)
    states = [
        ThemeState(
            f"{at}", "objection", "T", (), np.eye(384, dtype=np.float32)[at], 9, tightness=random.choice([0, 0.5, 0.7]),
            examples=unit(random.normal(size=(7, 384)) + 6 * np.eye(384)[at]).astype(np.float32),
        )
        for at in range(6)
    ]  # fmt: skip
    bare = [replace(one, examples=None) for one in states]
    may = set(themes.may_join(new, bare).tolist())
    placed = {row for row, at in enumerate(themes.assign(new, states)) if at.theme is not None}
    assert placed <= may
    assert themes.assign(new[sorted(may)], states) == [
        at for row, at in enumerate(themes.assign(new, states)) if row in may
    ]
    assert themes.may_join(new, []).tolist() == []


def test_what_is_far_from_every_theme_may_join_none():
    theme = ThemeState("t", "objection", "T", (), np.eye(384, dtype=np.float32)[0], 9, tightness=0.7)
    assert themes.may_join(np.eye(384, dtype=np.float32)[:3], [theme]).tolist() == [0]


def test_the_examples_of_a_theme_do_not_depend_on_their_order():
    _, vectors, ids = blobs(120)
    assert np.array_equal(themes.examples(vectors, ids), themes.examples(vectors[::-1], ids[::-1]))
    assert themes.examples(vectors, ids).shape == (50, 384)


def test_what_waits_is_a_theme_only_when_it_is_large_enough_for_the_whole():
    texts, vectors, ids = blobs(5, 5)
    far = np.eye(384, dtype=np.float32)[0]
    known = [ThemeState("t", "objection", "T", (), far, 0, tightness=0.8)]
    assert themes.propose(texts, vectors, known, placed=10_000, ids=ids).themes == ()
    assert len(themes.propose(texts, vectors, [], placed=0, ids=ids).themes) == 2


def test_texts_that_share_their_only_word_make_a_theme():
    """Fails with BERTopic's own c-TF-IDF: SciPy takes the one weight for no diagonal."""
    texts = [f"Budget {number}" for number in range(12)]
    vectors = np.eye(384, dtype=np.float32)[[0] * 12]
    found = themes.discover(texts, vectors, ids=[str(number) for number in range(12)])
    assert [(theme.size, theme.keywords) for theme in found.themes] == [(12, ("budget",))]


def test_sub_themes_of_one_word_have_it():
    assert topic_model.keywords(["Budget 1", "Budget 2", "Budget 3"], np.array([0, 0, 1]), 2) == [
        ["budget"],
        ["budget"],
    ]
