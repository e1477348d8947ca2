"""The words around the files of `/characters-admin export`."""

from bot.moderation.exports import Format, What

DESCRIPTION = "Download jobs, characters, the audit log or statements of this server."
WHAT = {
    What.JOBS: "Jobs",
    What.CHARACTERS: "Characters",
    What.AUDIT: "Audit log",
    What.STATEMENTS: "Statements about clips",
}
FORMATS = {Format.CSV: "CSV, for spreadsheets", Format.JSON_LINES: "JSON Lines, for programs"}
NOTHING = "There is nothing of that in this server."
_NOUNS = {
    What.JOBS: "jobs",
    What.CHARACTERS: "characters",
    What.AUDIT: "lines of the audit log",
    What.STATEMENTS: "statements about clips",
}


def part(number: int) -> str:
    return f"Part {number}."


def whole(what: What, count: int, files: int, *, is_cut: bool) -> str:
    """What is in the files; `is_cut` says that there may be more."""
    split = f" in {files} files" if files > 1 else ""
    more = " There may be more: choose a shorter `since`." if is_cut else ""
    return (
        f"{count:,} {_NOUNS[what]}{split}, without clips. What a member keeps to themselves is left out. "
        f"This download is noted in the audit log.{more}"
    )
