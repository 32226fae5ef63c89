"""`joldau import` against a real process of intake that is killed in the middle, and a person who is impatient."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from services.chassis.outbox import outbox
from services.intake.store import appeal
from tests.integration.intake.parts import ADMIN, SOON, Intake

ROWS = 230


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "appeals.csv"
    lines = (f"заявление;сайт;русский;Дорога {n} не чищена.;Тестов Тест" for n in range(ROWS))
    path.write_text("\n".join(("вид;канал;язык;текст;фио", *lines)), encoding="utf-8")
    return path


COMMAND = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background has it ignored
from services.cli.main import main
main()
"""


@contextlib.asynccontextmanager
async def joldau(intake: Intake, *argv: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """The command line, running."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", COMMAND, *argv),
        env={**os.environ, "JOLDAU_INTAKE_URL": intake.url, "JOLDAU_KEY": ADMIN, "LANG": "C.UTF-8"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def registered(database) -> list[str]:
    async with database.reading() as tx:
        rows = await tx.execute(select(appeal.c.text).order_by(appeal.c.registration_number))
        return [row.text for row in rows]


@pytest.mark.parametrize("place", ["import.before_commit", "import.after_commit"])
async def test_a_killed_import_goes_on_and_no_row_is_twice(intake, database_url, open_database, file, place):
    """It dies in the third batch; the command waits for the next process and ends well, in the file's order."""
    await intake.start(JOLDAU_FAILPOINTS=f"{place}=kill9@3")
    async with joldau(intake, "import", str(file)) as command:
        killed = await intake.process.ended(SOON)
        await intake.start()
        out, err = await asyncio.wait_for(command.communicate(), SOON)

    database = await open_database(database_url, "intake")
    async with database.reading() as tx:
        messages = (await tx.execute(select(outbox.c.ordering_key).where(outbox.c.type.contains("registered")))).all()
    assert killed == -signal.SIGKILL
    assert command.returncode == 0, err.decode()
    assert f"registered\t{ROWS}\nreplayed\t0\nfailed\t0\n" in out.decode()
    assert await registered(database) == [f"Дорога {n} не чищена." for n in range(ROWS)]
    assert len(messages) == len(set(messages)) == ROWS


async def test_an_interrupted_command_can_be_repeated(intake, database_url, open_database, file):
    """Ctrl-C leaves the import to the service, and says so; the same command sees it through."""
    await intake.start(JOLDAU_FAILPOINTS="import.before_commit=stall:3@2")
    async with joldau(intake, "import", str(file)) as first:
        async for line in first.stderr:
            if b"rows" in line:
                break
        first.send_signal(signal.SIGINT)
        _, told = await asyncio.wait_for(first.communicate(), SOON)
    async with joldau(intake, "import", str(file)) as second:
        await asyncio.wait_for(second.communicate(), SOON)

    assert first.returncode == 130
    assert "The same command goes on where it stopped" in told.decode()
    assert second.returncode == 0
    assert len(await registered(await open_database(database_url, "intake"))) == ROWS
