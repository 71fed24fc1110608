"""Words that buyers use and our pages do not, against the formula worked out anew."""

from collections import Counter

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from insights.terms import buyers_terms, log_odds, terms

QUOTES = [
    "Does it work with single sign-on?",
    "Is single sign-on part of the price?",
    "We need single sign-on for the audit",
] * 4
PAGES = ["Identity federation for every plan. The price is per site.", "An audit log is part of every plan."] * 6


def test_scores_are_those_of_monroe_and_others():
    said, written = Counter(a=30, b=5, c=65), Counter(a=10, b=60, c=130)
    found = log_odds(said, written, ["a", "b", "c"], prior=50.0)
    # Equations 16, 19 and 22 of Monroe, Colaresi and Quinn (2008), the prior 50 words of both sides' mixture.
    y1, y2 = np.array([30, 5, 65.0]), np.array([10, 60, 130.0])
    alpha = 50 * (y1 + y2) / (y1 + y2).sum()
    omega1 = (y1 + alpha) / (y1.sum() + alpha.sum() - y1 - alpha)
    omega2 = (y2 + alpha) / (y2.sum() + alpha.sum() - y2 - alpha)
    z = (np.log(omega1) - np.log(omega2)) / np.sqrt(1 / (y1 + alpha) + 1 / (y2 + alpha))
    assert found == pytest.approx(z.tolist())


def test_what_buyers_say_and_pages_do_not_is_found():
    found = buyers_terms(QUOTES, [f"Account {n}" for n in range(12)], PAGES)
    assert [t.term for t in found][:1] == ["single sign-on"]
    assert found[0].buyers == 12 and found[0].pages == 0
    assert "price" not in [t.term for t in found] and "audit" not in [t.term for t in found]


def test_adjusted_p_values_are_those_of_statsmodels():
    found = buyers_terms(QUOTES, [f"Account {n}" for n in range(12)], PAGES)
    said, written = (Counter(t for text in texts for t in terms(text)) for texts in (QUOTES, PAGES))
    wanted = sorted(said)
    z = log_odds(said, written, wanted, prior=min(500, said.total() / 2, written.total() / 2))
    from scipy.stats import norm

    q = dict(zip(wanted, multipletests(norm.sf(z), method="fdr_bh")[1], strict=True))
    assert {t.term: pytest.approx(t.q) for t in found} == {t.term: q[t.term] for t in found}


def test_one_accounts_word_is_not_the_buyers_word():
    assert not buyers_terms(QUOTES, ["Arlo Foods"] * 12, PAGES)


@pytest.mark.parametrize(("quotes", "pages"), [([], PAGES), (QUOTES, []), (["the of and"], PAGES), (["", ""], [""])])
def test_nothing_on_one_side_says_nothing(quotes, pages):
    assert buyers_terms(quotes, ["a"] * len(quotes), pages) == ()


def test_the_same_words_on_both_sides_stand_out_nowhere():
    assert not buyers_terms(PAGES, [f"Account {n}" for n in range(12)], PAGES)
