"""Do trend reports say what is true? Simulated companies whose truth is known, judged by the code that users run.

`python -m benchmarks.trends [--runs 1000] [--only NAME]` prints one table a question. Beside the verdicts stand the rules that
products use on the same data: a count that moved by 1.5 standard deviations, and one above the mean of six periods by two.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np

from insights import mix, trends
from insights.trends import Sample, Within

CLAIMS = frozenset({"rising", "falling", "new", "gone"})
PAST_PERIODS = 6


@dataclass(frozen=True, slots=True)
class World:
    """How conversations come about: `mean` conversations an account, alike by an intraclass correlation of `alike`;
    `lasting` accounts speak in both windows and keep their leanings."""

    conversations: int
    mean: float = 1.0
    alike: float = 0.0
    lasting: bool = False

    def __str__(self) -> str:
        if self.mean == 1:
            return f"{self.conversations} conversations, each of its own account"
        who = "the same accounts" if self.lasting else "other accounts"
        return (
            f"{self.conversations} conversations, {self.mean:g} an account (alike {self.alike:g}), {who} in each window"
        )


def sizes(world: World, rng: np.random.Generator) -> np.ndarray:
    """Conversations of each account: geometric, so that a few accounts are large."""
    if world.mean == 1:
        return np.ones(world.conversations, int)
    found = rng.geometric(1 / world.mean, world.conversations)
    return found[: int(np.searchsorted(found.cumsum(), world.conversations)) + 1]


def leanings(share: float, accounts: int, alike: float, rng: np.random.Generator) -> np.ndarray:
    """Each account's own share: beta distributed around the true one."""
    if not alike:
        return np.full(accounts, share)
    spread = (1 - alike) / alike
    return rng.beta(share * spread, (1 - share) * spread, accounts)


def windows(
    before: np.ndarray, after: np.ndarray, world: World, rng: np.random.Generator
) -> list[tuple[Sample, Sample]]:
    """(previous, current) of every theme with true shares (themes,) in the two windows; all themes share the accounts."""
    first = sizes(world, rng)
    second = rng.permutation(first) if world.lasting else sizes(world, rng)
    pairs = []
    for p0, p1 in zip(before, after, strict=True):
        one = leanings(p0, len(first), world.alike, rng)
        two = leanings(p1, len(second), world.alike, rng)
        if world.lasting and p0 == p1:
            two = one
        pairs.append((_sample(rng.binomial(first, one), first), _sample(rng.binomial(second, two), second)))
    return pairs


def _sample(carrying: np.ndarray, conversations: np.ndarray, name: str = "") -> Sample:
    return Sample(
        {f"{name}{i}": int(k) for i, k in enumerate(carrying) if k},
        {f"{name}{i}": int(m) for i, m in enumerate(conversations)},
    )


@dataclass(slots=True)
class Tally:
    """What came out of many reports: nulls claimed, reports with such a claim, false discoveries, real changes found."""

    runs: int = 0
    nulls: int = 0
    wrong: int = 0
    reports: int = 0
    false_share: float = 0.0
    real: int = 0
    found: int = 0

    def add(self, claimed: np.ndarray, real: int) -> None:
        """`claimed` (themes,): whether a change is claimed; the first `real` themes did change."""
        wrong, found = int(claimed[real:].sum()), int(claimed[:real].sum())
        self.runs += 1
        self.nulls += len(claimed) - real
        self.wrong += wrong
        self.reports += wrong > 0
        self.false_share += wrong / (wrong + found) if wrong + found else 0.0
        self.real += real
        self.found += found

    def __str__(self) -> str:
        fdr = self.false_share / self.runs
        text = f"{percent(self.wrong, self.nulls)} | {percent(self.reports, self.runs)} | {100 * fdr:.1f} %"
        return f"{text} | {percent(self.found, self.real) if self.real else '–'}"


def percent(part: float, whole: int) -> str:
    """A share with its Monte Carlo error (two standard errors)."""
    p = part / whole
    return f"{100 * p:.2f} ± {200 * sqrt(p * (1 - p) / whole):.2f} %"


def rules(pairs: list[tuple[Sample, Sample]], past: np.ndarray) -> dict[str, np.ndarray]:
    """What products' rules claim of the same counts; `past` (themes, periods) are counts of earlier periods."""
    before = np.array([a.numerator for a, _ in pairs])
    after = np.array([b.numerator for _, b in pairs])
    z = np.abs(after - before) / np.sqrt(np.maximum(1, after + before))
    middle, spread = past.mean(1), past.std(1, ddof=1)
    return {"z of at least 1.5": z >= 1.5, "mean and 2 sd": np.abs(after - middle) > 2 * np.maximum(spread, 1e-9)}


def judged(pairs: list[tuple[Sample, Sample]], within: list[Within | None] | None = None) -> np.ndarray:
    return np.array([trend.verdict in CLAIMS for trend in trends.trends(pairs, within=within)])


def simulate(world: World, runs: int, *, real: int, themes: int = 30, before: float = 0.1, after: float = 0.25) -> None:
    """`real` themes go from `before` to `after` and back by turns, the others keep shares of 2 to 35 %."""
    rng = np.random.default_rng([world.conversations, int(10 * world.mean), real])
    tallies: dict[str, Tally] = {"Parley": Tally()}
    for _ in range(runs):
        shares = rng.uniform(0.02, 0.35, themes)
        shares[:real] = before
        later = shares.copy()
        later[:real] = after
        pairs = windows(shares, later, world, rng)
        tallies["Parley"].add(judged(pairs), real)
        totals = np.full((themes, PAST_PERIODS), world.conversations)
        for name, claimed in rules(pairs, rng.binomial(totals, shares[:, None])).items():
            tallies.setdefault(name, Tally()).add(claimed, real)
    what = f"{real} of {themes} themes go from {before:.0%} to {after:.0%}" if real else "no theme changes"
    print(f"\n{what}; {world}\n")
    _table(tallies)


def _table(tallies: dict[str, Tally]) -> None:
    print("| rule | unchanged themes called changed | reports with such a call | false discoveries | changes found |")
    print("|---|---:|---:|---:|---:|")
    for name, tally in tallies.items():
        print(f"| {name} | {tally} |", flush=True)


def mix_shift(runs: int, *, change: float = 0.0, themes: int = 30, conversations: int = 300) -> None:
    """The share of enterprise conversations goes from 20 to 45 %; within segments the themes keep their share, or a
    third of them rises by `change`."""
    rng = np.random.default_rng([7, int(100 * change)])
    real = themes // 3 if change else 0
    tallies = {"Parley": Tally(), "without standardisation": Tally(), "z of at least 1.5": Tally()}
    for _ in range(runs):
        base = rng.uniform(0.03, 0.3, (themes, 3)) * rng.permuted(np.tile([0.4, 1.0, 2.0], (themes, 1)), axis=1)
        weights = np.array([[0.5, 0.3, 0.2], [0.25, 0.3, 0.45]])
        counts = [rng.multinomial(conversations, w) for w in weights]
        pairs, within = [], []
        for t in range(themes):
            strata = {}
            for s in range(3):
                shares = (base[t, s], min(1.0, base[t, s] + change * (t < real)))
                one, two = (
                    _sample(rng.binomial(1, p, counts[n][s]), np.ones(counts[n][s], int), f"{s} ")
                    for n, p in enumerate(shares)
                )
                strata[str(s)] = (one, two)
            pair = tuple(
                Sample(
                    {a: k for st in strata.values() for a, k in st[n].carrying.items()},
                    {a: k for st in strata.values() for a, k in st[n].conversations.items()},
                )
                for n in (0, 1)
            )
            pairs.append(pair)
            within.append(mix.within(strata, *pair))
        tallies["Parley"].add(judged(pairs, within), real)
        tallies["without standardisation"].add(judged(pairs), real)
        tallies["z of at least 1.5"].add(rules(pairs, np.zeros((themes, 2)))["z of at least 1.5"], real)
    what = (
        f"a third of the themes rises by {change:.0%} in every segment" if change else "nothing changes within segments"
    )
    print(
        f"\nthe mix of three segments moves from 50/30/20 to 25/30/45 %, {what}; {conversations} conversations a window\n"
    )
    _table(tallies)


def loud_account(runs: int, *, themes: int = 30, conversations: int = 300) -> None:
    """One account holds 20 more conversations in the current window, and all of them carry three of the themes."""
    rng = np.random.default_rng(11)
    tallies = {"Parley": Tally(), "z of at least 1.5": Tally()}
    world = World(conversations)
    for _ in range(runs):
        shares = rng.uniform(0.02, 0.2, themes)
        pairs = windows(shares, shares, world, rng)
        for t in range(themes):
            before, after = pairs[t]
            loud = {"loud": 20} if t < 3 else {}
            pairs[t] = (before, Sample({**after.carrying, **loud}, {**after.conversations, "loud": 20}))
        tallies["Parley"].add(judged(pairs), 0)
        tallies["z of at least 1.5"].add(rules(pairs, np.zeros((themes, 2)))["z of at least 1.5"], 0)
    print(
        f"\none account says three themes in 20 conversations of the current window, beside {conversations} of others\n"
    )
    _table(tallies)


def coverage(runs: int) -> None:
    """How often 95 % intervals hold the truth: of a share, of a change, and of a change within strata."""
    print("\nhow often a 95 % interval holds the truth (shares of 3 to 50 %, changes of up to 15 points)\n")
    print("| world | share | change | within like conversations |\n|---|---:|---:|---:|")
    for world in (
        World(60), World(150), World(300), World(1000), World(150, 2, 0.1), World(300, 2, 0.1), World(300, 3, 0.2),
        World(300, 3, 0.2, lasting=True), World(1000, 5, 0.2),
    ):  # fmt: skip
        rng = np.random.default_rng([world.conversations, int(world.mean)])
        hits = np.zeros(3, int)
        for _ in range(runs):
            p0 = rng.uniform(0.03, 0.5)
            p1 = min(0.6, max(0.02, p0 + rng.uniform(-0.15, 0.15)))
            ((before, after),) = windows(np.array([p0]), np.array([p1]), world, rng)
            rate, change = trends.rate(after), trends.change(before, after)
            hits[0] += rate.low <= p1 <= rate.high
            hits[1] += change.low <= p1 - p0 <= change.high
            hits[2] += _covers(world, rng)
        print(f"| {world} | {' | '.join(percent(h, runs) for h in hits)} |", flush=True)


def _covers(world: World, rng: np.random.Generator) -> bool:
    """Whether the interval within three strata holds the change, whose weights are those that came about."""
    change = rng.uniform(-0.1, 0.15)
    strata, truth = {}, 0.0
    weights = np.array([[0.5, 0.3, 0.2], [0.35, 0.3, 0.35]])
    for s in range(3):
        p0 = rng.uniform(0.12, 0.5)
        part = [World(int(world.conversations * w), world.mean, world.alike) for w in weights[:, s]]
        one, two = (sizes(p, rng) for p in part)
        strata[str(s)] = tuple(
            _sample(rng.binomial(m, leanings(p, len(m), world.alike, rng)), m, f"{s} ")
            for m, p in ((one, p0), (two, p0 + change))
        )
    pair = tuple(
        Sample(
            {a: k for st in strata.values() for a, k in st[n].carrying.items()},
            {a: k for st in strata.values() for a, k in st[n].conversations.items()},
        )
        for n in (0, 1)
    )
    truth = change
    found = mix.within(strata, *pair)
    return found is not None and found.low <= truth <= found.high


def questions(runs: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """Every question that is asked, by name."""
    calm = (World(150), World(300), World(300, 2, 0.1), World(300, 3, 0.2), World(300, 3, 0.2, lasting=True))
    yield "null", lambda: [simulate(world, runs, real=0) for world in calm] and None
    yield "power", lambda: [simulate(world, runs, real=3) for world in calm[1:]] and None
    yield "mixture", lambda: simulate(World(300), runs, real=10, themes=40)
    yield "mix", lambda: [mix_shift(runs, change=c) for c in (0.0, 0.15)] and None
    yield "loud", lambda: loud_account(runs)
    yield "coverage", lambda: coverage(4 * runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    for name, ask in questions(given.runs):
        if given.only in ("", name):
            ask()


if __name__ == "__main__":
    main()
