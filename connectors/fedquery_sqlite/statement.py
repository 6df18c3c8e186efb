"""What SQLite is asked for one scan: the columns, and the conditions where they are safe."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from fedquery.spi import INTEGERS, Compare, In, IsNull, PhysicalColumn, TableRead, ValueOperand

#: JSON is part of every SQLite from this version on.
JSON = sqlite3.sqlite_version_info >= (3, 38)


@dataclass(frozen=True, slots=True)
class Condition:
    """``text`` with its values; and ``other``, which holds for values that it must not hide."""

    text: str
    values: tuple[object, ...]
    other: str


def statement(read: TableRead, *, sure: bool = False) -> tuple[str, tuple[object, ...]]:
    """Row after row, and its bound values. With ``sure``, that there are no other values."""
    # with the table's name before it, SQLite takes a vanished column for an error and not for a text
    columns = ", ".join(f"t.{quoted(column.name)}" for column in read.columns) or "1"
    asked = conditions(read)
    where = " AND ".join(c.text if sure else f"({c.text} OR {c.other})" for c in asked)
    text = f"SELECT {columns} FROM {_table(read)} AS t{where and f' WHERE {where}'}"
    return text, tuple(value for condition in asked for value in condition.values)


def quick(connection: sqlite3.Connection, read: TableRead, known: dict[str, bool]) -> bool:
    """Whether an index finds the rows by equality, and no other values are there that the conditions alone would hide.

    That nothing is there takes a scan to know; it stays known as long as nobody writes.
    """
    text, bound = statement(read, sure=True)
    steps = connection.execute(f"EXPLAIN QUERY PLAN {text}", bound).fetchall()
    if not any(step.startswith("SEARCH t USING") and "=?" in step for *_, step in steps):
        return False
    others = " OR ".join(sorted({condition.other for condition in conditions(read)}))
    question = f"SELECT NOT EXISTS (SELECT 1 FROM {_table(read)} AS t WHERE {others})"
    if question not in known:
        known[question] = bool(connection.execute(question).fetchone()[0])
    return known[question]


def conditions(read: TableRead) -> list[Condition]:
    """Those conjuncts that SQLite may be asked."""
    types = {column.name: column for column in read.columns}
    return [found for conjunct in read.conjuncts if (found := _condition(conjunct, types)) is not None]


def _table(read: TableRead) -> str:
    return ".".join(quoted(part) for part in read.table)


def _condition(conjunct: Compare | In | IsNull, types: dict[str, PhysicalColumn]) -> Condition | None:
    """The conjunct in SQLite, where it can leave out no row that matters.

    Equality of texts is a superset under every collation; comparisons of whole numbers hold because other values of the
    column are refused when they are read. A condition would hide those: they are asked for as well, or known not to be there.
    A list is one bound JSON text, however long it is; SQLite would cut a text in it at U+0000.
    """
    operand = conjunct.left if isinstance(conjunct, Compare) else conjunct.operand
    column = types.get(getattr(operand, "name", ""))
    if column is None:
        return None
    name, whole = f"t.{quoted(column.name)}", column.type.name in INTEGERS
    other = f"typeof({name}) NOT IN ('{'integer' if whole else 'text'}', 'null')"
    match conjunct:
        case Compare(operator, _, ValueOperand(value, _)) if whole and isinstance(value, int) and -(2**63) <= value < 2**63:
            return Condition(f"{name} {operator} ?", (value,), other)
        case Compare("=", _, ValueOperand(value, _)) if column.type.name == "varchar" and isinstance(value, str):
            return Condition(f"{name} = ?", (value,), other)
        case In(_, tuple() as members) if JSON and (whole or column.type.name == "varchar"):
            values = [member.value for member in members]
            if all(type(value) is int if whole else isinstance(value, str) and "\0" not in value for value in values):
                listed = json.dumps(values, ensure_ascii=False)
                return Condition(f"{name} IN (SELECT value FROM json_each(?))", (listed,), other)
        case IsNull() if column.invalid == "error":
            return Condition(f"{name} IS NULL", (), other)
    return None


def quoted(name: str) -> str:
    """The name of a table or column."""
    return '"' + name.replace('"', '""') + '"'
