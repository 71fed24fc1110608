"""How well Parley counts once: precision and recall of links on a set with known truth, and the speed of fingerprints.

    python -m benchmarks.count_once [DIALOGUES.jsonl.gz] [--speed N] [--half dev|test|all]

The set is made with a fixed seed from the sample company, from notes and recaps written by hand about its calls
(`count_once.jsonl`; those marked `unseen` were written after every threshold was set), and from a file of dialogues
({"id", "turns": [{"role", "text"}]}). Sources are split in two by a hash; thresholds were chosen with the half "dev" in
view, only "test" is to be quoted.
"""

import argparse
import gzip
import json
import random
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.resources import as_file, files
from math import sqrt
from pathlib import Path

from insights import formats, roles
from insights.formats import mail
from insights.formats.tables.origins import SAID
from insights.once import boilerplate, likeness
from insights.once.occasions import Links, Seen, links, seen
from insights.records import Conversation, stable_id
from pipelines.catalogue import profile

SEED = 7
WRITTEN = Path(__file__).with_name("count_once.jsonl")
USUAL = ("pellwick", "count", "plan")
GENERIC = (
    "Left voicemail.", "No answer.", "Sent proposal.", "Sent follow up email, waiting to hear back.",
    "Called, no answer, left a voicemail asking to call back about the proposal.", "Meeting moved to next week.",
    "Good call. Sending pricing tomorrow.", "Out of office until Monday, will try again then.",
)  # fmt: skip
TEMPLATE = (
    "Attendees: {who}\nPurpose: {purpose}\nCurrent system: {system}\nObjections: {objection}\nCompetitors: {rival}\n"
    "Decision process: to be confirmed with the buying group\nNext steps: send a summary and agree a date for the next"
    " session with the wider team\nConfidence: medium, needs validation by the account owner"
)
MAIL_TEMPLATE = (
    "Hi {who},\n\nI hope this finds you well. I wanted to share how companies like {account} cut their stock counts from"
    " days to hours with our handhelds, without shutting the building and without another spreadsheet. Would a short"
    " call next week make sense to see whether it is relevant to you?\n\nBest regards,\nTom"
)


@dataclass(frozen=True, slots=True)
class Case:
    """A block of conversations as a store would pass it, and which of them belong together: {id, id} -> kind."""

    name: str
    source: str
    block: tuple[Seen, ...]
    truth: dict[frozenset[str], str]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("dialogues", nargs="?", type=Path)
    arguments.add_argument("--speed", type=int, default=0, help="fingerprint this many conversations of 70 words")
    arguments.add_argument("--half", choices=("dev", "test", "unseen", "all"), default="test")
    options = arguments.parse_args()
    company = sample_company()
    dialogues = read_dialogues(options.dialogues) if options.dialogues else []
    cases = [case for case in make(company, dialogues) if options.half in ("all", half(case.source))]
    report(cases)
    if options.dialogues:
        repeated(options.dialogues)
    if options.speed:
        speed([" ".join(c.texts) for c in (*company, *dialogues)], options.speed)


def half(source: str) -> str:
    return "unseen" if source == "unseen" else ("dev", "test")[int(stable_id("half", source), 16) % 2]


def sample_company() -> list[Seen]:
    """The sample company's conversations as the store would see them."""
    with as_file(files("pipelines.sample")) as folder:
        us = profile.read(folder / "company.toml")
        found: list[Conversation] = []
        with (folder / "call_notes.csv").open("rb") as stream:
            found += [c for c in formats.read("call_notes.csv", stream) if isinstance(c, Conversation)]
        with (folder / "mail.mbox").open("rb") as stream:
            mails = [m for m in mail.read_mails("mail.mbox", stream) if isinstance(m, mail.Mail)]
            found += [c for c in mail.threads(mails) if isinstance(c, Conversation)]
        for path in sorted((folder / "calls").iterdir()):
            with path.open("rb") as stream:
                found += [c for c in formats.read(path.name, stream) if isinstance(c, Conversation)]
    return [
        # The cases are made by changing what was read: what its row was known by would tie them as one row read twice.
        replace(
            seen(roles.assign(c, us), sequence=1),
            title=Path(c.file).stem if c.kind == "call" else c.title,
            origins=frozenset(),
        )
        for c in found
    ]


def read_dialogues(path: Path) -> list[Seen]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [
        Seen(
            row["id"], "call", f"2025-{1 + n % 12:02}-{1 + n % 28:02}T{9 + n % 8:02}:15:00+01:00",
            tuple(turn["text"] for turn in row["turns"]), f"account {n}", frozenset({f"buyer number{n}"}), f"rep r{n % 9}",
            duration=1200.0, sequence=1,
        )
        for n, row in enumerate(rows)
    ]  # fmt: skip


def make(company: Sequence[Seen], dialogues: Sequence[Seen]) -> Iterator[Case]:
    rng = random.Random(SEED)
    calls = {c.title: c for c in company if c.kind == "call"}
    vocabulary = sorted({w for c in (*company, *dialogues) for t in c.texts for w in t.split()})
    talks = [*calls.values(), *dialogues]
    longer = [c for c in company if c.kind != "call"]
    for c in (*talks, *longer):
        yield from duplicates(c, vocabulary, rng)
    for c in longer:
        if c.kind == "note":
            yield from revisions(c, rng)
    yield from meetings(calls, vocabulary, rng)
    yield from same_day_negatives(company, calls, rng)
    yield from strangers(dialogues, rng)
    yield from forms(company, rng)


def duplicates(c: Seen, vocabulary: Sequence[str], rng: random.Random) -> Iterator[Case]:
    """The same content again: from another tool, noisily heard, cut."""
    words = sum(len(t.split()) for t in c.texts)
    again = replace(c, id=c.id + "'", source_id="", sequence=2)
    ways: dict[str, Callable[[], Seen]] = {
        "other white space, case, account spelling": lambda: replace(
            again, texts=tuple(t.upper().replace(" ", "  \n") for t in c.texts), account=c.account
        ),
        "day only": lambda: replace(again, occurred_at=c.occurred_at[:10]),
        "time in UTC": lambda: replace(again, occurred_at=utc(c.occurred_at)),
        "no people, no account": lambda: replace(again, account="", people=frozenset()),
    }
    if len(c.texts) > 1:
        ways["turns given to other speakers"] = lambda: replace(again, texts=(" ".join(c.texts),), people=frozenset())
        ways["a tenth of the lines missing"] = lambda: replace(
            again, texts=tuple(t for t in c.texts if rng.random() > 0.1)
        )
    if c.kind == "call" and words >= 100:
        for rate in (0.05, 0.1, 0.15):
            ways[f"{rate:.0%} of the words misheard"] = lambda rate=rate: replace(  # type: ignore[misc]
                again, texts=tuple(misheard(t, rate, vocabulary, rng) for t in c.texts)
            )
        ways["cut after 60 %"] = lambda: replace(again, texts=c.texts[: max(1, len(c.texts) * 6 // 10)])
    if c.kind == "note" and len(c.texts) == 1 and words > 50:
        ways["note cut at 255 characters"] = lambda: replace(again, texts=(c.texts[0][:255],))
    if c.kind != "call" and words < likeness.FEWEST_WORDS:
        return
    for name in rng.sample(sorted(ways), 2):
        other = ways[name]()
        yield Case(f"duplicate {c.kind}: {name}", c.account, (c, other), {frozenset({c.id, other.id}): "duplicate"})


def revisions(c: Seen, rng: random.Random) -> Iterator[Case]:
    """A note edited in the CRM and uploaded again."""
    text = c.texts[0]
    sentences = text.split(". ")
    edits: dict[str, Callable[[], str]] = {
        "a sentence added": lambda: text + " Update: spoke again, they will come back to us after the board meets.",
        "a sentence dropped": lambda: ". ".join(sentences[:-1]) + ".",
        "the first sentence rewritten": lambda: ". ".join(["Corrected after review with the rep", *sentences[1:]]),
        "words corrected": lambda: " ".join(
            w + "x" * (rng.random() < 0.08 or n == 3) for n, w in enumerate(text.split())
        ),
    }
    if len(sentences) < 3:
        return
    for name in rng.sample(sorted(edits), 2):
        new = replace(c, id=c.id + "'", texts=(edits[name](),), sequence=2)
        how = rng.choice(("numbered", "unnumbered", "undated"))
        if how == "numbered":
            block = (replace(c, source_id="N" + c.id), replace(new, source_id="N" + c.id))
        else:
            block = (c, replace(new, occurred_at="" if how == "undated" else c.occurred_at[:10]))
        yield Case(f"revision: {name}, {how}", c.account, block, {frozenset({c.id, new.id}): "revision"})


def meetings(calls: dict[str, Seen], vocabulary: Sequence[str], rng: random.Random) -> Iterator[Case]:
    """Written notes and recaps beside their call, with the account's other call moved to the same day."""
    rows = [json.loads(line) for line in WRITTEN.read_text("utf-8").splitlines()]
    by_account: dict[str, list[Seen]] = defaultdict(list)
    for c in calls.values():
        by_account[c.account].append(c)
    for place in ("alone", "misheard", "beside another call", "an hour of talk, beside another", "without the call"):
        for title in dict.fromkeys(row["call"] for row in rows):
            call, mine = calls[title], [row for row in rows if row["call"] == title]
            others = [c for c in by_account[call.account] if c.id != call.id]
            if "beside" in place and not others:
                others = [replace(rng.choice(list(calls.values())), account=call.account, people=call.people)]
                others = [c for c in others if c.id != call.id]
            followers = [follower(call, row, n, rng) for n, row in enumerate(mine)]
            heard = call
            if place == "misheard":
                heard = replace(call, texts=tuple(misheard(t, 0.1, vocabulary, rng) for t in call.texts))
            if "hour" in place:
                free = [
                    c for c in calls.values() if c.account != call.account and all(c.texts != o.texts for o in others)
                ]
                rng.shuffle(free)
                heard = replace(call, texts=(*talk(free[:7]), *call.texts))
                others = [replace(c, texts=(*talk(free[7 * n : 7 * n + 7]), *c.texts)) for n, c in enumerate(others, 1)]
            block = [heard, *followers]
            if "beside" in place:
                block += [moved(c, call, rng.choice((-3, 2, 4))) for c in others]
            if place == "without the call":
                block = followers
                if {f.kind for f in followers} != {"note", "email"}:
                    continue
            truth = {
                frozenset({a.id, b.id}): "occasion" for a in block[: 1 + len(mine)] for b in followers if a.id != b.id
            }
            name = "unseen" if any(row.get("unseen") for row in mine) else call.account
            yield Case(f"occasion: {place}", name, tuple(block), truth)


def talk(calls: Iterable[Seen]) -> list[str]:
    return [text for call in calls for text in call.texts]


def follower(call: Seen, row: dict, n: int, rng: random.Random) -> Seen:
    """A note or a recap as it reaches the CRM: written hours later, or dated by the day, or on the next working day."""
    start = datetime.fromisoformat(call.occurred_at)
    later = start + timedelta(hours=rng.uniform(1, 4))
    if rng.random() < 0.25:
        later = start + timedelta(days=3 if start.weekday() == 4 else 1, hours=-1)
    at = later.isoformat() if row["kind"] == "email" or rng.random() < 0.5 else later.date().isoformat()
    return Seen(
        f"{call.id}-{n}", row["kind"], at, (row["text"],), call.account,
        call.people if rng.random() < 0.8 else frozenset(), call.rep, sequence=1,
    )  # fmt: skip


def same_day_negatives(company: Sequence[Seen], calls: dict[str, Seen], rng: random.Random) -> Iterator[Case]:
    """Other meetings' notes and mails of one account, moved to a call's day; and other accounts' notes, renamed."""
    other_notes = [c for c in company if c.kind != "call"]
    for call in calls.values():
        own = [c for c in other_notes if c.account == call.account]
        for c in own:
            yield Case(
                "negative: another meeting's note or mail, same day", call.account, (call, moved(c, call, 3)), {}
            )
        for c in rng.sample(other_notes, 4):
            stray = replace(
                moved(c, call, rng.choice((1, 3, 20))), account=call.account, people=call.people, rep=call.rep
            )
            yield Case("negative: a stranger's note or mail under this account", call.account, (call, stray), {})
    notes = [c for c in other_notes if c.kind == "note"]
    for a in notes:
        b = rng.choice([c for c in notes if c.id != a.id])
        b = replace(moved(b, a, 2), account=a.account, people=a.people, sequence=2)
        yield Case("negative: two notes, one account and day", a.account, (a, b), {})


def strangers(dialogues: Sequence[Seen], rng: random.Random) -> Iterator[Case]:
    """Two dialogues that follow one script, as two calls of one account on one day."""
    for a in dialogues:
        b = rng.choice(dialogues)
        if a.id != b.id:
            yield Case(
                "negative: two scripted calls, one account and day", a.account,
                (a, replace(moved(b, a, 2), account=a.account, people=a.people)), {},
            )  # fmt: skip


def forms(company: Sequence[Seen], rng: random.Random) -> Iterator[Case]:
    """Short and generic notes, CRM forms and mass mail: alike, and never the same."""
    some = [c for c in company if c.kind == "note"]
    for n, c in enumerate(some[:120]):
        text = GENERIC[n % len(GENERIC)]
        a = replace(c, id=f"g{n}", texts=(text,), origins=frozenset({SAID + "table"}))
        if len(text.split()) < likeness.FEWEST_WORDS:
            yield from few_words(a, f"f{n}")
        hours = rng.choice((1.37, 2.2, 26.0, 50.0))
        later = (datetime.fromisoformat(c.occurred_at) + timedelta(hours=hours)).isoformat()
        yield Case("negative: the same few words later", c.account, (a, replace(a, id=f"g{n}'", occurred_at=later)), {})
        other = rng.choice(some)
        values = [
            {
                "who": who, "purpose": rng.choice(("discovery", "demo", "follow up")), "system": rng.choice("ABCDE"),
                "objection": rng.choice(("none", "price", "timing", "security")), "rival": rng.choice(("none", "Zellvane")),
                "account": x.account,
            }
            for who, x in (("Bob Ray", c), ("Eve Lund", other))
        ]  # fmt: skip
        t1, t2 = (TEMPLATE.format(**v) for v in values)
        base = replace(c, id=f"t{n}", texts=(t1,), people=frozenset({"bob ray"}), source_id=f"T{n}")
        day = moved(replace(base, id=f"t{n}'", texts=(t2,), people=frozenset({"eve lund"}), source_id=f"U{n}"), c, 2)
        yield Case("negative: one form, two contacts of an account", c.account, (base, day), {})
        week = replace(
            base, id=f"t{n}'", occurred_at=(datetime.fromisoformat(c.occurred_at) + timedelta(days=3)).isoformat()
        )
        yield Case(
            "negative: one form, the same contact days later",
            c.account,
            (base, replace(week, texts=(t2,), source_id="")),
            {},
        )
        undated = replace(base, id=f"t{n}'", occurred_at="", texts=(t2,), source_id="", sequence=2)
        yield Case("negative: one form again, undated, from another upload", c.account, (base, undated), {})
        m1, m2 = (MAIL_TEMPLATE.format(**v) for v in values)
        mass = (
            replace(c, id=f"m{n}", kind="email", texts=(m1,)),
            replace(other, id=f"m{n}'", kind="email", texts=(m2,), occurred_at=c.occurred_at),
        )
        if c.account != other.account:
            yield Case("negative: one mail to two accounts", c.account, mass, {})


def few_words(a: Seen, name: str) -> Iterator[Case]:
    """A row of too few words to compare, known by its day, that comes again in a table with the same columns under another owner."""
    day = replace(a, id=name, occurred_at=a.occurred_at[:10], people=frozenset(), rep="ada")
    again = replace(day, id=name + "'", rep="bo", sequence=2)
    yield Case(
        "revision: few words under another owner", a.account, (day, again), {frozenset((day.id, again.id)): "revision"}
    )
    next_day = (datetime.fromisoformat(a.occurred_at) + timedelta(days=1)).date().isoformat()
    for how, other in (
        ("the day after", replace(again, occurred_at=next_day)),
        ("in one upload", replace(again, sequence=1)),
        ("in a table with other columns", replace(again, origins=frozenset({SAID + "other"}))),
        ("of another account", replace(again, account="somebody else", keys=frozenset())),
        ("of another contact", replace(again, people=frozenset({"eve lund"}))),
    ):
        first = replace(day, people=frozenset({"bob ray"})) if how == "of another contact" else day
        yield Case(f"negative: the same few words {how}", a.account, (first, other), {})


def moved(c: Seen, to: Seen, hours: float) -> Seen:
    return replace(c, occurred_at=(datetime.fromisoformat(to.occurred_at) + timedelta(hours=hours)).isoformat())


def utc(occurred_at: str) -> str:
    return (
        datetime.fromisoformat(occurred_at)
        .astimezone(datetime.fromisoformat("2025-01-01T00:00:00+00:00").tzinfo)
        .isoformat()
    )


def misheard(text: str, rate: float, vocabulary: Sequence[str], rng: random.Random) -> str:
    out: list[str] = []
    for word in text.split():
        draw = rng.random()
        if draw < rate * 0.2:
            continue
        out.append(rng.choice(vocabulary) if draw < rate * 0.8 else word)
        if rate * 0.8 <= draw < rate:
            out.append(rng.choice(vocabulary))
    return " ".join(out)


def report(cases: Iterable[Case]) -> None:
    """Per kind: links said and right, pairs to find and found; then false links and misses by what made them."""
    said, right, found, there = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    by_name: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    doubts, banded, bandable = 0, 0, 0
    for case in cases:
        if "duplicate" in case.truth.values():
            a, b = (set(likeness.bands("\n".join(c.texts))) for c in case.block)
            bandable += bool(a and b)
            banded += bool(a & b)
        outcome = links(case.block, usual=USUAL)
        doubts += len(outcome.doubts)
        score = judge(case, outcome)
        row = by_name[case.name]
        row[0] += 1
        for kind, good in score:
            said[kind] += 1
            right[kind] += good
            row[3] += not good
        for kind, hit in recalled(case, outcome):
            there[kind] += 1
            found[kind] += hit
            row[1] += 1
            row[2] += hit
    print("| kind | links | precision (95 %) | pairs | recall (95 %) |\n|---|---|---|---|---|")
    for kind in ("duplicate", "revision", "occasion"):
        print(
            f"| {kind} | {said[kind]} | {share(right[kind], said[kind])} | {there[kind]} | {share(found[kind], there[kind])} |"
        )
    print(f"\nDuplicates that share a band, found without account or day: {share(banded, bandable)} of {bandable}")
    print(f"Doubts reported: {doubts}\n\n| cases | number | to find | found | false links |\n|---|---|---|---|---|")
    for name in sorted(by_name):
        print(f"| {name} | " + " | ".join(map(str, by_name[name])) + " |")


def judge(case: Case, outcome: Links) -> list[tuple[str, bool]]:
    """Each link: right when the two belong together in that way."""
    result: list[tuple[str, bool]] = []
    for link in outcome.links:
        true = case.truth.get(frozenset({link.conversation_id, link.primary_id}))
        result.append((link.kind, true == link.kind))
    return result


def recalled(case: Case, outcome: Links) -> list[tuple[str, bool]]:
    """Each conversation that belongs to a fuller one: found when it is linked into the right group."""
    group = {link.conversation_id: link.primary_id for link in outcome.links}
    by_id = {c.id: c for c in case.block}
    result = []
    if not case.truth:
        return []
    members = sorted({name for pair in case.truth for name in pair})
    kind = next(iter(case.truth.values()))
    primaries = {group.get(name, name) for name in members}
    most = max(
        primaries, key=lambda p: (sum(group.get(name, name) == p for name in members), by_id[p].kind == "call", p)
    )
    for name in members:
        if name != most:
            result.append((kind, group.get(name, name) == most))
    return result


def repeated(path: Path) -> None:
    """Which passages of the dialogues count as boilerplate, by side; persuaders had a script to copy from."""
    seen_in: dict[tuple[boilerplate.Side, str], set[str]] = defaultdict(set)
    words: dict[str, int] = {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    for row in rows:
        for turn in row["turns"]:
            for passage in boilerplate.passages(turn["text"]):
                seen_in["seller" if turn["role"] == "rep" else "buyer", passage.hash].add(row["id"])
                words[passage.hash] = passage.words
    print("\n| side | passages | in two dialogues or more | boilerplate |\n|---|---|---|---|")
    for side in ("seller", "buyer"):
        counts = [(len(ids), words[key]) for (s, key), ids in seen_in.items() if s == side]
        said = sum(boilerplate.is_boilerplate(n, n, len(rows), side, words=w) for n, w in counts)
        print(f"| {side} | {len(counts)} | {sum(n > 1 for n, _ in counts)} | {said} |")


def share(hits: int, total: int) -> str:
    if not total:
        return "none"
    z, p = 1.96, hits / total
    middle, spread = (p + z * z / (2 * total)), z * sqrt(p * (1 - p) / total + z * z / (4 * total * total))
    low, high = (middle - spread) / (1 + z * z / total), (middle + spread) / (1 + z * z / total)
    return f"{p:.3f} ({max(0, low):.3f} to {min(1, high):.3f})"


def speed(texts: Sequence[str], number: int) -> None:
    """Fingerprints a second over conversations of 70 words, each another one, and what the process holds at most."""
    rng = random.Random(SEED)
    words = [w for text in texts for w in text.split()]
    before, begun = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
    making = 0.0
    for _ in range(number):
        start = time.perf_counter()
        place = rng.randrange(len(words) - 70)
        text = " ".join(words[place : place + 70])
        making += time.perf_counter() - start
        likeness.bands(text)
    seconds = time.perf_counter() - begun - making
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"\n{number:,} fingerprints of 70 words: {seconds:.1f} s, {number / seconds:,.0f} a second;")
    print(f"most memory held: {after / 1024:.0f} MB, {(after - before) / 1024:.1f} MB more than before the first.")


if __name__ == "__main__":
    main()
