"""Characters that are shared and renewed: whom they are shared with, which attempt renews one, former ids.

From here on a member's names are unique. Of characters with one name the newest keeps it, which is the one
that was meant by it; the others are numbered.
"""

from collections.abc import Iterator
from itertools import count

import sqlalchemy as sa
from alembic import op

revision = "0010_library"
down_revision = "0009_gates"

NAME_LENGTH = 40
NAMES = sa.text(
    "SELECT character_id, owner_id, name, name_folded FROM characters WHERE name IS NOT NULL"
    " ORDER BY owner_id, created_at DESC, character_id DESC"
)
NAMING = sa.text(
    "UPDATE characters SET name = :name, name_folded = :folded WHERE character_id = :character_id"
)


def upgrade() -> None:
    op.add_column("attempts", sa.Column("renews", sa.Text()))
    op.add_column("characters", sa.Column("shared_with_user_id", sa.BigInteger()))
    op.add_column("characters", sa.Column("shared_with_guild_id", sa.BigInteger()))
    tell_apart(op.get_bind())
    op.create_index("ix_characters_may_stop_working_at", "characters", ["may_stop_working_at"])
    op.create_index("ix_characters_shared_with_user_id", "characters", ["shared_with_user_id"])
    op.create_index("ix_characters_shared_with_guild_id", "characters", ["shared_with_guild_id"])
    op.create_index(
        "ix_characters_owner_id_name_folded", "characters", ["owner_id", "name_folded"], unique=True
    )
    op.create_table(
        "former_ids",
        sa.Column("character_id", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("provider_character_id", sa.Text(), nullable=False),
        sa.Column("replaced_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["character_id"],
            ["characters.character_id"],
            name="fk_former_ids_character_id_characters",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("character_id", "provider", "provider_character_id", name="pk_former_ids"),
    )
    op.create_index("ix_former_ids_provider_character_id", "former_ids", ["provider_character_id"])


def tell_apart(connection: sa.Connection) -> None:
    """Numbers the names that a member gave more than once."""
    rows = connection.execute(NAMES).all()
    taken = {(row.owner_id, row.name_folded) for row in rows}
    seen: set[tuple[int, str]] = set()
    for row in rows:
        key = (row.owner_id, row.name_folded)
        if key not in seen:
            seen.add(key)
            continue
        free = next(name for name in numbered(row.name) if (row.owner_id, name.casefold()) not in taken)
        taken.add((row.owner_id, free.casefold()))
        connection.execute(
            NAMING, {"name": free, "folded": free.casefold(), "character_id": row.character_id}
        )


def numbered(name: str) -> Iterator[str]:
    for number in count(2):
        suffix = f" {number}"
        yield name[: NAME_LENGTH - len(suffix)].rstrip() + suffix
