"""What tests of pages without a browser do there."""

import re

from services.router import trail


async def post(browser, path, **form):
    """A form is sent, with the token of the page that it stands on."""
    page = await browser.get("/appeals")
    csrf = re.search(r'name="csrf" value="([^"]+)"', page.text)
    return await browser.post(path, data={"csrf": csrf[1], **form})


async def acts(office):
    async with office.database.reading() as tx:
        rows = await trail.listed(tx, trail.Filters(), before=None, limit=50)
    return [(row.act, row.facts) for row in rows]
