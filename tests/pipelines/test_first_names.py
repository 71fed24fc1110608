"""Names of people whom the conversations know are covered in what colleagues write, and everyday words are not."""

import pytest

from insights import privacy
from insights.records import Conversation, Participant, Utterance, stable_id
from pipelines.quotes import quoting
from pipelines.uploads import settle

CONTACTS = (
    "Mark Lindqvist", "Will Oyelaran", "May Thornbury", "Grant Ashdown", "Priya Raman", "Joaquín Vela", "Rose Field", "Art Baker",
    "Hope Summers", "Bill Price", "Frank Stone", "Jack Hill",
)  # fmt: skip
NAMED = (
    "Priya asked for it twice.", "I told Priya's team on Monday.", "Asked Joaquin, who agreed.", "Please tell Raman.",
    "As Mark said, they wait.", "Talk to Will before Friday.", "We owe Grant an answer.", "That is what Rose wants.",
    "Lindqvist signs it.", "Ask May about it.", "I had Hope on the phone.", "Frank told me.",
)  # fmt: skip
# Everyday words that begin or end names of contacts, as people write them in notes.
PLAIN = (
    "Mark this as done.", "Please mark it as done", "Will you send it?", "They will wait.", "May we quote this?", "It may take until May.",
    "Renewal in May", "The grant ran out.", "Grant them access.", "Prices rose again.", "I hope so.", "Hope this helps.", "Price is too high",
    "The price list needs work", "A field for the bill", "Stone-cold lead", "Bill them monthly.", "Be frank about it.", "Up the hill",
    "State of the art", "Summers are slow", "Write an article on price", "Bakers ask for this", "To be frank, no.", "We will see in May.",
    "Jack up the volume", "The art of pricing", "Field service asks", "Q2 May numbers", "Will follow up", "Mark-up is unclear", "Grants and loans",
)  # fmt: skip


@pytest.fixture
def covered(db):
    """A function that gives what is covered of a text that a colleague wrote."""
    for n, contact in enumerate(CONTACTS):
        people = (Participant(contact, role="buyer"),)
        turns = (Utterance(contact, "buyer", "verbatim", "We cannot spend more this year."),)
        one = Conversation(
            id=stable_id("known", n), kind="call", title="", occurred_at="2026-03-01", account=f"Firm {n}", contact=contact,
            participants=people, utterances=turns,
        )  # fmt: skip
        with db.atomic():
            settle.write(db, [one], settle.knowledge(db))

    def find(text: str) -> list[str]:
        return [text[span.start : span.end] for span in privacy.find(text, known=quoting.known_anywhere(db, text))]

    return find


def test_a_person_s_single_name_is_covered(covered):
    assert [text for text in NAMED if not covered(text)] == []


def test_everyday_words_that_are_names_stay(covered):
    # One of them is lost: a month that nothing before it tells from a name.
    assert {text: found for text in PLAIN if (found := covered(text))} == {"Q2 May numbers": ["May"]}


def test_a_word_that_is_nobody_s_name_here_stays(covered):
    assert covered("We told the Nordics and Excel users.") == []
