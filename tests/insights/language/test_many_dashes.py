"""A text of nothing but dashes or marks of mail quotes is read in a time that grows with it and no faster."""

import pytest
import spacy

from insights.language.clauses import Clauses, sentence_starts
from tests.spending import at_most


@pytest.mark.parametrize("sign", [">", "-", "*"])
def test_a_hundred_thousand_dashes_are_no_trap(sign):
    doc = spacy.blank("en").make_doc(f"{sign} " * 30_000)
    with at_most(2):
        Clauses()(doc)


@pytest.mark.parametrize(
    ("text", "starts"), [("It is dear - we wait", [0, 4]), ("a self-made tool", [0]), ("one\n- two", [0, 3])]
)
def test_a_dash_after_a_space_still_begins_a_sentence(text, starts):
    doc = spacy.blank("en").make_doc(text)
    assert sentence_starts(doc, [token.norm_ for token in doc]) == starts
