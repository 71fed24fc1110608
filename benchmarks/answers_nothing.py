"""When does nothing answer? Three ways to tell, tuned on the 174 older texts, told on 60 that were written before any was tried:
python -m benchmarks.answers_nothing"""

import json
from collections.abc import Sequence

import numpy as np

from benchmarks.answers import DATA, NOTHING, OWN, REPORT, SHIPPED, Case, _share, read, shipped
from insights import answering, embedding
from insights.content import ContentPage
from insights.content.pages import passages
from pipelines.running.accelerator import encoder

NAMES = (
    "nearness",
    "nearer than usual",
    "margin to the second",
    "shared words",
    "title's cosine",
    "lacks a name",
    "words in it",
)
RIDGE, STEPS = 3.0, 30
ABOUT = """Three ways to tell that no page answers, each tuned on all 174 texts above (the logistic model: ten folds, its line by what
each fold had not seen) and told on 60 further texts, 30 of them unanswered, written and labelled before any was tried
(`data/answers_new.jsonl`, CC0). Half of these are unanswered against 27 % above, so that saying so is right more often by
itself; ways are to be compared within a column. Made by `python -m benchmarks.answers_nothing`."""
KEPT = """Kept: the way as it was, but for competitors that are named. A line moved by all 174 texts decides the new ones alike; the margin to the second page cries wolf; the
logistic model is right a little more often, within what chance allows, and finds half as many."""


def features(pages: Sequence[dict[str, str]], cases: Sequence[Case]) -> np.ndarray:
    """(n, 7), one row a text, in the order of `NAMES`, of the best of its first three pages; the last column of `strength`."""
    owner, titles, texts = [], [], []
    for n, page in enumerate(pages):
        for at, passage in enumerate(passages(ContentPage(page["page"], page["title"], page["text"]))):
            owner.append(n)
            titles.append(at == 0)
            texts.append(passage)
    model = encoder()
    vectors = embedding.embed(model, texts)
    gists = [answering.gist(case.words) for case in cases]
    whole = [f"{page['title']}\n{page['text']}" for page in pages]
    rows = []
    for gist, vector in zip(gists, embedding.embed(model, gists), strict=True):
        near = answering.near(vector, vectors, owner, titles)
        value, words = near.nearness, answering.shared(gist, whole)
        unusual, anyway = answering.unusual(gist, own=OWN), answering.usual(value)
        best = np.argsort(-answering.order(value, words), kind="stable")[:3]
        lacks = [bool(answering.lacking(unusual, whole[at])) for at in best]
        at = int(
            best[
                int(
                    np.argmax(
                        [
                            answering.strength(value[b], anyway, ["x"] * lack)
                            for b, lack in zip(best, lacks, strict=True)
                        ]
                    )
                )
            ]
        )
        second = np.sort(value)[-2]
        lack = lacks[list(best).index(at)]
        rows.append(
            (
                value[at],
                value[at] - anyway,
                value[at] - second,
                words.max(),
                near.titles[at],
                float(lack),
                np.log1p(len(gist.split())),
            )
        )
    return np.array(rows)


def fitted(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """A logistic regression with a ridge, by Newton's method: weights (d + 1,), the last is the constant."""
    x = np.c_[x, np.ones(len(x))]
    ridge = np.diag([RIDGE] * (x.shape[1] - 1) + [1e-6])
    weights = np.zeros(x.shape[1])
    for _ in range(STEPS):
        p = 1 / (1 + np.exp(-x @ weights))
        weights -= np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + ridge, x.T @ (p - y) + ridge @ weights)
    return weights


def line(sure: np.ndarray, none: np.ndarray) -> float:
    """Below which `sure` nothing answers: where F1 of saying so is best."""
    told = [(2 * (none & (sure < at)).sum() / ((sure < at).sum() + none.sum()), -at) for at in np.unique(sure)]
    return -max(told)[1]


def crossed(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The logistic model's answers over the texts it was tuned on, each from a model that had not seen it (ten folds)."""
    place, found = np.arange(len(y)) % 10, np.zeros(len(y))
    for fold in range(10):
        found[place == fold] = np.c_[x[place == fold], np.ones((place == fold).sum())] @ fitted(
            x[place != fold], y[place != fold]
        )
    return found


def main() -> None:
    pages, old = read()
    place = {page["page"]: n for n, page in enumerate(pages)}
    rows = [json.loads(row) for row in (DATA / "answers_new.jsonl").read_text("utf-8").splitlines()]
    new = [Case(row["words"], frozenset(place[p] for p in row["pages"]), row["half"]) for row in rows]
    x = features(pages, [*old, *new])
    none = np.array([not case.pages for case in (*old, *new)])
    tune = np.arange(len(x)) < len(old)
    mean, spread = x[tune].mean(axis=0), x[tune].std(axis=0)
    z = (x - mean) / spread
    order = np.random.default_rng(0).permutation(len(old))
    strength = x[:, 1] - answering.LACKING * x[:, 5]
    weights = fitted(z[tune], (~none[tune]).astype(float))
    logistic = np.c_[z, np.ones(len(z))] @ weights
    kept = np.empty(len(old))
    kept[order] = crossed(z[tune][order], (~none[tune][order]).astype(float))
    ways = [
        ("as before: nearer than usual, less what it lacks", strength, answering.MAY_ANSWER),
        (SHIPPED, shipped(pages, [*old, *new])[1], answering.MAY_ANSWER),
        ("1: the same, its line anew over all 174", strength, line(strength[tune], none[tune])),
        ("2: margin between first and second page", x[:, 2], line(x[tune, 2], none[tune])),
        ("3: a logistic model of seven features", logistic, line(kept, none[tune])),
    ]
    table = [
        "| way | of 174: right | of 174: found | of the new 60: “nothing answers” right | of the unanswered found |",
        "|---|---|---|---|---|",
    ]
    for name, sure, border in ways:
        said = sure < border
        inside = kept < border if name.startswith("3") else said[tune]
        right, held = int((said & none)[~tune].sum()), int((inside & none[tune]).sum())
        parts = (
            (held, int(inside.sum())),
            (held, int(none[tune].sum())),
            (right, int(said[~tune].sum())),
            (right, int(none[~tune].sum())),
        )
        table.append(f"| {name} | {' | '.join(_share(*part) for part in parts)} |")
    text = REPORT.read_text("utf-8").partition(NOTHING)[0]
    REPORT.write_text(text + NOTHING + "\n" + ABOUT + "\n\n" + "\n".join(table) + "\n\n" + KEPT + "\n", "utf-8")
    print("\n".join(table))
    print({name: round(float(w), 3) for name, w in zip((*NAMES, "constant"), weights, strict=True)})


if __name__ == "__main__":
    main()
