import random

import numpy as np
import pytest

from corpus.distil_tagger import Taught, held, in_batches, lesson, lesson_loss, rows_of, teachers_word
from corpus.marked import marks_of
from corpus.tagger_data import Example, examples, group_of, reworded
from corpus.tagger_network import Settings, batch_of, read_windows
from insights.language import tagger
from insights.language.tagger_spans import WIDTH

torch = pytest.importorskip("torch")
DEAR = "[[objection:price|It's far too dear for 20 people]]. We met in May."
ASKED = {"role": "rep", "text": "What do you think of the offer?"}


def example(line: str, *, number: int = 1) -> Example:
    text, marks = marks_of(line)
    row = {
        "id": f"a#{number}",
        "role": "customer",
        "text": text,
        "marks": marks,
        "context": [ASKED],
        "industry": "toys",
    }
    return examples([row])[0]


@pytest.fixture(scope="module")
def teacher():
    return tagger.load(threads=1)


@pytest.fixture
def items():
    return [example(DEAR), example("ok"), example("[[question:fit|Is it for us?]]")]


def test_reworded_text_is_another_and_nobody_marked_it():
    item = example(DEAR)
    made = {reworded(item, random.Random(seed), ["The van is blue. It rained."]) for seed in range(20)}
    assert len({one.turn.text for one in made}) > 10
    assert all(one.marks == () and one.turn.context == item.turn.context for one in made)
    assert all("20" not in one.turn.text for one in made)


def test_the_teachers_word_stands_on_the_pupils_tokens(teacher, items):
    said = teachers_word(teacher, items)
    windows = dict(read_windows(teacher.tokenizer, items))
    assert {n: scores.shape for n, scores in said.items()} == {
        n: (len(window.places), WIDTH) for n, window in windows.items()
    }
    inside = said[0][:, 0] > 0
    told = windows[0].places[inside]
    assert "far too dear" in items[0].turn.text[told[0, 0] : told[-1, 1]]


def test_a_lesson_has_marked_and_reworded_text_and_only_the_teachers_word_on_the_latter(teacher, items):
    work = lesson(teacher, items, random.Random(1))
    assert {one.marked for one in work} == {True, False}
    assert all(one.scores is not None for one in work if not one.marked)
    batches = in_batches(work, 2, random.Random(1))
    assert sorted(id(one) for batch in batches for one in batch) == sorted(map(id, work))


def test_a_pupil_that_says_what_the_teacher_says_has_nothing_to_learn_of_it(teacher, items):
    work = [one for one in lesson(teacher, items, random.Random(1)) if not one.marked]

    def loss(of: list[Taught], shift: float) -> float:
        batch = batch_of([(one.item, one.window) for one in of])
        scores = np.zeros((*batch.tokens.shape, WIDTH), np.float32)
        for row, one in enumerate(of):
            scores[row, one.window.lead : one.window.lead + len(one.scores)] = one.scores + shift
        return float(lesson_loss(torch.from_numpy(scores), of, batch, Settings(), 0.5))

    assert loss(work, 0.0) == pytest.approx(0, abs=1e-4)
    assert loss(work, 1.0) > 0.05


def test_no_industry_is_both_learnt_and_judged():
    known, judged = ({group_of(row) for row in rows_of(which)} for which in ("known", "held"))
    assert not known & judged and len(rows_of("known")) + len(rows_of("held")) == len(rows_of("all"))
    assert held(rows_of("held")[0])
