"""The OpenAPI document and the service agree, whatever is asked: no answer outside the schema, no failure of our own."""

from contextlib import closing

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from pipelines.store import connect, prepare
from tests.api import signing
from tests.api.conftest import TODAY, fill

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module", params=[("viewer", "read"), ("contributor", "write"), ("admin", "admin")])
def schema(request, tmp_path_factory):
    ours = signing.settings_of(tmp_path_factory.mktemp("schema"), public_url="http://testserver")
    prepare(ours.database_file)
    with closing(connect(ours.database_file)) as db:
        fill(db)
        role, scope = request.param
        token = signing.token(db, signing.add(db, role), scope)
    app = create_app(ours, today=lambda: TODAY, worker=False, clock=signing.Time())
    return schemathesis.openapi.from_asgi(
        "/openapi.json", app, headers={"Authorization": f"Bearer {token}"}, timeout=120
    )


def test_what_the_service_answers_is_what_its_document_says(schema):
    def check(operation):
        @settings(
            max_examples=4, deadline=None, derandomize=True, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def agree(case):
            case.call_and_validate(checks=CHECKS)

        try:
            agree()
        except Exception as error:
            return f"{operation.label}: {error}"
        return ""

    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 100
    assert not [told for told in map(check, operations) if told]
