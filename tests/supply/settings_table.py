"""`make settings`: the README's table of settings, from the code."""

from pydantic.fields import FieldInfo

from bot.settings import Settings
from tests.supply.locks import ROOT

README = ROOT / "README.md"
HEAD = "| Name | Default | Meaning |\n| --- | --- | --- |\n"
IN_WORDS = {
    "discord_api_base_url": "Discord's v10",
    "discord_cdn_hosts": "Discord's two hosts",
    "kie_api_base_url": "the provider's host",
    "kie_upload_base_url": "the provider's host for files",
    "database_url": "SQLite in `DATA_DIR`",
    "clip_store_url": "`clips/` in `DATA_DIR`",
    "backup_dir": "`backups/` in `DATA_DIR`",
    "poll_schedule": "learned from the last 200 tasks; `4,4,6,8,10,15,20,30` until 30 are known; then slower",
    "shard_count": "automatic",
    "shard_ids": "automatic",
}
"""Defaults that depend on something else, or are too long to be copied by anybody."""


def default_of(name: str, field: FieldInfo) -> str:
    """As it would be written, or in words."""
    if field.is_required():
        return "required"
    if name in IN_WORDS:
        return IN_WORDS[name]
    match field.default:
        case None:
            return "none"
        case tuple() as several:
            return f"`{','.join(map(str, several))}`"
        case float() as number:
            return f"`{number:g}`"
        case value:
            return f"`{value}`"


def table() -> str:
    """What has to be set stands first."""
    fields = sorted(Settings.model_fields.items(), key=lambda one: not one[1].is_required())
    rows = (
        f"| `{name.upper()}` | {default_of(name, field)} | {' '.join((field.description or '').split())} |\n"
        for name, field in fields
    )
    return HEAD + "".join(rows)


def with_table(page: str) -> str:
    """The page with the table as it has to be."""
    before, _, rest = page.partition(HEAD)
    lines = rest.splitlines(keepends=True)
    end = next(number for number, line in enumerate(lines) if not line.startswith("|"))
    return before + table() + "".join(lines[end:])


if __name__ == "__main__":
    README.write_text(with_table(README.read_text("utf-8")), "utf-8")
