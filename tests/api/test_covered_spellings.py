"""Who sees no names sees none that is written otherwise than plainly, stands far down, or is of somebody at another customer."""

import unicodedata

import pytest

from insights.records import Conversation, Participant, Utterance, stable_id
from pipelines.privacy.covering import cover
from pipelines.store import connect, conversations
from pipelines.uploads import settle


def call(name: str, account: str, people: tuple[Participant, ...], text: str) -> Conversation:
    return Conversation(
        id=stable_id(name), kind="call", title=name, occurred_at="2026-03-02", account=account, contact=people[0].name,
        participants=people, utterances=(Utterance(people[0].name, "buyer", "verbatim", text),),
    )  # fmt: skip


@pytest.fixture
def shown(db, settings):
    """A function that gives a text of a call as who sees no names reads it."""

    def read(text: str, account: str, *people: Participant) -> str:
        theirs = (Participant("Xiulan Qwertzuiop", role="buyer"), Participant("Wubbo Skrzypczak", role="buyer"))
        unnamed = Participant("", "ingmar.vroegindeweij@zephyr.example", role="buyer")
        other = call("other", "Zephyr Quillmount", (*theirs, unnamed), "Hello.")
        own = call("own", account, people or (Participant("Lena Voss", role="buyer"),), text)
        with db.atomic():
            settle.write(db, [other, own], settle.knowledge(db))
        (turn,) = conversations.utterances(db, own.id)
        covered = connect(settings.database_file)
        cover(covered, settings.database_file)
        (found,) = covered.execute("SELECT text FROM utterances WHERE id = ?", [turn.id]).fetchone()
        covered.close()
        assert len(found) == len(turn.text)
        return found.replace("█", "")

    return read


WAYS = {
    "accents apart": lambda one: unicodedata.normalize("NFD", one), "soft hyphen": lambda one: f"{one[:2]}\u00ad{one[2:]}",
    "line of a mail": lambda one: one.replace(" ", "\n> "), "blank of no width": lambda one: one.replace(" ", "\u200b"),
    "bold": lambda one: f"**{one}**".replace(" ", "** **"), "hyphen": lambda one: one.replace("-", "‑"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["Zoë Bäckström", "İlker Yılmaz", "Anne-Marie Stone", "Rose Baker"])
def test_a_persons_name_is_covered_however_it_is_written(shown, name, way):
    left = shown(f"we said that {WAYS[way](name)} thinks so", "Acme", Participant(name, role="buyer"))
    assert not any(one.isalnum() for one in left.removeprefix("we said that ").removesuffix(" thinks so"))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["Häßler Brände", "Blue Harbour Foods"])
def test_a_companys_name_is_covered_however_it_is_written(shown, name, way):
    left = shown(f"we said that {WAYS[way](name)} thinks so", name)
    assert not any(one.isalnum() for one in left.removeprefix("we said that ").removesuffix(" thinks so"))


@pytest.mark.parametrize(
    "text",
    ["XIULAN QWERTZUIOP", "Qwertzuiop, Xiulan", "Wubbo Skrzypczak", "WUBBO SKRZYPCZAK", "Ingmar Vroegindeweij", "[Zephyr Quillmount]",
     "*Zephyr Quillmount*", "«Zephyr Quillmount»", "Zephyr Quillmount/Xiulan Qwertzuiop", "Zephyr Quillmount—Wubbo Skrzypczak",
     "lorem ipsum " * 2_000 + "Zephyr Quillmount and Wubbo Skrzypczak"],
)  # fmt: skip
def test_who_took_part_elsewhere_and_another_customer_are_covered(shown, text):
    left = shown(f"We said that {text} would pay", "Acme Fairweather").casefold()
    assert not any(one in left for one in ("xiulan", "qwertz", "wubbo", "skrz", "ingmar", "vroeg", "zephyr", "quill"))


def test_a_text_without_capitals_names_nobody_elsewhere(shown):
    left = shown("we heard that zephyr quillmount and wubbo skrzypczak would pay", "Acme Fairweather")
    assert " ".join(left.split()) == "we heard that and would pay"
