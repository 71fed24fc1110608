"""JSON arrays, JSON lines and Parley's own `parley read` shape. An array is cut into its elements as it streams by."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice

from insights.formats.found import Found
from insights.formats.sources import Source, decode, lines, shown
from insights.formats.tables import columns, layout, readings, rows, saved
from insights.formats.tables.columns import ColumnMapping
from insights.formats.tables.grids import MOST_COLUMNS, too_wide
from insights.formats.tables.layout import Layout, Row
from insights.formats.tables.readings import Reading
from insights.formats.transcripts import loose, vendors
from insights.records import Conversation, Problem

_TOKENS = re.compile(r'["{}\[\],]')
_STRING_END = re.compile(r'["\\]')
_LISTS = ("conversations", "data", "results", "items", "records", "rows", "activities", "engagements", "calls", "notes")
# An envelope too large to be read at once: its list is read as it streams by, what stands beside the list is not.
_ENVELOPE = re.compile(rf'"(?:{"|".join(_LISTS)})"\s*:\s*\[\s*\{{')
_TURNS = ("utterances", "turns", "messages", "transcript", "segments")
_UNFOLDED = ("properties", "engagement", "metadata")
_PEOPLE = ("parties", "attendees")
_KEPT_APART = (*_TURNS, "participants", "fields", "problem")
_TIMES = ("started_at", "ended_at")
_CHUNK = 256 * 1024
ENDINGS = (".json", ".jsonl", ".ndjson")
SAMPLE = 200
_NONE = ColumnMapping()
_ADVICE = "Give JSON objects with a text, or with utterances that have a speaker and a text."


def read(source: Source, mapping: ColumnMapping) -> Iterator[Found | Reading]:
    """Yield what each object holds; the row of a problem is the line (JSON lines) or the element's number."""
    how, lay, mapping = plan(source, mapping)

    def walk() -> Iterator[Row | Conversation | Problem]:
        return objects(source, lay, mapping)

    items = rows.found(walk, source.name, mapping, grouped=how.has("id", "speaker"))
    yield from readings.told(items, source.name, how, mapping)


def plan(source: Source, mapping: ColumnMapping) -> tuple[Layout, Callable[[tuple[str, ...]], Layout], ColumnMapping]:
    """How the first objects are read together, what gives the layout of one object by its keys, and the mapping with
    the saved columns that their keys fit.

    Objects leave keys out, so what they are (deals, notes) is settled for all of them together, and so is what only
    values can tell.
    """
    sample = [
        flat
        for _, value in islice(_parts(source), SAMPLE)
        if isinstance(value, dict) and len(flat := _flat(value)) <= MOST_COLUMNS
    ]
    spoken = any(_spoken(flat) for flat in sample)
    apart = [{*_KEPT_APART, _listing(flat)} for flat in sample]
    plain = [
        {key: _text(item) for key, item in flat.items() if key not in kept}
        for flat, kept in zip(sample, apart, strict=True)
    ]
    keys = tuple(dict.fromkeys(key for flat in plain for key in flat))
    mapping = saved.applied(mapping, [keys])
    whole = layout.settle(keys, [[flat.get(key, "") for key in keys] for flat in plain], mapping, 0)
    if spoken or not whole.subject:
        whole = replace(whole, subject="conversations", record_kind=None)
    told = {
        header: meaning.role
        for header, meaning in zip(whole.headers, whole.meanings, strict=True)
        if meaning.why in ("content", "guess")
        or (not meaning.role and (columns.known(header) or ("",))[0] == "outcome")
    }
    full = replace(mapping, columns={**told, **mapping.columns})

    @lru_cache(maxsize=256)
    def lay(names: tuple[str, ...]) -> Layout:
        one = layout.settle(names, (), full, 0)
        return replace(one, subject=whole.subject, record_kind=whole.record_kind, kind=whole.kind)

    return whole, lay, mapping


def objects(
    source: Source, lay: Callable[[tuple[str, ...]], Layout], mapping: ColumnMapping = _NONE
) -> Iterator[Row | Conversation | Problem]:
    """Every object as a row, a recorder's as the call that it is. Walking it inside another walk leaves that one where
    it was."""
    at = source.stream.tell()
    for number, value in _parts(source):
        if isinstance(value, Problem):
            yield value
        elif isinstance(value, vendors.Recorded):
            yield from vendors.conversations(value, number, source.name, mapping)
        elif not isinstance(value, dict):
            record = {"line": _text(value)[:10_000]}
            yield Problem(source.name, number, "This is not a JSON object.", _ADVICE, record=record)
        elif "problem" not in value or len(value) > 1:  # `parley read` writes its own problems this way
            yield _row(value, number, lay) or too_wide(source.name, number)
    source.stream.seek(at)


def is_json(head: str) -> bool:
    """True when the content opens like JSON."""
    return head.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def _parts(source: Source) -> Iterator[tuple[int, object]]:
    """Each value of the file with its number, whatever its outer shape."""
    head = decode(source.head, source.encoding).lstrip("\ufeff \t\r\n")
    if head.startswith("["):
        parts = _elements(source)
    elif _is_lines(source):
        parts = _lines(source)
    else:
        parts = _whole(source)
    yield from vendors.recognised(parts, source)


def _is_lines(source: Source) -> bool:
    """JSON lines: so named, or its first line is an object by itself and more lines follow."""
    if source.name.casefold().endswith((".jsonl", ".ndjson")):
        return True
    several = (line for line in lines(source, source.limits.record) if line.text.strip() or line.overlong)
    first, second = next(several, None), next(several, None)
    return first is not None and second is not None and (first.overlong or isinstance(_loads(first.text), dict))


def _loads(text: str) -> object:
    """The value, or None when it is no JSON (a lone null is as useless to us)."""
    try:
        value = json.loads(text)
        if "\\ud" in text or "\\uD" in text:  # half a character, which nothing could store
            value = json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
        return value
    except (ValueError, RecursionError):
        return None


def _lines(source: Source) -> Iterator[tuple[int, object]]:
    for line in lines(source, source.limits.record):
        if line.overlong:
            reason = f"This line is longer than {shown(source.limits.record)}."
            yield line.number, Problem(source.name, line.number, reason, "Split the conversation into smaller ones.")
        elif line.text.strip():
            yield line.number, _checked(line.text, line.number, source.name)


def _checked(text: str, number: int, name: str) -> object:
    value = _loads(text)
    if value is None:
        advice = "Export the file again; the other rows were read."
        return Problem(name, number, "This is not valid JSON.", advice, record={"line": text.strip()[:10_000]})
    return value


def _whole(source: Source) -> Iterator[tuple[int, object]]:
    """One object: a conversation, or an envelope around a list of them."""
    source.stream.seek(0)
    data = source.stream.read(source.limits.record + 1)
    if len(data) > source.limits.record and (
        opening := _ENVELOPE.search(decode(source.head, source.encoding).lstrip("\ufeff"))
    ):
        yield from _elements(source, opening.start() + opening[0].index("["))
        return
    if len(data) > source.limits.record:
        reason = f"The JSON object is larger than {shown(source.limits.record)}."
        yield 1, Problem(source.name, 1, reason, "Give one conversation a line (JSON lines) instead.")
        return
    value = _checked(decode(data, source.encoding).lstrip("\ufeff"), 1, source.name)
    if isinstance(value, dict) and not vendors.is_known(value):
        inner = next((value[key] for key in _LISTS if _is_records(value.get(key))), None)
        if inner is not None:
            yield from enumerate(inner, start=1)
            return
    yield 1, value


def _is_records(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _elements(source: Source, begin: int = 0) -> Iterator[tuple[int, object]]:
    """Cut an array that opens at `begin` into its elements by brackets, whatever is broken inside one of them."""
    for number, text in enumerate(_cut(source, begin), start=1):
        if text is None:
            reason = f"This element is longer than {shown(source.limits.record)}."
            yield number, Problem(source.name, number, reason, "Split the conversation into smaller ones.")
        else:
            yield number, _checked(text, number, source.name)


def _cut(source: Source, begin: int) -> Iterator[str | None]:
    """Yield the text of each element; None for one that outgrew the limit. The last may be cut short."""
    buffer, at, start, depth, quoted, overlong = "", 0, 0, 0, False, False
    for chunk in _chunks(source):
        chunk, begin = chunk[begin:], max(0, begin - len(chunk))
        buffer += chunk
        while match := (_STRING_END if quoted else _TOKENS).search(buffer, at):
            at, mark = match.end(), match[0]
            if mark == "\\":
                if at >= len(buffer):
                    at -= 1  # the escaped character comes with the next chunk
                    break
                at += 1
            elif mark == '"':
                quoted = not quoted
            elif mark in "{[":
                depth += 1
                start = at if depth == 1 else start
            elif depth == 1:  # a comma or the closing bracket of the array
                if overlong or buffer[start : at - 1].strip():
                    yield None if overlong else buffer[start : at - 1]
                start, overlong = at, False
                depth -= mark == "]"
                if depth == 0:
                    return
            elif mark in "}]":
                depth -= 1
        else:
            at = len(buffer)
        buffer, at, start = buffer[start:], at - start, 0
        if len(buffer) > source.limits.record:
            buffer, at, overlong = buffer[at:], 0, True
    if overlong or buffer.strip():
        yield None if overlong else buffer


def _chunks(source: Source) -> Iterator[str]:
    import codecs

    decoder = codecs.getincrementaldecoder(source.encoding)("replace")
    source.stream.seek(0)
    while data := source.stream.read(_CHUNK):
        yield decoder.decode(data).replace("\x00", "").lstrip("\ufeff")


def _flat(value: Mapping[str, object]) -> dict[str, object]:
    """One level: HubSpot's properties and associations, Salesforce's related objects ("Account": {"Name": …})."""
    flat: dict[str, object] = {}
    for key, item in value.items():
        if key in _UNFOLDED and isinstance(item, dict):
            flat.update(item)
        elif key == "associations" and isinstance(item, dict):
            flat.update(_associated(item))
        elif isinstance(item, dict) and isinstance(item.get("attributes"), dict):
            flat.update({f"{key} {name}": inner for name, inner in item.items() if name != "attributes"})
        elif key != "attributes" or not isinstance(item, dict):
            flat[key] = item
    if isinstance(headers := flat.get("hs_email_headers"), str):
        flat = {**_headed(headers), **{key: item for key, item in flat.items() if key != "hs_email_headers"}}
    return {**flat, "id": value["id"]} if value.get("id") else flat


def _headed(text: str) -> dict[str, object]:
    """HubSpot's e-mail headers, a JSON text within the JSON, as the columns of sender and recipients."""
    headers = _loads(text)
    if not isinstance(headers, dict):
        return {"hs_email_headers": text}
    sender, to = headers.get("from"), headers.get("to")
    sender = sender if isinstance(sender, dict) else {}
    name = " ".join(_text(sender.get(part)) for part in ("firstName", "lastName")).strip()
    addresses = [_text(one.get("email")) for one in to if isinstance(one, dict)] if isinstance(to, list) else []
    return {
        "from name": name,
        "from address": _text(sender.get("email")),
        "to address": ";".join(filter(None, addresses)),
    }


def _associated(item: Mapping[str, object]) -> dict[str, object]:
    """HubSpot's associations as columns of ids: {"contacts": {"results": [{"id": "151"}]}} or {"contactIds": [151]}."""
    found: dict[str, object] = {}
    for name, inner in item.items():
        results = inner.get("results") if isinstance(inner, dict) else inner
        if not isinstance(results, list):
            continue
        ids = [_text(part.get("id") or part.get("toObjectId") if isinstance(part, dict) else part) for part in results]
        kind = columns.normalise(name).removesuffix(" ids").removesuffix("ies").removesuffix("s")
        kind = {"compan": "company"}.get(kind, kind)
        found[f"associated {kind} ids"] = ";".join(dict.fromkeys(part for part in ids if part))
    return found


def _spoken(flat: Mapping[str, object]) -> str:
    """The key that holds the turns, "" when none does."""
    return next((key for key in _TURNS if _is_records(flat.get(key))), "")


def _listing(flat: Mapping[str, object]) -> str:
    """The key that lists who took part; under other names than ours only where the object holds what each said."""
    others = _PEOPLE if _spoken(flat) else ()
    return next((key for key in others if _is_records(flat.get(key))), "participants")


def _row(value: Mapping[str, object], number: int, lay: Callable[[tuple[str, ...]], Layout]) -> Row | None:
    flat = _flat(value)
    spoken, listing = _spoken(flat), _listing(flat)
    turns, people, further = flat.pop(spoken, None), flat.pop(listing, None), flat.pop("fields", None)
    if len(flat) + (len(further) if isinstance(further, dict) else 0) > MOST_COLUMNS:
        return None
    cells = {key: _text(item) for key, item in flat.items()}
    how = lay(tuple(cells))
    row = next(iter(layout.rows([layout.Record(number, list(cells.values()))], how, "")), None)
    values, fields = (row.values, row.fields) if isinstance(row, Row) else ({}, {})
    own = further.items() if isinstance(further, dict) else ()
    return Row(
        number,
        values,
        {**fields, **{str(key): _text(item) for key, item in own}},
        how,
        list(cells.values()),
        _said([turn for turn in turns if isinstance(turn, dict)] if isinstance(turns, list) else []),
        tuple(_person(person) for person in people) if isinstance(people, list) else (),
    )


@lru_cache(maxsize=256)
def _turn_layout(keys: tuple[str, ...]) -> Layout:
    return layout.settle(keys, (), ColumnMapping(), 0)


def _by_role(turn: Mapping[str, object]) -> dict[str, str]:
    cells = {str(key): _text(item) for key, item in turn.items()}
    values = list(cells.values())
    return {role: values[at] for at, role in _turn_layout(tuple(cells)).roles if values[at]}


def _said(turns: Sequence[Mapping[str, object]]) -> tuple[Mapping[str, str], ...]:
    """Turns by role, times in seconds."""
    found = [_by_role(turn) | _voice(turn) for turn in turns]
    if loose.in_milliseconds(turns):
        for turn in found:
            turn |= {role: str(float(turn[role]) / 1000) for role in _TIMES if turn.get(role, "").isdecimal()}
    return tuple(found)


def _voice(turn: Mapping[str, object]) -> dict[str, str]:
    return {"voice": str(turn["voice"])} if turn.get("voice") in ("verbatim", "reported") else {}


def _person(person: object) -> dict[str, str]:
    if not isinstance(person, dict):
        return {"name": _text(person)}
    return {
        "name": _text(person.get("name")),
        "address": _text(person.get("address") or person.get("email")),
        "role": _text(person.get("role") or person.get("affiliation")),
        "title": _text(person.get("title")),
    }


def _text(item: object) -> str:
    """A JSON value as a cell's text; lists of plain values are joined, null and empty values are nothing."""
    if item is None or item == [] or item == {}:
        return ""
    if isinstance(item, str):
        return item
    if isinstance(item, list) and not any(isinstance(part, dict | list) for part in item):
        return ", ".join(_text(part) for part in item)
    if isinstance(item, dict) and isinstance(item.get("name"), str):
        return str(item["name"])
    return json.dumps(item, ensure_ascii=False)
