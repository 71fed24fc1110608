"""The pages of themes: see them, decide what is proposed, change them, and take any of it back.

Every form answers with a redirect to a page that says what was done and offers to undo it; nothing asks "are you sure".
What cannot be done is told on a page with a way back.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import APIRouter, Depends, Form, Query, Request
from sqlite_utils import Database
from starlette.responses import RedirectResponse, Response

from api.deps import Db, Today, actor, as_told, filtering, insight_cursor, is_row_id, kept_text, kept_texts, shown
from api.errors import STATUS
from api.pages.answering import ACTOR, RowId, numbers, page
from api.views import figures
from api.views.comment import at
from api.views.themes import conflicts, lines, listing, merging, proposal, splitting, waiting
from api.views.themes import theme as theme_view
from api.views.themes.conflicts import Typed, Wanted
from api.wording.theme_history import listed
from api.wording.words import link, own_path, plural
from insights.errors import InsightsError
from insights.ledger_rules import Unfit
from pipelines.jobs import now
from pipelines.store import proposals as store
from pipelines.store import themes
from pipelines.store.filters import Filters
from pipelines.store.proposals import TYPES
from pipelines.themes import by_hand, editing, ledger, proposals, upkeep
from pipelines.themes.editing import ChangedSince

routes = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=2000)]
Long = Annotated[str, Form(max_length=200_000)]  # what is too long for a name is told, with what was typed
Ids = Annotated[tuple[str, ...], Form(max_length=5000)]
Numbers = Annotated[tuple[int, ...], Form(max_length=5000)]
Back = Annotated[str, Form(max_length=2000)]
Number = Annotated[str, Form(pattern=r"^\d{0,18}$")]
Flag = Annotated[bool, Form()]
Saw = Annotated[tuple[str, ...], Form(max_length=100)]
WAIT = "wait"
MOST_REASON = 2000
STAND = {"pin": "Pin", "unpin": "Unpin", "retire": "Retire", "restore": "Restore"}
LOCAL = re.compile(r"/(themes|quotes)(/[\w/]*)?")


class MovedOn(Unfit):
    """A theme falls into other parts than those that a person looked at."""

    def __init__(self) -> None:
        super().__init__(
            "The theme falls into other parts by now. What you wrote is below; look at its parts again, then split."
        )


@routes.get("/themes")
def show_themes(
    request: Request, db: Db, q: Annotated[str, Query(max_length=200)] = "", done: str = "", dismissed: str = "",
    left: str = "", policy: str | None = None,
) -> Response:  # fmt: skip
    told = lines.done(db, numbers(done), numbers(dismissed))
    was = [one for one in TYPES if policy is not None and one in policy.split(",")]
    return page(
        request, "themes.html", listing.page(db, query=q, told=told), left=len(numbers(left)),
        policy_was=was if policy is not None else None,
    )  # fmt: skip


@routes.get("/themes/waiting")
def show_waiting(
    request: Request, db: Db, after: Annotated[str, Depends(insight_cursor)], kind: str = "", done: str = ""
) -> Response:
    told = lines.done(db, numbers(done))
    return page(request, "themes_waiting.html", waiting.page(db, kind, after=after, told=told))


@routes.post("/themes/move")
def move(
    request: Request, db: Db, quote: Ids = (), to: Annotated[str, Form(max_length=20)] = "",
    at: Number = "", name: Text = "", reason: Text = "", back: Back = "", since: Number = "",
) -> Response:  # fmt: skip
    """Put ticked quotes into a theme (`at` is a group's own button, `to` the list), a new one, or let them wait.
    `since` is the newest event when the page was shown."""

    def change() -> int:
        told = {"now": now(), "actor": actor(ACTOR), "reason": reason.strip()}
        if at or is_row_id(to):
            return ledger.move(db, quote, int(at or to), **told)
        if to == WAIT:
            return ledger.move(db, quote, None, **told)
        if name.strip():
            return by_hand.gather(db, quote, name, **told).event
        raise Unfit("Choose a theme for the ticked quotes, or write a name for a new one.")

    target = themes.get(db, int(at or to)) if at or is_row_id(to) else None
    called = as_told(db, target.name) if target else ""
    place = f"to “{called}”" if target else "to wait" if to == WAIT else f"into a new theme, “{name.strip()}”"
    wanted = Wanted(
        f"Move {plural(len(quote), 'quote')} {place}.", "Move them all the same", "/themes/move",
        (*(("quote", one) for one in quote), ("to", to), ("at", at), ("back", back)),
        tuple(one for one in (Typed("Name of the new theme", "name", name), Typed("Why", "reason", reason)) if one.value.strip()),
    )  # fmt: skip
    return _changed(
        request, db, back or "/themes", change, wanted=wanted, act="move", quotes=quote,
        since=int(since) if since else None
    )  # fmt: skip


@routes.post("/themes/policy")
def set_policy(db: Db, accept: Ids = ()) -> Response:
    was = [one for one, decision in store.policy(db).items() if decision == "accept"]
    with db.atomic():
        for one in TYPES:
            store.set_policy(db, one, "accept" if one in accept else "ask")
    return RedirectResponse(f"/themes?policy={','.join(was)}#policy", 303)


@routes.post("/themes/proposals")
def decide_several(
    request: Request, db: Db, chosen: Numbers = (), act: Text = "",
) -> Response:  # fmt: skip
    """Accept or dismiss the ticked proposals one after another; what does not fit any more is left open."""
    accepted: list[int] = []
    dismissed: list[int] = []
    left: list[int] = []
    for number in chosen:
        try:
            if act == "accept":
                accepted.append(proposals.accept(db, number, now=now(), actor=actor(ACTOR)))
            else:
                proposals.dismiss(db, number, now=now(), actor=actor(ACTOR))
                dismissed.append(number)
        except InsightsError:
            left.append(number)
    if not chosen:
        return _refused(request, db, Unfit("Tick the proposals that you mean first."), "/themes")
    done = {"done": accepted, "dismissed": dismissed, "left": left}
    return RedirectResponse(link("/themes", {k: ",".join(map(str, v)) for k, v in done.items()}), 303)


@routes.get("/themes/proposals/{proposal_id}")
def show_proposal(request: Request, db: Db, proposal_id: RowId) -> Response:
    return page(request, "theme_proposal.html", proposal.page(db, proposal_id))


@routes.post("/themes/proposals/{proposal_id}")
def decide(
    request: Request, db: Db, proposal_id: RowId, act: Text = "accept", name: Text = "", into: Number = "",
    shown: Ids = (),
    keep: Ids = (), part: Numbers = (), parts: Flag = False, inside: Flag = False,
    reason: Text = "",
) -> Response:  # fmt: skip
    told = {"now": now(), "actor": actor(ACTOR), "reason": kept_text(db, reason.strip(), "")}
    if act == "dismiss":
        return _dismissed(request, db, proposal_id, reason.strip())

    def change() -> int:
        if parts and not part:
            raise Unfit("Tick at least one part that leaves the theme.")
        return proposals.accept(
            db, proposal_id, name=kept_text(db, name.strip(), upkeep.proposal(db, proposal_id).content.get("name", "")),
            into=int(into) if into else None, without=set(shown) - set(keep),
            keep=part if parts else None, inside=inside, **told,
        )  # fmt: skip

    return _changed(request, db, "/themes", change)


@routes.post("/themes/proposals/{proposal_id}/reopen")
def reopen(request: Request, db: Db, proposal_id: RowId) -> Response:
    return _changed(request, db, "/themes#proposals", lambda: proposals.reopen(db, proposal_id, now=now()))


@routes.post("/themes/events/{event_id}/undo")
def undo(request: Request, db: Db, event_id: RowId, back: Back = "") -> Response:
    return _changed(request, db, back or "/themes", lambda: ledger.undo(db, event_id, now=now(), actor=actor(ACTOR)))


@routes.get("/themes/{theme_id}")
def theme(
    request: Request, db: Db, today: Today, theme_id: RowId,
    filters: Annotated[Filters, Depends(filtering("done", "noted"))],
    done: str = "", noted: str = "",
) -> Response:  # fmt: skip
    told = lines.done(db, numbers(done))
    view = theme_view.page(db, filters, today, theme_id=theme_id, told=told, noted=noted)
    here = link(request.url.path, filters.active)
    return page(request, "theme.html", view, talk=at(db, here, figures.at(db, here, today)))


@routes.post("/themes/{theme_id}/rename")
def rename(request: Request, db: Db, theme_id: RowId, name: Long = "", reason: Long = "", saw: Saw = ()) -> Response:
    told = {"now": now(), "actor": actor(ACTOR), "reason": kept_text(db, reason.strip()[:MOST_REASON], "")}
    known = themes.get(db, theme_id)
    name = kept_text(db, name, known.name if known else "")
    wanted = Wanted(
        f"Rename it to “{name.strip()}”.", "Rename it all the same", request.url.path,
        typed=(Typed("New name", "name", name), Typed("Why (optional)", "reason", reason)),
    )  # fmt: skip
    return _changed(
        request, db, f"/themes/{theme_id}", lambda: ledger.rename(db, theme_id, name, **told), wanted=wanted,
        act="rename", saw=saw,
        already=lambda: editing.is_named(db, theme_id, name),
    )  # fmt: skip


@routes.post("/themes/{theme_id}/standing")
def stand(request: Request, db: Db, theme_id: RowId, act: Text = "", reason: Text = "", saw: Saw = ()) -> Response:
    """Pin, unpin, retire or restore a theme."""
    known = {"pin": ledger.pin, "unpin": ledger.unpin, "retire": ledger.retire, "restore": ledger.restore}
    told = {"now": now(), "actor": actor(ACTOR), "reason": reason.strip()}

    def change() -> int | None:
        if act not in known:
            raise Unfit("Choose what should be done with the theme.")
        return known[act](db, theme_id, **told)

    verb = STAND.get(act, "Change")
    wanted = Wanted(f"{verb} it.", f"{verb} it all the same", request.url.path, (("act", act),), _why(reason))
    return _changed(request, db, f"/themes/{theme_id}", change, wanted=wanted, act=act, saw=saw)


@routes.get("/themes/{theme_id}/merge")
def show_merge(
    request: Request, db: Db, theme_id: RowId, other: Annotated[str, Query(alias="with", pattern=r"^\d{0,18}$")] = ""
) -> Response:
    try:
        view = merging.page(db, theme_id, int(other) if other else None)
    except InsightsError as error:
        return _refused(request, db, error, f"/themes/{theme_id}")
    return page(request, "theme_merge.html", view)


@routes.post("/themes/{theme_id}/merge")
def merge(
    request: Request, db: Db, theme_id: RowId, other: Annotated[int, Form(alias="with", ge=1, le=2**62)],
    into: Annotated[int, Form(ge=1, le=2**62)], reason: Text = "", saw: Saw = (),
) -> Response:  # fmt: skip
    pair = {theme_id, other}

    def change() -> int:
        if into not in pair:
            raise Unfit("Choose which of the two names stays.")
        return ledger.merge(db, into, pair - {into}, now=now(), actor=actor(ACTOR), reason=reason.strip())

    known = {number: as_told(db, one.name) for number in pair if (one := themes.get(db, number))}
    wanted = Wanted(
        f"Merge {' and '.join(f'“{name}”' for name in known.values())}, to be called “{known.get(into, '')}”.",
        "Merge them all the same", request.url.path, (("with", str(other)), ("into", str(into))), _why(reason),
    )  # fmt: skip
    return _changed(
        request, db, f"/themes/{into if into in pair else theme_id}", change, wanted=wanted, act="merge", saw=saw
    )  # fmt: skip


@routes.get("/themes/{theme_id}/split")
def show_split(request: Request, db: Db, theme_id: RowId) -> Response:
    try:
        view = splitting.page(db, theme_id)
    except InsightsError as error:
        return _refused(request, db, error, f"/themes/{theme_id}")
    return page(request, "theme_split.html", view)


@routes.post("/themes/{theme_id}/split")
def split(
    request: Request, db: Db, theme_id: RowId, name: Ids = (), leaves: Numbers = (), seen: Text = "",
    inside: Flag = False, reason: Text = "", saw: Saw = (),
) -> Response:  # fmt: skip
    """Take the ticked parts out of a theme; `name` holds a name for every part that the preview showed."""

    try:  # before the change: dividing takes a while, and nobody else could write meanwhile
        found = proposals.parts_of(db, theme_id)
    except InsightsError as error:
        return _refused(request, db, error, f"/themes/{theme_id}")

    reason = kept_text(db, reason, "")
    name = kept_texts(db, name, [part.name for part in found])

    def change() -> int:
        if by_hand.seen(found) != seen or len(name) != len(found):
            raise MovedOn
        if any(not name[n].strip() for n in leaves if n < len(name)):
            raise Unfit("Give each part that is split off a name.")
        parts = [replace(part, name=name[n]) for n, part in enumerate(found) if n in leaves]
        return ledger.split(db, theme_id, parts, inside=inside, now=now(), actor=actor(ACTOR), reason=reason.strip())

    typed = tuple(Typed(f"Name of part {n + 1}", "name", one) for n, one in enumerate(name))
    hidden = (("seen", seen), ("inside", str(inside).lower()), *(("leaves", str(n)) for n in leaves))
    ticked = listed(f"“{name[n]}”" for n in leaves if n < len(name))
    wanted = Wanted(
        f"Take {ticked or 'nothing'} out of it{', as sub-themes' if inside else ''}.", "Split it all the same",
        request.url.path,
        hidden, (*typed, *_why(reason)),
    )  # fmt: skip
    return _changed(request, db, f"/themes/{theme_id}", change, wanted=wanted, act="split", saw=saw)


@routes.post("/themes/{theme_id}/promote")
def promote(
    request: Request, db: Db, theme_id: RowId, sub: Annotated[int, Form(ge=1, le=2**62)], saw: Saw = ()
) -> Response:
    """Make a sub-theme a theme of its own."""
    at, known = now(), themes.get(db, sub)
    called = f"“{as_told(db, known.name)}”" if known else "the sub-theme"
    wanted = Wanted(f"Make {called} a theme of its own.", "Do it all the same", request.url.path, (("sub", str(sub)),))
    return _changed(
        request, db, f"/themes/{theme_id}", lambda: ledger.split(db, theme_id, (), promoted=[sub], now=at, actor=actor(ACTOR)),
        wanted=wanted, act="split", saw=saw,
    )  # fmt: skip


def _dismissed(request: Request, db: Database, proposal_id: int, reason: str) -> Response:
    try:
        proposals.dismiss(db, proposal_id, now=now(), actor=actor(ACTOR), reason=reason)
    except InsightsError as error:
        return _refused(request, db, error, "/themes")
    return RedirectResponse(f"/themes?dismissed={proposal_id}", 303)


def _why(reason: str) -> tuple[Typed, ...]:
    return (Typed("Why", "reason", reason),) if reason.strip() else ()


def _changed(
    request: Request, db: Database, back: str, change: Callable[[], int | None], *, wanted: Wanted | None = None,
    act: str = "",
    saw: Sequence[str] = (), already: Callable[[], bool] | None = None, quotes: Collection[str] = (),
    since: int | None = None,
) -> Response:  # fmt: skip
    """Do it and go back to a page that says so, or to one that says why it could not be done. Where the theme was
    changed meanwhile, the page has what was `wanted`."""
    try:
        event = editing.checked(db, act, conflicts.saw(saw), change, already=already, quotes=quotes, since=since)
    except ChangedSince as error:
        if wanted is None:
            raise
        answer = page(
            request, "theme_conflict.html", conflicts.page(shown(db), error, wanted, _local(back), moving=since is not None)
        )  # fmt: skip
        answer.status_code = 409
        return answer
    except MovedOn as error:
        if wanted is None:
            raise
        view = conflicts.stale(as_told(db, str(error)), replace(wanted, again=request.url.path), _local(back))
        answer = page(request, "theme_conflict.html", view)
        answer.status_code = 409
        return answer
    except InsightsError as error:
        return _refused(request, db, error, _local(back), wanted)
    return RedirectResponse(_after(db, _local(back), event), 303)


def _refused(request: Request, db: Database, error: InsightsError, back: str, wanted: Wanted | None = None) -> Response:
    answer = page(request, "theme_problem.html", lines.problem(shown(db), error, back), wanted=wanted)
    answer.status_code = next(status for known, status in STATUS.items() if isinstance(error, known))
    return answer


def _after(db: Database, back: str, event: int | None) -> str:
    """The page that a person came from with what was done, or the list where that page's theme is no longer there."""
    parts = urlsplit(back)
    named = re.match(r"/themes/(\d{1,18})", parts.path)
    path = parts.path if not named or themes.get(db, int(named[1])) else "/themes"
    query = {
        name: value for name, value in parse_qsl(parts.query) if name not in ("done", "dismissed", "left", "policy")
    }
    return link(path, query, done=event) + (f"#{parts.fragment}" if parts.fragment else "")


def _local(back: str) -> str:
    """An address of ours: what a form says of where it was sent from is not to lead anywhere else."""
    return back if LOCAL.fullmatch(own_path(back)) else "/themes"
