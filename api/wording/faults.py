"""What is wrong with a part of a request, as whoever sent it reads it."""

from collections.abc import Mapping
from typing import Any

from starlette.types import Scope


def place(wrong: Mapping[str, Any]) -> str:
    """Which part it is, by its name."""
    return ".".join(str(part) for part in wrong["loc"][1:]) or "request"


def told(scope: Scope, wrong: Mapping[str, Any]) -> str:
    """What is wrong with it; of a field too many, which there are."""
    if wrong["type"] != "extra_forbidden" or len(wrong["loc"]) != 2:
        return str(wrong["msg"])
    (body,) = scope["route"].dependant.body_params
    return f"is no field here. Known: {', '.join(body.field_info.annotation.model_fields)}."
