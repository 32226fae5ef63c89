"""What every area of the console stands on."""

from dataclasses import dataclass, field

from services.chassis.broker import Broker
from services.chassis.database import Database
from services.router.claiming import Claiming
from services.router.console.doorstep import Doorstep
from services.router.console.kept import PATIENCE
from services.router.console.live import Live
from services.router.console.oidc import SignIn
from services.router.console.pages import Pages
from services.router.console.peers import Peers
from services.router.desk import Desk
from services.router.holding import Holding
from services.router.notary import Notary
from services.router.report import SMALL


@dataclass(frozen=True)
class Console:
    """The router's verbs, its live channel, the other services, and how pages are made."""

    desk: Desk
    notary: Notary
    live: Live
    peers: Peers
    pages: Pages
    holding: Holding
    claiming: Claiming
    oidc: SignIn | None = None
    broker: Broker | None = None
    """To ask how deep queues are."""
    small_cell: int = SMALL
    """Statistics leave counts below it out."""
    doorstep: Doorstep = field(default_factory=Doorstep)
    patience: float = PATIENCE
    """So many seconds a page waits for what it counts; longer counts go on aside."""

    @property
    def database(self) -> Database:
        return self.desk.database
