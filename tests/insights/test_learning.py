"""Learning from reviews: little from few, calibrated, never worse than what was shipped."""

import numpy as np
import pytest

from insights import learning
from insights.learning import Anchor, Case, Head, Reviewed

LABELS = ("price", "timing", "trust")
CENTRES = np.linalg.qr(np.random.default_rng(0).normal(size=(learning.DIMENSIONS, 3)))[0].T


def company(count: int, *, shift: float, seed: int = 1) -> Reviewed:
    """Reviews of a company where what the finder calls "timing" is `shift` logits less often right than it thinks."""
    rng = np.random.default_rng(seed)
    label = rng.integers(0, 3, count)
    confidence = rng.uniform(0.42, 0.97, count)
    noise = rng.normal(size=(count, learning.DIMENSIONS)) / np.sqrt(learning.DIMENSIONS)
    vectors = CENTRES[label] + noise
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    logit = np.log(confidence / (1 - confidence)) - np.where(label == 1, shift, 0)
    right = rng.random(count) < 1 / (1 + np.exp(-logit))
    cases = tuple(Case("objection", LABELS[k], float(c), "buyer") for k, c in zip(label, confidence, strict=True))
    return Reviewed(cases, vectors, right, np.array([f"c{n // 2}" for n in range(count)]))


def anchor(count: int = 400) -> Anchor:
    known = company(count, shift=0, seed=9)
    hits = int(known.right.sum())
    return Anchor(known.cases, known.vectors, known.right, {"objection": hits + 50, "question": 0, "competitor": 0})


def calibration_error(found: np.ndarray, right: np.ndarray) -> float:
    """Mean distance of confidence and share of right ones, over tenths of confidence."""
    tenth = np.minimum((found * 10).astype(int), 9)
    return sum(
        (tenth == t).mean() * abs(found[tenth == t].mean() - right[tenth == t].mean()) for t in set(tenth.tolist())
    )


def test_nothing_known_changes_nothing():
    known = company(50, shift=0)
    found = learning.confidences(Head(np.zeros_like(learning.fit(known).weights)), known.cases, known.vectors)
    assert np.allclose(found, [case.confidence for case in known.cases])


def test_ten_reviews_change_little():
    head = learning.fit(company(10, shift=3), strength=0.25)
    others = company(300, shift=3, seed=2)
    moved = np.abs(
        learning.confidences(head, others.cases, others.vectors) - [case.confidence for case in others.cases]
    )
    assert moved.mean() < 0.05 and moved.max() < 0.15


@pytest.mark.parametrize("count", [0, 5, 19])
def test_a_few_reviews_are_said_to_be_too_few(count):
    verdict = learning.train(company(count, shift=3), anchor())
    assert not verdict.adopted and "too few" in verdict.reason and f"{count} reviews" in verdict.reason


def test_reviews_of_two_conversations_are_too_few():
    known = company(40, shift=3)
    two = Reviewed(known.cases, known.vectors, known.right, np.array(["a", "b"] * 20))
    assert "too few" in learning.train(two, anchor()).reason


def test_a_company_that_speaks_otherwise_is_learnt_and_confidence_stays_what_it_says():
    verdict = learning.train(company(300, shift=2.5), anchor())
    unseen = company(3000, shift=2.5, seed=4)
    before = np.array([case.confidence for case in unseen.cases])
    after = learning.confidences(verdict.head, unseen.cases, unseen.vectors)
    assert verdict.figures["loss_after"] < verdict.figures["loss_before"]
    assert calibration_error(after, unseen.right) < 0.75 * calibration_error(before, unseen.right)


def test_a_calibrated_finder_is_left_alone():
    verdict = learning.train(company(200, shift=0), anchor())
    assert not verdict.adopted and "surely better" in verdict.reason


def test_what_would_lose_the_shipped_quality_is_not_used():
    known, kept = company(300, shift=4), anchor()
    right = np.array([case.label == "timing" or good for case, good in zip(kept.cases, kept.right, strict=True)])
    strict = Anchor(kept.cases, kept.vectors, right, {"objection": int(right.sum()), "question": 0, "competitor": 0})
    verdict = learning.train(known, strict)
    before, after = (strict.f1(head)["objection"] for head in (Head(verdict.head.weights * 0), verdict.head))
    assert not verdict.adopted or after >= before - learning.LARGEST_LOSS


def test_the_shipped_anchor_set_is_sound():
    shipped = learning.anchor()
    kinds = {case.kind for case in shipped.cases}
    assert kinds == {"objection", "question", "competitor"} and len(shipped.cases) > 1000
    assert np.allclose(np.linalg.norm(shipped.vectors, axis=1), 1, atol=1e-3)
    assert all(0 < value < 1 for value in shipped.f1(Head(np.zeros(learning._WIDTH))).values())
