"""Signals for other tools: the table, what changed since, what they mean, and who raised a theme."""

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from pydantic import TypeAdapter
from starlette.responses import Response

from api.answers import answer
from api.deps import Db, Limit, OurSettings, Today, filtering, originals
from api.documents import calls as call_lists
from api.documents import signals as made
from api.documents.calls import CallPage
from api.errors import RESPONSES, BadParameter
from api.pages.answering import RowId
from api.pages.quote import base_of
from api.routes.outcomes import Asked, Chosen
from api.views import signal as views
from api.views.signal import Feed, SignalPage
from pipelines.sales import signals as found
from pipelines.sales.account_lists import Campaign
from pipelines.sales.signals import Definition
from pipelines.store.filters import Filters

routes = APIRouter(tags=["signals"], responses=RESPONSES, dependencies=[Depends(originals)])
Type = Literal["", "question", "objection", "competitor", "silence"]
OWN = ("type", "state", "account_id", "name", "closed", "after", "limit", "format", "table")


@routes.get("/signals", summary="List signals", response_model=SignalPage)
def table(
    request: Request, db: Db, settings: OurSettings, today: Today,
    filters: Annotated[Filters, Depends(filtering(*OWN))],
    type: Annotated[Type, Query(description="which sort of signal")] = "",
    state: Annotated[str, Query(max_length=40, description="its state, such as unanswered, persists, evaluating, incumbent")] = "",
    account_id: Annotated[str, Query(max_length=40, description="an account's id")] = "",
    name: Annotated[str, Query(max_length=200, description="a part of an account's name")] = "",
    closed: Annotated[bool, Query(description="ended ones too")] = False,
    after: Annotated[str, Query(description="`next` of the page before")] = "", limit: Limit = 50,
    format: Asked = None, table: Chosen = "",
) -> Response:  # fmt: skip
    """What is open in accounts and deals, those heard last first. A file (CSV, XLSX) has at once all open ones that are chosen
    (`type`, `state`, `account_id`, `name` and the filters), each with the address of its newest quote, and in its
    table `definitions` what each means and how it goes with the outcome. No customer's words are in it."""
    if after and not re.fullmatch(r"(\d{4}-\d{2}-\d{2})?~[0-9a-f]{16}", after):
        raise BadParameter("after", "is no cursor. Use the value of 'next' from the page before, unchanged.")
    report = found.signals(db, filters, today=today)

    chosen = made.Chosen(type, state, account_id, name)

    def json() -> bytes:
        value = views.table(db, filters, today, chosen, closed=closed, after=after, limit=limit)
        return TypeAdapter(SignalPage).dump_json(value)

    document = made.document(report, filters, chosen=chosen, base=base_of(request, settings))
    return answer(request, document, json, format=format, table=table)


@routes.get("/signals/calls", summary="List whom to call", response_model=CallPage)
def calls(
    request: Request, db: Db, settings: OurSettings, today: Today,
    filters: Annotated[Filters, Depends(filtering("type", "state", "name", "mine", "format", "table"))],
    type: Annotated[Type, Query(description="only deals with this sort of signal open")] = "",
    state: Annotated[str, Query(max_length=40, description="and in this state")] = "",
    name: Annotated[str, Query(max_length=200, description="a part of an account's name")] = "",
    mine: Annotated[bool, Query(description="only deals of the rep who asks; without effect for who is none")] = False,
    format: Asked = None, table: Chosen = "",
) -> Response:  # fmt: skip
    """A row for each open deal in which something is open: account, deal, contact, stage, what is open in words, the newest quote
    and where it stands. The owner only for that rep and for who may see figures of that rep; `owners_hidden` counts the others.
    Who said no by a column on consent is not named."""
    chosen = made.Chosen(type, state, "", name)
    found = call_lists.calls(db, filters, chosen, today=today, mine=mine)
    document = call_lists.document(found, filters, chosen, base=base_of(request, settings))
    return answer(request, document, lambda: TypeAdapter(CallPage).dump_json(found), format=format, table=table)


@routes.get("/signals/changes", summary="List changes of signals")
def changes(
    db: Db, since: Annotated[int, Query(ge=0, le=2**62, description="`next` of the call before; 0 for everything")] = 0,
    limit: Limit = 100
) -> Feed:  # fmt: skip
    """What appeared, changed, closed or was withdrawn after a cursor, the oldest first. Events are noted when conversations
    were mined or corrected, never altered, and replaying all of them gives the table as it stands."""
    return views.feed(db, since=since, limit=limit)


@routes.get("/signals/definitions", summary="Explain signals")
def definitions(
    db: Db, today: Today, filters: Annotated[Filters, Depends(filtering())]
) -> list[Definition]:  # fmt: skip
    """What each sort of signal means, how many are open, and how it goes with losing: odds with a 95 % interval, false
    discoveries controlled over all of them, "too few" where the closed deals do not carry it."""
    return list(found.signals(db, filters, today=today).definitions)


@routes.get("/themes/{theme_id}/accounts", summary="List who raised a theme", response_model=Campaign)
def raised(
    request: Request, db: Db, settings: OurSettings, today: Today, theme_id: RowId,
    filters: Annotated[Filters, Depends(filtering("format", "table"))], format: Asked = None, table: Chosen = "",
) -> Response:  # fmt: skip
    """Accounts and contacts that raised a theme, for a campaign. Who said no by a column of an upload on consent is left out
    and counted; of whom nothing is known is told as "not known"."""
    view = views.raised(db, filters, theme_id, today, base=base_of(request, settings))
    written = TypeAdapter(Campaign)
    return answer(
        request, view.document, lambda: written.dump_json(view.campaign, indent=2), format=format, table=table
    )
