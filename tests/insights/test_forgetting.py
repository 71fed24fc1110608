"""Who is covered, where, and that everything else stays where it was."""

import re
import unicodedata
from urllib.parse import quote, quote_plus

import pytest

from insights.covers import COVER, Person, covered
from insights.forgetting import runs, without, without_in_mail, without_words
from insights.formats.mail import Embedded, Mail, Words
from insights.records import Conversation, Participant, Utterance

DANA = Person(
    frozenset({"dana.ortiz@arlo.example"}),
    frozenset({"Dana Ortiz"}),
    frozenset({"15550102030"}),
    frozenset({"arlo foods"}),
)
HILL = Person(names=frozenset({"Mark Hill"}), accounts=frozenset({"acme"}))


@pytest.mark.parametrize(
    "text",
    [
        "Dana Ortiz", "ORTIZ, DANA", "D. Ortiz", "dana ortiz", "Dana M. Ortiz", "Dana\nOrtiz", "DANA.ORTIZ@ARLO.EXAMPLE",
        "dana.ortiz%40arlo.example", "dana dot ortiz at arlo dot example", "danaortiz", "+1 (555) 010-2030", "555 010 2030", "Dána Ortíz",
        "dana_ortiz_call.vtt", "dana.ortiz",
    ],
)  # fmt: skip
def test_every_way_to_write_a_person_is_covered_wherever_it_stands(text):
    found = covered(f"We met {text} today.", DANA)
    assert (found.startswith("We met ") and found.endswith(" today.")) or "vtt" in text
    assert COVER in found and not any(part in found.casefold() for part in ("ana", "ortiz", "2030"))


NAMES = (
    "Jürgen Groß", "Björn Strauß-Weiß", "Dr. Anna Müllerová", "Müllerová, Dr. Anna", "Prof. Dr. Xaver Hüllen", "Anna B. C. Wrzosek", "İlker Yılmaz",
    "Γιώργος Παπάς", "Jean‑Luc Roybal", "Geoﬀ Griﬃthson", "Ostrowska, Danuta Maria", "Søren Kjær", "O’Connell Pattersen",
)  # fmt: skip


def _without_titles(name: str) -> str:
    return re.sub(r"(?i)\b(?:prof|dr)\b", "", name.replace("\u00ad", ""))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "written",
    [
        str, str.upper, str.lower, lambda one: unicodedata.normalize("NFD", one), lambda one: one.replace(" ", "\u00a0"),
        lambda one: one.replace(" ", "\n> "), lambda one: one.replace(" ", "    "), lambda one: one.replace(" ", " \u200b"),
        lambda one: f"{one[:2]}\u00ad{one[2:]}", lambda one: f"**{one}**".replace(" ", "** **"), lambda one: one.replace("ß", "ss"),
        lambda one: one.replace("‑", "-").replace("’", "'"), lambda one: one.replace("ü", "ue").replace("ö", "oe").replace("ä", "ae"),
    ],
)  # fmt: skip
def test_a_name_is_covered_as_it_is_stored_and_however_programs_and_people_write_it(name, written):
    left = covered(f"we met {written(name)} today", Person(names=frozenset({name})))
    assert left.startswith("we met ") and left.endswith(" today") and COVER in left
    told = _without_titles(left.removeprefix("we met ").removesuffix(" today"))
    assert not re.search(r"[^\W_]", told), told


@pytest.mark.parametrize("name", ["Dana Ortiz", "Jürgen Groß", "Ostrowska, Danuta", "O’Connell Pattersen"])
@pytest.mark.parametrize("written", [quote, quote_plus])
def test_a_name_is_covered_in_the_query_of_an_address(name, written):
    assert re.fullmatch(
        f"/quotes\\?q=[{COVER}%+]+&theme=1",
        covered(f"/quotes?q={written(name)}&theme=1", Person(names=frozenset({name}))),
    )


@pytest.mark.parametrize(
    "text",
    ["We thanked Dana. Ortiz Foods pays.", "Ortiz, Head of Dana Point", "Dana thinks that Ortiz pays", "20 % of Dana"],
)
def test_two_words_that_are_no_name_together_stay(text):
    assert covered(text, DANA) == text


@pytest.mark.parametrize(
    "text", ["Diana Ortiz", "Dana Ortizano", "Ortiz Foods", "Dana Point", "4155501020301", "Jordan Ortiz"]
)
def test_who_is_called_alike_is_not_covered(text):
    assert covered(text, DANA) == text


def test_a_cover_is_as_long_as_the_name_so_that_offsets_hold():
    text = "Zoë — Dana Ortiz says: too dear"
    found = covered(text, DANA)
    assert len(found) == len(text)
    assert found[text.index("too dear") :] == "too dear"


def test_a_first_name_alone_is_covered_only_where_its_bearer_takes_part():
    assert covered("Thanks, Dana.", DANA) == "Thanks, Dana."
    assert covered("Thanks, Dana.", DANA, near=True) == f"Thanks, {COVER * 4}."


def test_a_name_that_is_a_word_stays_a_word():
    text = "Mark that up on the hill. Mark it."
    assert covered(text, HILL, near=True) == text
    assert covered("We asked Hill for it.", HILL, near=True) == f"We asked {COVER * 4} for it."


def test_a_shared_name_is_covered_only_at_the_persons_company():
    shared = Person(
        names=frozenset({"Dana Ortiz"}), accounts=frozenset({"arlo foods"}), shared=frozenset({"dana ortiz"})
    )
    assert covered("Dana Ortiz called.", shared) == "Dana Ortiz called."
    assert "Dana" not in covered("Dana Ortiz called.", shared, near=True)


def _call(account="Arlo Foods"):
    return Conversation(
        "c1", "call", "Call with Dana Ortiz", "2025-03-05",
        (
            Utterance("Joel Okafor", "seller", "verbatim", "Hi Dana, shall we begin?"),
            Utterance("Dana Ortiz", "buyer", "verbatim", "It is too expensive."),
            Utterance("Raj Stroud", "buyer", "verbatim", "Dana is right, it is."),
        ),
        (Participant("Dana Ortiz", role="buyer"), Participant("Raj Stroud", role="buyer")),
        account=account, contact="Dana Ortiz", job_title="VP Finance", fields={"Contact Email": "x@y.example", "Segment": "smb"},
    )  # fmt: skip


def test_a_conversation_keeps_what_others_said():
    left = without(_call(), DANA)
    assert [one.text for one in left.utterances] == [
        f"Hi {COVER * 4}, shall we begin?",
        f"{COVER * 4} is right, it is.",
    ]
    assert left.participants == (Participant("Raj Stroud", role="buyer"),)
    assert (left.contact, left.job_title, left.fields) == ("", "", {"Segment": "smb"})
    assert "Dana" not in left.title


def test_somebody_of_the_same_name_at_another_company_stays():
    shared = Person(names=DANA.names, accounts=DANA.accounts, shared=frozenset({"dana ortiz"}))
    assert without(_call("Bexley Trading"), shared) == _call("Bexley Trading")


def test_a_first_name_that_somebody_else_bears_there_is_nobodys_turn():
    talk = (
        Utterance("Dana", "buyer", "verbatim", "We like it."),
        Utterance("Joel Okafor", "seller", "verbatim", "Thanks, Dana."),
    )
    other = Conversation(
        "c3", "call", "", "", talk, (Participant("Dana Point"),), account="Arlo Foods", contact="Dana Point"
    )
    assert without(other, DANA) == other
    both = Conversation(
        "c4", "call", "", "", talk, (Participant("Dana Point"), Participant("Dana Ortiz")), account="Arlo Foods"
    )
    assert [one.text for one in without(both, DANA).utterances] == ["We like it.", f"Thanks, {COVER * 4}."]


def test_a_first_name_in_a_conversation_of_no_company_is_not_taken_for_the_persons():
    talk = (
        Utterance("Dana", "buyer", "verbatim", "We like it."),
        Utterance("Joel", "seller", "verbatim", "Thanks, Dana."),
    )
    loose = Conversation("c5", "call", "", "", talk)
    nowhere = Person(frozenset({"dana.ortiz@mail.example"}), frozenset({"Dana Ortiz"}))
    assert without(loose, nowhere) == loose
    named = Conversation("c6", "call", "", "", talk, (Participant("Dana Ortiz"),))
    assert [one.text for one in without(named, nowhere).utterances] == [f"Thanks, {COVER * 4}."]


def test_nothing_is_left_of_a_conversation_in_which_nobody_else_spoke():
    alone = _call()
    assert without(Conversation("c2", "call", "", "", alone.utterances[1:2], account="Arlo Foods"), DANA) is None


def _mail(sender, text, *, embedded=()):
    to = Participant("Joel Okafor", "joel@vendor.example")
    return Mail(
        "m1@x",
        (),
        sender,
        (to,),
        "Offer for Dana Ortiz",
        "2025-03-06",
        (Words(text, "quoted words"),),
        {},
        {},
        embedded,
    )


def test_a_mail_of_the_person_keeps_its_place_and_nothing_else():
    left = without_in_mail(_mail(Participant("Dana Ortiz", "dana.ortiz@arlo.example"), "No budget."), DANA)
    assert (left.id, left.words, left.sender.name, left.sender.address) == ("m1@x", (), "", "")
    assert "Dana" not in left.subject


def test_what_the_person_wrote_goes_where_another_mail_shows_it_and_what_it_showed_moves_up():
    inner = Embedded(Participant("Raj Stroud", "raj@arlo.example"), "", "", (Words("We wait."),))
    theirs = Embedded(Participant("Dana Ortiz", "dana.ortiz@arlo.example"), "", "", (Words("No budget."),), (inner,))
    left = without_in_mail(
        _mail(Participant("Raj Stroud", "raj@arlo.example"), "See Dana below.", embedded=(theirs,)), DANA
    )
    assert left.embedded == (inner,)
    assert left.words == (Words(f"See {COVER * 4} below."),)


def test_words_that_only_one_person_said_are_covered_however_they_were_cut():
    own = runs(["We would have to retrain the whole night shift, honestly."])
    found = without_words("“…have to retrain the whole\nnight shift…” — a buyer; we have to go", own)
    assert "retrain" not in found and "night" not in found
    assert found.endswith("— a buyer; we have to go")
