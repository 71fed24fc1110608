"""A page of ours as a record: its address, title, words and dates, and the passages by which it is compared."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from insights.formats import dates

PASSAGE_WORDS = (12, 90)  # a paragraph is joined to the next below the first, cut at a sentence's end above the second
MOST_PASSAGES = 200
_TRACKING = re.compile(r"^(?:utm_\w+|gclid|fbclid|mc_\w+|ref|hs\w+)$", re.I)
_SENTENCE = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+")
_ENDING = re.compile(r"\.(?:html?|php|aspx?|md|markdown|txt|jsp)$", re.I)


@dataclass(frozen=True, slots=True)
class ContentPage:
    """One of our pages. `published` and `updated` are ISO days or "". `guessed` says that the title comes from the
    address, so that a title somebody wrote goes before it."""

    url: str
    title: str
    text: str = ""
    type: str = ""
    published: str = ""
    updated: str = ""
    guessed: bool = False
    file: str = ""
    row: int | None = None


def key_of(url: str) -> str:
    """What a page is known by through all uploads: its address without scheme, "www.", fragment, tracking and end
    slash."""
    parts = urlsplit(url.strip() if "://" in url else f"//{url.strip().lstrip('/')}" if _is_host(url) else url.strip())
    host = (parts.hostname or "").removeprefix("www.")
    port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
    query = "&".join(sorted(p for p in parts.query.split("&") if p and not _TRACKING.match(p.partition("=")[0])))
    path = re.sub(r"/(?:index\.html?)?$", "", unquote(parts.path).replace("\\", "/"), flags=re.I)
    return f"{host}{port}{path or ('' if host else '/')}" + (f"?{query}" if query else "")


def is_web(url: str) -> bool:
    """Whether an address is one that a browser may follow from a page of ours."""
    try:
        return urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
    except ValueError:
        return False


def title_of(url: str) -> str:
    """A title guessed from an address: ".../pricing-for-teams.html" is "Pricing for teams"."""
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        path = url
    last = next(
        (part for part in reversed(re.split(r"[/\\]", path)) if part and not part.lower().startswith("index.")), ""
    )
    words = re.sub(r"[-_+\s]+", " ", _ENDING.sub("", last)).strip()
    words = re.sub(r"^\d+ (?=\D)", "", words) or words
    return words[:1].upper() + words[1:] if words else "Home page"


def day_of(value: str) -> str:
    """An ISO day of whatever a file writes, "" where it is none. Raises AmbiguousDateError as `dates.parse` does."""
    if not value.strip():
        return ""
    return dates.parse(value.strip())[:10]


def passages(page: ContentPage) -> Iterator[str]:
    """The stretches of a page that are compared with what buyers say: its title, then its paragraphs, each with the
    heading that it stands under. At most 200 a page."""
    count = 1
    yield page.title
    heading, held = "", ""
    for block in re.split(r"\n\s*\n", page.text):
        words = " ".join(block.split())
        if not words:
            continue
        if _is_heading(block):
            if held and count < MOST_PASSAGES:
                count += 1
                yield held
            heading, held = words.lstrip("# "), ""
            continue
        held = f"{held} {words}" if held else f"{heading}: {words}" if heading else words
        if len(held.split()) < PASSAGE_WORDS[0]:
            continue
        for part in _cut(held):
            if count >= MOST_PASSAGES:
                return
            count += 1
            yield part
        held = ""
    if held and count < MOST_PASSAGES:
        yield held


def _cut(text: str) -> Iterator[str]:
    """Pieces of at most some 90 words, cut between sentences."""
    held: list[str] = []
    size = 0
    for sentence in _SENTENCE.split(text):
        run = sentence.split()
        while len(run) > PASSAGE_WORDS[1]:
            yield " ".join([*held, *run[: PASSAGE_WORDS[1]]])
            held, size, run = [], 0, run[PASSAGE_WORDS[1] :]
        if held and size + len(run) > PASSAGE_WORDS[1]:
            yield " ".join(held)
            held, size = [], 0
        held, size = [*held, " ".join(run)], size + len(run)
    if held and size:
        yield " ".join(held)


def _is_heading(block: str) -> bool:
    """A line of its own that is marked as a heading."""
    return block.strip().startswith("#") and "\n" not in block.strip()


def _is_host(url: str) -> bool:
    """Whether an address without a scheme begins with a host: "acme.example/pricing"."""
    return bool(
        re.match(r"(?:www\.|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,24}(?:[/:]|$))", url.strip(), re.I)
    ) and not _ENDING.search(url.strip().split("/")[0])
