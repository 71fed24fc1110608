"""What one group says more than the rest, all tested together."""

from insights.apart import apart
from insights.sampling import Sample, sample


def of(hits: int, n: int, name: str) -> Sample:
    """`hits` of `n` conversations, each of an account of its own."""
    return sample((f"{name}{k}", f"{name}{k}", k < hits) for k in range(n))


def test_a_large_difference_is_found_and_a_small_group_is_not_judged():
    found = apart({
        ("finance", "1"): (of(60, 100, "a"), of(20, 300, "b")), ("finance", "2"): (of(10, 100, "a"), of(30, 300, "b")),
        ("legal", "1"): (of(5, 9, "c"), of(75, 391, "d")), ("it", "1"): (of(2, 100, "e"), of(90, 300, "f")),
    })  # fmt: skip
    assert [one.standing for one in found.values()] == ["more", "alike", "too few", "less"]


def test_nothing_seen_is_no_difference_only_where_it_would_have_been_seen():
    few, many = of(2, 20, "a"), of(100, 1000, "a")
    found = apart({("x", "1"): (few, of(30, 300, "b")), ("x", "2"): (many, of(300, 3000, "b"))})
    assert [one.standing for one in found.values()] == ["too few", "alike"]


def test_one_loud_account_makes_no_persona():
    loud = sample([(f"l{k}", "loud", True) for k in range(30)] + [(f"q{k}", f"q{k}", False) for k in range(30)])
    assert apart({("x", "1"): (loud, of(5, 300, "b"))})["x", "1"].standing != "more"


def test_chance_alone_sets_hardly_anything_apart():
    import random

    rng, claims = random.Random(11), 0
    for run in range(20):
        samples = {}
        for theme in range(10):
            here = sample((f"a{k}", f"a{k}", rng.random() < 0.15) for k in range(80))
            rest = sample((f"b{k}", f"b{k}", rng.random() < 0.15) for k in range(240))
            samples["x", f"{run}-{theme}"] = here, rest
        claims += any(one.standing in ("more", "less") for one in apart(samples).values())
    assert claims <= 3  # of 20 sheets in which nothing differs


def test_one_word_said_by_both_sides_alone_is_no_finding():
    from insights.terms import buyers_terms

    assert buyers_terms(["price"] * 5, [f"a{n}" for n in range(5)], ["price"] * 5) == ()
