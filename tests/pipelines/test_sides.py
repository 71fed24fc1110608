"""Who is who: one word from a person holds for every file, and can be taken back."""

import pytest

from insights import people
from insights.personas import PersonaRule
from insights.roles import SideCorrection
from pipelines.catalogue import own_names
from pipelines.ingest import ingest
from pipelines.store import conversations, corrections, worklist
from pipelines.uploads import sides

CALL = """WEBVTT

NOTE date: 2025-03-05

00:00:01.000 --> 00:00:04.000
{one}: The weather is fine {n}.

00:00:04.000 --> 00:00:09.000
{other}: It is, and the train was on time {n}.
"""


@pytest.fixture
def call(db, tmp_path, now):
    """A function: load a call of two people of whom nothing tells who sells."""

    def load(n: int, one: str = "Ann Lee", other: str = "Bob Ray"):
        (tmp_path / f"{n}.vtt").write_text(CALL.format(n=n, one=one, other=other))
        return ingest(db, [tmp_path / f"{n}.vtt"], title=str(n), now=now)

    return load


def roles_of(db, speaker: str) -> list[str]:
    return [row["role"] for row in db.query("SELECT role FROM utterances WHERE speaker = ? ORDER BY id", [speaker])]


def test_one_correction_holds_for_files_that_are_loaded_and_those_to_come(db, call, now):
    call(1)
    assert roles_of(db, "Ann Lee") == ["unknown"]

    ids = sides.correct(db, SideCorrection("Lee, Ann", "seller"), now=now())
    changed = sides.reassign(db, ids)
    call(2)

    assert changed >= 1
    assert roles_of(db, "Ann Lee") == ["seller", "seller"]


def test_a_correction_makes_what_depends_on_it_be_read_again(db, call, now):
    call(1)
    call(2, one="Cy Ode", other="Di Eff")
    db.execute("UPDATE conversations SET analysed = content_hash || 'v1'")

    sides.reassign(db, sides.correct(db, SideCorrection("Ann Lee", "seller"), now=now()))

    assert worklist.count_waiting(db, "v1") == 1


def test_a_correction_that_is_taken_back_leaves_no_trace(db, call, now, content):
    call(1)
    before = content(db)
    sides.reassign(db, sides.correct(db, SideCorrection("Ann Lee", "buyer"), now=now()))
    assert content(db) != before

    sides.reassign(db, sides.withdraw(db, "Ann Lee"))

    assert content(db) == before


def test_a_label_that_names_nobody_is_corrected_in_one_conversation(db, call, now):
    call(1, one="Speaker 1", other="Speaker 2")
    call(2, one="Speaker 1", other="Speaker 2")
    first = conversations.ids(db)[0]

    with pytest.raises(sides.NotAPerson, match="one conversation"):
        sides.correct(db, SideCorrection("Speaker 1", "seller"), now=now())
    sides.reassign(db, sides.correct(db, SideCorrection("Speaker 1", "seller", first), now=now()))

    assert sorted(roles_of(db, "Speaker 1")) == ["seller", "unknown"]


def test_a_label_of_nothing_but_white_space_is_nobody(db, call, now):
    with pytest.raises(sides.NotAPerson):
        sides.correct(db, SideCorrection("  ", "buyer", "c1"), now=now)


def test_a_label_of_signs_is_kept_as_it_is_written():
    assert people.normal("???") == "???"


def test_those_whose_side_nothing_tells_are_listed_with_their_words(db, call):
    call(1)
    call(2)

    found, total = sides.who_is_who(db)

    assert total == 2
    assert [(s.name, s.side, s.conversations) for s in found] == [("Ann Lee", "unknown", 2), ("Bob Ray", "unknown", 2)]
    assert found[0].excerpts[0].text.startswith("The weather is fine")


def test_somebody_who_was_corrected_is_no_longer_asked_about(db, call, now):
    call(1)

    sides.reassign(db, sides.correct(db, SideCorrection("Ann Lee", "seller"), now=now()))

    assert "Ann Lee" not in [speaker.name for speaker in sides.who_is_who(db)[0]]
    assert "Ann Lee" in [speaker.name for speaker in sides.who_is_who(db, every=True)[0]]


def test_a_rule_for_job_titles_applies_to_what_is_loaded(db, upload, now):
    ingest(db, [upload / "notes.csv"], title="notes", now=now)

    corrections.add_persona_rule(db, PersonaRule("vp finance", "executive", ""))
    sides.reassign(db)

    assert [row["persona"] for row in db.query("SELECT persona FROM conversations WHERE job_title = 'VP Finance'")] == [
        "executive"
    ]


def test_what_the_crm_tells_of_speakers_is_taken_at_once_and_undone_at_once(db, call, tmp_path, now):
    """Not who stands in both columns, and not whom somebody spoke of since."""
    call(1)
    call(2, one="Cy Ode", other="Di Eff")
    rows = (
        "Bob Ray,Ann Lee,Says the price is too high",
        "Di Eff,Cy Ode,Asked for single sign-on",
        "Cy Ode,Ann Lee,Wants a pilot in spring",
    )
    lines = [f"2025-03-0{n},Arlo {n},{row}.\n" for n, row in enumerate(rows, 4)]
    (tmp_path / "notes.csv").write_text("Date,Account,Contact,Owner,Description\n" + "".join(lines))
    ingest(db, [tmp_path / "notes.csv"], title="notes", now=now)
    spoken = "SELECT role FROM utterances WHERE speaker = ? AND voice = 'verbatim'"
    people = ("Ann Lee", "Bob Ray", "Di Eff", "Cy Ode")
    assert {db.execute(spoken, [one]).fetchone()[0] for one in people} == {"unknown"}
    assert sides.parted(db).told == 3

    numbers, ids = sides.take_as_told(db, now=now(), actor="Kim")
    sides.reassign(db, ids)

    told = [db.execute(spoken, [one]).fetchone()[0] for one in people]
    assert told[:3] == ["seller", "buyer", "buyer"]
    assert (len(numbers), sides.parted(db).told) == (3, 0)
    sides.say(db, "Di Eff", "seller", now=now(), actor="Kim")
    undone = own_names.undo_at_once(db, numbers[0], numbers[-1], now=now())
    assert [one.name.split("\n")[0] for one in undone] == ["ann lee", "bob ray"]
    assert {(one.subject, one.role) for one in corrections.sides(db)} == {("di eff", "seller")}


def test_a_side_is_shown_by_whole_sentences_each_once(db, tmp_path, now):
    (tmp_path / "a.txt").write_text(
        "Marlow: Thanks for making time, we wanted to go through the count.\n"
        "Petra: Honestly our licence is more than our board will pay. And does it run without a network in the cellar?\n"
        "Marlow: Understood. What would help them?\n"
    )
    ingest(db, [tmp_path / "a.txt"], title="a", now=now)
    (petra,) = (one for one in sides.who_is_who(db, every=True)[0] if one.name == "Petra")
    said = [one.text for one in petra.excerpts]
    assert said == [*dict.fromkeys(said)] and all(one.endswith((".", "?")) and len(one.split()) > 5 for one in said), (
        said
    )
