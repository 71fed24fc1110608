"""Our own pages: take an upload in, take it back, read what is new, and say which page answers which theme.

What an upload says of a page is kept; the page is worked out from all uploads that stand, so a repeated upload
updates, an empty cell takes nothing away, and undoing one gives back what stood before. Nothing is ever fetched.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sqlite_utils import Database

from insights import coverage, embedding
from insights.content import ContentPage, read
from insights.content.pages import key_of, title_of
from insights.errors import InsightsError
from insights.priority import State
from insights.records import Problem
from pipelines.chunks import chunks
from pipelines.progress import Progress, silent
from pipelines.running import accelerator
from pipelines.store import content_pages as store
from pipelines.store import plan, themes, vectors
from pipelines.store.content_pages import Answer, StoredPage, Upload
from pipelines.store.plan import Note
from pipelines.store.remembered import per_state
from pipelines.themes import proposals
from pipelines.uploads.files import opened

MOST_PAGES = 20_000
SHOWN_PROBLEMS = 500
TEXTS_PER_TRANSACTION = 256
AT_ONCE = 300  # passages that are read while a person waits; more are left to a job
NEAREST = 5  # pages shown beside a theme
KEPT = 25  # pages of a stretch that are looked at for a theme


class UnknownUpload(InsightsError):
    """An upload of pages that is not there."""

    def __init__(self, upload_id: object):
        super().__init__(f"There is no upload of pages {upload_id}. List them: parley plan pages list")


class UnknownPage(InsightsError):
    """A page that is not there."""

    def __init__(self, page: object):
        super().__init__(f"There is no page '{page}' of ours. List them: parley plan pages list")


class BadPage(InsightsError):
    """A page typed by hand that lacks what it needs."""


class NoAnswer(InsightsError):
    """A word on a page and a theme that does not stand any more."""

    def __init__(self, answer_id: object):
        super().__init__(f"There is nothing {answer_id} to undo: it was undone already, or never said.")


@dataclass(frozen=True, slots=True)
class Match:
    """A page beside a theme: what comes nearest in it, how near (1: as a typical quote of the theme), and what that
    means.

    `said` is a person's word that decided, None where likeness did; `passage` is "" where a person decided unread.
    """

    page: StoredPage
    passage: str
    likeness: float | None
    state: State
    said: Answer | None


@dataclass(frozen=True, slots=True)
class Coverage:
    """A theme's pages, the best first; `state` is that of the first, "unknown" where no pages are uploaded. "title only" is
    not judged: no page is known to answer it, but one whose title comes near was never read."""

    state: State
    matches: tuple[Match, ...]
    refused: tuple[Match, ...] = ()


def add(
    db: Database, paths: Sequence[Path], *, title: str, actor: str, now: str, progress: Progress = silent
) -> Upload:
    """Take in the pages of files, folders and archives. Bad rows become problems of the upload; nothing is fetched."""
    found: dict[str, ContentPage] = {}
    problems: list[Problem] = []
    files = count = 0
    for item in opened(paths):
        if isinstance(item, Problem):
            problems.append(item)
            continue
        files += 1
        for one in read(*item):
            if isinstance(one, Problem):
                problems.append(one)
                continue
            key = _key(one.url)
            if key not in found and len(found) >= MOST_PAGES:
                problems.append(Problem(one.file, one.row, f"More than {MOST_PAGES:,} pages; the rest was left out."))
                break
            found[key] = _joined(found[key], one) if key in found else one
            count += 1
        progress("reading", files, None)
    with db.atomic():
        upload_id = store.add_upload(db, title=title[:200], actor=actor, now=now, files=files)
        store.add_versions(db, upload_id, found)
        told = _settle(db, found)
        store.finish_upload(
            db, upload_id, read=count, added=told.count("added"), changed=told.count("changed"),
            problems=problems[:SHOWN_PROBLEMS],
        )  # fmt: skip
    done = store.upload(db, upload_id)
    assert done is not None
    return done


def add_one(db: Database, *, title: str, url: str, text: str = "", actor: str, now: str) -> Upload:
    """Take in one page that somebody typed, as an upload of its own. Raises BadPage."""
    title, url, text = " ".join(title.split()), url.strip(), text.strip()
    if not title or not url:
        raise BadPage("A page needs a title and an address.")
    if any(sign.isspace() for sign in url):
        raise BadPage(f"'{url[:80]}' is no address: it has a space in it. Write it as https://example.org/page.")
    with db.atomic():
        upload_id = _add_by_hand(db, ContentPage(url, title, text), f"By hand: {title}", actor=actor, now=now)
    done = store.upload(db, upload_id)
    assert done is not None
    return done


def count_published(db: Database, note: Note, *, url: str, title: str, actor: str, now: str) -> None:
    """Count the page that a note says was published for a theme: as one of ours where no upload names it, by its title
    and address alone, and as its answer; inside `db.atomic()`. It ends where the note no longer stands
    (`forget_published`)."""
    upload = None
    if not store.uploaded(db, note.key):
        page = ContentPage(url, title or title_of(url), published=note.day, guessed=not title)
        upload = _add_by_hand(db, page, f"Noted in the plan: {page.title}", actor=actor, now=now)
    last = said(db).get(note.theme_id, {}).get(note.key)
    already = last and last.verdict == "answers" and last.note is None
    answer = None if already else store.answer(db, note.theme_id, note.key, "answers", actor=actor, now=now)
    plan.count_with(db, note.id, upload=upload, answer=answer)


def forget_published(db: Database, note: Note, *, now: str) -> None:
    """What counted because of a note no longer does; what somebody took back by hand before is the note's no more, so
    that no undo brings it back. Inside `db.atomic()`."""
    upload = store.upload(db, note.upload_id) if note.upload_id else None
    if upload and not upload.undone_at:
        _undone(db, upload.id, now)
    answered = note.answer_id and store.undo_answer(db, note.answer_id, now)
    plan.count_with(
        db, note.id, upload=upload.id if upload and not upload.undone_at else None,
        answer=note.answer_id if answered else None,
    )  # fmt: skip


def recall_published(db: Database, note: Note) -> None:
    """It counts again; inside `db.atomic()`."""
    if note.upload_id:
        _undone(db, note.upload_id, "")
    if note.answer_id:
        store.redo_answer(db, note.answer_id)


def undo(db: Database, upload_id: int, *, now: str) -> Upload:
    """Take an upload of pages back; what other uploads say of its pages stands again. Raises UnknownUpload."""
    return _set_undone(db, upload_id, now)


def redo(db: Database, upload_id: int) -> Upload:
    """Bring an upload back that was taken back. Raises UnknownUpload."""
    return _set_undone(db, upload_id, "")


def read_new(db: Database, *, most: int | None = None, progress: Progress = silent) -> int:
    """Embed passages that have no vector yet, `most` at most; returns how many. It can be killed and repeated."""
    if not waiting(db):
        return 0
    encoder, done = accelerator.encoder(), 0
    for chunk in chunks(store.unread(db, encoder.name), TEXTS_PER_TRANSACTION):
        part = chunk if most is None else chunk[: most - done]
        if not part:
            break
        found = embedding.embed(encoder, [text for _, text in part])
        with db.atomic():
            store.save_vectors(db, encoder.name, [h for h, _ in part], found)
        done += len(part)
        progress("pages", done, None)
    with db.atomic():
        store.prune(db)
    return done


def waiting(db: Database) -> int:
    """How many passages of our pages are still to be read by the encoder that quotes were read with."""
    return store.waiting(db, vectors.encoder(db))


def say(db: Database, theme_id: int, page_id: int, verdict: str, *, actor: str, now: str) -> int:
    """Keep a person's word that a page answers a theme or does not; returns its number. Raises UnknownPage."""
    page = store.page(db, page_id)
    if page is None:
        raise UnknownPage(page_id)
    with db.atomic():
        return store.answer(db, theme_id, page.key, verdict, actor=actor, now=now)


def unsay(db: Database, answer_id: int, *, now: str) -> None:
    """Take a person's word back. Raises NoAnswer."""
    with db.atomic():
        if not store.undo_answer(db, answer_id, now):
            raise NoAnswer(answer_id)


def covered(db: Database, theme_ids: Iterable[int]) -> dict[int, Coverage]:
    """Which pages answer each of these themes. A person's word goes before likeness; it moves with a merged theme."""
    wanted = sorted(set(theme_ids))
    pages = {page.id: page for page in store.pages(db)}
    if not pages:
        return {theme: Coverage("unknown", ()) for theme in wanted}
    words, encoder = said(db), vectors.encoder(db)
    # All themes take part, so that a page goes to the theme that it is nearest to.
    kinds = themes.kinds(db, [*(t.id for t in themes.active(db)), *wanted])
    shapes = themes.shapes(db, kinds)
    order = sorted(shapes)
    centres = {theme: coverage.centre(shapes[theme][0][None]) for theme in order}
    states = _likenesses(db, encoder, order, centres, shapes, kinds)
    result = {}
    for theme in wanted:
        found = _matches(pages, states.get(theme, {}), words.get(theme, {}))
        standing = [m for m in found if m.state != "not covered" or not m.said]
        standing.sort(key=lambda m: (_RANK[m.state], m.said is None, -(m.likeness or 0.0), m.page.id))
        refused = [m for m in found if m.said and m.state == "not covered"]
        told = [[_with_passage(db, encoder, m, centres.get(theme)) for m in of] for of in (standing[:NEAREST], refused)]
        result[theme] = Coverage(standing[0].state if standing else "not covered", tuple(told[0]), tuple(told[1]))
    return result


@per_state
def of_theme(db: Database, theme_id: int) -> Coverage:
    """Which pages answer one theme; all themes take part, so it is kept."""
    return covered(db, [theme_id])[theme_id]


def said(db: Database) -> dict[int, dict[str, Answer]]:
    """People's words that stand: theme -> page key -> the last word. A merged theme's go with it."""
    heirs = themes.heirs(db)
    found: dict[int, dict[str, Answer]] = {}
    for one in store.answers(db):
        theme = heirs.get(one.theme_id, one.theme_id)
        found.setdefault(theme, {})[one.key] = one
    return found


_RANK = {"covered": 0, "partly": 1, "title only": 2, "not covered": 3, "unknown": 4}


def _likenesses(
    db: Database, encoder: str, order: Sequence[int], centres: Mapping[int, np.ndarray],
    shapes: Mapping[int, tuple[np.ndarray, float]], kinds: Mapping[int, str],
) -> dict[int, dict[int, tuple[float, bool]]]:  # fmt: skip
    """Theme -> page -> how near it is, and whether it is the theme's own."""
    result: dict[int, dict[int, tuple[float, bool]]] = {theme: {} for theme in order}
    if not order:
        return result
    middle = np.stack([centres[theme] for theme in order])
    tight = np.array([shapes[theme][1] for theme in order])
    of_kinds = [kinds[theme] for theme in order]
    places = {theme: at for at, theme in enumerate(order)}
    twins = [
        (places[a], places[b])
        for a, others in proposals.twins(db).items()
        for b, _ in others
        if {a, b} <= places.keys()
    ]
    for page_ids, titles, found in store.read_passages(db, encoder):
        near = coverage.likeness(middle, tight, found, page_ids, titles)
        own = coverage.own(near, middle, of_kinds, twins=twins)
        ids = list(dict.fromkeys(page_ids))
        for at, theme in enumerate(order):
            # The nearest, and the nearest of its own: of a large site nothing else will be shown.
            value, mine = near.values[:, at], near.values[:, at] - 10.0 * ~own[:, at]
            rows = {int(r) for of in (value, mine) for r in np.argsort(-of, kind="stable")[:KEPT]}
            result[theme] |= {ids[r]: (float(value[r]), bool(own[r, at])) for r in rows}
    return result


def _matches(
    pages: Mapping[int, StoredPage], near: Mapping[int, tuple[float, bool]], words: Mapping[str, Answer]
) -> list[Match]:
    """Every page that was read or that a person spoke on, without its passage."""
    found = []
    spoken = {page.id for page in pages.values() if page.key in words} if words else set()
    for page_id in near.keys() | spoken:
        page = pages.get(page_id)
        if page is None:  # taken back meanwhile
            continue
        value, word = near.get(page.id), words.get(page.key)
        state: State = "not covered" if value is None else coverage.state(*value, has_text=page.words > 0)
        if word:
            state = "covered" if word.verdict == "answers" else "not covered"
        found.append(Match(page, "", value[0] if value else None, state, word))
    return found


def _with_passage(db: Database, encoder: str, match: Match, middle: np.ndarray | None) -> Match:
    texts, titles, found = store.of_page(db, encoder, match.page.id)
    if middle is None or not texts:
        return match
    return replace(match, passage=texts[coverage.nearest(middle, found, titles)])


def _settle(db: Database, keys: Iterable[str]) -> list[str]:
    """Work these pages out anew from all uploads that stand; inside `db.atomic()`."""
    wanted = list(keys)
    told = store.versions(db, wanted)
    return [store.write(db, key, _folded(told.get(key, []))) for key in wanted]


def _folded(told: Sequence[ContentPage]) -> ContentPage | None:
    result = None
    for one in told:
        result = _joined(result, one) if result else one
    return result


def _joined(old: ContentPage, new: ContentPage) -> ContentPage:
    """What a newer word on a page leaves of it: what it is silent on stays, a guessed title gives way."""
    keep = new.guessed and not old.guessed
    return replace(
        new, title=old.title if keep else new.title, guessed=new.guessed and old.guessed, text=new.text or old.text,
        type=new.type or old.type, published=new.published or old.published, updated=new.updated or old.updated,
    )  # fmt: skip


def _add_by_hand(db: Database, page: ContentPage, name: str, *, actor: str, now: str) -> int:
    """One page as an upload of its own; inside `db.atomic()`."""
    upload_id = store.add_upload(db, title=name[:200], actor=actor, now=now, files=0)
    found = {_key(page.url): page}
    store.add_versions(db, upload_id, found)
    told = _settle(db, found)
    store.finish_upload(db, upload_id, read=1, added=told.count("added"), changed=told.count("changed"), problems=[])
    return upload_id


def _undone(db: Database, upload_id: int, at: str) -> None:
    store.set_undone(db, upload_id, at)
    _settle(db, store.keys_of(db, upload_id))


def _set_undone(db: Database, upload_id: int, at: str) -> Upload:
    with db.atomic():
        if store.upload(db, upload_id) is None:
            raise UnknownUpload(upload_id)
        _undone(db, upload_id, at)
    done = store.upload(db, upload_id)
    assert done is not None
    return done


def _key(url: str) -> str:
    try:
        return key_of(url)[:2000]
    except ValueError:  # an address that is none, such as "http://["
        return url.strip().lower()[:2000]
