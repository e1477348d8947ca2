"""What is stored about somebody, as files that they can read: JSON, and a table of each kind as CSV."""

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.privacy import Rows

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins like this is run by spreadsheets (OWASP: CSV Injection)."""

TableRow = tuple[str, Mapping[str, Any]]


def packed(rows: Rows, limit_bytes: int) -> list[bytes]:
    """Zip files of at most `limit_bytes` each, with all rows between them; one row alone may be larger."""
    return _packed([(table, row) for table, of_table in rows.items() for row in of_table], limit_bytes)


def _packed(rows: Sequence[TableRow], limit_bytes: int) -> list[bytes]:
    whole = zipped(rows)
    if len(whole) <= limit_bytes or len(rows) <= 1:
        return [whole]
    half = len(rows) // 2
    return [*_packed(rows[:half], limit_bytes), *_packed(rows[half:], limit_bytes)]


def zipped(rows: Sequence[TableRow]) -> bytes:
    """One zip file: all rows in `data.json`, and the rows of each table in a CSV file of its name."""
    by_table: dict[str, list[dict[str, Any]]] = {}
    for table, row in rows:
        by_table.setdefault(table, []).append({name: _plain(value) for name, value in row.items()})
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("data.json", json.dumps(by_table, indent=2, ensure_ascii=False).encode())
        for table, of_table in by_table.items():
            archive.writestr(f"{table}.csv", as_csv(of_table).encode())
    return file.getvalue()


def as_csv(rows: Iterable[Mapping[str, Any]]) -> str:
    """A table with a line of names; all rows have the same. Ids stay whole where they are opened as text."""
    listed = list(rows)
    file = io.StringIO()
    writer = csv.DictWriter(file, fieldnames=list(listed[0]))
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in listed)
    return file.getvalue()


def _plain(value: Any) -> Any:
    """What JSON can hold. Discord's ids are longer than a number is there for many programs."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value.startswith(FORMULA) and not value.lstrip("-").isdigit():
        return f"'{value}"
    return value
