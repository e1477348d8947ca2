"""Which providers are not to be bothered, and until when, in the database."""

from datetime import datetime

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.model import Circuit
from storage.announcements import rearm_cards
from storage.database import Database
from storage.dialects import QUEUE_LOCK, insert, take_turn
from storage.rows import circuit_of, circuit_row
from storage.schema import IN_QUEUE, announcements, attempts, circuits


class SqlCircuitStore:
    """Circuits by provider. Attempts that wait for submission carry the fault of an open one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, provider: str) -> Circuit | None:
        async with self._database.read() as connection:
            result = await connection.execute(select(circuits).where(circuits.c.provider == provider))
            row = result.mappings().first()
        return None if row is None else circuit_of(row)

    async def open(self, circuit: Circuit, now: datetime) -> bool:
        """Stores the circuit, notes its fault on every queued attempt and makes their cards due.

        The cards of what waits behind other open circuits come due, too: one way on less. Where it is open
        for the same fault already, only `probe_at` changes, and the answer is False.
        """
        row = circuit_row(circuit)
        waiting = attempts.c.provider == circuit.provider
        affected = select(attempts.c.job_id).where(IN_QUEUE, waiting | behind_another(circuit.provider))
        async with self._database.write() as connection:
            if await put_off(connection, circuit):
                return False
            adding = insert(connection, circuits).values(row)
            await connection.execute(adding.on_conflict_do_update(index_elements=("provider",), set_=row))
            # Who gives turns takes the queue's rows in another order.
            await take_turn(connection, QUEUE_LOCK)
            # Attempts before announcements, as everywhere: else two transactions could wait for each other.
            await connection.execute(affected.with_for_update())
            await connection.execute(update(attempts).where(IN_QUEUE, waiting).values(fault=row["fault"]))
            await connection.execute(rearm_cards(now).where(announcements.c.job_id.in_(affected)))
        return True

    async def close(self, provider: str, now: datetime) -> bool:
        """Removes the circuit and its traces on queued attempts; True when there was one.

        The cards of what waits behind other open circuits come due, too: one way on more.
        """
        present = select(circuits.c.fault).where(circuits.c.provider == provider).with_for_update()
        async with self._database.write() as connection:
            fault = await connection.scalar(present)
            if fault is None:
                return False
            marked = IN_QUEUE & (attempts.c.provider == provider) & (attempts.c.fault == fault)
            affected = select(attempts.c.job_id).where(marked | (IN_QUEUE & behind_another(provider)))
            await take_turn(connection, QUEUE_LOCK)
            await connection.execute(affected.with_for_update())
            await connection.execute(rearm_cards(now).where(announcements.c.job_id.in_(affected)))
            await connection.execute(update(attempts).where(marked).values(fault=None))
            await connection.execute(delete(circuits).where(circuits.c.provider == provider))
        return True


def behind_another(provider: str) -> ColumnElement[bool]:
    """Which attempts are with a provider, other than this one, whose circuit is open."""
    return attempts.c.provider.in_(select(circuits.c.provider).where(circuits.c.provider != provider))


async def put_off(connection: AsyncConnection, circuit: Circuit) -> bool:
    """Sets another time for the next try of a circuit that is open for this fault; False where none is."""
    same = (circuits.c.provider == circuit.provider) & (circuits.c.fault == circuit.fault.value)
    result = await connection.execute(update(circuits).where(same).values(probe_at=circuit.probe_at))
    return result.rowcount > 0
