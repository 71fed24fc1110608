"""Who I am, who else may come in, and who did what: for programs that watch over accounts. Changes are made on the page
or in the terminal, never with a token."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.deps import Db, Limit, OurSettings
from api.errors import RESPONSES
from api.gate.who import visit
from api.models.common import Page
from api.pages.audit import Before, Filter
from api.views import account as views
from pipelines.store import accounts as store
from pipelines.store.accounts import Role

routes = APIRouter(tags=["accounts"], responses=RESPONSES)


class Me(BaseModel):
    """Who this request comes from; while there are no logins, everybody on the machine may do everything."""

    accounts: bool = Field(description="whether there are accounts")
    name: str = ""
    email: str = ""
    role: Role = Field(description="what this request may do: of a token, no more than its scope")
    token: int | None = Field(default=None, description="the number of the token that was shown")


class Somebody(BaseModel):
    """A person who may come in."""

    id: int
    email: str
    name: str
    role: Role
    enabled: bool
    created_at: str
    signed_in_at: str = Field(description="the last time, empty for never")


class AuditEntry(BaseModel):
    """One act: ids and addresses with names for values, never contents."""

    id: int
    at: str
    actor: str
    act: str
    what: str
    ids: str
    user_id: int | None
    token_id: int | None
    address: str
    status: int | None


@routes.get("/me", summary="Who am I?")
def me() -> Me:
    """Who the token or the session belongs to, and what it may do."""
    here = visit()
    if here.person is None:
        return Me(accounts=here.accounts, role="admin")
    p = here.person
    return Me(accounts=True, name=p.name, email=p.email, role=p.role, token=p.token_id)


@routes.get("/users", summary="People who may come in")
def users(db: Db) -> list[Somebody]:
    """Everybody, by name. For administrators."""
    return [
        Somebody(
            id=u.id, email=u.email, name=u.name, role=u.role, enabled=not u.disabled_at, created_at=u.created_at,
            signed_in_at=u.signed_in_at,
        )
        for u in store.every(db)
    ]  # fmt: skip


@routes.get("/audit", summary="Who read, changed and exported what")
def audit(
    db: Db, settings: OurSettings, given: Filter, limit: Limit = 50,
    after: Annotated[Before, Query(description="`next` of the page before")] = 0,
) -> Page[AuditEntry]:  # fmt: skip
    """The audit log, the newest first. For administrators."""
    view = views.audited(db, given, before=after, limit=limit, days=settings.audit_days)
    fields = list(AuditEntry.model_fields)
    items = [AuditEntry(**{name: getattr(entry, name) for name in fields}) for entry in view.entries]
    return Page[AuditEntry](items=items, next=str(view.next) if view.next else None)
