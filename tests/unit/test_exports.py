"""Files for admins: whole rows, split where they grow too large, and nothing that a spreadsheet computes."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.staff.oversight import for_moderators
from bot.model import Visibility
from bot.moderation import exports
from bot.moderation.exports import Format, MadeHere, Pages
from bot.records import JobRecord
from tests.builders import a_character, a_job, an_attempt

LIMIT = 2_000


def pages_of(form: Format, texts: list[str], limit: int = LIMIT) -> list[bytes]:
    pages = Pages(form, limit)
    full = [pages.add({"number": number, "prompt": text}) for number, text in enumerate(texts)]
    return [page for page in (*full, pages.last()) if page]


def read(form: Format, page: bytes) -> list[dict[str, str]]:
    if form is Format.CSV:
        return list(csv.DictReader(io.StringIO(page.decode(), newline="")))
    return [json.loads(line) for line in page.decode().split("\n") if line]


@pytest.mark.parametrize("form", Format)
def test_large_exports_are_split_between_rows(form: Format) -> None:
    texts = ["fox 🦊 " * 20] * 100

    pages = pages_of(form, texts)

    assert len(pages) > 5
    assert all(len(page) <= LIMIT for page in pages)
    assert [int(row["number"]) for page in pages for row in read(form, page)] == list(range(100))


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.sampled_from(exports.FORMULAS))
def test_no_cell_is_a_formula_and_every_text_comes_back(text: str, mark: str) -> None:
    (page,) = pages_of(Format.CSV, [mark + text], limit=10_000)
    (line,) = pages_of(Format.JSON_LINES, [text], limit=10_000)

    (row,) = read(Format.CSV, page)
    assert row["prompt"].startswith("'")
    assert json.loads(line)["prompt"] == text


def test_nothing_written_is_no_file() -> None:
    assert pages_of(Format.CSV, []) == []


def test_what_a_member_keeps_to_themselves_is_in_no_file() -> None:
    job = a_job(visibility=Visibility.PRIVATE, prompt="secret", name="secret")
    attempt = an_attempt(job)
    character = a_character(attempt, name="secret", provider_character_id="secret")

    rows = [
        exports.job_row(for_moderators(JobRecord(job, (attempt,)))),
        exports.character_row(MadeHere(character, is_private=True)),
    ]

    assert "secret" not in json.dumps([dict(row) for row in rows])
    assert exports.character_row(MadeHere(character, is_private=False))["name"] == "secret"
