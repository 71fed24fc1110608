"""The OpenAPI document as something to read: one entry an operation, with its parameters and an example to paste."""

from collections.abc import Iterator
from dataclasses import dataclass

METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    where: str
    type: str
    required: bool
    description: str


@dataclass(frozen=True, slots=True)
class Operation:
    id: str
    tag: str
    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    answers: tuple[tuple[str, str, str], ...]


def operations(document: dict) -> tuple[Operation, ...]:
    """Every operation in the order of the document."""
    return tuple(_operations(document))


def _operations(document: dict) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                entry = item[method]
                yield Operation(
                    entry["operationId"], (entry.get("tags") or ["service"])[0], method.upper(), path,
                    entry.get("summary", ""), entry.get("description", ""), tuple(_parameters(document, entry)),
                    tuple((code, answer.get("description", ""), _answer(answer)) for code, answer in entry["responses"].items()),
                )  # fmt: skip


def _parameters(document: dict, entry: dict) -> Iterator[Parameter]:
    for p in entry.get("parameters", ()):
        described = p.get("description") or p["schema"].get("description", "")
        yield Parameter(p["name"], p["in"], _type(p["schema"]), p.get("required", False), described.replace("`", ""))
    for content in entry.get("requestBody", {}).get("content", {}).values():
        schema = _resolved(document, content["schema"])
        for name, field in schema.get("properties", {}).items():
            yield Parameter(
                name, "body", _type(field), name in schema.get("required", ()), field.get("description", "")
            )


def _answer(answer: dict) -> str:
    for content in answer.get("content", {}).values():
        return _type(content.get("schema", {}))
    return ""


def _resolved(document: dict, schema: dict) -> dict:
    return document["components"]["schemas"][schema["$ref"].split("/")[-1]] if "$ref" in schema else schema


def _type(schema: dict) -> str:
    if "$ref" in schema:
        name = schema["$ref"].split("/")[-1]
        return f"page of {name[5:].strip('_')}" if name.startswith("Page_") else name
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_type(s) for s in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    if "contentMediaType" in schema:
        return "file"
    return schema.get("format") or schema.get("type", "")
