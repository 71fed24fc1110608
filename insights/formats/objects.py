"""JSON arrays, JSON lines and Parley's own `parley read` shape. An array is cut into its elements as it streams by."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from insights.formats import columns, facts, rows, vendors
from insights.formats.columns import ColumnMapping
from insights.formats.sources import Source, decode, lines, shown
from insights.records import Conversation, Problem

_TOKENS = re.compile(r'["{}\[\],]')
_STRING_END = re.compile(r'["\\]')
_LISTS = ("conversations", "data", "results", "items", "records", "rows", "activities", "engagements", "calls", "notes")
_TURNS = ("utterances", "turns", "messages", "transcript", "segments")
_NONE = ColumnMapping()
_CHUNK = 256 * 1024
_ADVICE = "Give JSON objects with a text, or with utterances that have a speaker and a text."


def read(source: Source, mapping: ColumnMapping) -> Iterator[Conversation | Problem]:
    """Yield a conversation for each object; the row of a problem is the line (JSON lines) or the element's number."""
    yield from rows.conversations(lambda: _walk(source, mapping), source.name)


def is_json(head: str) -> bool:
    """True when the content opens like JSON."""
    return head.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def _walk(source: Source, mapping: ColumnMapping) -> Iterator[rows.Row | Conversation | Problem]:
    head = decode(source.head, source.encoding).lstrip("\ufeff \t\r\n")
    if head.startswith("["):
        parts = _elements(source)
    elif _is_lines(source):
        parts = _lines(source)
    else:
        parts = _whole(source)
    for number, value in vendors.gathered(parts, source):
        if isinstance(value, Problem):
            yield value
        elif found := vendors.read(value, number, source.name, mapping):
            yield from found
        elif not isinstance(value, dict):
            yield Problem(source.name, number, "This is not a JSON object.", _ADVICE)
        elif "problem" not in value or len(value) > 1:  # `parley read` writes its own problems this way
            yield _row(value, number, mapping)


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
        return json.loads(text)
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
        return Problem(name, number, "This is not valid JSON.", "Export the file again; the other rows were read.")
    return value


def _whole(source: Source) -> Iterator[tuple[int, object]]:
    """One object: a conversation, or an envelope around a list of them."""
    source.stream.seek(0)
    data = source.stream.read(source.limits.record + 1)
    if len(data) > source.limits.record:
        reason = f"The JSON object is larger than {shown(source.limits.record)}."
        yield 1, Problem(source.name, 1, reason, "Give one conversation a line (JSON lines) instead.")
        return
    value = _checked(decode(data, source.encoding).lstrip("\ufeff"), 1, source.name)
    if isinstance(value, dict) and not vendors.read(value, 1, source.name, _NONE):
        inner = next((value[key] for key in _LISTS if _is_records(value.get(key))), None)
        if inner is not None:
            yield from enumerate(inner, start=1)
            return
    yield 1, value


def _is_records(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)


def _elements(source: Source) -> Iterator[tuple[int, object]]:
    """Cut a top-level array into its elements by brackets, whatever is broken inside one of them."""
    for number, text in enumerate(_cut(source), start=1):
        if text is None:
            reason = f"This element is longer than {shown(source.limits.record)}."
            yield number, Problem(source.name, number, reason, "Split the conversation into smaller ones.")
        else:
            yield number, _checked(text, number, source.name)


def _cut(source: Source) -> Iterator[str | None]:
    """Yield the text of each element; None for one that outgrew the limit. The last may be cut short."""
    buffer, at, start, depth, quoted, overlong = "", 0, 0, 0, False, False
    for chunk in _chunks(source):
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


@lru_cache(maxsize=256)
def _guess(keys: tuple[str, ...]) -> Mapping[str, str]:
    return columns.guess(keys)


def _row(value: Mapping[str, object], number: int, mapping: ColumnMapping) -> rows.Row:
    nested = value.get("properties")
    flat = {**value, **nested} if isinstance(nested, dict) else dict(value)
    flat.pop("properties", None)
    spoken = next((key for key in _TURNS if _is_records(flat.get(key))), "")
    turns, people, further = flat.pop(spoken, None), flat.pop("participants", None), flat.pop("fields", None)
    values, fields = _split(flat, mapping)
    return rows.Row(
        number,
        values,
        fields | {str(key): _text(item) for key, item in (further.items() if isinstance(further, dict) else ())},
        _turns([turn for turn in turns if isinstance(turn, dict)] if isinstance(turns, list) else []),
        tuple(_person(person) for person in people) if isinstance(people, list) else (),
    )


def _split(flat: Mapping[str, object], mapping: ColumnMapping) -> tuple[dict[str, str], dict[str, str]]:
    """Values by role, and the rest by key."""
    guessed = {**_guess(tuple(flat)), **mapping.columns}
    values: dict[str, str] = {}
    fields: dict[str, str] = {}
    for key, item in flat.items():
        text, role = _text(item), guessed.get(key)
        if role and text and role not in values:
            values[role] = text
            if role == "date":
                values["date column"] = key
        elif text:
            fields[key] = text
    return values, fields


def _turns(turns: Sequence[Mapping[str, object]]) -> tuple[Mapping[str, str], ...]:
    """Turns by role, times in seconds: a minute a word can only be milliseconds."""
    found = [_split(turn, ColumnMapping())[0] | _voice(turn) for turn in turns]
    times = [(turn.get("start"), turn.get("end"), len(str(turn.get("text")).split())) for turn in turns]
    spans = [
        (end - start) / (words + 1) for start, end, words in times if isinstance(start, int) and isinstance(end, int)
    ]
    if spans and sorted(spans)[len(spans) // 2] > 60:
        for turn in found:
            for role in ("started_at", "ended_at"):
                turn[role] = str((facts.seconds(turn.get(role, "")) or 0) / 1000)
    return tuple(found)


def _voice(turn: Mapping[str, object]) -> dict[str, str]:
    return {"voice": str(turn["voice"])} if turn.get("voice") in ("verbatim", "reported") else {}


def _person(person: object) -> dict[str, str]:
    if not isinstance(person, dict):
        return {"name": _text(person)}
    return {
        "name": _text(person.get("name")),
        "address": _text(person.get("address") or person.get("email")),
        "role": _text(person.get("role")),
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
