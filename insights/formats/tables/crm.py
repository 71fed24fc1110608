"""What ties a conversation to a CRM: the ids, addresses and names of deals, contacts and accounts.

Salesforce's ids are unique over all its objects and stand as they are, by their first 15 characters
("id:0065g00000abcde": 15 and 18 characters name the same record). Other ids count for each kind of record anew, so the
kind is part of the key ("id:deal:151"): HubSpot's contact 151 is not its deal 151.
"""

import re
from collections.abc import Iterable, Mapping

from insights.formats.tables.layout import Row
from insights.formats.tables.subjects import FACTS_OF, RecordKind
from insights.records import CrmRecord, Problem

_SALESFORCE = re.compile(r"^(?=.{0,14}[0-9])(?=.{0,14}[A-Za-z])[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?$")
_ADDRESS = re.compile(r"[\w.+%'’-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_FIRST = 400  # characters in which the first of a list stands
_NAMED = re.compile(r"([^;,(<]{1,80}?)\s*[(<]\s*([^\s()<>]{1,64}@[^\s()<>]{1,120})\s*[)>]")
_APART = re.compile(r"[;,|\s]+")
_SCIENTIFIC = re.compile(r"^[\d.,]{1,40}E\+?\d{1,3}$", re.I)
_MOST = 50
_LONG = 10
_ID_ROLES: tuple[tuple[str, str], ...] = (
    ("deal_id", "deal"),
    ("contact_id", "contact"),
    ("account_id", "account"),
    ("related_id", "record"),
)
# Keys that name an account in the CRM; other ids are compared without regard to case, so what was written stands beside them.
_ACCOUNT, _SALESFORCE_ACCOUNT, AS_WRITTEN = "id:account:", "id:001", "as:account:"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_YES = ("true", "yes", "1", "ja", "wahr", "oui", "sí")


def id_keys(value: str, kind: str) -> list[str]:
    """The keys of a cell with one id or several ("151;152")."""
    found = [part for part in _APART.split(value.strip()) if part][:_MOST]
    keys = [f"id:{part[:15]}" if _SALESFORCE.match(part) else f"id:{kind}:{part.casefold()}" for part in found]
    if kind == "account":
        own = ((part, key) for part, key in zip(found, keys, strict=True) if not key.startswith(_SALESFORCE_ACCOUNT))
        keys += [f"{AS_WRITTEN}{part}" for part, key in own if key != f"{_ACCOUNT}{part}"]
    return keys


def names_account(key: str) -> bool:
    """Whether a key is the CRM's id of an account."""
    return key.startswith((_ACCOUNT, _SALESFORCE_ACCOUNT, AS_WRITTEN))


def account_ids(keys: Iterable[str]) -> tuple[str, ...]:
    """The CRM's ids of accounts among a conversation's or an account's keys, as the CRM writes them, in their order.
    What a spreadsheet left of a long number is none."""
    keys = list(keys)
    written = [key.removeprefix(AS_WRITTEN) for key in keys if key.startswith(AS_WRITTEN)]
    found = []
    for key in filter(names_account, keys):
        own = key.removeprefix("id:").removeprefix("account:").removeprefix(AS_WRITTEN)
        full = salesforce_in_full(own) if key.startswith(_SALESFORCE_ACCOUNT) else own
        found.append(next((one for one in written if one.casefold() == own.casefold()), full))
    return tuple(dict.fromkeys(one for one in found if not _SCIENTIFIC.match(one)))


def accounts_ids(record: CrmRecord) -> tuple[str, ...]:
    """The CRM's ids of the account that a record is, or is of."""
    if record.kind == "account":
        return account_ids(record.keys)[:1]  # its own stands first; others are of accounts above or below it
    name = record.facts.get("account", "").casefold()
    told = [key.removeprefix("account:") for key in record.keys if key.startswith("account:")]
    keys = [one if one.startswith(AS_WRITTEN) else f"id:{one}" if _SALESFORCE.match(one) else f"{_ACCOUNT}{one}" for one in told if one != name]  # fmt: skip
    return account_ids(keys)


def salesforce_in_full(value: str) -> str:
    """A Salesforce id by its 18 characters; the last three say which of the first fifteen are capitals."""
    parts = (value[at : at + 5] for at in (0, 5, 10))
    return value + "".join(_CHECK[sum(sign.isupper() << n for n, sign in enumerate(part))] for part in parts)


def one_id(value: str) -> tuple[str, bool]:
    """A record's id, Salesforce's by its first 15 characters, and whether it names the record wherever it is met.

    A row's number ("7") is no such id, nor what a spreadsheet left of one ("6.81E+10").
    """
    if _SALESFORCE.match(value):
        return value[:15], True
    long = len(value) >= _LONG and any(sign.isdigit() for sign in value) and not _SCIENTIFIC.match(value)
    return value.casefold(), long


def addresses(value: str) -> list[str]:
    """The e-mail addresses in a cell, lower case, in order."""
    if "@" not in value:
        return []
    return list(dict.fromkeys(found.casefold() for found in _ADDRESS.findall(value[:20_000])))[:_MOST]


def is_yes(value: str) -> bool:
    """True for a ticked box, however the export writes it."""
    return value.casefold() in _YES


def conversation_keys(row: Row, mails: str) -> tuple[str, ...]:
    """What CRM records join a conversation by. `mails` holds the addresses of the buyer's side."""
    values = row.values
    keys = [key for role, kind in _ID_ROLES if role in values for key in id_keys(values[role], kind)]
    keys += [f"email:{address}" for address in addresses(mails)]
    if name := values.get("deal"):
        keys.append(f"name:{name.casefold()}")
    return tuple(dict.fromkeys(keys))


def name_of(row: Row) -> str:
    """The contact's name: its own column, or first and last name, else ""."""
    return _full_name(row.values)


def person(cell: str) -> tuple[str, str]:
    """ "Dana Wu (dana@acme.example);…" -> ("Dana Wu", "dana@acme.example"): the first of a list, as HubSpot writes
    it."""
    if "@" in cell and (match := _NAMED.match(cell.lstrip()[:_FIRST])):
        return match[1].strip('" '), match[2].casefold()
    return cell, ""


def _full_name(values: Mapping[str, str]) -> str:
    if "last_name" not in values and "first_name" not in values:
        return values.get("contact", "")
    whole = " ".join(part for part in (values.get("first_name", ""), values.get("last_name", "")) if part)
    return whole or values.get("contact", "")


def record(row: Row, kind: RecordKind, name: str) -> CrmRecord | Problem:
    """A row as what the CRM knows of one deal, contact or account; a problem when nothing says which."""
    values = _named(row, kind)
    facts = {role: values[role] for role in FACTS_OF[kind] if values.get(role)}
    if kind == "deal" and "outcome" not in facts and (outcome := _outcome(row)):
        facts["outcome"] = outcome
    keys = _record_keys(values, kind)
    if not keys:
        reason = f"Nothing in this row says which {kind} it is."
        return Problem(name, row.number, reason, "Fill its id, name or e-mail address.", record=row.record())
    used = {"id", "deal", "deleted", f"{kind}_id", *FACTS_OF[kind]} | (
        {"address", "first_name", "last_name"} & set(values)
    )
    if kind != "contact":
        used -= {"address"}
    own = {
        row.layout.headers[at]: values[role]
        for at, role in row.layout.roles
        if role not in used and values.get(role) and (at < len(row.cells))
    }
    return CrmRecord(kind, keys, facts, {**row.fields, **own}, file=name, row=row.number)


def _named(row: Row, kind: RecordKind) -> dict[str, str]:
    """Values by role, with the plain "Name", "Title" and "Status" of an export read as this kind of record means
    them."""
    values = dict(row.values)
    if kind == "contact":
        values["contact"] = _full_name(values)
        values.setdefault("job_title", values.pop("title", ""))
    elif row.layout.header_of("contact").casefold() == "name":
        values.setdefault(kind, values.pop("contact", ""))
    if kind == "deal":
        values.setdefault("deal", values.pop("title", ""))
        values["contact"] = person(_full_name(values))[0]
    return values


def _record_keys(values: Mapping[str, str], kind: RecordKind) -> tuple[str, ...]:
    keys = [key for role in ("id", f"{kind}_id") for key in id_keys(values.get(role, ""), kind)]
    if kind == "contact":
        keys += [f"email:{address}" for address in addresses(values.get("address", ""))]
    own = values.get({"deal": "deal", "contact": "contact", "account": "account"}[kind], "")
    if own:
        keys.append(f"name:{own.casefold()}")
    if account := values.get("account"):
        keys.append(f"account:{account.casefold()}")
    if kind != "account":
        if all(key.startswith("account:") for key in keys):
            return ()
        ids = [key.removeprefix("id:") for key in id_keys(values.get("account_id", ""), "account")]
        keys += [key if key.startswith("account:") else f"account:{key}" for key in ids]
    return tuple(dict.fromkeys(keys))


def _outcome(row: Row) -> str:
    """Won or lost, from the columns in which CRMs say so."""
    said = {header.casefold().replace(" ", "").removeprefix("hs_"): value for header, value in row.fields.items()}
    won = next((said[name] for name in ("iswon", "is_closed_won", "isclosedwon", "won") if name in said), "")
    lost = next((said[name] for name in ("is_closed_lost", "isclosedlost") if name in said), "")
    closed = next((said[name] for name in ("isclosed", "is_closed", "closed") if name in said), "")
    if is_yes(won):
        return "won"
    return "lost" if is_yes(lost) or (is_yes(closed) and won) else ""
