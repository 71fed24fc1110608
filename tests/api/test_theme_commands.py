"""Themes on the terminal: every command once in earnest, exit codes, and sentences that say what to do."""

import json
import re

import pytest

from pipelines.settings import Settings
from pipelines.store import insights, proposals
from pipelines.store.filters import Filters
from pipelines.themes import ledger
from pipelines.themes.ledger import NewTheme

PRICE, SETUP, SECURITY, RIVAL = 1, 2, 3, 4
NOW = "2026-03-20T09:00:00+00:00"
DEAR = [f"It costs too much for {who}" for who in ("us", "a shop", "our team", "this year", "the board", "my boss", "now", "them")]  # fmt: skip
SLOW = [f"The roll-out takes until {when}" for when in ("May", "June", "July", "autumn", "winter", "Easter", "spring", "Monday")]  # fmt: skip


@pytest.fixture
def settings(tmp_path) -> Settings:
    """Those that the commands run with."""
    return Settings(home=tmp_path / "home")


@pytest.fixture
def themes(parley, filled):
    """A function that runs `parley themes` on the small company and gives what it printed."""

    def run(*arguments: object, code: int = 0) -> str:
        done = parley("themes", *map(str, arguments))
        assert done.returncode == code and "Traceback" not in done.stderr, (done.stdout, done.stderr)
        return done.stdout if code == 0 else done.stdout + done.stderr

    return run


def state(db) -> dict:
    """All that themes are today."""
    rows = (
        "SELECT id, name, status, parent_id, merged_into, pinned, shape_id FROM themes WHERE status <> '' ORDER BY id"
    )
    members = "SELECT * FROM theme_members ORDER BY insight_id"
    return {sql: list(db.query(sql)) for sql in (rows, members)}


def undo(themes, told: str) -> str:
    """Do what a change says undoes it."""
    return themes(*re.search(r"^Undo: parley themes (.*)$", told, re.MULTILINE)[1].split())


def mixed(db, say) -> int:
    """A theme that holds two things."""
    dear, slow = say(DEAR, SLOW)
    return ledger.create(db, "objection", NewTheme("Worries", members=dict.fromkeys(dear + slow, 0.9)), now=NOW).theme


# Looking


def test_the_list_holds_retired_and_merged_themes_only_when_asked(themes):
    themes("merge", PRICE, SETUP)
    themes("retire", SECURITY)

    shown = [json.loads(line)["id"] for line in themes("list", "--json").splitlines()]
    every = themes("list", "--all")

    assert shown == [PRICE, RIVAL]
    assert every.splitlines()[0].split() == ["id", "kind", "conversations", "theme"]
    assert re.search(r"^ +2 .*\(merged into 1\)$", every, re.MULTILINE)
    assert re.search(r"^ +3 .*\(retired\)$", every, re.MULTILINE)
    assert themes("list", "--kind", "question").startswith("No theme")


def test_a_theme_is_shown_in_plain_words(themes):
    themes("rename", PRICE, "Too dear", "--reason", "shorter")

    told = themes("show", PRICE)

    assert told.startswith("Too dear\nTheme 1, objection, since 2026-03-20.\n")
    assert "quotes in" in told and "Keywords: price, spend" in told and "“It is more than we can spend" in told
    assert "terminal: Renamed “Too expensive this year” to “Too dear” (shorter)" in told


def test_a_theme_is_shown_to_machines_with_its_events(themes):
    shown = json.loads(themes("show", PRICE, "--json"))

    assert (shown["id"], shown["events"][0]["type"], shown["subs"]) == (PRICE, "create", [])


def test_the_history_of_all_themes_has_what_people_did_the_newest_first(themes):
    themes("pin", PRICE)
    themes("retire", SETUP, "--reason", "old news")

    lines = themes("history").splitlines()

    assert "Retired “" in lines[0] and lines[0].endswith("(old news)")
    assert "Pinned “Too expensive this year”" in lines[1]
    assert "joined" not in themes("history") and "quote joined" in themes("history", PRICE)
    assert [json.loads(line)["type"] for line in themes("history", "--json", "--limit", 2).splitlines()] == [
        "retire",
        "pin",
    ]


# Changes and their way back


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("rename", PRICE, "Too dear"), "Renamed “Too expensive this year” to “Too dear”."),
        (("merge", PRICE, SETUP, "--reason", "one"), "Merged “=HYPERLINK"),
        (("pin", PRICE), "Pinned “Too expensive this year”."),
        (("retire", PRICE), "Retired “Too expensive this year”."),
    ],
)
def test_a_change_says_what_was_done_and_the_way_back_leads_back(themes, db, arguments, says):
    before = state(db)
    told = themes(*arguments)
    assert told.startswith(says) and state(db) != before
    undo(themes, told)
    assert state(db) == before


def test_what_is_so_already_changes_nothing(themes):
    themes("pin", PRICE)
    for again in (
        ("pin", PRICE),
        ("unpin", SETUP),
        ("rename", SETUP, '=HYPERLINK("http://example.org","<b>free</b> | *now*")'),
    ):
        assert themes(*again) == "It was so already: nothing was changed.\n"


def test_a_merge_is_previewed_with_quotes_and_changes_nothing(themes, db):
    before = state(db)
    told = themes("merge", PRICE, SETUP, "--dry-run")
    assert re.search(
        r"^Together \d+ quotes in \d+ conversations of \d+ accounts; \d+ conversations have more", told, re.MULTILINE
    )
    assert "“It is more than we can spend this year”" in told and "“I worry that" in told
    assert state(db) == before


def test_a_split_is_looked_at_tried_and_done(themes, db, say):
    theme = mixed(db, say)
    before = state(db)
    assert themes("split", theme).count("8 quotes: ") == 2
    tried = themes("split", theme, "--part", 2, "--dry-run")
    assert tried.startswith("    2  8 quotes: ") and "8 quotes would stay. Nothing was changed." in tried
    assert state(db) == before
    done = themes("split", theme, "--part", 2)
    assert "(8 quotes) out of “Worries”." in done
    undo(themes, done)
    assert state(db) == before
    assert "there is no part 3" in themes("split", theme, "--part", 3, code=1)


def test_parts_become_sub_themes_and_a_sub_theme_a_theme(themes, db, say):
    theme = mixed(db, say)
    told = themes("split", theme, "--apply", "--sub-themes")
    assert told.startswith("Made “Price: it costs too much for now” (8 quotes) and “")
    sub = int(re.search(r"^ +(\d+)  ", told, re.MULTILINE)[1])
    assert f"{sub:>5}          8 conversations  " in themes("show", theme) and f"part of “Worries” ({theme})" in themes(
        "show", sub
    )
    assert "(a sub-theme now)" in themes("split", theme, "--promote", sub, "--dry-run")
    assert themes("split", theme, "--promote", sub).startswith("Took “")
    assert "part of" not in themes("show", sub)


def test_a_theme_that_is_about_one_thing_is_not_split(themes):
    assert "does not fall into parts" in themes("split", PRICE)
    assert "does not fall into parts" in themes("split", PRICE, "--apply", code=1)


def test_quotes_are_moved_and_let_wait(themes, db):
    before = state(db)
    one, two = [quote.id for quote in insights.quotes(db, Filters(theme=str(PRICE)), limit=2)]
    moved = themes("move", one, two, "--to", SETUP)
    assert moved.startswith("Moved 2 quotes from “Too expensive this year” to “")
    waits = themes("move", one, "--wait", "--reason", "unclear")
    assert ", to wait." in waits and "1 of them because somebody said so" in themes("waiting", "--kind", "objection")
    undo(themes, waits)
    undo(themes, moved)
    assert state(db) == before


def test_a_retired_theme_comes_back_into_reports(themes):
    themes("retire", PRICE)
    assert themes("restore", PRICE).startswith("Restored “Too expensive this year”.")


def test_a_blocked_undo_says_which_events_come_first(themes, db):
    before = state(db)
    merged = themes("merge", PRICE, SETUP)
    quote = next(db.query("SELECT insight_id FROM theme_moves WHERE before = 2"))["insight_id"]
    moved = themes("move", quote, "--wait")
    number = int(re.search(r"undo (\d+)", merged)[1])
    told = themes("undo", number, code=1)
    assert f"Event {number} cannot be undone yet." in told and f"\n  parley themes undo {number + 1}\n" in told
    undo(themes, moved)
    undo(themes, merged)
    assert state(db) == before


def test_a_change_is_told_to_machines(themes):
    event = json.loads(themes("retire", PRICE, "--json"))["event"]
    assert (event["type"], event["actor"], event["theme_id"]) == ("retire", "terminal", PRICE)


# Proposals


@pytest.fixture
def proposed(db, filled, say) -> dict[str, int]:
    """One proposal each to make, split and merge themes."""
    dear, slow = say(DEAR, SLOW)
    theme = ledger.create(db, "objection", NewTheme("Worries", members=dict.fromkeys(slow, 0.9)), now=NOW).theme
    new = {
        "name": "Costs too much",
        "label": "price",
        "keywords": ["much"],
        "shape": None,
        "examples": dear[:2],
        "subs": [],
    }
    parts = [{"name": "By May", "keywords": ["may"], "examples": slow[:1], "size": 3}]
    contents = {
        "new": (8, new, dict.fromkeys(dear, (0, 0.9))),
        "split": (8, {"theme": theme, "parts": parts, "stays": 5}, dict.fromkeys(slow[:3], (1, 1.0))),
        "merge": (50, {"into": PRICE, "other": SETUP, "alike": 0.93}, {}),
    }
    with db.atomic():
        return {
            type: proposals.put(
                db, kind="objection", type=type, signature=type, size=size, content=content, members=members, now=NOW
            )
            for type, (size, content, members) in contents.items()
        }  # fmt: skip


def test_proposals_are_listed_with_quotes_to_judge_them_by(themes, proposed):
    told = themes("proposals")
    assert "Make “Costs too much” of 8 quotes that wait" in told and f"“{DEAR[0]}”" in told
    assert "Split “Worries”: take out “By May” (3); 5 of 8 quotes stay" in told and "part 1, By May:" in told
    assert "93% alike" in told and "have both" in told
    rows = [json.loads(line) for line in themes("proposals", "--json").splitlines()]
    assert [row["type"] for row in rows] == ["merge", "new", "split"] and rows[1]["examples"][0]["quotes"]
    assert themes("proposals", "--kind", "question").startswith("No proposal waits.")


@pytest.mark.parametrize(
    ("type", "options", "says"),
    [
        ("new", (), "Made “Costs too much” from 8 quotes."),
        ("new", ("--name", "Too dear"), "Made “Too dear” from 8 quotes."),
        ("new", ("--into", PRICE), "Moved 8 quotes to “Too expensive this year”."),
        ("split", ("--part", 1, "--sub-themes"), "Made “By May” (3 quotes) a sub-theme of “Worries”."),
        ("merge", ("--into", SETUP), "Merged “Too expensive this year” into “"),
    ],
)
def test_a_proposal_is_accepted_or_edited_and_waits_again_when_undone(themes, proposed, db, type, options, says):
    before = state(db)
    told = themes("accept", proposed[type], *options)
    assert told.startswith(says)
    undo(themes, told)
    assert state(db) == before and proposals.get(db, proposed[type]).status == "open"


def test_quotes_are_left_out_of_a_new_theme(themes, proposed, db):
    one, two, *_ = proposals.members(db, proposed["new"])
    assert themes("accept", proposed["new"], "--without", one, "--without", two).startswith(
        "Made “Costs too much” from 6 "
    )


def test_all_proposals_are_accepted_and_what_fails_is_told(themes, proposed, db):
    themes("pin", PRICE)
    told = themes("accept", "--all", code=1)
    assert f"Proposal {proposed['merge']}: “Too expensive this year” is pinned" in told
    assert [p.type for p in proposals.listed(db)] == ["merge"]


def test_proposals_are_dismissed_and_reopened(themes, proposed, db):
    one, two = proposed["merge"], proposed["split"]
    assert f"parley themes reopen {two}" in themes("dismiss", one, two, "--reason", "no")
    assert [p.type for p in proposals.listed(db)] == ["new"]
    assert "dismissed already" in themes("dismiss", one, proposed["new"], code=1)
    themes("reopen", one)
    assert [p.type for p in proposals.listed(db)] == ["merge"]
    assert "open already" in themes("reopen", one, code=1)


def test_the_policy_is_shown_and_changed(themes):
    assert "split    wait for a person" in themes("policy")
    assert "split    accepted as they come" in themes("policy", "split=accept", "new=ask")
    assert json.loads(themes("policy", "--json")) == {
        "new": "ask", "split": "accept", "merge": "ask", "retire": "ask", "restore": "ask"
    }  # fmt: skip


def test_what_waits_is_counted_against_the_budget(themes, say):
    say([f"{n} euros are too much" for n in range(100)])
    assert re.search(r"^objection   100 of \d+ wait for a theme \(\d+\.\d%\), \d+ may, so there are too many$", themes("waiting", "--kind", "objection"), re.MULTILINE)  # fmt: skip


# Mistakes


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        ((), 2, "Usage"),
        (("list", "--kind", "weather"), 2, "weather"),
        (("show", 99), 1, "There is no theme 99"),
        (("show", 0), 2, "greater than"),
        (("show", 2**70), 2, "less than"),
        (("show", "x"), 2, "valid integer"),
        (("history", 99), 1, "There is no theme 99"),
        (("rename", PRICE, " "), 1, "1 to 120 characters"),
        (("rename", SETUP, "TOO EXPENSIVE this year"), 1, "Theme 1 is called"),
        (("merge", PRICE), 2, "Missing argument"),
        (("merge", PRICE, PRICE), 1, "at least two different themes"),
        (("merge", PRICE, SECURITY), 1, "cannot be in one theme"),
        (("merge", PRICE, RIVAL, "--dry-run"), 1, "catalogue"),
        (("split", 99), 1, "There is no theme 99"),
        (("split", PRICE, "--part", 1, "--apply"), 2, "not both"),
        (("split", PRICE, "--promote", SETUP), 1, "must hold something of the theme"),
        (("move", "abc"), 2, "--to with a theme's number, or --wait"),
        (("move", "abc", "--to", PRICE, "--wait"), 2, "--to with a theme's number, or --wait"),
        (("move", "abc", "--to", PRICE), 1, "no longer there"),
        (("restore", PRICE), 1, "is active"),
        (("undo", 99999), 1, "There is no event 99999"),
        (("accept",), 2, "by their numbers, or say --all"),
        (("accept", 1, "--all"), 2, "by their numbers, or say --all"),
        (("accept", 1, 2, "--name", "X"), 2, "edited by itself"),
        (("accept", 9), 1, "There is no proposal 9"),
        (("dismiss", 9), 1, "There is no proposal 9"),
        (("reopen", 9), 1, "There is no proposal 9"),
        (("policy", "new"), 2, "TYPE=accept"),
        (("policy", "new=perhaps"), 2, "Write accept or ask"),
        (("policy", "old=ask"), 2, "There is no type of proposal"),
    ],
)
def test_a_mistake_is_answered_in_one_sentence_and_changes_nothing(themes, db, arguments, code, says):
    before = state(db)
    assert says in themes(*arguments, code=code)
    assert state(db) == before


def test_every_command_explains_itself(themes):
    listed = themes("--help")
    commands = re.findall(r"^  ([a-z]+)  ", listed.split("Commands:")[1], re.MULTILINE)
    assert len(commands) == 18
    for command in commands:
        assert f"themes {command}" in themes(command, "--help")


def test_mining_says_how_much_waits(parley):
    told = parley("mine").stdout
    assert told == (
        "0 conversations read, 0 new insights, 0 new themes, 0 insights wait for a theme, 0 proposals for a decision.\n"
    )
    assert json.loads(parley("mine", "--json").stdout)["proposals"] == 0
