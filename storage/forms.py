"""Which form has become which job, in the database."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import FormUsed
from bot.model import Job
from storage.dialects import insert
from storage.schema import forms


async def use_form(connection: AsyncConnection, job: Job, form_id: str) -> None:
    """Notes that the owner's form has become this job.

    Raises:
        FormUsed: it has become one before.
    """
    row = {"owner_id": job.order.owner_id, "form_id": form_id, "job_id": job.job_id}
    noting = insert(connection, forms).values(row)
    noted = await connection.execute(noting.on_conflict_do_nothing(index_elements=("owner_id", "form_id")))
    if noted.rowcount == 0:
        raise FormUsed(form_id)
