"""The files of what is stored about somebody: readable, whole, and small enough for Discord."""

import csv
import io
import json
import secrets
import zipfile
from typing import Any

from cogs.own_data import as_csv, packed
from tests.builders import NOON

ROOM = 1_000_000


def opened(content: bytes) -> tuple[dict[str, Any], dict[str, list[dict[str, str]]]]:
    """The JSON of a file, and its tables."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        tables = {
            name.removesuffix(".csv"): list(csv.DictReader(io.StringIO(archive.read(name).decode())))
            for name in archive.namelist()
            if name.endswith(".csv")
        }
        return json.loads(archive.read("data.json")), tables


def test_a_file_holds_every_row_as_json_and_as_a_table() -> None:
    rows = {"jobs": [{"job_id": "A", "owner_id": 1200000000000000003, "created_at": NOON, "name": None}]}

    (content,) = packed({**rows, "picks": []}, ROOM)

    told, tables = opened(content)
    assert told["jobs"] == [
        {"job_id": "A", "owner_id": "1200000000000000003", "created_at": NOON.isoformat(), "name": None}
    ]
    assert tables["jobs"][0]["owner_id"] == "1200000000000000003"
    assert set(tables) == {"jobs"}


def test_nothing_at_all_is_a_file_that_says_so() -> None:
    (content,) = packed({"jobs": []}, ROOM)

    assert opened(content) == ({}, {})


def test_what_is_too_large_comes_in_parts_that_hold_every_row_once() -> None:
    rows = {"jobs": [{"job_id": str(number), "prompt": secrets.token_hex(2000)} for number in range(40)]}

    parts = packed(rows, 20_000)

    assert len(parts) > 1
    assert all(len(part) <= 20_000 for part in parts)
    assert [row["job_id"] for part in parts for row in opened(part)[0]["jobs"]] == [str(n) for n in range(40)]


def test_no_cell_is_run_by_a_spreadsheet_and_numbers_stay_numbers() -> None:
    table = as_csv([{"prompt": "=HYPERLINK(1)", "place_id": "-12"}])

    assert table.splitlines()[1] == "'=HYPERLINK(1),-12"


def test_half_of_a_surrogate_pair_breaks_no_file() -> None:
    (content,) = packed({"jobs": [{"prompt": "\ud83d @everyone **x**"}]}, ROOM)

    assert opened(content)[0]["jobs"] == [{"prompt": "? @everyone **x**"}]
