"""Do trend reports say what is true? Simulated companies whose truth is known, judged by the code that users run.

`python -m benchmarks.trends [--runs 1000] [--only NAME]` prints one table a question. Beside the verdicts stand the rules that
products use on the same data: a count that moved by 1.5 standard deviations, and one above the mean of six periods by two.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import sqrt

import numpy as np

from insights import mix, sampling, trends
from insights.intervals import wilson
from insights.sampling import Sample
from insights.trends import Within

CLAIMS = frozenset({"rising", "falling", "new", "gone"})
PAST_PERIODS = 6
SEED = 2026  # of the figures on coverage; the approach was chosen on other draws


@dataclass(frozen=True, slots=True)
class World:
    """How conversations come about: `mean` conversations an account, alike by an intraclass correlation of `alike`;
    `lasting` accounts speak in both windows, and keep their leanings unless they `forget`."""

    conversations: int
    mean: float = 1.0
    alike: float = 0.0
    lasting: bool = False
    forget: bool = False

    def __str__(self) -> str:
        if self.mean == 1:
            return f"{self.conversations} conversations, each of its own account"
        who = "the same accounts" if self.lasting else "other accounts"
        who = f"{who}, leaning anew," if self.forget else who
        return (
            f"{self.conversations} conversations, {self.mean:g} an account (alike {self.alike:g}, design effect "
            f"{self.design_effect:.1f}), {who} in each window"
        )

    @property
    def design_effect(self) -> float:
        """1 + alike (E m² / E m - 1) with geometric sizes m (Kish 1965)."""
        return 1 + self.alike * (2 * self.mean - 2)


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


def kept(
    before: float, after: float, accounts: int, alike: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The leanings of accounts in two windows that keep their rank: who named it most still does."""
    from scipy.special import betaincinv

    rank, spread = rng.random(accounts), (1 - alike) / alike
    one, two = (betaincinv(p * spread, (1 - p) * spread, rank) for p in (before, after))
    return one, two


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
        if world.lasting and not world.forget:
            one, two = kept(p0, p1, len(first), world.alike, rng)
        now = "" if world.lasting else "other "
        pairs.append((_sample(rng.binomial(first, one), first), _sample(rng.binomial(second, two), second, now)))
    return pairs


def _sample(carrying: np.ndarray, conversations: np.ndarray, name: str = "") -> Sample:
    return Sample(
        {f"{name}{i}": int(k) for i, k in enumerate(carrying) if k},
        {f"{name}{i}": int(m) for i, m in enumerate(conversations)},
    )


def _together(samples: Iterable[Sample]) -> Sample:
    """One of samples that share no account."""
    parts = list(samples)
    return Sample(
        {a: k for one in parts for a, k in one.carrying.items()},
        {a: k for one in parts for a, k in one.conversations.items()},
    )


@dataclass(slots=True)
class Tally:
    """What came out of many reports: nulls claimed, reports with such a claim, false discoveries, real changes found."""

    runs: int = 0
    nulls: int = 0
    wrong: int = 0
    reports: int = 0
    false_share: float = 0.0
    false_square: float = 0.0
    real: int = 0
    found: int = 0

    def add(self, claimed: np.ndarray, real: int) -> None:
        """`claimed` (themes,): whether a change is claimed; the first `real` themes did change."""
        wrong, found = int(claimed[real:].sum()), int(claimed[:real].sum())
        self.runs += 1
        self.nulls += len(claimed) - real
        self.wrong += wrong
        self.reports += wrong > 0
        share = wrong / (wrong + found) if wrong + found else 0.0
        self.false_share += share
        self.false_square += share**2
        self.real += real
        self.found += found

    def __str__(self) -> str:
        fdr = self.false_share / self.runs
        error = 2 * sqrt(max(0.0, self.false_square / self.runs - fdr**2) / self.runs)
        rate = f"{100 * fdr:.2f} ± {100 * error:.2f} %"
        text = f"{percent(self.wrong, self.nulls)} | {percent(self.reports, self.runs)} | {rate}"
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


def simulate(
    world: World, runs: int, *, real: int, themes: int = 30, before: float = 0.1, after: float = 0.25
) -> dict[str, Tally]:
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
    return _table(tallies)


def _table(tallies: dict[str, Tally]) -> dict[str, Tally]:
    print("| rule | unchanged themes called changed | reports with such a call | false discoveries | changes found |")
    print("|---|---:|---:|---:|---:|")
    for name, tally in tallies.items():
        print(f"| {name} | {tally} |", flush=True)
    return tallies


def mix_shift(runs: int, *, change: float = 0.0, themes: int = 30, conversations: int = 300) -> dict[str, Tally]:
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
            pairs.append((_together(one for one, _ in strata.values()), _together(two for _, two in strata.values())))
            within.append(mix.within(strata, *pairs[-1]))
        tallies["Parley"].add(judged(pairs, within), real)
        tallies["without standardisation"].add(judged(pairs), real)
        tallies["z of at least 1.5"].add(rules(pairs, np.zeros((themes, 2)))["z of at least 1.5"], real)
    what = (
        f"a third of the themes rises by {change:.0%} in every segment" if change else "nothing changes within segments"
    )
    print(
        f"\nthe mix of three segments moves from 50/30/20 to 25/30/45 %, {what}; {conversations} conversations a window\n"
    )
    return _table(tallies)


def loud_account(
    runs: int, *, loud: int = 20, accounts: int = 1, themes: int = 30, conversations: int = 300
) -> dict[str, Tally]:
    """A few accounts hold `loud` more conversations in the current window, and all of them carry three of the themes."""
    rng = np.random.default_rng([11, loud, accounts])
    tallies = {"Parley": Tally(), "z of at least 1.5": Tally()}
    world = World(conversations)
    for _ in range(runs):
        shares = rng.uniform(0.02, 0.2, themes)
        pairs = windows(shares, shares, world, rng)
        more = {f"loud {i}": loud // accounts for i in range(accounts)}
        for t in range(themes):
            before, after = pairs[t]
            carrying = {**after.carrying, **(more if t < 3 else {})}
            pairs[t] = (before, Sample(carrying, {**after.conversations, **more}))
        tallies["Parley"].add(judged(pairs), 3)
        tallies["z of at least 1.5"].add(rules(pairs, np.zeros((themes, 2)))["z of at least 1.5"], 3)
    who = "one account says" if accounts == 1 else f"{accounts} accounts say"
    print(
        f"\n{who} three themes in {loud} conversations of the current window, beside {conversations} of others; "
        "the last column is how often these three are called a change\n"
    )
    return _table(tallies)


Limits = tuple[float, float]


def plain_wilson(evidence: Sample) -> Limits:
    """Wilson's interval on effective numbers with the normal quantile, as Parley had it before."""
    return wilson(share(evidence), evidence.denominator / sampling.design_effect(evidence))


def jeffreys(evidence: Sample) -> Limits:
    """Jeffreys' interval on effective numbers (Brown, Cai and DasGupta 2001; Franco and others 2019)."""
    from scipy.special import betaincinv

    n, p = evidence.denominator / sampling.design_effect(evidence), share(evidence)
    low, high = (float(betaincinv(n * p + 0.5, n * (1 - p) + 0.5, at)) for at in (0.025, 0.975))
    return (0.0 if p == 0 else low), (1.0 if p == 1 else high)


def korn_graubard(evidence: Sample) -> Limits:
    """Clopper and Pearson's interval on effective numbers, widened by Student's t (Korn and Graubard 1998)."""
    from scipy.special import betaincinv, stdtrit

    told, p = evidence.denominator, share(evidence)
    ratio = stdtrit(told - 1, 0.975) / stdtrit(sampling.freedom(evidence), 0.975)
    n = told / sampling.design_effect(evidence) * float(ratio) ** 2
    low = float(betaincinv(n * p, n * (1 - p) + 1, 0.025)) if p > 0 else 0.0
    return low, float(betaincinv(n * p + 1, n * (1 - p), 0.975)) if p < 1 else 1.0


def own(evidence: Sample) -> Limits:
    """What Parley says of a window in which there were conversations."""
    found = sampling.rate(evidence)
    assert found.low is not None and found.high is not None
    return found.low, found.high


def share(evidence: Sample) -> float:
    return evidence.numerator / evidence.denominator


APPROACHES: dict[str, Callable[[Sample], Limits]] = {
    "Parley (Wilson, t)": own, "Wilson, normal": plain_wilson, "Jeffreys": jeffreys, "Korn and Graubard": korn_graubard,
}  # fmt: skip
SHARES = (0.03, 0.05, 0.1, 0.2, 0.35, 0.5)
SHAPES = ((1.0, 0.0), (2.0, 0.1), (3.0, 0.2), (5.0, 0.2))
GRID = (
    *(World(n, *shape) for n in (60, 150, 300, 1000) for shape in SHAPES if n > 60 or shape[0] < 3),
    World(150, 5.0, 0.2, lasting=True), World(300, 3.0, 0.2, lasting=True),
    World(300, 3.0, 0.2, lasting=True, forget=True),
)  # fmt: skip


def coverage(runs: int) -> None:
    """How often 95 % intervals hold the truth over a grid of shares, numbers and accounts, by four approaches.

    Each cell is (of a share, of a change); changes are of 0 and of 10 points, their intervals by Zou and Donner (2008).
    """
    print(
        "\nhow often a 95 % interval holds the truth, mean over shares of 3, 5, 10, 20, 35 and 50 % (least in brackets)\n"
    )
    for what in ("share", "change"):
        print(f"| {what}: world | {' | '.join(APPROACHES)} |\n|---|{'---:|' * len(APPROACHES)}")
        total = np.zeros((len(GRID), len(APPROACHES)))
        for row, world in enumerate(GRID):
            rng = np.random.default_rng([SEED, world.conversations, int(world.mean), what == "change"])
            cells = np.array([_cell(p, p + 0.1 * (i % 2) * (what == "change"), world, runs, rng, what)
                              for i, p in enumerate(SHARES)])  # fmt: skip
            total[row] = cells.mean(0)
            texts = [f"{100 * m:.2f} ({100 * low:.1f})" for m, low in zip(total[row], cells.min(0), strict=True)]
            print(f"| {world} | {' | '.join(texts)} |", flush=True)
        print(f"| mean of all | {' | '.join(f'{100 * m:.2f}' for m in total.mean(0))} |")
        error = 200 * sqrt(0.05 * 0.95 / (runs * len(SHARES)))
        print(f"\nMonte Carlo error of a mean: ± {error:.2f}; of a single cell: ± {error * sqrt(len(SHARES)):.1f}\n")


def _cell(p0: float, p1: float, world: World, runs: int, rng: np.random.Generator, what: str) -> np.ndarray:
    """How often each approach's interval holds the truth, (approaches,)."""
    hits = np.zeros(len(APPROACHES))
    for _ in range(runs):
        ((before, after),) = windows(np.array([p0]), np.array([p1]), world, rng)
        for at, limits in enumerate(APPROACHES.values()):
            low, high = limits(after)
            if what == "change":
                other, moved = limits(before), share(after) - share(before)
                # The others do not know that the same accounts speak in both windows.
                alike = sampling.correlation(before, after) if limits is own else 0.0
                low, high = (
                    moved - sampling.joined(share(after) - low, other[1] - share(before), alike),
                    moved + sampling.joined(high - share(after), share(before) - other[0], alike),
                )
            hits[at] += low <= (p1 - p0 if what == "change" else p1) <= high
    return hits / runs


def coverage_within(runs: int) -> None:
    """How often the intervals of a change within strata, and of a share of accounts, hold the truth."""
    print(
        "\n| world | change within like conversations | share of accounts | change of that share |\n|---|---:|---:|---:|"
    )
    for world in GRID:
        rng = np.random.default_rng([SEED, world.conversations, int(world.mean), 5])
        hits = np.zeros(3, int)
        for _ in range(runs):
            hits[0] += _covers(world, rng)
            p0, p1 = rng.uniform(0.03, 0.5, 2)
            before, after = (_by_account(windows(np.array([p]), np.array([p]), world, rng)[0][0]) for p in (p0, p1))
            then, now = (_any(p, world) for p in (p0, p1))
            rate, moved = sampling.rate(after), trends.change(before, after)
            hits[1] += _holds(now, rate)
            hits[2] += _holds(now - then, moved)
        print(f"| {world} | {' | '.join(percent(h, runs) for h in hits)} |", flush=True)


def _holds(truth: float, told: sampling.Rate | trends.Change) -> bool:
    """Whether an interval holds the truth; one that nothing is told of does not."""
    return told.low is not None and told.high is not None and told.low <= truth <= told.high


def _by_account(evidence: Sample) -> Sample:
    """The same with accounts counted: one carries a theme when any of its conversations does."""
    return Sample(dict.fromkeys(evidence.carrying, 1), dict.fromkeys(evidence.conversations, 1))


def _any(p: float, world: World) -> float:
    """The share of accounts that carry a theme: beta-binomial over geometric sizes."""
    if world.mean == 1:
        return p
    spread, total, none = (1 - world.alike) / world.alike, 0.0, 1.0
    for m in range(1, 200):
        none *= ((1 - p) * spread + m - 1) / (spread + m - 1)
        total += (1 - 1 / world.mean) ** (m - 1) / world.mean * (1 - none)
    return total


def _covers(world: World, rng: np.random.Generator) -> bool:
    """Whether the interval within three strata holds the change, whose weights are those that came about."""
    change = rng.uniform(-0.1, 0.15)
    strata = {}
    weights = np.array([[0.5, 0.3, 0.2], [0.35, 0.3, 0.35]])
    for s in range(3):
        p0 = rng.uniform(0.12, 0.5)
        part = [World(int(world.conversations * w), world.mean, world.alike) for w in weights[:, s]]
        one, two = (sizes(p, rng) for p in part)
        before, after = (
            _sample(rng.binomial(m, leanings(p, len(m), world.alike, rng)), m, f"{s} ")
            for m, p in ((one, p0), (two, p0 + change))
        )
        strata[str(s)] = (before, after)
    whole = _together(one for one, _ in strata.values()), _together(two for _, two in strata.values())
    found = mix.within(strata, *whole)
    return found is not None and found.low <= change <= found.high


def questions(runs: int) -> Iterator[tuple[str, Callable[[], object]]]:
    """Every question that is asked, by name."""
    calm = (
        World(150), World(300), World(300, 2, 0.1), World(300, 3, 0.1), World(300, 3, 0.2),
        World(300, 3, 0.2, lasting=True), World(300, 3, 0.2, lasting=True, forget=True),
    )  # fmt: skip
    yield "null", lambda: [simulate(world, runs, real=0) for world in calm]
    yield "power", lambda: [simulate(world, runs, real=3) for world in calm[1:]]
    yield "mixture", lambda: simulate(World(300), runs, real=10, themes=40)
    yield "mix", lambda: [mix_shift(runs, change=c) for c in (0.0, 0.15)]
    yield "loud", lambda: [loud_account(runs, loud=n, accounts=a) for n, a in ((20, 1), (60, 1), (60, 3))]
    yield "coverage", lambda: coverage(runs)
    yield "within", lambda: coverage_within(runs)


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
