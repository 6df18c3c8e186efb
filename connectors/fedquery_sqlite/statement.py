"""What SQLite is asked for one scan: the columns, and the conditions where they are safe."""

from __future__ import annotations

import json
import sqlite3

from fedquery.spi import INTEGERS, Compare, In, IsNull, PhysicalColumn, TableRead, ValueOperand

#: JSON is part of every SQLite from this version on.
JSON = sqlite3.sqlite_version_info >= (3, 38)


def statement(read: TableRead) -> tuple[str, tuple[object, ...]]:
    """Row after row, and its bound values."""
    # with the table's name before it, SQLite takes a vanished column for an error and not for a text
    columns = ", ".join(f"t.{quoted(column.name)}" for column in read.columns) or "1"
    parts = conditions(read)
    where = f" WHERE {' AND '.join(text for text, _ in parts)}" if parts else ""
    table = ".".join(quoted(part) for part in read.table)
    return f"SELECT {columns} FROM {table} AS t{where}", tuple(value for _, values in parts for value in values)


def conditions(read: TableRead) -> list[tuple[str, tuple[object, ...]]]:
    """Those conjuncts that SQLite may be asked, with their values."""
    types = {column.name: column for column in read.columns}
    return [part for conjunct in read.conjuncts if (part := _condition(conjunct, types)) is not None]


def _condition(conjunct: Compare | In | IsNull, types: dict[str, PhysicalColumn]) -> tuple[str, tuple[object, ...]] | None:
    """The conjunct in SQLite, where it can leave out no row that matters and hide no invalid value.

    Equality of texts is a superset under every collation; comparisons of whole numbers hold because other values of the
    column are refused when they are read. A condition would hide those, so each keeps values of other storage classes.
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
            return f"({name} {operator} ? OR {other})", (value,)
        case Compare("=", _, ValueOperand(value, _)) if column.type.name == "varchar" and isinstance(value, str):
            return f"({name} = ? OR {other})", (value,)
        case In(_, tuple() as members) if JSON and (whole or column.type.name == "varchar"):
            values = [member.value for member in members]
            if all(type(value) is int if whole else isinstance(value, str) and "\0" not in value for value in values):
                return f"({name} IN (SELECT value FROM json_each(?)) OR {other})", (json.dumps(values, ensure_ascii=False),)
        case IsNull() if column.invalid == "error":
            return f"({name} IS NULL OR {other})", ()
    return None


def quoted(name: str) -> str:
    """The name of a table or column."""
    return '"' + name.replace('"', '""') + '"'
