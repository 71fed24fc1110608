"""Who may do what: one table from addresses to the least role, and the rules for what is not in it.

Rules: in the areas named below looking (GET, HEAD, OPTIONS) takes a viewer, changing (POST, PUT, PATCH, DELETE) a
contributor. The table names what differs. What is in neither is for administrators and looks to everybody else as if it
were not there: whoever adds an area decides here who may enter it, and a test says so until they have. What one would
get wrong: an address is compared by the very expression that the router compiles from the same template, so that no odd
spelling reaches a page which the table did not see.
"""

from functools import cache
from typing import Literal

from starlette.routing import compile_path

from pipelines.store.accounts import Role

Need = Role | Literal["anyone", "unlisted", "nobody"]
LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
ANY = LOOKING | CHANGING

# Where the rules hold: the first part of an address, for the interface the one after /api/v1/.
AREAS = frozenset({
    "", "accounts", "annotations", "answers", "catalogue", "collections", "comments", "competitors", "conversations",
    "docs",
    "help", "metrics", "openapi.json", "plan", "q", "quotes", "reports", "review", "shared", "speakers", "themes",
    "trackers", "uploads",
})  # fmt: skip
INTERFACE_AREAS = frozenset({
    "annotations", "answers", "batches", "catalogue", "collections", "columns", "comments", "competitors",
    "conversations", "digests", "insights",
    "jobs", "mappings", "me", "places", "plan", "previews", "quotes", "reports", "review", "reviews", "saved", "search",
    "shared", "signals", "speakers", "themes", "trackers",
})  # fmt: skip
ADMIN_AREAS = ("users", "audit", "erasures", "retention", "backups", "doctor")
# The first that fits counts.
TABLE: tuple[tuple[frozenset[str], str, Need], ...] = (
    # What is needed to come in, and what a watchdog asks.
    (LOOKING, "/static/{path:path}", "anyone"),
    (LOOKING, "/healthz", "anyone"),
    (LOOKING, "/readyz", "anyone"),
    (ANY, "/login", "anyone"),
    (LOOKING, "/login/sso", "anyone"),
    (LOOKING, "/login/sso/back", "anyone"),
    (ANY, "/invitations/{code}", "anyone"),
    (CHANGING, "/settings/first", "anyone"),  # works only while there is no account
    # Asking changes nothing, whatever the method: what was pasted does not belong into an address.
    (ANY, "/answers", "viewer"),
    (ANY, "/api/v1/answers", "viewer"),
    # One's own account.
    (CHANGING, "/logout", "viewer"),
    (CHANGING, "/settings/password", "viewer"),
    (CHANGING, "/settings/sessions/end", "viewer"),
    (CHANGING, "/settings/tokens", "viewer"),
    (CHANGING, "/settings/tokens/{token_id}/revoke", "viewer"),
    (LOOKING, "/settings", "viewer"),
    (CHANGING, "/comments/side", "viewer"),
    # All other settings: people, what they see and what they did; forgetting, keeping, copies.
    (ANY, "/settings/{rest:path}", "admin"),
    *((ANY, f"/api/v1/{area}{more}", "admin") for area in ADMIN_AREAS for more in ("", "/{rest:path}")),
    # Looking that shows raw uploads, secrets of webhooks, or starts work.
    (LOOKING, "/uploads/waiting/{rest:path}", "contributor"),
    (LOOKING, "/uploads/{batch_id}/problems.csv", "contributor"),
    (LOOKING, "/api/v1/batches/{batch_id}/problems", "contributor"),
    (LOOKING, "/uploads/{batch_id}/known.csv", "contributor"),
    (LOOKING, "/uploads/{batch_id}/changed.csv", "contributor"),
    (LOOKING, "/api/v1/batches/{batch_id}/known", "contributor"),
    (LOOKING, "/reports/saved/digests", "contributor"),
    (LOOKING, "/reports/saved/digests/{rest:path}", "contributor"),
    (LOOKING, "/api/v1/digests", "contributor"),
    (LOOKING, "/api/v1/digests/{rest:path}", "contributor"),
    (LOOKING, "/review", "contributor"),
    (LOOKING, "/conversations/{conversation_id}/missed/{position}", "contributor"),
    (LOOKING, "/accounts/signals/addresses", "contributor"),
    (CHANGING, "/shared/reps", "admin"),  # who sees figures about a single rep
    (LOOKING, "/api/v1/review/queue", "contributor"),
    (LOOKING, "/api/v1/mappings", "contributor"),  # what people called the tables of customers
)  # fmt: skip


def least_role(method: str, path: str) -> Need:
    """The least role for a request: "anyone" needs none, "unlisted" is for administrators and hidden from others,
    "nobody" is never allowed."""
    if method not in ANY:
        return "nobody"
    # A pattern's ".*" stops at a line's end where the router's "[^/]+" goes on.
    if any(c < " " or c == "\x7f" for c in path):
        return "unlisted"
    for methods, pattern, need in _compiled():
        if method in methods and pattern.match(path):
            return need
    parts = path.split("/")
    inside = parts[3:4] if parts[1:3] == ["api", "v1"] else parts[1:2]
    if not inside or inside[0] not in (INTERFACE_AREAS if parts[1:3] == ["api", "v1"] else AREAS):
        return "unlisted"
    return "viewer" if method in LOOKING else "contributor"


@cache
def _compiled() -> tuple:
    return tuple((methods, compile_path(template)[0], need) for methods, template, need in TABLE)
