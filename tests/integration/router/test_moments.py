"""Moments at the ends of time in requests: nobody can reckon with them, and they are no fault of ours."""

import pytest

KEY = {"owner": "x", "scopes": ["referrals:read"]}
BEGIN, END = "0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/v1/keys", {**KEY, "expires_at": BEGIN}, "expires_at"),
        ("/v1/keys", {**KEY, "expires_at": END}, "expires_at"),
        ("/v1/agencies/akimat/replay", {"since": BEGIN}, "since"),
        ("/v1/agencies/akimat/replay", {"since": "2026-11-01T00:00:00Z", "until": END}, "until"),
    ],
)
async def test_a_moment_that_no_calendar_knows_is_refused(office, path, body, field):
    """With 422, and where it stands."""
    answer = await office.api.post(path, json=body)

    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"#/{field}"]
