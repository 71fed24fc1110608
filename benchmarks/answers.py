"""How well "What do I send?" finds the page that answers, beside plain full-text search: python -m benchmarks.answers

The ways and lines were chosen on the "tune" half of `data/answers.jsonl`; only the "report" half is written to ANSWERS.md.
"""

import json
import re
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np

from insights import answering, embedding
from insights.content import ContentPage
from insights.content.pages import passages
from insights.intervals import wilson
from pipelines.catalogue import profile
from pipelines.planning import content
from pipelines.running.accelerator import encoder
from pipelines.sales import answer_pages, said
from pipelines.store import company, connect, content_pages, prepare

DATA = Path(__file__).parent / "data"
REPORT = Path(__file__).parent / "ANSWERS.md"
NOTHING = "\n## When nothing answers\n"
BEFORE = "the same, with shared words; nearer than usual"
ANSWERS_NOT = answering.ANSWERS - 1e-6
SHIPPED = "the same, a named competitor looked for by itself (kept)"
OWN = ("Pellwick Count", "Pellwick Plan", "Pellwick")


@dataclass(frozen=True, slots=True)
class Case:
    """A buyer's words, the places of the pages that answer (none: nothing does), and its half. `rival` are those of the pages
    on a competitor that is named, where something else is said as well."""

    words: str
    pages: frozenset[int]
    half: str
    rival: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Way:
    """A way to look: `order` (n, p) ranks pages, `sure` (n,) is how sure it is that the best of three answers."""

    name: str
    order: np.ndarray
    sure: np.ndarray


def read() -> tuple[list[dict[str, str]], list[Case]]:
    """The pages and the cases."""
    pages = [json.loads(line) for line in (DATA / "answer_pages.jsonl").read_text("utf-8").splitlines()]
    place = {page["page"]: n for n, page in enumerate(pages)}
    rows = [json.loads(line) for line in (DATA / "answers.jsonl").read_text("utf-8").splitlines()]
    return pages, [Case(row["words"], frozenset(place[p] for p in row["pages"]), row["half"]) for row in rows]


def read_rivals() -> list[Case]:
    """Texts that name a competitor; their halves are "rival tune" and "rival"."""
    place = {page["page"]: n for n, page in enumerate(read()[0])}
    rows = [json.loads(line) for line in (DATA / "answers_rivals.jsonl").read_text("utf-8").splitlines()]
    halves = {"tune": "rival tune", "report": "rival"}
    return [
        Case(
            row["words"], frozenset(place[p] for p in (*row["about"], *row["rival"])), halves[row["half"]],
            frozenset(place[p] for p in row["rival"]) if row["about"] else frozenset(),
        )
        for row in rows
    ]  # fmt: skip


def ways(pages: Sequence[dict[str, str]], cases: Sequence[Case]) -> list[Way]:
    """Every way that was tried, in the order of the table."""
    model = encoder()
    owner, titles, texts = [], [], []
    for n, page in enumerate(pages):
        for at, passage in enumerate(passages(ContentPage(page["page"], page["title"], page["text"]))):
            owner.append(n)
            titles.append(at == 0)
            texts.append(passage)
    vectors = embedding.embed(model, texts)
    gists = [answering.gist(case.words) for case in cases]
    found = [answering.near(v, vectors, owner, titles) for v in embedding.embed(model, gists)]
    whole = [f"{page['title']}\n{page['text']}" for page in pages]
    title, body = np.stack([one.titles for one in found]), np.stack([one.bodies for one in found])
    near = np.stack([one.nearness for one in found])
    shared = np.stack([answering.shared(gist, whole) for gist in gists])
    text = _full_text(pages, cases)
    order = answering.order(near, shared)
    sure = [_strength(gist, near[n], order[n], whole) for n, gist in enumerate(gists)]
    fused = 1 / (60 + _places(near)) + 1 / (60 + _places(text))
    return [
        Way("plain full-text search (FTS5, bm25)", text, text.max(axis=1)),
        Way("titles by meaning", title, title.max(axis=1)),
        Way("passages by meaning", body, body.max(axis=1)),
        Way("title and nearest passage (as coverage)", near, near.max(axis=1)),
        Way("the same, fused with full text by rank", fused, near.max(axis=1)),
        Way(BEFORE, order, np.array(sure)),
        Way(SHIPPED, *shipped(pages, cases)),
    ]


def shipped(pages: Sequence[dict[str, str]], cases: Sequence[Case]) -> tuple[np.ndarray, np.ndarray]:
    """`order` and `sure` of the code as it ships, over a database with the pages and the sample company's competitors."""
    order, sure = np.full((len(cases), len(pages)), -np.inf), np.zeros(len(cases))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "answers.db"
        prepare(file)
        with closing(connect(file)) as db:
            company.add(db, profile.read(Path(str(files("pipelines.sample") / "company.toml"))))
            for page in pages:
                content.add_one(
                    db, title=page["title"], url=f"https://ours.example/{page['page']}", text=page["text"], actor="", now=""
                )  # fmt: skip
            content.read_new(db)
            place = {page["page"]: n for n, page in enumerate(pages)}
            at = {one.id: place[one.url.rsplit("/", 1)[1]] for one in content_pages.pages(db)}
            told = company.load(db)
            for n, case in enumerate(cases):
                gist, rivals = answering.gist(case.words), said.rivals(case.words, told)
                found = answer_pages.ranked(db, encoder().name, gist, own=OWN, rivals=rivals)
                for rank, one in enumerate(found):
                    order[n, at[one.page]] = -rank
                # A page that does not name the competitor is never said to answer.
                sure[n] = max(one.strength if one.whole else min(one.strength, ANSWERS_NOT) for one in found[:3])
    return order, sure


def _strength(gist: str, near: np.ndarray, order: np.ndarray, whole: Sequence[str]) -> float:
    unusual, anyway = answering.unusual(gist, own=OWN), answering.usual(near)
    best = np.argsort(-order, kind="stable")[:3]
    return max(answering.strength(near[at], anyway, answering.lacking(unusual, whole[at])) for at in best)


def _full_text(pages: Sequence[dict[str, str]], cases: Sequence[Case]) -> np.ndarray:
    db = sqlite3.connect(":memory:")
    db.execute("CREATE VIRTUAL TABLE pages USING fts5(title, text, tokenize = 'porter unicode61')")
    db.executemany("INSERT INTO pages VALUES (?, ?)", [(page["title"], page["text"]) for page in pages])
    result = np.zeros((len(cases), len(pages)))
    for n, case in enumerate(cases):
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", case.words))
        for row, value in db.execute("SELECT rowid, -bm25(pages) FROM pages WHERE pages MATCH ?", [words]):
            result[n, row - 1] = value
    return result


def _places(values: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(-values, axis=1, kind="stable"), axis=1, kind="stable")


def line(way: Way, cases: Sequence[Case], half: str) -> float:
    """Below which `sure` a way says "nothing answers this": where F1 of that is best in a half."""
    chosen = np.array([case.half == half for case in cases])
    none = np.array([not case.pages for case in cases])
    best = (0.0, 0.0)
    for value in np.unique(way.sure[chosen]):
        said = chosen & (way.sure < value)
        right = int((said & none).sum())
        best = max(best, (2 * right / (int(said.sum()) + int((chosen & none).sum())), float(value)))
    return best[1]


def table(found: Sequence[Way], cases: Sequence[Case], half: str) -> list[str]:
    """The table of a half; lines are those of the other ways' best on the tuning half, ours is the shipped one."""
    at = [n for n, case in enumerate(cases) if case.half == half]
    answered = [n for n in at if cases[n].pages]
    rows = [
        "| way | hit in the first three | first | “nothing answers” right | of the unanswered found |",
        "|---|---|---|---|---|",
    ]
    for way in found:
        top = np.argsort(-way.order, axis=1, kind="stable")
        three = sum(bool(cases[n].pages & set(top[n, :3].tolist())) for n in answered)
        first = sum(int(top[n, 0]) in cases[n].pages for n in answered)
        border = answering.MAY_ANSWER if way.name in (BEFORE, SHIPPED) else line(way, cases, "tune")
        said = [n for n in at if way.sure[n] < border]
        none = [n for n in at if not cases[n].pages]
        right = sum(not cases[n].pages for n in said)
        parts = ((three, len(answered)), (first, len(answered)), (right, len(said)), (right, len(none)))
        rows.append(f"| {way.name} | {' | '.join(_share(*part) for part in parts)} |")
    return rows


def sure_ones(way: Way, cases: Sequence[Case], half: str) -> str:
    """How often the best of three is said to answer, and is right in it."""
    chosen = [n for n, c in enumerate(cases) if c.half == half and way.sure[n] >= answering.ANSWERS]
    top = np.argsort(-way.order, axis=1, kind="stable")
    return _share(sum(bool(cases[n].pages & set(top[n, :3].tolist())) for n in chosen), len(chosen))


def both(way: Way, cases: Sequence[Case], half: str) -> str:
    """Of the texts with a page on the competitor and one on the rest: how often one of each is among the first three."""
    chosen = [n for n, case in enumerate(cases) if case.half == half and case.rival]
    top = [set(row.tolist()) for row in np.argsort(-way.order, axis=1, kind="stable")[:, :3]]
    hits = sum(bool(cases[n].rival & top[n]) and bool((cases[n].pages - cases[n].rival) & top[n]) for n in chosen)
    return _share(hits, len(chosen))


def wrongly(way: Way, cases: Sequence[Case], half: str) -> str:
    """Of the texts with an answering page: how often it is said that nothing answers, at the shipped line."""
    chosen = [n for n, case in enumerate(cases) if case.half == half and case.pages]
    return _share(sum(way.sure[n] < answering.MAY_ANSWER for n in chosen), len(chosen))


def _share(hits: int, count: int) -> str:
    if not count:
        return "–"
    low, high = wilson(hits / count, count)
    return f"{hits / count:.0%} ({low:.0%} to {high:.0%}; {hits} of {count})"


def main() -> None:
    pages, cases = read()
    rivals = read_rivals()
    found = ways(pages, [*cases, *rivals])
    none = sum(not case.pages for case in cases)
    every = [*cases, *rivals]
    told = [
        "# What do I send?", "",
        f"{len(cases)} objections and questions in varied words (typed, mailed, indirect, misspelt) against {len(pages)} pages of the",
        f"sample company's kind of product; {none} have no answering page, many of them close to one. All were written for this and",
        "labelled before anything was tuned (CC0, `data/answers.jsonl`, `data/answer_pages.jsonl`). Halves by hash: ways and lines",
        "were chosen on one, the table is the other. In brackets 95 % intervals (Wilson). Made by `python -m benchmarks.answers`.", "",
        "## The half that nothing was chosen on", "", *table(found, every, "report"), "",
        f"Where it says “answers” (not “may answer”), an answering page is among the three in {sure_ones(found[-1], every, 'report')}.", "",
        "## The half that ways and lines were chosen on", "", *table(found, every, "tune"), "",
        "“Nothing answers” is said where the best of three is not clearly nearer than pages are to the question anyway, or lacks the",
        "very name that was asked about. It is the hard part: a page on SAP is near to a question on NetSuite. So a miss shows as",
        "“may answer” with the passage beside it, which a reader rejects at a glance, and such a question can be put on the plan too.", "",
        "## Where a competitor is named", "",
        f"{sum(one.half == 'rival' for one in rivals)} further texts that name one of the sample company's competitors, most of them with an objection or a question besides",
        "(`data/answers_rivals.jsonl`, CC0), written by who wrote the rule, after it and before it was run on any of them; 16 others served to",
        "find its faults. Two of the four competitors have a page. A page on either part counts as an answer.", "",
        *table([way for way in found if way.name in (found[0].name, BEFORE, SHIPPED)], every, "rival"), "",
        f"That nothing answers is said though a page does: {wrongly(found[-1], every, 'rival')} of the answered, without the rule {wrongly(found[-2], every, 'rival')}.",
        f"Where both a page on the competitor and one on the rest are there, one of each is among the first three in {both(found[-1], every, 'rival')};",
        f"without the rule in {both(found[-2], every, 'rival')}, by full text in {both(found[0], every, 'rival')}.",
    ]  # fmt: skip
    _, mark, rest = REPORT.read_text("utf-8").partition(NOTHING)  # of benchmarks.answers_nothing
    REPORT.write_text("\n".join(told) + "\n" + mark + rest, "utf-8")
    print("\n".join(told))


if __name__ == "__main__":
    main()
