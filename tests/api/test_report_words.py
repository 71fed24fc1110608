"""Sentences of reports as people read them: number, case, and nothing said twice."""

import pytest

from api.documents import material, voice
from insights.trends import Change, Rate
from insights.voices import Contrast, Paired
from pipelines.material import GapGroup, Item, MaterialReport
from pipelines.store.filters import Filters
from pipelines.voice import Row, VoiceReport

RATE = Rate(3, 330, 0.003, 0.027)
NONE = Paired(0, 0, 0, 0, None, None, None, None)


def report(kind: str, *, by_buyers: int = 3, said: tuple[tuple[str, int], ...] = ()) -> MaterialReport:
    item = Item(kind, "", RATE, by_buyers, 3, said, ())
    gap = GapGroup("told wrongly", "Security", 1, 1, ())
    return MaterialReport(330, (item,), (), (), (gap,), RATE, Filters())


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (report("case study", said=(("asks for it", 3),)), "A case study comes up in 3 of 330 conversations (0.9\u00a0%, 0.3\u00a0% to 2.7\u00a0%); buyers brought it up in 3 of them. What they said: asks for it (3)."),
        (report("video", by_buyers=0), "A video comes up in 3 of 330 conversations (0.9\u00a0%, 0.3\u00a0% to 2.7\u00a0%); no buyer brought it up."),
        (report("reviews"), "Reviews come up in 3 of 330 conversations (0.9\u00a0%, 0.3\u00a0% to 2.7\u00a0%); buyers brought them up in 3 of them."),
    ],
)  # fmt: skip
def test_material_is_told_in_whole_sentences(found: MaterialReport, said: str):
    assert next(material.sentences(found)) == said


def test_a_gap_begins_like_a_sentence():
    assert "Told wrongly, about “Security”: 1 conversation of 1 account." in list(material.sentences(report("video")))


def test_what_perhaps_means_is_said_once_however_many_themes_differ_perhaps():
    change = Change(-0.05, -0.1, -0.01, 0.02, 0.2)
    contrast = Contrast(RATE, RATE, change, "perhaps buyers", NONE)
    rows = tuple(Row(str(n), f"Theme {n}", contrast, NONE) for n in range(3))

    told = list(voice.sentences(VoiceReport("objection", "theme", 330, 330, 0, 0, rows, (), 0, Filters())))

    assert sum("by chance" in line for line in told) == 1
    assert told[-1].startswith("“Perhaps”:")
