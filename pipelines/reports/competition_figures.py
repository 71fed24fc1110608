"""What the competition report holds: one record a kind of figure. A `key` opens the quotes that a figure was counted
from."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from insights.rivalry import Together, WinRate
from insights.sampling import Rate
from insights.trends import Trend
from pipelines.report import Row, TrendReport
from pipelines.store.filters import Filters


@dataclass(frozen=True, slots=True)
class Voice:
    """One row of the share of voice. `row.trend` is its share of all conversations in the two windows and its verdict,
    `row.series` the same a period; `voice` and `voice_before` are its share of the conversations that name any
    alternative, None for what is not named but inferred. `names` are the stored names that it stands for."""

    name: str
    names: tuple[str, ...]
    vendor: bool
    listed: bool
    row: Row
    voice: Rate | None
    voice_before: Rate | None
    voice_series: tuple[Rate, ...]
    first: str
    conversations: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Stand:
    """Deals in which a rival stands in one state: the share of the deals that name it in each window, their outcomes in
    the current one, and how many are in the state by now over the whole time."""

    rival: str
    state: str
    trend: Trend
    won: int
    lost: int
    open: int
    now: int
    key: str
    before_key: str
    now_key: str


@dataclass(frozen=True, slots=True)
class Flow:
    """Deals that went from one state to another; `over` is "deal" (first to last mention) or "windows" (from the end of
    the previous window to the end of the current one)."""

    rival: str
    over: str
    first: str
    last: str
    deals: int
    key: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """One conversation in which two states were told at once: the more telling was taken."""

    rival: str
    account: str
    day: str
    taken: str
    other: str
    key: str


@dataclass(frozen=True, slots=True)
class First:
    """How often a rival was first named in a stage, or by a side; `of` is all deals that name it."""

    rival: str
    value: str
    deals: int
    of: int
    key: str


@dataclass(frozen=True, slots=True)
class Pair:
    """The objections of a label beside a rival. `theme` holds `held` of those `quotes`, more than any other (None: none
    does). The keys open the quotes beside the rival and those elsewhere."""

    found: Together
    theme_id: int | None
    theme: str
    held: int
    quotes: int
    key: str
    without_key: str


@dataclass(frozen=True, slots=True)
class Near:
    """What is said in the same turn as a rival or the one beside it, by the deal's outcome."""

    rival: str
    kind: str
    label: str
    won: int
    lost: int
    open: int
    key: str


@dataclass(frozen=True, slots=True)
class Compared:
    """Deals in which a sentence calls one side better; `favours` is "us" or the rival's name, `aspect` "" in
    general."""

    rival: str
    favours: str
    aspect: str
    deals: int
    key: str


@dataclass(frozen=True, slots=True)
class Wins:
    """A rival's win rate; the keys open the quotes of won, lost and open deals."""

    name: str
    vendor: bool
    rate: WinRate
    won_key: str
    lost_key: str
    open_key: str


@dataclass(frozen=True, slots=True)
class Competition:
    """The whole report. `time` holds the windows and periods, None where no conversation has a usable date.

    `named` and `named_before` count the conversations that name any alternative in the two windows, `lost_silent` the
    lost deals in which nobody was named, of `lost` lost deals. `without` is the win rate where nobody was named. Deals
    and win rates are of conversations from `first` to `last`, ISO days, "" where none has a day: not of the two
    windows.
    """

    filters: Filters
    conversations: int
    deals: int
    closed: int
    undated: int
    catalogue: int
    time: TrendReport | None
    named: int
    named_before: int
    voices: tuple[Voice, ...]
    stands: tuple[Stand, ...]
    flows: tuple[Flow, ...]
    conflicts: tuple[Conflict, ...]
    stages: tuple[First, ...]
    speakers: tuple[First, ...]
    together: tuple[Pair, ...]
    near: tuple[Near, ...]
    compared: tuple[Compared, ...]
    wins: tuple[Wins, ...]
    without: Rate
    lost_silent: int
    lost: int
    proposed: tuple[tuple[str, int, int], ...]
    proposals: int
    evidence: Mapping[str, tuple[str, ...]]
    first: str = ""
    last: str = ""


class Evidence(Mapping[str, tuple[str, ...]]):
    """The insights that each figure was counted from, by its key; where they are many, put together when somebody asks."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, ...] | Callable[[], Iterable[str]]] = {}

    def __getitem__(self, key: str) -> tuple[str, ...]:
        kept = self._kept[key]
        return tuple(dict.fromkeys(kept())) if callable(kept) else kept

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)

    def key(self, kind: str, *parts: str, ids: Iterable[str] | Callable[[], Iterable[str]]) -> str:
        """Keep the evidence of a figure under a key made of what it is about."""
        key = "~".join((kind, *parts))
        self._kept[key] = ids if callable(ids) else tuple(dict.fromkeys(ids))
        return key
