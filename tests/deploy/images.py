"""The images: ours, built as docker-compose.yml says, and stand-ins for those that cannot be pulled everywhere."""

import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

import yaml

from tests.deploy.engine import CACHE, Engine, run

ROOT = Path(__file__).parents[2]
STAND_INS = Path(__file__).parent / "standins"
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]

_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
_LEFT_OUT = ("--exclude=./var/cache/apt/archives/*.deb", "--exclude=./var/lib/apt/lists/*_*")
_PACKAGES = "python3,python3-pip,ca-certificates"


async def make_stand_ins(engine: Engine) -> None:
    """Make the base, RabbitMQ's and PostgreSQL's image from Debian's packages, under the names that we use."""
    base = re.search(r"^ARG PYTHON_IMAGE=(\S+)$", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE)
    assert base is not None
    if not await engine.has(base[1]):
        await _import_debian(engine, base[1])
    for name in ("rabbitmq", "postgres"):
        tag, target = f"--tag={SERVICES[name]['image']}", f"--target={name}"
        await engine.docker(
            "build", "--quiet", "--network=host", f"--build-arg=BASE={base[1]}", tag, target, str(STAND_INS)
        )


async def build(engine: Engine, version: str) -> list[str]:
    """Build our images; their names."""
    built = []
    with tempfile.TemporaryDirectory() as directory:
        secrets = await _index(Path(directory))
        for service in SERVICES.values():
            if how := service.get("build"):
                image = f"{service['image'].partition(':')[0]}:{version}"
                arguments = [f"--build-arg={name}={value}" for name, value in how.get("args", {}).items()]
                which = (f"--file={ROOT / how['dockerfile']}", f"--target={how['target']}", f"--tag={image}")
                await engine.docker("build", "--quiet", "--network=host", *secrets, *arguments, *which, str(ROOT))
                built.append(image)
    return built


async def _import_debian(engine: Engine, tag: str) -> None:
    sources = await run(
        "apt-get", "indextargets", "--format", "$(REPO_URI)", "Codename: bookworm", "Created-By: Packages"
    )
    tree, archive = CACHE / "debian", CACHE / "debian.tar"
    shutil.rmtree(tree, ignore_errors=True)
    mirror = sources.split()[0]
    await run("debootstrap", "--variant=minbase", f"--include={_PACKAGES}", "bookworm", str(tree), mirror)
    await run("tar", "--create", f"--file={archive}", f"--directory={tree}", *_LEFT_OUT, ".")
    await engine.docker("import", str(archive), tag)
    shutil.rmtree(tree)
    archive.unlink()


async def _index(directory: Path) -> list[str]:
    """Build secrets that lead pip in a build to where pip leads here; no file of ours names the place."""
    settings = (await run(sys.executable, "-m", "pip", "config", "list")).splitlines()
    pairs = (line.partition("=")[::2] for line in settings)
    wanted = {name.rpartition(".")[2]: value.strip("'\"") for name, value in pairs if "file:" not in value}
    lines = [f"{name} = {wanted[name]}" for name in ("index-url", "trusted-host", "proxy") if name in wanted]
    authorities = Path(os.environ.get("PIP_CERT") or wanted.get("cert") or _AUTHORITIES)
    (directory / "pip.conf").write_text("\n".join(["[global]", "cert = /run/secrets/ca", *lines]))
    return [f"--secret=id=pip,src={directory / 'pip.conf'}", f"--secret=id=ca,src={authorities}"]
