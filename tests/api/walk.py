"""Every address that is read, and every file that it gives: what a test walks that nothing new should get around."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import parse_qsl, urlsplit

import pypdf
from fastapi.dependencies.models import Dependant
from starlette.testclient import TestClient

from api.exports import NAMES
from tests.api.test_accounts_roles import flat

FORMATS = (*sorted(NAMES), "jsonl")


def looking(app) -> Iterator[tuple[str, bool]]:
    """Each template that is read, and whether it gives files by `format`."""
    for route in flat(app.routes):
        one = getattr(route, "original_route", route)
        methods = getattr(route, "methods", None) or getattr(one, "methods", None) or {"GET"}
        path = getattr(route, "path", None) or one.path
        if "GET" in methods and not path.startswith("/static"):
            yield path, _asks_for_format(getattr(one, "dependant", None))


def _asks_for_format(dependant: Dependant | None) -> bool:
    if dependant is None:
        return False
    own = any(one.alias == "format" for one in dependant.query_params)
    return own or any(map(_asks_for_format, dependant.dependencies))


def addresses(app, ids: Mapping[str, str], formats: Sequence[str] = FORMATS) -> Iterator[tuple[str, str]]:
    """(template, address) of all that is read, and of every format that it may come in, of these. A part of a template that
    `ids` do not name is "1"."""
    for template, files in sorted(set(looking(app))):
        address = re.sub(r"\{(\w+)(:\w+)?\}", lambda m: ids.get(m[1], "1"), template)
        yield template, address
        for format in formats if files else ():
            yield template, f"{address}?format={format}"


def some_of_each_kind(links: Iterable[str]) -> dict[tuple, set[str]]:
    """Of links that differ in nothing but their values the first, the last and one between, by what they have alike."""
    kinds: dict[tuple, list[str]] = {}
    for address in sorted(link.replace("&amp;", "&") for link in links):
        kinds.setdefault(_kind(address), []).append(address)
    return {kind: {alike[n] for n in (0, len(alike) // 2, -1)} for kind, alike in kinds.items()}


def _kind(address: str) -> tuple:
    """Its path but for an id, the names in its query, and the format that it asks for."""
    parts = urlsplit(address)
    query = parse_qsl(parts.query, keep_blank_values=True)
    path = re.sub(r"/([0-9a-f]{8,}|\d+)(?=/|$)", "/…", parts.path)
    return path, frozenset(name for name, _ in query), *(value for name, value in query if name == "format")


def read(client: TestClient, address: str, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    """The status, and all text of what comes, whatever it is packed in; blanks and line ends of a PDF are one blank."""
    answer = client.get(address, headers=dict(headers or {}))
    data = answer.content
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return answer.status_code, " ".join(
                packed.read(name).decode("utf-8", "replace") for name in packed.namelist()
            )
    if data.startswith(b"%PDF"):
        pages = pypdf.PdfReader(io.BytesIO(data)).pages
        return answer.status_code, " ".join(" ".join(page.extract_text() for page in pages).split())
    return answer.status_code, answer.text
