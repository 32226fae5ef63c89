"""Intake's API against schemathesis: whatever comes, the answer is one that its OpenAPI document names, never a 500."""

from collections.abc import AsyncIterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from services.cli.local.ports import free_ports
from services.cli.local.processes import start
from services.cli.local.readiness import answering
from services.cli.local.stage import Stage, sqlite_urls

CHECKS = (
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)


@pytest.fixture(scope="module")
async def stage(tmp_path_factory, templates) -> AsyncIterator[Stage]:
    """Intake as a process of its own, without a broker: it accepts all the same."""
    directory = tmp_path_factory.mktemp("fuzz")
    nowhere = f"amqp://127.0.0.1:{free_ports(1)[0]}/"
    one = Stage(directory, amqp_url=nowhere, database_urls=await templates.copies(sqlite_urls(directory)), smtp_port=1)
    process = start(one.program("intake"), directory, tied=True)
    await answering(process, f"{one.url('intake')}/livez", within=30)
    yield one
    await process.stop()


def test_every_answer_is_one_that_is_documented(stage):
    """Unexpected input gets a documented answer, a problem where it is refused."""
    document = schemathesis.openapi.from_url(f"{stage.url('intake')}/openapi.json")
    headers = {"authorization": f"Bearer {stage.admin_key}"}
    called = []

    for operation in (result.ok() for result in document.get_all_operations()):

        @settings(max_examples=8, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def call(case) -> None:
            case.call_and_validate(headers=headers, checks=list(CHECKS))

        call()
        called.append(operation.label)

    assert "POST /v1/appeals" in called
