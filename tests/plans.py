"""How PostgreSQL carries out a statement, where a test must not depend on what it happens to choose."""

from sqlalchemy import text

from services.chassis.database import Transaction

_OTHERS = ("hashjoin", "mergejoin", "hashagg", "sort", "material", "bitmapscan")


async def by_nested_loops(tx: Transaction) -> None:
    """Rows are looked at one by one until the transaction ends, as PostgreSQL does where it expects few of them."""
    if tx.dialect == "postgresql":
        for one in _OTHERS:
            await tx.execute(text(f"SET LOCAL enable_{one} = off"))
