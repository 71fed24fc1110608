"""Take a person out of a database in one transaction: sources first, then what was made of them, then every other cell.

What one would get wrong: ids of utterances and quotes are hashes of words, so what is cut or covered gets a new id, and
everything that points at it (themes, their history, collections, verdicts) is moved along. What a gone quote was called
is exchanged for a random name, so that history keeps its numbers and nobody can test a guess of what was said.
"""

import json
import re
import secrets
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlite_utils import Database

from insights import covers, forgetting
from insights.covers import Person, covered, says_nothing
from insights.forgetting import Scope
from insights.formats import mail as reading
from insights.formats.mail import Mail
from insights.records import Conversation, stable_id, text_hash
from insights.review import said_key
from pipelines.privacy import other_cells
from pipelines.privacy.other_cells import SOURCES, Names
from pipelines.store import batches, conversations, copying, crm, every_cell, links, mails, persons
from pipelines.store import erasing as store
from pipelines.store.erasing import Quoted, Said
from pipelines.uploads import settle, threads
from pipelines.uploads.once import count_once, find_templates
from pipelines.uploads.refresh import refresh
from pipelines.uploads.solved import solved

_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")


@dataclass(slots=True)
class Done:
    """What an erasure came to. `rows` are (table, "removed" or "changed") -> rows, `themes` those whose quotes changed,
    `apart` the tables that are left alone though they name the person, with how many rows do. `since` is when the first
    upload that may have held the person was begun, ISO 8601, "" where that is not known."""

    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    texts: list[str] = field(default_factory=list)
    themes: set[int] = field(default_factory=set)
    touched: list[str] = field(default_factory=list)
    apart: list[tuple[str, int]] = field(default_factory=list)
    since: str = ""


@dataclass(slots=True)
class _Plan:
    """What is to happen to utterances: those that go, and of those that stay the new words and the new id."""

    gone: list[Said] = field(default_factory=list)
    kept: list[tuple[Said, str, str]] = field(default_factory=list)  # as it was, new text, new id
    keys: dict[str, str] = field(default_factory=dict)  # what was said by what it was known by -> is known by
    lost_keys: set[str] = field(default_factory=set)


def erase(db: Database, who: Person) -> Done:
    """Take the person out. Nothing is left half done: it is one transaction, and may be part of a larger one."""
    done, plan = Done(), _Plan()
    with db.atomic():
        copying.drop_columns(db)
        store.begin(db, lambda text: who.is_in(covers.fold(text)))
        candidates = store.candidates(db, who.accounts, who.addresses) | (who.only or frozenset())
        if who.shared:  # such a name alone brings no conversation here
            candidates |= {id_ for id_, name in persons.nowhere(db) if who.is_called(name, near=False)}
        done.rows["problems", "changed"] += _close_problems(db, who)
        said, lost = _conversations(db, who, candidates, plan)
        changed = _mails(db, who, candidates, plan)
        threaded = mails.conversations_of(db, changed)
        touched = {*said, *threaded}
        done.since = store.first_upload(db, touched)
        emptied = _emptied(db, plan)
        done.themes = store.themes_of(db, [*(one.id for one in plan.gone), *(one.utterance_id for one in emptied)])
        read = store.read_marks(db, touched)
        around = links.candidates(db, touched | lost) | links.members(db, touched | lost)
        done.texts = [one.text for one in plan.gone]
        names = _apply(db, plan, emptied, touched, done)
        done.rows["brought", "changed"] += store.rewrite_brought(db, said)
        _remove(db, lost, done)
        new_mails = _put_mails(db, changed, done)
        joined = crm.conversations_of(db, _records(db, who, done))
        known = settle.knowledge(db)
        settle.settle(db, [one for one in said if one not in lost], known)
        if threaded:
            threads.rebuild(db, {*mails.mails_in(db, threaded), *new_mails.values()}, known, gone=threaded)
        refresh(db, [one for one in joined if one not in lost and one not in said])
        links.again(db, around)
        _follow(db, who, plan, names, touched, done)
        count_once(db)
        find_templates(db)
        store.restore_marks(db, read)
        store.prune(db)
        done.touched, done.apart = sorted(touched), every_cell.naming(db, store.NAMED)
    return done


def take_out(db: Database, conversation_ids: Collection[str]) -> Done:
    """Take whole conversations out, with their sources and all that was made of them; one transaction, as `erase`."""
    done, plan, nobody = Done(), _Plan(), Person()
    ids = set(conversation_ids)
    with db.atomic():
        store.begin(db, lambda text: False)
        plan.gone = store.said(db, ids)
        plan.lost_keys = {key for _, key in _known_by(plan.gone)}
        done.themes, done.texts = store.themes_of(db, [one.id for one in plan.gone]), [one.text for one in plan.gone]
        around = links.candidates(db, ids) | links.members(db, ids)
        names = _apply(db, plan, (), ids, done)
        lost = mails.mails_in(db, ids)
        _remove(db, ids, done)
        done.rows["brought", "removed"] += store.drop_brought(db, lost)
        mails.remove(db, lost)
        done.rows["mails", "removed"] += len(lost)
        links.again(db, around - ids)
        _follow(db, nobody, plan, names, ids, done)
        count_once(db)
        find_templates(db)
        store.prune(db)
        done.touched = sorted(ids)
    return done


# -- what uploads brought ------------------------------------------------------------------------------------------


def _conversations(
    db: Database, who: Person, candidates: Collection[str], plan: _Plan
) -> tuple[dict[str, list[tuple[int, str]]], set[str]]:
    """Plan calls, notes and chats: what each upload said of them anew, and which are lost because nobody else spoke."""
    changed: dict[str, list[tuple[int, str]]] = {}
    lost: set[str] = set()
    for bare, facts in store.stated(db, candidates):
        texts = store.versions(db, bare.id)
        if not texts:
            continue  # a thread of mails
        merged = settle.merged(bare, [text for _, text in texts])
        known: dict[str, Any] = {name: getattr(merged, name) or value for name, value in facts.items()}
        whole = replace(merged, **known)
        scope = forgetting.scope(whole, who)
        new = [(batch, _told(json.loads(text), scope)) for batch, text in texts]
        left = forgetting.without(whole, who)
        words = _cut(db, bare.id, whole, left, scope, plan)
        if left is None:
            lost.add(bare.id)
        if words or [text for _, text in new] != [text for _, text in texts]:
            changed[bare.id] = new
    return changed, lost


def _told(value: dict, scope: Scope) -> str:
    told = forgetting.without_said(value, scope.here, near=scope.near, there=scope.there)
    return json.dumps({name: one for name, one in told.items() if one}, ensure_ascii=False)


def _cut(
    db: Database, conversation_id: str, whole: Conversation, left: Conversation | None, scope: Scope, plan: _Plan
) -> bool:  # fmt: skip
    """Plan the utterances of one conversation; whether any of them goes, or says something else."""
    old = store.said(db, [conversation_id])
    stays = [not scope.here.is_called(one.speaker, near=scope.near) for one in whole.utterances]
    if all(stays) and left == whole:
        return False
    new = list(left.utterances) if left else []
    ids = conversations.utterance_ids(replace(left, references=())) if left else []
    rest = iter(zip(new, ids, strict=True))
    kept, before_old, before_new = [], "", ""
    for row, stay in zip(old, stays, strict=True):
        key = said_key(before_old, row.text)
        before_old = row.text
        if not stay:
            plan.gone.append(row)
            plan.lost_keys.add(key)
            continue
        utterance, new_id = next(rest)
        plan.keys[key] = said_key(before_new, utterance.text)
        before_new = utterance.text
        kept.append((replace(row, speaker=utterance.speaker, answers=utterance.answers), row, utterance.text, new_id))
    for changed, row, text, new_id in kept:
        plan.kept.append((replace(changed, was=row.text), text, new_id))
    return True


def _mails(db: Database, who: Person, candidates: Collection[str], plan: _Plan) -> dict[str, Mail]:
    """Plan mails: what each that changes becomes, by its id."""
    named = store.mails_naming(db, candidates)
    connected = mails.connected(db, named)
    theirs = store.conversations_at(db, who.accounts) | (who.only or frozenset())
    new = {i: forgetting.without_in_mail(connected[i][0], who, near=connected[i][1] in theirs) for i in named}
    new = {i: mail for i, mail in new.items() if mails.item_id(mail) != i}
    if not new:
        return {}
    connected = {i: pair for i, pair in connected.items() if i in mails.connected(db, new)}
    old = store.said(db, sorted({c for _, c in connected.values()} - {"", "-"}))
    pool: dict[str, deque[Said]] = defaultdict(deque)
    for stood in old:
        for text in {stood.text, covered(stood.text, who), covered(stood.text, who, near=True)}:
            pool[text].append(stood)
    taken: set[str] = set()
    keys_new: dict[str, str] = {}
    after = [new.get(i, mail) for i, (mail, _) in connected.items()]
    for thread in reading.threads(after):
        before = ""
        for utterance, new_id in zip(thread.utterances, conversations.utterance_ids(thread), strict=True):
            row = next((one for one in pool.get(utterance.text, ()) if one.id not in taken), None)
            if row is not None:
                taken.add(row.id)
                now = replace(row, speaker=covered(row.speaker, who), answers=utterance.answers, was=row.text)
                plan.kept.append((now, utterance.text, new_id))
                keys_new[row.id] = said_key(before, utterance.text)
            before = utterance.text
    plan.gone += [one for one in old if one.id not in taken]
    for one, key in _known_by(old):
        if one.id in keys_new:
            plan.keys[key] = keys_new[one.id]
        else:
            plan.lost_keys.add(key)
    return new


def _known_by(rows: Sequence[Said]) -> Iterator[tuple[Said, str]]:
    """Each utterance with what it is known by: its words and those before it in its conversation."""
    before, conversation = "", ""
    for row in rows:
        if row.conversation_id != conversation:
            before, conversation = "", row.conversation_id
        yield row, said_key(before, row.text)
        before = row.text


def _put_mails(db: Database, new: dict[str, Mail], done: Done) -> dict[str, str]:
    """Store what mails became; old id -> new id."""
    ids = dict(zip(new, mails.add(db, list(new.values())), strict=True))
    store.follow_mails(db, list(ids.items()))
    done.rows["mails", "changed"] += len(ids)
    return ids


def _records(db: Database, who: Person, done: Done) -> list[str]:
    """Take the person out of CRM records; a contact's own record goes. Returns what the changed ones were known by."""
    keys: list[str] = []
    for record_id, record in store.records(db):
        left = forgetting.without_in_record(record, who)
        if left == record:
            continue
        if left is not None:
            crm.add(db, [left])
            store.follow_record(db, record_id, crm.item_id(left))
        else:
            store.drop_brought(db, [record_id])
        crm.remove(db, [record_id] if left is None or crm.item_id(left) != record_id else [])
        done.rows["crm_records", "removed" if left is None else "changed"] += 1
        keys += record.keys
    return keys


def _remove(db: Database, lost: Collection[str], done: Done) -> None:
    if lost:
        done.rows["conversations", "removed"] += conversations.remove(db, lost)
        done.rows["brought", "removed"] += store.drop_brought(db, lost)
        done.rows["set_facts", "removed"] += store.drop_set_facts(db, lost)


# -- what was made of them ------------------------------------------------------------------------------------------


def _emptied(db: Database, plan: _Plan) -> list[Quoted]:
    """Finds in what stays of which covering leaves no words that say anything."""
    texts = {said.id: text for said, text, _ in plan.kept if text != said.was}
    found = store.quotes_in(db, list(texts))
    return [one for one in found if says_nothing(texts[one.utterance_id][one.start : one.end])]


def _apply(db: Database, plan: _Plan, emptied: Sequence[Quoted], touched: Collection[str], done: Done) -> Names:
    """Cut and cover the utterances and quotes, and move everything that points at them along."""
    gone = [one.id for one in plan.gone]
    quotes = [*store.quotes_in(db, gone), *emptied]
    lost_keys = plan.lost_keys - plan.keys.keys()
    names = {
        one: secrets.token_hex(8)
        for one in (*gone, *(q.id for q in quotes), *lost_keys, *(q.text_hash for q in quotes))
    }
    lost = frozenset({*gone, *(q.id for q in quotes)})
    done.rows["utterances", "removed"] += store.remove_utterances(db, gone)
    store.remove_quotes(db, [one.id for one in emptied])
    done.rows["insights", "removed"] += len(quotes)
    for table, number in store.drop_what_points_at(db, [q.id for q in quotes], gone, lost_keys).items():
        done.rows[table, "removed"] += number
    renamed: dict[str, str] = {}
    rows = [(said, text, new_id) for said, text, new_id in plan.kept]
    of_kept = defaultdict(list)
    for quote in store.quotes_in(db, [said.id for said, _, _ in rows]):
        of_kept[quote.utterance_id].append(quote)
    for said, text, new_id in rows:
        if said.id != new_id:
            renamed[said.id] = new_id
        for quote in of_kept[said.id]:
            words = text[quote.start : quote.end]
            new_quote = stable_id(new_id, quote.kind, quote.start, quote.end)
            if words != quote.text:
                store.cover_quote(db, quote.id, words)
                names[quote.text_hash] = text_hash(words)
            if new_quote != quote.id:
                renamed[quote.id] = new_quote
    covered_ids = [said.id for said, text, _ in rows if text != said.was]
    store.write_words(db, [(said.id, text, said.speaker, said.answers) for said, text, _ in rows])
    store.read_again(db, covered_ids)
    done.rows["utterances", "changed"] += len(covered_ids)
    # A hash of words that others said too stays what it is: it tells of them.
    still = store.still_said(db, list(names))
    renamed |= {old: new for old, new in names.items() if old not in still}
    elsewhere = store.said_elsewhere(db, list(plan.keys), touched)
    renamed |= {old: new for old, new in plan.keys.items() if old != new and old not in elsewhere}
    every_cell.exchange(db, renamed)
    return Names(renamed, lost)


def _close_problems(db: Database, who: Person) -> int:
    """Empty the rows that could not be read and are about the person; which upload brought them all the same is looked
    up before their cells and what it brought are gone."""
    closed: dict[int, int] = {}
    for batch, numbers in store.problems_about(db, lambda cell: _is_only(cell, who)).items():
        rows = batches.problems(db, batch, after=min(numbers) - 1, limit=-1, records=True)
        since = solved(db, batch, [row for row in rows if row["id"] in set(numbers)])
        closed |= {number: since.get(number, 0) for number in numbers}
    return store.close_problems(db, closed)


def _follow(db: Database, who: Person, plan: _Plan, names: Names, touched: Collection[str], done: Done) -> None:
    """Go through every other cell: names, ids within values, and words that only this person said."""
    own = other_cells.own_runs(db, (one.text for one in plan.gone))
    named = touched if who.only is None else who.only.intersection(touched)
    for table, number in store.drop_by_name(db, named, lambda label, near: who.is_called(label, near=near)).items():
        done.rows[table, "removed"] += number
    store.send_nothing(db, who.addresses)
    for table, number in other_cells.rewrite(db, who, own, names).items():
        done.rows[table, "changed"] += number
    # What is left in tables that follow from sources (why two conversations are one, a key): covered as it stands.
    left = every_cell.rewrite(db, lambda text: covered(text, who), where=store.NAMED)
    for table, number in left.items():
        done.rows[table, "changed"] += number
    done.rows["tracker_versions", "removed"] += store.learn_again(db)
    store.heal_hashes(db, SOURCES)
    for theme in sorted(done.themes):
        done.rows["theme_shapes", "changed"] += store.shape_again(db, theme, who_said=done.texts)


def _is_only(cell: str, who: Person) -> bool:
    """Whether a cell is nothing but the person's name or address."""
    return len(cell) < 200 and (cell.casefold() in who.addresses or who.is_called(cell, near=False))


def words_of(texts: Iterable[str], db: Database) -> list[str]:
    """The sentences by which a search of the files knows the person's words: long enough, and said by nobody else."""
    own = {piece.strip() for text in texts for piece in _SENTENCE.split(text)}
    long = {one for one in own if len(one.split()) >= forgetting.RUN and covers.COVER not in one}
    if not long:
        return []
    said = "\n".join(store.texts(db)).casefold()
    return sorted(one for one in long if one.casefold() not in said)
