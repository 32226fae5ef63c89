"""An upload whose process is killed at the worst moments: the client says it again, and there is one document."""

import httpx
import pytest

from tests.integration.intake.parts import ADMIN, SOON, form, post

PDF = b"%PDF-1.7\n" + b"x" * 300_000


async def upload(api: httpx.AsyncClient) -> httpx.Response:
    return await api.post("/v1/attachments", content=PDF, headers={"idempotency-key": "scan"})


@pytest.mark.parametrize("place", ["attachments.after_row", "attachments.after_file"])
async def test_a_killed_upload_is_said_again_and_costs_nothing(intake, place):
    """It dies between the row and the file, or between the file and the word that it is there."""
    await intake.start(JOLDAU_FAILPOINTS=f"{place}=kill9@1")
    headers = {"authorization": f"Bearer {ADMIN}"}
    async with httpx.AsyncClient(base_url=intake.url, headers=headers, timeout=60, trust_env=False) as api:
        with pytest.raises(httpx.TransportError):
            await upload(api)
        await intake.process.ended(SOON)
        await intake.start()
        again = await upload(api)
        document = again.json()["id"]
        appeal_id = (await post(api, form(attachments=[{"id": document}]))).json()["id"]
        got = await api.get(f"/v1/appeals/{appeal_id}/attachments/{document}")
    kept = [one for one in (intake.directory / "documents").rglob(f"*-{document.replace('-', '')}") if one.is_file()]

    assert again.status_code == 201
    assert got.content == PDF
    assert len(kept) == 1
