"""Chat logs: who wrote what when, from Zoom, WhatsApp, Teams, Slack and others."""

import io
import json

import pytest

from insights import formats
from insights.formats import ColumnMapping
from insights.records import Conversation, Problem


def read(text: str, name: str = "log.txt", **options):
    return list(formats.read(name, io.BytesIO(text.encode()), **options))


def said(chat):
    return [(turn.speaker, turn.text, turn.started_at) for turn in chat.utterances]


@pytest.mark.parametrize(
    "text",
    [
        "10:01:22 From Ann Lee to Everyone: Too dear.\n10:01:30 From Bob to Ann Lee (Direct Message): I see.\n",
        "10:01:22 From  Ann Lee  to  Everyone:\n\tToo dear.\n10:01:30 From  Bob  to  Everyone:\n\tI see.\n",
        "10:01:22\t From Ann Lee : Too dear.\n10:01:30\t From Bob : I see.\n",
        "00:01:22\tAnn Lee:\tToo dear.\n00:01:30\tBob:\tI see.\n",
        "[13/03/24, 10:01:22] Ann Lee: Too dear.\n[13/03/24, 10:01:30] Bob: I see.\n",
        "\u200e[3/13/24, 10:01:22\u202fAM] Ann Lee: Too dear.\n[3/13/24, 10:01:30\u202fAM] Bob: I see.\n",
        "[2024-03-13 10:01:22] Ann Lee: Too dear.\n[2024-03-13 10:01:30] Bob: I see.\n",
        "2024-03-13 10:01:22 Ann Lee: Too dear.\n2024-03-13 10:01:30 Bob: I see.\n",
        "Ann Lee (2024-03-13 10:01:22): Too dear.\nBob (2024-03-13 10:01:30): I see.\n",
    ],
)
def test_messages_are_found_however_they_are_written(text):
    (chat,) = read(text)
    assert chat.kind == "chat"
    assert said(chat) == [("Ann Lee", "Too dear.", 0.0), ("Bob", "I see.", 8.0)]


@pytest.mark.parametrize(
    "text",
    [
        "13/03/2024, 10:01 - Ann Lee: Too dear.\n13/03/2024, 10:02 - Bob: I see.\n",
        "13.03.24, 10:01 - Ann Lee: Too dear.\n13.03.24, 10:02 - Bob: I see.\n",
        "Ann Lee (10:01): Too dear.\nBob (10:02): I see.\n",
        "Ann Lee  10:01 AM\nToo dear.\nBob  10:02 AM\nI see.\n",
        "Ann Lee — 03/13/2024 10:01 AM\nToo dear.\nBob — 03/13/2024 10:02 AM\nI see.\n",
        "Ann Lee sent the following message at 10:01 AM\nToo dear.\nBob sent the following message at 10:02 AM\nI see.\n",
        "[3/13/24 10:01 AM] Ann Lee\nToo dear.\n[3/13/24 10:02 AM] Bob\nI see.\n",
    ],
)
def test_clocks_without_seconds_are_hours_and_minutes(text):
    (chat,) = read(text)
    assert (chat.kind, said(chat)) == ("chat", [("Ann Lee", "Too dear.", 0.0), ("Bob", "I see.", 60.0)])


def test_the_day_above_a_chat_is_the_day_of_its_clocks():
    (chat,) = read("Chat started: 2024-03-12 10:00\nAnn (10:01): Too dear.\nBob (10:02): I see.\n")
    assert chat.occurred_at == "2024-03-12T10:01:00"


def test_small_clocks_beside_names_are_times_into_a_recording():
    (call,) = read("Ann Lee (00:01): Too dear.\nBob (01:02): I see.\n")
    assert (call.kind, call.utterances[1].started_at) == ("call", 62.0)


def test_the_date_of_the_first_message_is_the_chats():
    (chat,) = read("13/03/2024, 10:01 - Ann: Too dear.\n14/03/2024, 10:01 - Bob: I see.\n")
    assert (chat.occurred_at, chat.utterances[1].started_at) == ("2024-03-13T10:01:00", 86_400.0)


def test_a_day_or_month_that_nothing_settles_is_a_problem_and_the_chat_is_kept():
    chat, problem = read("12/03/2024, 10:01 - Ann: Too dear.\n12/03/2024, 10:02 - Bob: I see.\n")
    assert (chat.occurred_at, [turn.started_at for turn in chat.utterances]) == ("", [0.0, 60.0])
    assert isinstance(problem, Problem)
    assert problem.kept
    assert "day/month" in problem.reason


def test_an_order_that_a_person_gave_settles_the_dates():
    text = "12/03/2024, 10:01 - Ann: Too dear.\n12/03/2024, 10:02 - Bob: I see.\n"
    (chat,) = read(text, mapping=ColumnMapping(date_order="dmy"))
    assert chat.occurred_at == "2024-03-12T10:01:00"


def test_times_without_a_zone_are_in_the_mappings_zone():
    text = "13/03/2024, 10:01 - Ann: Too dear.\n13/03/2024, 10:02 - Bob: I see.\n"
    (chat,) = read(text, mapping=ColumnMapping(zone="Europe/Berlin"))
    assert chat.occurred_at == "2024-03-13T10:01:00+01:00"
    chat, problem = read(text, mapping=ColumnMapping(zone="Europe/Nowhere"))
    assert (chat.occurred_at, problem.kept) == ("2024-03-13T10:01:00", True)


def test_lines_below_a_message_belong_to_it_and_messages_keep_their_borders():
    (chat,) = read("[13/03/24, 10:01:22] Ann: Too dear.\nFar too dear\n[13/03/24, 10:01:30] Ann: Sorry\n")
    assert said(chat) == [("Ann", "Too dear.\nFar too dear\nSorry", 0.0)]


def test_a_message_after_an_hour_is_a_turn_of_its_own():
    (chat,) = read("[13/03/24, 10:01:22] Ann: Any news?\n[13/03/24, 14:01:22] Ann: Hello?\n")
    assert said(chat) == [("Ann", "Any news?", 0.0), ("Ann", "Hello?", 14_400.0)]


def test_what_the_program_says_is_nobodys_message():
    (chat,) = read(
        "13/03/2024, 10:00 - Messages and calls are end-to-end encrypted.\n13/03/2024, 10:01 - Ann: Too dear.\n"
        "13/03/2024, 10:02 - Ann: <Media omitted>\n13/03/2024, 10:03 - Bob: I see.\n"
    )
    assert [turn.text for turn in chat.utterances] == ["Too dear.", "I see."]


def test_a_note_that_opens_with_a_date_is_no_chat():
    (note,) = read("2024-03-13 10:01 called Dana at Acme. She finds it too dear.\nWill call again in May.\n")
    assert note.kind == "note"


def test_a_diary_with_dates_and_clocks_is_no_chat():
    entries = ("Called Dana: too dear.", "Emailed Bob: no news.", "Met Eve: she left.", "Rang Dan: he waits.")
    (note,) = read("".join(f"{day}/03/2024 10:01 - {entry}\n" for day, entry in enumerate(entries, start=13)))
    assert note.kind == "note"


def test_people_known_by_number_alone_are_people():
    (chat,) = read("13/03/2024, 10:01 - +44 7700 900123: Too dear.\n13/03/2024, 10:02 - Ann: I see.\n")
    assert [turn.speaker for turn in chat.utterances] == ["+44 7700 900123", "Ann"]


def slack(user: str, text: str, ts: str, **further):
    return {"type": "message", "user": user, "text": text, "ts": ts, **further}


def test_a_slack_export_is_one_chat_in_the_order_of_its_times():
    messages = [
        slack("U2", "<@U1> it is &lt; 5 %", "1710324090.000100", user_profile={"real_name": "Bob Ray"}),
        slack("U1", "Too dear.", "1710324082.000200", user_profile={"real_name": "Ann Lee"}),
        slack("U3", "has joined", "1710324081.000100", subtype="channel_join"),
    ]
    (chat,) = read(json.dumps(messages), name="2024-03-13.json")
    assert isinstance(chat, Conversation)
    assert (chat.kind, chat.occurred_at, chat.pieces) == ("chat", "2024-03-13T10:01:21+00:00", 3)
    assert said(chat) == [("Ann Lee", "Too dear.", 1.0001), ("Bob Ray", "@Ann Lee it is < 5 %", 9.0)]


def test_a_slack_channel_is_one_chat_with_its_name():
    channel = {"name": "acme", "messages": [slack("U1", "Too dear.", "1710324082.000200")]}
    (chat,) = read(json.dumps(channel), name="acme.json")
    assert (chat.title, said(chat)) == ("acme", [("U1", "Too dear.", 0.0)])
