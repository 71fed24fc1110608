"""Use a server as a company does for a week, through its own doors, so that every page has something to show."""

from contextlib import closing

import httpx2

from pipelines.ingest import ingest
from pipelines.store import connect, proposals, themes
from tests.browser.desk import table
from tests.browser.serving import Site

NOW = "2026-01-15T12:00:00+00:00"
GOOD_ROW = {
    "Account": "Ferrin Foods", "Contact": "Ada Lund", "Title": "CFO", "Date": "2026-01-12", "Stage": "Demo",
    "Notes": "Ada said it is too expensive for us this year. Where is our data kept?",
}  # fmt: skip
SAVED = (
    ("/reports/objections?since=2025-07-01&until=2025-12-31", "Objections for the board"),
    ("/plan", "The plan of January"),
)
OWN_PAGES = (
    {"url": "https://pellwick.example/security", "title": "Security and data residency",
     "body": "How Pellwick keeps your data in your region, and our SOC 2 report."},
    {"url": "https://pellwick.example/pricing", "title": "Pricing", "body": "What a seat costs and how usage is billed."},
)  # fmt: skip
TRACKER = {"name": "Works offline", "phrases": ["offline", "no signal", "without internet"], "said_by": "anyone"}
DIGEST = {
    "title": "What changed", "kinds": ["objection"], "mails": ["team@pellwick.example"],
    "schedule": {"every": "week", "day": 0, "hour": 8, "zone": "Europe/Berlin"},
}  # fmt: skip


def live(site: Site) -> None:
    """Keep reports, set up a digest, save a tracker, collect quotes, bring pages of our own, ask, comment, change a quote's
    borders, publish shared numbers, and leave uploads half done."""
    _bring(site)
    with httpx2.Client(base_url=site.address, timeout=60) as http:
        for address, title in SAVED:
            _done(http.post("/api/v1/saved", json={"address": address, "title": title, "note": "For Monday"}))
        _done(http.post("/api/v1/trackers", json=TRACKER))
        _done(http.post("/api/v1/digests", json=DIGEST))
        _done(http.post("/api/v1/plan/pages", files={"files": ("pages.csv", table(*OWN_PAGES), "text/csv")}))
        _done(http.post("/api/v1/review/rounds"))
        quoted = [quote["id"] for quote in http.get("/api/v1/insights", params={"limit": 3}).json()["items"]]
        _done(http.post("/api/v1/collections", json={"title": "For the article", "quotes": quoted}))
        _talk(http, quoted[0])
        whom = {"given": "nobody.known@gone.example"}
        seen = http.post("/api/v1/erasures/preview", json=whom).json()
        _done(http.post("/api/v1/erasures", json=whom | {"confirm": whom["given"], "token": seen["token"]}))
        _done(
            http.post("/uploads", data={"action": "check"}, files={"files": ("later.csv", table(GOOD_ROW), "text/csv")})
        )


def _talk(http: httpx2.Client, quote: str) -> None:
    """What colleagues leave for each other: a request, comments on a theme, a quote and a report, other borders, a month."""
    _done(http.post("/api/v1/answers/asks", json={"words": "Does it run on a submarine?"}))
    for place in ("/themes/1", f"/quotes/{quote}", "/reports/handover"):
        comment = {
            "words": "Did the pilot customers say so too?",
            "place": place,
            "recipient": "Kim",
            "kind": "question",
        }
        _done(http.post("/api/v1/comments", json=comment))
    _done(http.post("/quotes/" + quote + "/borders", data={"step": "whole", "base": 0}))
    _done(http.post("/api/v1/shared/months", json={"month": "2025-11"}))
    _done(http.post("/accounts/signals/addresses", data={"url": "https://crm.pellwick.example/hooks/parley"}))


def _bring(site: Site) -> None:
    """An upload with rows that cannot be read, kept without mining it: that is the worker's, and takes its time."""
    file = site.settings.home / "crm export.csv"
    file.write_bytes(
        table(GOOD_ROW, GOOD_ROW | {"Notes": ""}, GOOD_ROW | {"Date": "the day after", "Contact": "Bo Ek"})
    )
    with closing(connect(site.settings.database_file)) as db:
        ingest(db, [file], title=file.name, now=lambda: NOW)


def propose(site: Site) -> None:
    """A proposal to merge two themes, written as growth writes it: the sample company gives no cause for one, so mining
    would take it back."""
    with closing(connect(site.settings.database_file)) as db, db.atomic():
        into, other = [theme.id for theme in themes.active(db, "objection")][:2]
        content = {"into": into, "other": other, "alike": 0.93}
        proposals.put(
            db, kind="objection", type="merge", signature=f"{into} {other}", size=60, content=content, now=NOW
        )


def _done(answer: httpx2.Response) -> None:
    assert answer.status_code < 400, f"{answer.request.method} {answer.request.url.path}: {answer.text[:500]}"
