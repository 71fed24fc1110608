"""Changes of themes that growth proposes: accept, edit or dismiss them, by hand or by policy; and what waits."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query

from api.deps import Db, Limit, actor, is_row_id, shown
from api.errors import RESPONSES, BadParameter
from api.models.common import Page
from api.models.theme import (
    Accepted,
    Accepting,
    Change,
    Kind,
    Policy,
    PolicyChange,
    ProposalDetail,
    ProposalType,
    Proposed,
    WaitingCount,
)
from api.views.themes import evidence
from pipelines.jobs import now
from pipelines.store import proposals as store
from pipelines.themes import proposals, upkeep

NOBODY = Change()
AS_PROPOSED = Accepting()
routes = APIRouter(tags=["themes"], responses=RESPONSES)
ProposalId = Annotated[int, Path(ge=1, le=2**62)]
Status = Annotated[
    Literal["open", "accepted", "dismissed", "outdated"], Query(description="outdated ones no longer hold")
]


@routes.get("/themes/proposals", summary="List proposals")
def list_proposals(
    db: Db, status: Status = "open", kind: Kind | None = None, type: ProposalType | None = None, after: str = "",
    limit: Limit = 50,
) -> Page[Proposed]:  # fmt: skip
    """Changes of themes that wait for a decision, or that were decided; what concerns most quotes comes first."""
    size, _, number = after.partition("~")
    if after and not (is_row_id(size) and is_row_id(number)):
        raise BadParameter("after", "is no cursor. Use the value of 'next' from the page before, unchanged.")
    found = [
        p
        for p in store.listed(db, status=status, kind=kind or "")
        if type in (None, p.type) and (not after or (-p.size, p.id) > (-int(size), int(number)))
    ]
    following = f"{found[limit - 1].size}~{found[limit - 1].id}" if len(found) > limit else None
    return Page(items=evidence.proposed(db, found[:limit]), next=following)


@routes.get("/themes/proposals/{proposal_id}", summary="Show a proposal")
def show_proposal(db: Db, proposal_id: ProposalId) -> ProposalDetail:
    """A proposal with quotes to judge it by and, for a merge, what it would make."""
    found = upkeep.proposal(db, proposal_id)
    return ProposalDetail(
        **dict(evidence.proposed(db, [found])[0]), examples=evidence.examples(db, found),
        preview=evidence.preview(db, found),
    )  # fmt: skip


@routes.post("/themes/proposals/{proposal_id}/accept", summary="Accept a proposal")
def accept_proposal(db: Db, proposal_id: ProposalId, change: Accepting = AS_PROPOSED) -> Accepted:
    """Do what is proposed, or an edited form of it. Undoing the event that this makes opens the proposal again."""
    done = upkeep.accept(
        db, proposal_id, now=now(), actor=actor(change.actor), reason=change.reason, name=change.name, into=change.into,
        without=change.without, keep=change.keep, inside=change.inside,
    )  # fmt: skip
    event = evidence.event(shown(db), done)
    theme = evidence.one(db, event.theme_id)
    return Accepted(event=event, theme=theme, proposal=_now(db, proposal_id))


@routes.post("/themes/proposals/{proposal_id}/dismiss", summary="Dismiss a proposal")
def dismiss_proposal(db: Db, proposal_id: ProposalId, change: Change = NOBODY) -> Proposed:
    """Let it be. It is proposed again only when it concerns twice as many quotes."""
    proposals.dismiss(db, proposal_id, now=now(), actor=actor(change.actor), reason=change.reason)
    return _now(db, proposal_id)


@routes.post("/themes/proposals/{proposal_id}/reopen", summary="Reopen a proposal")
def reopen_proposal(db: Db, proposal_id: ProposalId) -> Proposed:
    """Take a dismissal back. To take an acceptance back, undo its event."""
    proposals.reopen(db, proposal_id, now=now())
    return _now(db, proposal_id)


@routes.get("/themes/policy", summary="Show the policy")
def show_policy(db: Db) -> Policy:
    """Which types of proposal are accepted as they come, and which wait for a person."""
    return Policy(**store.policy(db))


@routes.put("/themes/policy", summary="Change the policy")
def change_policy(db: Db, change: PolicyChange) -> Policy:
    """Say which types are accepted as they come. It holds from the next run of `parley mine` or the next upload on, for
    what is open then as well."""
    upkeep.set_policy(db, change.model_dump(exclude_none=True))
    return show_policy(db)


@routes.get("/themes/waiting", summary="Count what waits for a theme")
def show_waiting(db: Db, kind: Kind | None = None) -> list[WaitingCount]:
    """Insights in no theme, against the budget. To read them: /api/v1/quotes?theme=none"""
    return [WaitingCount.model_validate(one, from_attributes=True) for one in upkeep.waiting(db, kind or "")]


def _now(db: Db, proposal_id: int) -> Proposed:
    return evidence.proposed(db, [upkeep.proposal(shown(db), proposal_id)])[0]
