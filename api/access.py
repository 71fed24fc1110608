"""Who may do what: one table from addresses to the least role, and the rules for what is not in it.

Rules: looking (GET, HEAD, OPTIONS) takes a viewer, changing (POST, PUT, PATCH, DELETE) a contributor, every other method
is refused. The table names what differs. What one would get wrong: an address is compared by the very expression that
the router compiles from the same template, so that no odd spelling reaches a page which the table did not see.
"""

from functools import cache
from typing import Literal

from starlette.routing import compile_path

from pipelines.store.accounts import Role

Need = Role | Literal["anyone", "nobody"]
LOOKING = frozenset({"GET", "HEAD", "OPTIONS"})
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})
ANY = LOOKING | CHANGING

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
    # One's own account.
    (CHANGING, "/logout", "viewer"),
    (CHANGING, "/settings/password", "viewer"),
    (CHANGING, "/settings/sessions/end", "viewer"),
    (CHANGING, "/settings/tokens", "viewer"),
    (CHANGING, "/settings/tokens/{token_id}/revoke", "viewer"),
    # People, what they see, and what they did.
    (ANY, "/settings/people", "admin"),
    (ANY, "/settings/people/{rest:path}", "admin"),
    (ANY, "/settings/audit", "admin"),
    (ANY, "/api/v1/users", "admin"),
    (ANY, "/api/v1/audit", "admin"),
    # Erasing, keeping and bringing back.
    *((ANY, template, "admin") for part in ("forget", "retention", "private", "backups", "backup", "restore") for template in (
        f"/{part}", f"/{part}/{{rest:path}}", f"/settings/{part}", f"/settings/{part}/{{rest:path}}",
        f"/api/v1/{part}", f"/api/v1/{part}/{{rest:path}}",
    )),
    # Looking that shows raw uploads, secrets of webhooks, or starts work.
    (LOOKING, "/uploads/waiting/{rest:path}", "contributor"),
    (LOOKING, "/uploads/{batch_id}/problems.csv", "contributor"),
    (LOOKING, "/api/v1/batches/{batch_id}/problems", "contributor"),
    (LOOKING, "/reports/saved/digests", "contributor"),
    (LOOKING, "/reports/saved/digests/{rest:path}", "contributor"),
    (LOOKING, "/api/v1/digests", "contributor"),
    (LOOKING, "/api/v1/digests/{rest:path}", "contributor"),
    (LOOKING, "/review", "contributor"),
    (LOOKING, "/api/v1/review/queue", "contributor"),
)  # fmt: skip


def least_role(method: str, path: str) -> Need:
    """The least role for a request: "anyone" needs none, "nobody" is never allowed."""
    for methods, pattern, need in _compiled():
        if method in methods and pattern.match(path):
            return need
    return "viewer" if method in LOOKING else "contributor" if method in CHANGING else "nobody"


@cache
def _compiled() -> tuple:
    return tuple((methods, compile_path(template)[0], need) for methods, template, need in TABLE)
