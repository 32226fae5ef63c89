"""docker-compose.yml and deploy/Dockerfile, run for real: an appeal goes in by HTTP, and out to agency and author."""

import secrets

import httpx
import pytest
from aiormq.exceptions import ChannelAccessRefused

from services.chassis.ids import new_id
from services.contracts.referrals import ReplyKind
from services.contracts.topology import agency_queue
from tests.deploy import agency
from tests.deploy.deployment import OURS, hardened
from tests.deploy.engine import CommandFailed

pytestmark = pytest.mark.timeout(1800)

PATIENCE = 60.0
LAND = "Прошу выделить земельный участок под ИЖС, земельная комиссия не отвечает."


@pytest.fixture(scope="module")
async def land_relations(deployment) -> str:
    """The agency's password."""
    password = secrets.token_hex(16)
    await agency.let_in(deployment, "land-relations", password)
    return password


@pytest.fixture
async def intake(deployment):
    key = deployment.secret("joldau_intake_admin_key")
    headers = {"authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=deployment.url("intake"), headers=headers, trust_env=False) as client:
        yield client


async def post(intake, address) -> dict:
    applicant = {"name": "Сынақбаев Тест", "iin_bin": "000101000109", "email": address}
    form = {"kind": "application", "channel": "web", "language": "ru", "text": LAND, "applicant": applicant}
    answer = await intake.post("/v1/appeals", json=form, headers={"idempotency-key": str(new_id())})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_an_appeal_reaches_its_agency_and_its_author_is_told(deployment, intake, land_relations, mails):
    """From the POST through three containers to the agency's queue, and back to the author's mailbox."""
    coupon = await post(intake, "author@example.kz")

    async with agency.connected(deployment, "land-relations", land_relations) as theirs:
        referral = await theirs.next_referral()
        await theirs.reply(referral, ReplyKind.ACCEPTED)

    assert str(referral.appeal_id) == coupon["id"]
    assert referral.text == LAND
    told = mails.mails
    await mails.until(lambda: sum(mail.to == "author@example.kz" for mail in told) == 3, within=PATIENCE)
    assert all(coupon["registration_number"] in mail.subject + mail.body for mail in told)


async def test_an_agency_may_only_read_its_queue(deployment, land_relations):
    """Another agency's queue, and anything that would change the topology, is refused."""
    async with agency.connected(deployment, "land-relations", land_relations) as theirs:
        other = await theirs.channel.get_queue(agency_queue("education"), ensure=False)
        with pytest.raises(ChannelAccessRefused):
            await other.get()
    async with agency.connected(deployment, "land-relations", land_relations) as theirs:
        with pytest.raises(ChannelAccessRefused):
            await theirs.channel.declare_queue("mine")


async def test_appeals_are_accepted_while_the_broker_is_away(deployment, intake, land_relations):
    """Intake stays ready without the broker, and what it accepted then arrives once the broker is back."""
    await deployment.compose("stop", "rabbitmq")
    coupon = await post(intake, "patient@example.kz")
    readiness = await intake.get("/readyz")
    await deployment.compose("start", "rabbitmq")
    await deployment.healthy("rabbitmq")

    async with agency.connected(deployment, "land-relations", land_relations) as theirs:
        referral = await theirs.next_referral()

    assert readiness.status_code == 200
    assert str(referral.appeal_id) == coupon["id"]


async def test_containers_may_do_little(deployment):
    """No root, no capability, nothing to write to but /tmp."""
    for service in OURS:
        container = await deployment.container(service)
        status = await deployment.engine.docker(
            "exec", container, "grep", "-E", "^(Uid|CapBnd|NoNewPrivs)", "/proc/1/status"
        )

        assert [line.split()[1] for line in status.splitlines()] == ["10001", "0000000000000000", "1"]
        with pytest.raises(CommandFailed, match="Read-only file system"):
            await deployment.engine.docker("exec", container, "touch", "/app/new")


async def test_an_image_holds_one_service(engine, version):
    """Contracts, chassis and the service itself: an import of another would not even start."""
    for service in OURS:
        found = await engine.docker(
            "run", "--rm", "--network=none", "--entrypoint=ls", f"joldau-{service}:{version}", "services"
        )

        assert found.split() == sorted(["__init__.py", "chassis", "contracts", service])


async def test_a_stop_drains_and_a_start_finds_everything_again(deployment, intake):
    """SIGTERM ends each service with 0; after an `up`, which migrates again, appeals are still there."""
    coupon = await post(intake, "lasting@example.kz")

    await deployment.compose("stop", *OURS)
    ended = {service: await deployment.exit_code(service) for service in OURS}
    await deployment.compose("up", "--detach", "--no-build")
    await deployment.healthy(*OURS)
    found = await intake.get(f"/v1/appeals/{coupon['id']}")
    jobs = {job: await deployment.exit_code(job) for job in set(hardened()) - set(OURS)}

    assert ended == dict.fromkeys(OURS, 0)
    assert found.status_code == 200
    assert set(jobs.values()) == {0}
