"""Count once: find the copies, the older versions and the several accounts of one meeting among what is stored.

The work list is what has not been compared as it stands. With it everything that it may belong to is looked at again,
so that a note that waited for its transcript finds it, whichever came first.
"""

import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from sqlite_utils import Database

from insights.once import accounts, boilerplate, occasions
from insights.once.occasions import Link, Links, Seen
from insights.records import Company
from pipelines.progress import Progress, silent
from pipelines.store import changes, company, links, passages, state
from pipelines.uploads import fingerprints

CONVERSATIONS_PER_TRANSACTION = 300
FEWEST = 3
# Raise it when the rules of what makes mails copies become stricter: those that stand as copies are compared anew.
RULES, RULED_BY = "2", "rules of copies"
TEMPLATES, TOTALS = "seen passages", "seen passages by side"


def count_once(db: Database, *, progress: Progress = silent) -> None:
    """Bring links and boilerplate up to date with what is stored; with nothing new it changes nothing."""
    if state.get(db, RULED_BY) != RULES:
        with db.atomic():
            links.again(db, links.copied_mails(db))
            state.put(db, RULED_BY, RULES)
    while work := links.unseen(db, limit=CONVERSATIONS_PER_TRANSACTION):
        with db.atomic():
            _fingerprint(db, work)
    usual, total, done = _usual(company.load(db)), links.count_waiting(db), 0
    while work := links.waiting(db, limit=CONVERSATIONS_PER_TRANSACTION):
        with db.atomic():
            _link(db, work, usual)
        done += len(work)
        progress("looking for copies", min(done, total), total)
    if done:
        with db.atomic():
            find_templates(db)


def decide(db: Database, one: str, other: str, *, same: bool, now: str) -> None:
    """Take a person's word on whether two conversations are one meeting, and count accordingly."""
    with db.atomic():
        links.decide(db, one, other, same=same, now=now)
    count_once(db)


def _fingerprint(db: Database, ids: Sequence[str]) -> None:
    """For conversations of a database from before fingerprints: all others have theirs when they are written."""
    items = [conversation for conversation, _ in links.own(db, ids)]
    fingerprints.save(db, items, ids)
    links.save_accounts(db, {item.id: accounts.account(item.account) for item in items})
    links.mark_seen(db, ids)


def _link(db: Database, work: Sequence[str], usual: tuple[str, ...]) -> None:
    known, alike = links.near(db, work), links.alike(db, work)
    # What waits itself is looked at in its turn; what was settled before may stand otherwise with what is new.
    near = known | _same(db, work, links.settled(db, alike - known))
    affected = set(work) | links.settled(db, near | links.members(db, near | set(work)))
    block = _seen(db, affected | known | alike | links.candidates(db, affected.difference(work)))
    found = occasions.links(block, usual=usual, wanted=affected)
    chosen = _decided(db, found, block)
    roots = {one: _root(one, chosen) for one in affected}
    doubts = {doubt.conversation_id: doubt for doubt in found.doubts if doubt.conversation_id not in chosen}
    left = links.members(db, affected)
    links.write(db, sorted(affected), chosen, roots, doubts)
    links.fill(db, affected | left)


def _same(db: Database, work: Sequence[str], others: Collection[str]) -> set[str]:
    """Those of others that are the same as something of the work: words alone bring many near that are not."""
    return occasions.same(_seen(db, {*work, *others}), work) & {*others} if others else set()


def _seen(db: Database, ids: Collection[str]) -> list[Seen]:
    return [
        occasions.seen(conversation, sequence=newest, source_id=conversation.source_id)
        for conversation, newest in links.own(db, ids)
    ]


def _decided(db: Database, found: Links, block: Sequence[Seen]) -> dict[str, Link]:
    """The links that were found, with what people decided about them: of notes with the same words the newest
    counts."""
    chosen = {link.conversation_id: link for link in found.links}
    seen = {one.id: one for one in block}
    for (one, other), same in links.decisions(db, list(seen)).items():
        if same and one in seen and other in seen and _root(one, chosen) != _root(other, chosen):
            a, b = seen[_root(one, chosen)], seen[_root(other, chosen)]
            again = a.kind == b.kind == "note" and a.texts == b.texts
            if again and a.sequence < b.sequence:
                a, b = b, a
            chosen[b.id] = Link(b.id, a.id, "revision" if again else "occasion", 1.0, (links.SAID_SO,))
        for name, against in ((one, other), (other, one)):
            if not same and name in chosen and chosen[name].primary_id == against:
                del chosen[name]
    return chosen


def _root(name: str, chosen: dict[str, Link]) -> str:
    """The conversation that counts in the end: a copy may be one of a note that belongs to a call."""
    for _ in range(len(chosen)):
        if name not in chosen:
            break
        name = chosen[name].primary_id
    return name


def find_templates(db: Database) -> None:
    """Say anew which passages are boilerplate, by the conversations that there are now; call it inside a transaction.

    What no changed conversation holds is as it was, unless there are fewer conversations: then less makes a template.
    """
    look, kept = changes.since(db, TEMPLATES, "conversations"), json.loads(state.get(db, TOTALS) or "{}")
    before = {int(part): sides for part, sides in kept.items()}
    parts = look.parts if kept else None
    sums = (before if parts is not None else {}) | passages.totals(db, [*look.counts] if parts is None else parts)
    total = _summed(sums)
    if parts is not None and any(total[side] < n for side, n in _summed(before).items()):
        parts = None
    known = {
        row["hash"]
        for row in passages.repeated(db, least=FEWEST, parts=parts)
        if boilerplate.is_boilerplate(
            row["conversations"], row["accounts"], total[row["side"]], row["side"], words=row["words"],
            form=bool(row["form"])
        )
    }  # fmt: skip
    if known != passages.known(db):
        passages.replace_known(db, frozenset(known))
    state.put(db, TOTALS, json.dumps(sums))
    changes.seen(db, look)


def _summed(parts: Mapping[int, Mapping[str, int]]) -> Counter[str]:
    """How many conversations have passages of each side."""
    return sum((Counter(sides) for sides in parts.values()), Counter[str]())


def _usual(us: Company) -> tuple[str, ...]:
    """Words that tell nothing about a meeting: every conversation of this company has them."""
    return (*us.products, *(domain.partition(".")[0] for domain in us.domains), *us.people)
