"""The OpenAPI document as it is sent: errors under their own media type, which FastAPI cannot be told."""

from typing import Any

from fastapi import FastAPI

PROBLEM = "application/problem+json"


def describe(app: FastAPI) -> dict[str, Any]:
    """FastAPI's own document, made once, in which every answer that is an error is problem details (RFC 9457)."""
    if app.openapi_schema is None:
        document = FastAPI.openapi(app)
        for item in document["paths"].values():
            for operation in item.values():
                for status, answer in operation["responses"].items():
                    if status == "default" or status >= "400":
                        schema = next(iter(answer["content"].values()))
                        answer["content"] = {PROBLEM: schema}
        app.openapi_schema = document
    return app.openapi_schema
