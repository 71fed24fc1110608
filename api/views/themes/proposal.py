"""The page of one proposal, to edit before it is decided."""

from dataclasses import dataclass

from sqlite_utils import Database

from api.views.themes.cards import Card, card
from api.views.themes.places import Targets, targets
from pipelines.store import proposals as store
from pipelines.store import theme_events, theme_lists
from pipelines.store.insights import Quote
from pipelines.themes.proposals import UnknownProposal

TICKED = 200  # quotes of a proposal that can be unticked one by one


@dataclass(frozen=True, slots=True)
class ProposalPage:
    """One proposal to edit. `ticked` are its quotes that can be left out one by one, `others` how many more it has."""

    card: Card
    ticked: tuple[Quote, ...]
    others: int
    targets: Targets
    parts: tuple[tuple[int, str, int], ...]


def page(db: Database, proposal_id: int) -> ProposalPage:
    """Raises UnknownProposal."""
    found = store.get(db, proposal_id)
    if found is None:
        raise UnknownProposal(proposal_id)
    parts = tuple((n, part["name"], part["size"]) for n, part in enumerate(found.content.get("parts", ()), 1))
    ticked: tuple[Quote, ...] = ()
    others = 0
    if found.type == "new":
        still = theme_events.unplaced(db, store.members(db, proposal_id))
        ticked = tuple(theme_lists.quotes(db, still, limit=TICKED))
        others = len(still) - len(ticked)
    return ProposalPage(
        card=card(db, found), ticked=ticked, others=others, targets=targets(db, found.kind), parts=parts
    )
