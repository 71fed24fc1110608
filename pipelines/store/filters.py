"""The one filter that every list, report and page shares, and its translation to SQL conditions."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields

from insights import deals
from pipelines.store.counting import COUNTED, counts

# In one spelling, by the stage where no column says it (`insights.deals.told`, which every connection knows); the columns
# keep what was uploaded.
OUTCOME = "outcome_of(c.outcome, c.stage)"
CONVERSATION_COLUMNS = {
    "persona": "c.persona", "seniority": "c.seniority", "stage": "c.stage", "outcome": OUTCOME,
    "rep": "c.rep", "account": "c.account", "channel": "c.kind",
}  # fmt: skip
# The day of every counted meeting ("" when unknown), that of its first telling, whatever else a filter leaves of it.
MEETINGS = f"""(SELECT o.counted_as AS id, coalesce(min(nullif(o.day, '')), '') AS day FROM conversations o
    WHERE {counts("o")} GROUP BY o.counted_as)"""
# Hits of trackers that count: said by the side that is asked for, and no template.
HITS = """FROM tracker_hits h JOIN trackers t ON t.id = h.tracker_id AND t.applied = h.version
    JOIN utterances u ON u.id = h.utterance_id JOIN conversations c ON c.id = u.conversation_id"""
HIT_COUNTS = f"""{COUNTED} AND (h.passage = '' OR h.passage NOT IN (SELECT hash FROM boilerplate)) AND CASE t.said_by
    WHEN 'buyer' THEN u.role = 'buyer' OR u.voice = 'reported' WHEN 'seller' THEN u.role = 'seller' AND u.voice <> 'reported'
    ELSE 1 END"""
# The conversations whose words match, with all tellings of their meeting.
NAMING = f"""SELECT o.counted_as FROM utterances w JOIN conversations o ON o.id = w.conversation_id
    WHERE w.rowid IN (SELECT rowid FROM utterances_fts WHERE utterances_fts MATCH ?) AND {counts("o")}"""
_MARKS = re.compile('["“”„«»]')
_TERM = re.compile(r'(?:(?<!\S)([-−–])(?=["]|[^\W\d_]))?(?:"([^"]*[^\W_][^"]*)"|([^\s"]+|"))')
MATCHES = ("all", "any", "phrase")
_MARKED = re.compile(r"(\\+)(?=,|$)")  # where a backslash could be taken for the mark of a comma
_PIECE = re.compile(r"(\\*)(,|$)")
MOST_TOGETHER = 12  # parts of a value, up to which they are tried together
INSIGHT_COLUMNS = {"kind": "i.kind", "label": "i.label", "voice": "u.voice", "role": "u.role"}


@dataclass(frozen=True, slots=True)
class Filters:
    """What to look at. Empty means everything; a value may name several, separated by commas; a comma of its own stands
    behind a backslash there (`literal`).

    `since` and `until` are ISO dates, both inclusive. `channel` is the kind of conversation (call, email, note, chat).
    `theme` is the id of a theme or sub-theme. `competitor` is a catalogue name, `relation` the state it was named in.
    `q` is words to find in the quote's utterance (`asked`), `match` how: all of them (""), "any" of them, or "phrase".
    `follow_up` is answered, deferred, open, or came_back (an objection raised again after a reply). `tracker` is a
    tracker's id: conversations in which it was found; `beside` a competitor's name: conversations in which it was
    named, `ours` one of our own products likewise. `published` is an ISO day, as of whose end everything is shown: the
    connection must look back (`published.look_back`). `usage` is what a quote may be used for (internal, anonymised,
    approved), `used` whether it is noted where it was used (yes, no). `fields` are the upload's own columns. `typed` is
    what was typed as `q` where something else is looked for: what the page shows.
    """

    since: str = ""
    until: str = ""
    kind: str = ""
    theme: str = ""
    label: str = ""
    persona: str = ""
    seniority: str = ""
    stage: str = ""
    outcome: str = ""
    competitor: str = ""
    relation: str = ""
    voice: str = ""
    role: str = ""
    rep: str = ""
    account: str = ""
    channel: str = ""
    follow_up: str = ""
    tracker: str = ""
    beside: str = ""
    ours: str = ""
    usage: str = ""
    used: str = ""
    q: str = ""
    match: str = ""
    published: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    typed: str = ""

    def __post_init__(self) -> None:
        if self.outcome and "," not in self.outcome:  # several, or one with a comma: see `wanted`
            object.__setattr__(self, "outcome", deals.spelt(self.outcome))

    @property
    def active(self) -> dict[str, str]:
        """The filters that are set, own fields included, in a fixed order: what the address bar carries."""
        own = {name: getattr(self, name) for name in NAMES} | {"q": self.q and (self.typed or self.q)}
        if not self.q:
            own["match"] = ""
        return {name: value for name, value in {**own, **self.fields}.items() if value}


NAMES = tuple(f.name for f in fields(Filters) if f.name not in ("fields", "typed"))  # that can be asked for by name


Condition = tuple[str, list[object]]


def conversation_condition(filters: Filters) -> Condition:
    """SQL over `conversations c` for what is a fact of the conversation: the denominator of every rate."""
    parts: list[Condition] = []
    if filters.since or filters.until:
        parts.append(_between(filters.since, filters.until))
    parts += [_among(column, wanted(filters, name)) for name, column in CONVERSATION_COLUMNS.items()]
    if filters.tracker:
        parts.append(_tracked(filters.tracker))
    if filters.beside:
        parts.append(_beside(filters.beside))
    if filters.ours:
        parts.append(_ours(filters.ours))
    for name, value in filters.fields.items():
        if value:
            sql, values = _one_of("f.value", value)
            exists = (
                f"EXISTS (SELECT 1 FROM conversation_fields f WHERE f.conversation_id = c.id AND f.name = ? AND {sql})"
            )
            parts.append((exists, [name, *values]))
    return _all(parts)


def _between(since: str, until: str) -> Condition:
    """Conversations whose meeting was on these days: a note that a rep wrote the day after counts with its call."""
    limits = [(sign, day) for sign, day in ((">=", since), ("<=", until)) if day]
    sql = f"c.counted_as IN (SELECT id FROM {MEETINGS} WHERE {' AND '.join(f'day {sign} ?' for sign, _ in limits)})"
    return sql, [day for _, day in limits]


def _tracked(trackers: str) -> Condition:
    """Conversations, or another telling of the same meeting, in which one of the trackers was found."""
    sql, values = _one_of("h.tracker_id", trackers)
    return f"c.counted_as IN (SELECT c.counted_as {HITS} WHERE t.status = 'active' AND {sql} AND {HIT_COUNTS})", values


def _beside(names: str) -> Condition:
    """Conversations, or another telling of the same meeting, in which one of the competitors was named."""
    sql, values = _one_of("n.name", names)
    named = f"""SELECT o.counted_as FROM shown_insights n JOIN conversations o ON o.id = n.conversation_id
        WHERE n.kind = 'competitor' AND {sql} AND {counts("o")}"""
    return f"c.counted_as IN ({named})", values


def _ours(names: str) -> Condition:
    """Conversations, or another telling of the same meeting, in which one of our own products was named."""
    phrases = " OR ".join(phrase(name) for name in dict.fromkeys([names, *names.split(",")]) if name.strip())
    return f"c.counted_as IN ({NAMING})", [phrases]


def phrase(text: str) -> str:
    """What a person typed as one phrase for FTS5: its words must follow each other."""
    return '"' + text.replace("\x00", " ").replace('"', '""').strip() + '"'


def insight_condition(filters: Filters) -> Condition:
    """SQL over `insights i` joined to `utterances u`, `conversations c` and left-joined `theme_members m`."""
    parts = [conversation_condition(filters)]
    parts += [_one_of(column, getattr(filters, name)) for name, column in INSIGHT_COLUMNS.items()]
    if filters.theme == "none":
        parts.append(("m.theme_id IS NULL", []))
    else:
        parts.append(_of_theme(filters.theme))
    if filters.competitor:
        parts.append(_one_of("i.name", filters.competitor))
    if filters.relation:
        sql, values = _one_of("i.label", filters.relation)
        parts.append((f"(i.kind = 'competitor' AND {sql})", values))
    if filters.follow_up:
        parts.append(_one_of("CASE WHEN i.came_back THEN 'came_back' ELSE i.follow_up END", filters.follow_up))
    if filters.usage:
        said = "coalesce((SELECT state FROM quote_usage s WHERE s.insight_id = i.id), 'internal')"
        parts.append(_one_of(said, filters.usage))
    if filters.used:
        noted = "EXISTS (SELECT 1 FROM quote_uses n WHERE n.insight_id = i.id AND n.removed_at = '')"
        parts.append(_one_of(f"CASE WHEN {noted} THEN 'yes' ELSE 'no' END", filters.used))
    if filters.q.strip():
        within = "IN (SELECT rowid FROM utterances_fts WHERE utterances_fts MATCH ?)"
        wanted, unwanted = asked(filters.q, filters.match)
        parts += [(f"u.rowid {within}", [wanted])] if wanted else []
        parts += [(f"u.rowid NOT {within}", [unwanted])] if unwanted else []
    return _all(parts)


def _of_theme(value: str) -> Condition:
    """Quotes of themes or sub-themes, or of what a merged theme went into."""
    within, values = family(value)
    return (f"(m.theme_id IN ({within}) OR m.leaf_id IN ({within}))", values * 2) if within else ("", [])


def family(value: str) -> Condition:
    """The ids of themes or sub-themes, and of what the merged ones among them went into, as SQL."""
    named, values = _one_of("id", value)
    if not named:
        return "", []
    sql = f"""WITH RECURSIVE family(id) AS (SELECT id FROM themes WHERE {named}
        UNION SELECT merged_into FROM themes JOIN family USING (id) WHERE merged_into IS NOT NULL) SELECT id FROM family"""
    return sql, values


def asked(query: str, match: str = "") -> tuple[str, str]:
    """What a person typed as two queries for FTS5: what is wanted, and what must not stand there; "" for nothing.

    Words between quotation marks belong together; a word or such a phrase after a minus is not wanted. Wanted are all,
    or any of them (`match` "any"), or all that was typed as one phrase ("phrase"). Nothing else is syntax.
    """
    if match == "phrase":
        return phrase(" ".join(_MARKS.sub(" ", query).split())), ""
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, together, word in _TERM.findall(_MARKS.sub('"', query.replace("\x00", " "))):
        (unwanted if minus else wanted).append(phrase(together or word))
    between = " OR " if match == "any" else " "
    return between.join(wanted) or ("" if unwanted else '""'), " OR ".join(unwanted)


def quoted_words(query: str) -> str:
    """Make what a person typed safe for FTS5: every word a quoted string, all of them wanted."""
    words = query.replace("\x00", " ").split()
    return " ".join('"' + word.replace('"', '""') + '"' for word in words) or '""'


def literal(value: str) -> str:
    """A value as a filter takes it for one, whatever commas and backslashes it has: "Acme\\, Inc."."""
    return _MARKED.sub(r"\1\1", value).replace(",", "\\,")


def joined(values: Iterable[str]) -> str:
    """Several values as one filter takes them."""
    return ",".join(map(literal, values))


def shown(value: str) -> str:
    """A filter's value as people read it."""
    return ",".join(_apart(value)) if "\\" in value else value


def options(value: str) -> list[str]:
    """What a filter's value names: its parts between commas, to the letter where a comma is marked as one of a value's
    own. Where none is (old links, what people type), "Acme, Inc." may be one or two: parts that stand beside each other
    are tried together too."""
    if "\\," in value:
        return [option for option in dict.fromkeys(part.strip() for part in _apart(value)) if option]
    parts = [*value.split(","), *([_apart(value)[-1]] if value.endswith("\\") else ())]
    ends = range(1, len(parts) + 1) if len(parts) <= MOST_TOGETHER else ()
    runs = [",".join(parts[start:end]).strip() for end in ends for start in range(end)]
    return [option for option in dict.fromkeys([value, *(part.strip() for part in parts), *runs]) if option]


def _apart(value: str) -> list[str]:
    """The parts of a value whose commas and backslashes are marked (`literal`). A backslash that nobody marked stays
    one."""
    parts, place = [""], 0
    for found in _PIECE.finditer(value):
        slashes, comma = found.groups()
        own = bool(comma) and len(slashes) % 2 == 1  # a comma of the value's own
        parts[-1] += value[place : found.start()] + "\\" * (len(slashes) // 2 + (not comma and len(slashes) % 2))
        place = found.end()
        if own:
            parts[-1] += ","
        elif comma:
            parts.append("")
    return parts


def wanted(filters: Filters, name: str) -> list[str]:
    """What a fact of the conversation may be, [] for anything."""
    given = options(value) if (value := getattr(filters, name)) else []
    return list(dict.fromkeys(map(deals.spelt, given))) if name == "outcome" else given


def _one_of(column: str, value: str) -> Condition:
    return _among(column, options(value) if value else [])


def _among(column: str, given: list[str]) -> Condition:
    return (f"{column} IN ({', '.join('?' * len(given))})", list(given)) if given else ("", [])


def _all(parts: list[Condition]) -> Condition:
    set_parts = [(sql, values) for sql, values in parts if sql]
    return " AND ".join(sql for sql, _ in set_parts) or "1", [v for _, values in set_parts for v in values]
