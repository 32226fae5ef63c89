"""The deployment's files, checked without Docker: schemas, lint, and agreement with settings and topology."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from services.chassis.settings import ServiceSettings
from services.contracts.access import accounts, agency_account
from services.contracts.topology import EXCHANGE_OF, REQUEUE, RETRY_STEPS_SECONDS, WORK_QUEUES, parked_queue, retry_name
from services.intake.settings import IntakeSettings
from services.notifier.settings import NotifierSettings
from services.router.settings import RouterSettings

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
SETTINGS: dict[str, type[ServiceSettings]] = {
    "intake": IntakeSettings,
    "router": RouterSettings,
    "notifier": NotifierSettings,
}
SAID_BY = {
    "intake": {"appeal.", "applicant.notify.", "system."},
    "router": {"referral.", "appeal.assessed", "agency."},
    "notifier": {"applicant.notified"},
}
"""Beginnings of the message types that each service publishes."""
ONLY_FOR_PEOPLE = {"rabbitmq_operator_password"}


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    beside_python = Path(sys.executable).with_name(program)
    return subprocess.run([beside_python, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """What deploy/secrets.sh makes."""
    copy = tmp_path_factory.mktemp("deploy") / "deploy"
    shutil.copytree(DEPLOY, copy, ignore=shutil.ignore_patterns("secrets"))
    for _ in range(2):  # the second time nothing changes
        subprocess.run(["sh", copy / "secrets.sh"], check=True)
    return copy / "secrets"


@pytest.mark.parametrize("file", ["docker-compose.yml", "deploy/compose.tls.yml"])
def test_a_compose_file_keeps_to_the_specification(file):
    """What no version of compose knows would be found only on a production machine."""
    checked = run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", file)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_hadolint_finds_nothing_in_the_dockerfile():
    """No warning, not even a small one."""
    checked = run("hadolint", "deploy/Dockerfile")

    assert (checked.returncode, checked.stdout) == (0, "")


@pytest.mark.parametrize("script", sorted(DEPLOY.rglob("*.sh")), ids=lambda path: path.name)
def test_a_script_is_plain_shell(script):
    """Debian's sh can read it: no bash is promised."""
    assert subprocess.run(["sh", "-n", script], check=False).returncode == 0


def test_every_secret_is_made(made):
    """The script makes what the compose file mounts and what people need, and nothing else."""
    mounted = {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()}

    assert {file.name for file in made.iterdir()} == mounted | ONLY_FOR_PEOPLE
    assert made.stat().st_mode & 0o777 == 0o700


def test_secrets_are_random_and_stay(made):
    """No two are the same; whoever calls the script again keeps his passwords."""
    before = {file.name: file.read_text() for file in made.iterdir()}

    subprocess.run(["sh", made.parent / "secrets.sh"], check=True)
    after = {file.name: file.read_text() for file in made.iterdir()}
    random = re.findall(r"[0-9a-f]{48}", "".join(text for name, text in after.items() if not name.endswith(".json")))

    assert after == before
    assert len(set(random)) == len(random) == 13


@pytest.mark.parametrize("service", SETTINGS)
def test_a_service_starts_from_the_secrets_alone(service, made):
    """The files' names are those that its settings look for."""
    needed = {"smtp_host": "mail.example", "mail_from": "a@b.example"} if service == "notifier" else {}

    settings = SETTINGS[service](_secrets_dir=made, **needed)

    assert settings.database_url.endswith(f"@postgres:5432/{service}")
    assert settings.amqp_url.get_secret_value().endswith("@rabbitmq:5672/joldau")
    assert len(settings.admin_key.get_secret_value()) == 48


def test_the_broker_knows_the_passwords_in_the_urls(made):
    """One place for each password: the URL that its user connects with."""
    users = {
        user["name"]: user["password"] for user in json.loads((made / "rabbitmq_definitions.json").read_text())["users"]
    }
    urls = {service: (made / f"joldau_{service}_amqp_url").read_text() for service in SETTINGS}
    urls["topology"] = (made / "topology_amqp_url").read_text()

    assert all(f"//{name}:{users[name]}@" in url for name, url in urls.items())
    assert users["operator"] == (made / "rabbitmq_operator_password").read_text().strip()


@pytest.mark.parametrize("service", SETTINGS)
def test_a_service_may_do_on_the_broker_what_the_topology_asks_of_it(service):
    """It writes where its messages are said and where they wait; it reads its own queues; it declares nothing."""
    rights = json.loads((DEPLOY / "rabbitmq/users.json").read_text())["permissions"]
    (mine,) = (right for right in rights if right["user"] == service)
    shared = {REQUEUE, *map(retry_name, RETRY_STEPS_SECONDS)}
    said = {exchange for kind, exchange in EXCHANGE_OF.items() if _says(service, kind)}
    everywhere = {*EXCHANGE_OF.values(), *shared, "parked", "unrouted", "replies.akimat", ""}
    queues = {queue for work in WORK_QUEUES for queue in (work, parked_queue(work))}

    assert {name for name in everywhere if re.search(mine["write"], name)} == said | shared
    assert {name for name in queues if re.search(mine["read"], name)} == {
        name for name in queues if name.startswith(f"{service}.")
    }
    assert not re.search(mine["configure"], "anything")


def test_the_files_give_each_user_what_the_command_gives():
    """users.json, agency.sh and `joldau topology apply --users` agree: whichever made a user, the plan is empty."""
    document = json.loads((DEPLOY / "rabbitmq/users.json").read_text())
    limits = {user["name"]: user.get("limits") for user in document["users"]}
    rights = {right["user"]: right for right in document["permissions"]}
    script = (DEPLOY / "rabbitmq/agency.sh").read_text().replace("\\$", "$").replace('\\"', '"').replace("$1", "akimat")

    for account in accounts([]):
        mine = rights[account.name]
        assert account.rights.items() <= mine.items()
        assert limits[account.name] == account.limits
    agency = agency_account("akimat")
    assert f'"{agency.configure}" "{agency.write}" "{agency.read}"' in script
    assert json.dumps(agency.limits) in script


def _says(service: str, kind: str) -> bool:
    by_router = kind.startswith(tuple(SAID_BY["router"]))
    return by_router if service == "router" else not by_router and kind.startswith(tuple(SAID_BY[service]))


@pytest.mark.parametrize("name", SERVICES)
def test_a_container_may_do_little(name):
    """Nothing to write to, no capability, a bound to memory, and no address but this machine's own."""
    service = SERVICES[name]

    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["mem_limit"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


@pytest.mark.parametrize("service", SETTINGS)
def test_an_image_is_told_the_port_its_service_listens_on(service):
    """The health check asks there; the settings' default is the port in the container."""
    default = SETTINGS[service].model_fields["port"].default

    assert SERVICES[service]["build"]["args"] == {"SERVICE": service, "PORT": default}
    assert SERVICES[service]["ports"][0].endswith(f":{default}")


def test_the_example_environment_names_settings_that_exist():
    """A setting that was renamed would be ignored in silence."""
    given = re.findall(
        r"^#?JOLDAU_(INTAKE|ROUTER|NOTIFIER)_(\w+)=", (DEPLOY / ".env.example").read_text(), re.MULTILINE
    )

    unknown = [
        f"{service}.{name}" for service, name in given if name.lower() not in SETTINGS[service.lower()].model_fields
    ]

    assert given
    assert unknown == []
