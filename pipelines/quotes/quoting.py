"""Take a quote out safely: its words masked or as they were said, and a line on who said it that fits more than one
customer."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace

from sqlite_utils import Database

from insights import attribution, borders, privacy
from insights.attribution import STYLES as STYLES
from insights.attribution import Line, Source, Style
from insights.once import accounts
from insights.people import is_titled
from insights.privacy import Known, Masked
from insights.privacy.words import words_of, wrapped
from pipelines.store import company, insights, sources, vectors
from pipelines.store.filters import Filters
from pipelines.store.insights import Quote
from pipelines.store.remembered import per_state

LONGEST_NAME = 120  # characters of a text that may be a company's name and nothing else
MOST_WORDS = 5  # of a name that is looked up
FEWEST_ACCOUNTS = 2  # that a de-identified line fits by default
CANDIDATES, ALIKE, LEAST_ALIKE = 300, 5, 0.5


@dataclass(frozen=True, slots=True)
class Choice:
    """One line on who said it: `fits` is how many accounts it fits, None where it tells nothing or accounts are
    unknown."""

    line: str
    fits: int | None

    @property
    def alone(self) -> bool:
        """Whether it gives the customer away, though it names nobody."""
        return self.fits == 1


@dataclass(frozen=True, slots=True)
class Taken:
    """A quote to take out. `words` are those of the style (its pieces tell what is masked), `line` says who said them.

    `choices` are the de-identified ways to say it, the most exact first, `chosen` the place of the one that is used.
    `coarser` says that more exact ones were passed over because they fit one customer only. `cut` says whether the
    sentence begins before the words and goes on after them.
    """

    style: Style
    words: Masked
    line: str
    choices: tuple[Choice, ...]
    chosen: int
    coarser: bool
    reported: bool
    ours: bool
    cut: tuple[bool, bool] = (False, False)

    @property
    def alone(self) -> bool:
        return self.style != "full" and bool(self.choices) and self.choices[self.chosen].alone


def take(db: Database, quote: Quote, style: Style = "role", *, level: int | None = None) -> Taken:
    """A quote in a style. `level` chooses among its choices; without one the first that fits two customers or more.

    Only "full" holds names; all other styles mask the words too, and
    what may be used without names alone is never taken out in "full".
    """
    style = style if may_name(quote) else without(style)
    source, known = source_of(quote), known_to(db, quote)
    start, end = quote.span
    text = insights.utterance_text(db, quote.utterance_id)
    spans = () if style == "full" else privacy.within(privacy.find(text, known=known), start, end)
    words, cut = privacy.mask(text[start:end], spans), borders.cut(text, start, end)
    if style in ("full", "none"):
        line = attribution.full(source) if style == "full" else attribution.nothing(source)
        return Taken(style, words, line, (), 0, False, source.reported, source.ours, cut)
    lines = (
        attribution.segments(source)
        if style == "segment"
        else attribution.roles(source, plain_title=_plain(source, known))
    )
    choices = _choices(db, source, lines)
    safe = _safe(choices)
    chosen = safe if level is None else min(max(level, 0), len(choices) - 1)
    return Taken(
        style,
        words,
        choices[chosen].line,
        choices,
        chosen,
        level is None and safe > 0,
        source.reported,
        source.ours,
        cut,
    )


def unnamed(db: Database, quote: Quote) -> str:
    """The line beneath a quote that leaves without names: the most exact that fits two customers or more."""
    source = source_of(quote)
    lines = attribution.roles(source, plain_title=_plain(source, known_to(db, quote)))
    choices = _choices(db, source, lines)
    return choices[_safe(choices)].line


def _choices(db: Database, source: Source, lines: Iterable[Line]) -> tuple[Choice, ...]:
    return tuple(Choice(one.text, _fits(db, source, one)) for one in lines)


def _safe(choices: Sequence[Choice]) -> int:
    """The place of the first that fits two customers or more, or of the last, which tells least."""
    fitting = (n for n, one in enumerate(choices) if one.fits is None or one.fits >= FEWEST_ACCOUNTS)
    return next(fitting, len(choices) - 1)


def may_name(quote: Quote) -> bool:
    """Whether a quote may leave with names: not where somebody said of it, or of another quote of the same words, that
    it may be used without names alone."""
    return not quote.unnamed


def without(style: Style) -> Style:
    """The style, or the most telling one without names in place of "full"."""
    return "role" if style == "full" else style


def cut(db: Database, quote: Quote) -> tuple[bool, bool]:
    """Whether the sentence that a quote stands in begins before it and goes on after it."""
    return borders.cut(insights.utterance_text(db, quote.utterance_id), *quote.span)


def source_of(quote: Quote) -> Source:
    """Who said a quote, by what is known of it."""
    return attribution.source_of(asdict(quote), quote.fields)


def said_by(quote: Quote) -> str:
    """The line beneath a quote on a page of our own: who said it as exactly as it is known without naming person or
    company, "VP Finance, mid-market logistics"."""
    source = source_of(quote)
    named = Known((source.person, quote.contact), (source.account,))
    return attribution.roles(source, plain_title=_plain(source, named))[0].text


def known_to(db: Database, quote: Quote) -> Known:
    """Which names may stand in a quote's utterance: its people and account, every rep, and whatever other account is
    named."""
    return known_in(db, quote.conversation_id, quote.utterance_id)


def masked(db: Database, conversation_id: str, utterance_id: str, start: int, end: int) -> str:
    """A stretch of an utterance with what identifies people and companies masked."""
    text = insights.utterance_text(db, utterance_id)
    spans = privacy.find(text, known=known_in(db, conversation_id, utterance_id))
    return privacy.mask(text[start:end], privacy.within(spans, start, end)).text


def known_in(db: Database, conversation_id: str, utterance_id: str) -> Known:
    """Which names may stand in an utterance."""
    told = company.load(db)
    account, key = sources.account_of(db, conversation_id)
    runs = _runs(insights.utterance_text(db, utterance_id))
    named = sources.accounts_called(db, _companies(runs))
    companies = tuple(dict.fromkeys([account, *named]))
    rivals = [name for one in told.competitors for name in (one.name, *one.aliases)]
    people = [*sources.people(db, conversation_id, key), *sources.people_called(sources.named(db), runs)]
    # What was once taken for a competitor is no reason to let a person's name through, or a customer's.
    firms, whole = {*map(accounts.account, companies)} - {""}, {*map(accounts.person, people)}
    found = [name for name in insights.competitor_names(db, utterance_id) if not is_titled(name)]
    unknown = (name for name in found if accounts.person(name) not in whole and not _holds(name, firms))
    return Known(tuple(people), companies, (*told.products, *told.integrations, *rivals, *unknown))


def _holds(name: str, firms: Iterable[str]) -> bool:
    """Whether what was taken for a competitor is a customer's name, or one with more beside it ("Acme Foods Systems")."""
    key = accounts.account(name)
    return any(key == one or (" " in one and f" {one} " in f" {key} ") for one in firms)


def without_names(db: Database, text: str) -> str:
    """Words that somebody typed, such as a title, with the companies and people in them masked."""
    return privacy.mask(text, privacy.find(text, known=known_anywhere(db, text))).text


@dataclass(frozen=True, slots=True)
class Always:
    """Who may be named in any text: our own people and every rep, what is never covered, and the words by which others
    are called."""

    people: tuple[str, ...]
    keep: tuple[str, ...]
    named: sources.Names


def ours(db: Database) -> Always:
    """Who may be named in any text, as the database is now."""
    told = company.load(db)
    keep = [*told.products, *told.integrations, *(n for one in told.competitors for n in (one.name, *one.aliases))]
    return Always((*told.people, *sources.reps(db)), tuple(keep), sources.named(db))


def known_anywhere(db: Database, text: str, always: Always | None = None) -> Known:
    """Which names may stand in a text that belongs to no conversation; `always` are `ours`, where they are at hand."""
    always, runs = always or ours(db), _runs(text)
    alone = sources.called_alone(always.named, (run[0] for run in runs if len(run) == 1))
    people = (*always.people, *sources.people_called(always.named, runs), *alone)
    # A text that is a company's name and nothing else, as a row of a report by company is, may be written small.
    whole = {accounts.account(text)} if len(text) < LONGEST_NAME else set()
    return Known(people, tuple(sources.accounts_called(db, _companies(runs) | whole)), always.keep)


def alike(db: Database, quote: Quote) -> list[Quote]:
    """Other quotes of its theme that say what it says, from other accounts, the nearest first."""
    if quote.theme_id is None or quote.kind == "competitor":
        return []
    ids = insights.surest(db, Filters(theme=str(quote.theme_id)), an_account=3, limit=CANDIDATES)
    rows, found = vectors.of_insights(db, vectors.encoder(db), {*ids, quote.id})
    own = next((n for n, row in enumerate(rows) if row["id"] == quote.id), None)
    if own is None:
        return []
    near = found @ found[own]
    chosen: list[str] = []
    seen = {rows[own]["account"] or rows[own]["conversation_id"]}
    for n in near.argsort()[::-1]:
        speaker = rows[n]["account"] or rows[n]["conversation_id"]
        if speaker not in seen and near[n] >= LEAST_ALIKE and len(chosen) < ALIKE:
            seen.add(speaker)
            chosen.append(rows[n]["id"])
    return [one for i in chosen if (one := insights.get(db, i))]


def _plain(source: Source, known: Known) -> str:
    """The job title, where it names neither a person nor a company."""
    companies = replace(known, companies=(*known.companies, source.account))
    return "" if privacy.find(source.job_title, known=companies) else source.job_title


def _fits(db: Database, source: Source, line: Line) -> int | None:
    facts = tuple(sorted((name, getattr(source, name)) for name in line.uses if getattr(source, name)))
    return _fitting(db, facts) if facts and source.account else None


@per_state
def _fitting(db: Database, facts: tuple[tuple[str, str], ...]) -> int:
    """How many accounts facts fit: a list of quotes asks the same again and again."""
    return sources.fitting(db, dict(facts))


def _runs(text: str) -> set[tuple[str, ...]]:
    """Runs of words that follow each other and may be a name, as they are written: the first has a capital, unless the
    text has none."""
    words = words_of(text[: privacy.LONGEST])
    cased = any(word.capital for word in words)
    found = set()
    for n, word in enumerate(words):
        if word.capital or not cased:
            run: tuple[str, ...] = ()
            for one in words[n : n + MOST_WORDS]:
                if run and not wrapped(one.gap):
                    break
                run = (*run, text[one.start : one.end])
                found.add(run)
    return found


def _companies(runs: Iterable[tuple[str, ...]]) -> set[str]:
    """The keys by which accounts of these names are known."""
    return {key for run in runs if len(key := accounts.account(" ".join(run))) > 2}
