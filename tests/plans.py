"""How PostgreSQL carries out a statement, where a test must not depend on what it happens to choose."""

from sqlalchemy import text

from services.chassis.database import Transaction

_OTHERS = ("hashjoin", "mergejoin", "hashagg", "sort", "material", "bitmapscan")


async def by_nested_loops(tx: Transaction) -> None:
    """Rows are looked at one by one until the transaction ends, as PostgreSQL does where it expects few of them."""
    if tx.dialect == "postgresql":
        for one in _OTHERS:
            await tx.execute(text(f"SET LOCAL enable_{one} = off"))


async def by_indexes(tx: Transaction) -> None:
    """No table is read from end to end until the transaction ends, where there is an index: as if all were big."""
    if tx.dialect == "postgresql":
        await tx.execute(text("SET LOCAL enable_seqscan = off"))


async def rows_read(tx: Transaction, table: str) -> int:
    """How many rows of a table this transaction has looked at. PostgreSQL alone tells."""
    counted = text("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = :name")
    return int((await tx.execute(counted, {"name": table})).scalar_one())
