"""How well the sides are told: python benchmarks/sides.py [--persuasion FILE] [--meetings FOLDER].

Nothing counted here was learned from: the corpus files kept for validation, the odd half of the persuasion dialogues, and
the sample company's calls. `--meetings` takes transcripts (.vtt) of internal meetings, where nobody sells and every side
assigned is an error. Two-party conversations count once (both sides are right or wrong together), others by speaker.
"""

import argparse
import io
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "corpus")]

import train_sides  # noqa: E402

from insights import roles  # noqa: E402
from insights.formats import read  # noqa: E402
from insights.intervals import of_share  # noqa: E402
from insights.records import Company, Conversation, Utterance  # noqa: E402

Truth = dict[str, str]
Case = tuple[Conversation, Truth]
SIDE = {"rep": "seller", "customer": "buyer"}


def of_turns(turns: Sequence[tuple[str, str]], number: int) -> Case:
    """A conversation of unlabelled speakers, and who they were."""
    names = {role: f"P{i}" for i, role in enumerate(dict.fromkeys(role for role, _ in turns))}
    said = tuple(Utterance(names[role], "unknown", "verbatim", text) for role, text in turns)
    return Conversation(str(number), "call", "", "", said), {names[r]: SIDE[r] for r in names if r in SIDE}


def of_sample(*, blind: bool) -> Iterator[Case]:
    """The sample company's calls; blind ones keep the words alone."""
    for path in sorted((ROOT / "pipelines/sample/calls").glob("*.vtt")):
        for item in read(path.name, io.BytesIO(path.read_bytes())):
            if isinstance(item, Conversation):
                truth = {p.name: str(p.role) for p in item.participants if p.role != "unknown"}
                said = tuple(replace(u, role="unknown") for u in item.utterances)
                people = tuple(replace(p, role="unknown") for p in item.participants)
                case = replace(item, utterances=said, participants=people)
                if blind:
                    case = replace(case, rep="", contact="", account="", participants=())
                yield case, truth


def crowded(case: Case) -> Case:
    """The same conversation with two people on each side: they take turns to speak, three turns each."""
    conversation, truth = case
    turn: dict[str, int] = {}
    said, who = [], {}
    for u in conversation.utterances:
        turn[u.speaker] = turn.get(u.speaker, -1) + 1
        name = f"{u.speaker}/{turn[u.speaker] // 3 % 2}"
        said.append(replace(u, speaker=name))
        if u.speaker in truth:
            who[name] = truth[u.speaker]
    return replace(conversation, utterances=tuple(said), participants=()), who


def excerpt(case: Case, length: int = 8) -> Case:
    """The first turns alone."""
    return replace(case[0], utterances=case[0].utterances[:length]), case[1]


def row(name: str, cases: Sequence[Case], company: Company) -> None:
    """Print one line of the table."""
    right = total = sure = sure_right = first = most = 0
    for conversation, truth in cases:
        judged = [j for j in roles.judge(conversation, company) if j.speaker in truth]
        if len({truth[j.speaker] for j in judged}) < 2:
            continue
        words: dict[str, int] = {}
        for u in conversation.utterances:
            words[u.speaker] = words.get(u.speaker, 0) + len(u.text.split())
        opener, talker = conversation.utterances[0].speaker, max(words, key=lambda speaker: words[speaker])
        for j in judged[:1] if len(judged) == 2 else judged:
            total += 1
            right += j.role == truth[j.speaker]
            sure += j.side != "unknown"
            sure_right += j.side == truth[j.speaker]
            first += (truth[j.speaker] == "seller") == (j.speaker == opener)
            most += (truth[j.speaker] == "seller") == (j.speaker == talker)
    low, high = of_share(sure_right, sure)
    print(
        f"{name:44} {total:5} {right / total:9.3f} {sure / total:9.3f} {sure_right / max(sure, 1):10.3f}"
        f"  [{low:.3f}, {high:.3f}] {first / total:8.3f} {most / total:8.3f}"
    )


def control(folder: Path) -> None:
    """Print how often a side is assigned where nobody sells."""
    speakers = sides = 0
    for path in sorted(folder.rglob("*.vtt")):
        for item in read(path.name, io.BytesIO(path.read_bytes())):
            if isinstance(item, Conversation):
                judged = roles.judge(item, Company())
                speakers += len(judged)
                sides += sum(j.side != "unknown" for j in judged)
    print(f"meetings where nobody sells: {sides} of {speakers} speakers were given a side ({sides / speakers:.3f})")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--persuasion", type=Path)
    options.add_argument("--meetings", type=Path)
    given = options.parse_args()
    nobody = Company()
    print(
        f"{'':44} {'n':>5} {'accuracy':>9} {'coverage':>9} {'precision':>10}  {'95 % interval':14} {'first':>8} {'most':>8}"
    )
    corpus = [of_turns(turns, i) for i, (_, _, turns) in enumerate(train_sides.corpus(validation=True))]
    row("corpus, validation files", corpus, nobody)
    row("the same, first 8 turns", [excerpt(case) for case in corpus], nobody)
    row("the same, four speakers", [crowded(case) for case in corpus], nobody)
    if given.persuasion:
        talks = list(train_sides.persuasion(given.persuasion, half=1))
        for domain in sorted({talk[0] for talk in talks}):
            cases = [of_turns(turns, i) for i, (kind, _, turns) in enumerate(talks) if kind == domain]
            row(f"{domain}, odd half", cases, nobody)
            row("the same, first 8 turns", [excerpt(case) for case in cases], nobody)
            row("the same, four speakers", [crowded(case) for case in cases], nobody)
    sample = list(of_sample(blind=True))
    row("sample calls, words alone", sample, nobody)
    row("the same, first 8 turns", [excerpt(case) for case in sample], nobody)
    row("the same, four speakers", [crowded(case) for case in sample], nobody)
    us = Company(domains=("pellwick.example",), products=("Pellwick", "Pellwick Count", "Pellwick Plan"))
    row("sample calls, words and own product names", sample, us)
    row("sample calls, all columns", list(of_sample(blind=False)), us)
    if given.meetings:
        control(given.meetings)


if __name__ == "__main__":
    main()
