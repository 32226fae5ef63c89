"""The router, assembled."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from services import __version__
from services.chassis import clock, keys, operations
from services.chassis.broker import Broker
from services.chassis.consumer import Consumer
from services.chassis.database import Database
from services.chassis.ids import new_id
from services.chassis.keeper import keeper
from services.chassis.outbound import EVERYWHERE, Outbound
from services.chassis.outbox import Relay
from services.chassis.service import Service, dependencies, every, pruning
from services.chassis.tokens import Tokens
from services.chassis.web import create_app
from services.contracts.proof import Signer
from services.contracts.terms import ANSWER
from services.contracts.topology import ROUTER_REPLIES, reply_queue
from services.router import api, forgetting, operators, requests, trail
from services.router.claiming import Claiming
from services.router.console import app as console_app
from services.router.console.frame import Console
from services.router.console.live import Live
from services.router.console.oidc import CALLBACK, Provider, SignIn
from services.router.console.pages import ROOT, Pages
from services.router.console.peers import ACT_SECONDS, KEPT_BYTES, SECONDS, Peers
from services.router.desk import Desk
from services.router.directory_file import DEMO
from services.router.handlers import handlers
from services.router.holding import Holding
from services.router.links import Links
from services.router.notary import Notary
from services.router.routing import Router
from services.router.rulebook import Rulebook
from services.router.rules import LEXICON, read_set
from services.router.settings import RouterSettings
from services.router.shadow import Shadow
from services.router.texts import PROBLEMS
from services.router.verbs import Verbs
from services.router.watch import Watch
from services.router.wording import Wording

PRUNE_EVERY: Final = timedelta(hours=1)
NOTARY_EVERY: Final = timedelta(seconds=10)
WORDING_EVERY: Final = timedelta(seconds=2)
TOKEN_SERVER_SECONDS: Final = 5.0


def assemble(settings: RouterSettings) -> Service:
    """Build the router from its settings; nothing is opened yet. Raises when the rules cannot be read."""
    database = Database(settings.database_url, service="router")
    broker = Broker(settings.amqp_url.get_secret_value(), name="router")
    stopping = asyncio.Event()
    shipped = read_set(lexicon=settings.lexicon_file or LEXICON, directory=settings.directory_file or DEMO)
    book = Rulebook(shipped, settings.approval, {**ANSWER, **settings.terms})
    links = Links.under(settings.admin_key.get_secret_value(), page=settings.public_url)
    router = Router(book, now=clock.now, new_id=new_id, limits=settings.limits(), links=links)
    desk = Desk(database, router)
    claiming = Claiming(desk, settings.claim_lease)
    holding = Holding(Verbs(desk, settings.fix_days), timedelta(seconds=settings.undo_seconds))
    watch = Watch(database, router)
    notary = Notary(database, Signer(settings.signing_key.get_secret_value()) if settings.signing_key else None)
    shadow = Shadow(database, router)

    http = Outbound(timeout=TOKEN_SERVER_SECONDS, allowed=EVERYWHERE)

    async def end(stopping: asyncio.Event) -> None:
        await stopping.wait()
        await http.aclose()
        await peer.aclose()
        await services.aclose()

    async def begin(_stopping: asyncio.Event) -> None:
        async with database.transaction() as tx:
            await book.begin(tx, at=clock.now())

    app = create_app(
        title="router",
        version=__version__,
        texts=PROBLEMS,
        readiness=lambda: dependencies(database, broker, stopping, broker_needed=True),
    )
    app.state.database = database
    server = settings.token_server
    tokens = Tokens(server, http, allowed=requests.is_of_agency) if server else None
    app.state.keys = keys.Keys(database, admin_key=settings.admin_key, tokens=tokens)
    for routes in (
        *api.routers(
            desk,
            notary,
            fix_days=settings.fix_days,
            claiming=claiming,
            small_cell=settings.small_cell,
            stopping=stopping,
        ),
        keys.router(requests.SCOPES, trail.note_of),
        operations.router(requests.OPERATE, trail.note_of, (operators.SESSIONS_KEPT,)),
    ):
        app.include_router(routes)
    peer = Outbound(timeout=SECONDS, keep=KEPT_BYTES, allowed=EVERYWHERE)
    services = Outbound(timeout=ACT_SECONDS, keep=KEPT_BYTES, allowed=EVERYWHERE)
    live = Live(database)
    peers = Peers(
        services,
        {"intake": settings.intake_url, "notifier": settings.notifier_url},
        {"intake": settings.intake_key, "notifier": settings.notifier_key},
    )
    provider = _provider(settings)
    oidc = SignIn(provider, peer) if provider else None
    pages = Pages(console_app.AREAS)
    console = Console(desk, notary, live, peers, pages, holding, claiming, oidc, broker, settings.small_cell)
    app.mount(ROOT, console_app.create(console))

    queues = handlers(router)

    def replies_of_each() -> Iterator[str]:
        return map(reply_queue, book.current.directory.queue_codes())

    more = {ROUTER_REPLIES: replies_of_each}
    consumers = [
        Consumer(queue, table, database=database, broker=broker, also=more.get(queue, tuple))
        for queue, table in queues.items()
    ]
    keepers = [keeper(queue, database=database, broker=broker) for queue in queues]
    return Service(
        name="router",
        app=app,
        database=database,
        broker=broker,
        workers=(
            begin,
            end,
            *(consumer.run for consumer in (*consumers, *keepers)),
            holding.run,
            every(PRUNE_EVERY, holding.prune),
            live.run,
            every(settings.watch_every, watch.look),
            every(NOTARY_EVERY, notary.write),
            every(settings.shadow_every, shadow.look),
            every(WORDING_EVERY, Wording(database).look),
            pruning(database, forgetting.again),
        ),
        relays=(Relay(database, broker).run,),
        host=settings.host,
        port=settings.port,
        drain=timedelta(seconds=settings.drain_seconds),
        stopping=stopping,
    )


def _provider(settings: RouterSettings) -> Provider | None:
    """Where operators sign in, if not at the console alone."""
    if not settings.oidc_issuer:
        return None
    return Provider(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        settings.oidc_login_claim,
        callback=f"{settings.console_url}{ROOT}{CALLBACK}",
    )
