"""Tables on which federated engines have gone wrong, as their systems keep them, and the rows that they are mapped to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: What the directory says of a column: a logical type, or that and more.
Column = str | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """``definition`` and ``rows`` are the source's own SQL; ``mapped`` holds the same rows in DuckDB's, under the mapping."""

    name: str
    columns: Mapping[str, Column]
    definition: str
    rows: str
    mapped: str = ""
    table: str = ""
    before: tuple[str, ...] = field(default=())


def _null(type: str) -> Mapping[str, Any]:
    return {"type": type, "invalid": "null"}


_CUSTOMER = {"id": "integer", "name": "varchar", "flag": "boolean"}
_CUSTOMERS = "(1, 'Ann', TRUE), (2, 'Bob', FALSE), (3, 'Cid', NULL), (4, NULL, TRUE)"
_ORDER = {"id": "integer", "customer": "integer", "remark": "varchar", "flag": "boolean", "amount": "integer"}
_ORDERS = """(10, 1, 'special requests', TRUE, 5), (11, 1, 'plain', FALSE, 0), (12, 2, 'special', NULL, 7),
             (13, NULL, 'plain', TRUE, 9), (14, 9, 'none', TRUE, NULL)"""


def _shop(boolean: str = "boolean", text: str = "text") -> tuple[Exhibit, ...]:
    """The two tables of the cases about the shape of plans."""
    return (
        Exhibit("customer", _CUSTOMER, f"id integer, name {text}, flag {boolean}", _CUSTOMERS),
        Exhibit("orders", _ORDER, f"id integer, customer integer, remark {text}, flag {boolean}, amount integer", _ORDERS),
    )


POSTGRES = (
    Exhibit(
        "moment", {"id": "integer", "d": _null("date"), "ts": _null("timestamp")}, "id integer, d date, ts timestamp",
        "(1, 'infinity', 'infinity'), (2, '-infinity', '-infinity'), (3, '2024-02-29', '2024-02-29 12:00'), (4, NULL, NULL)",
        "(1, NULL, NULL), (2, NULL, NULL), (3, '2024-02-29', '2024-02-29 12:00'), (4, NULL, NULL)",
    ),
    Exhibit("moment_strict", {"id": "integer", "d": "date", "ts": "timestamp"}, "", "", table="moment"),
    Exhibit(
        "number", {"id": "integer", "n": _null("decimal(38,9)")}, "id integer, n numeric",
        "(1, 1), (2, 2), (3, 'NaN'), (4, 12345678901234567890.123456789), (5, 1e30)",
        "(1, 1), (2, 2), (3, NULL), (4, 12345678901234567890.123456789), (5, NULL)",
    ),
    Exhibit("number_strict", {"id": "integer", "n": "decimal(38,9)"}, "", "", table="number"),
    Exhibit(
        "grid", {"id": "integer", "g": _null("integer[]")}, "id integer, g integer[]",
        "(1, '{{1,2},{3,4}}'), (2, '{5,6}'), (3, '{}'), (4, NULL)", "(1, NULL), (2, [5, 6]), (3, []), (4, NULL)",
    ),
    Exhibit("grid_strict", {"id": "integer", "g": "integer[]"}, "", "", table="grid"),
    Exhibit(
        "odd", dict.fromkeys(("pair", "span", "net", "bits", "clock"), "varchar"),
        "pair couple, span int4range, net inet, bits bit(4), clock timetz",
        "(row(1, 2), '[1,5)', '10.0.0.1', '1010', '12:34:56+08')",
        "('(1,2)', '[1,5)', '10.0.0.1/32', '1010', '12:34:56+08')",
        before=("CREATE TYPE couple AS (a integer, b integer)",),
    ),
    Exhibit(
        "word", {"id": "integer", "c": "varchar", "v": "varchar"}, 'id integer, c char(10), v text COLLATE "{locale}"',
        "(1, 'ab', 'b'), (2, 'ab  ', 'A'), (3, 'abc', 'B'), (4, NULL, 'a'), (5, '', 'á')",
        "(1, 'ab', 'b'), (2, 'ab', 'A'), (3, 'abc', 'B'), (4, NULL, 'a'), (5, '', 'á')",
    ),
    Exhibit(
        "clock", {"id": "integer", "t": _null("time")}, "id integer, t time",
        "(1, '24:00:00'), (2, '00:00:00'), (3, '00:00:00'), (4, '23:59:59.999999')",
        "(1, NULL), (2, '00:00:00'), (3, '00:00:00'), (4, '23:59:59.999999')",
    ),
    Exhibit(
        "float", {"id": "integer", "r": "real", "x": "double"}, "id integer, r real, x double precision",
        "(1, 'NaN', 'NaN'), (2, 'Infinity', 'Infinity'), (3, 1.5, 0.1), (4, '-0', '-0'), (5, 0, 0), (6, NULL, NULL)",
    ),
    Exhibit(
        "strange",
        {"sum_x": {"type": "integer", "physical": "Sum(x)"}, "chosen": {"type": "integer", "physical": "select"},
         "upper_id": {"type": "integer", "physical": "Id"}, "lower_id": {"type": "integer", "physical": "id"},
         "dotted": {"type": "integer", "physical": 'a."b'}, "lengthy": {"type": "integer", "physical": "x" * 63}},
        f'"Sum(x)" integer, "select" integer, "Id" integer, id integer, "a.""b" integer, {"x" * 63} integer',
        "(1, 2, 3, 4, 5, 6)", table='Odd "table" of\nnames',
    ),
    Exhibit(
        "thing", {"u": "varchar", "n": "integer"}, "u uuid, n integer",
        "('00000000-0000-0000-0000-000000000000', 1), ('80000000-0000-0000-0000-000000000000', 2), (NULL, 3), "
        "('ffffffff-ffff-ffff-ffff-ffffffffffff', 4)",
    ),
    Exhibit(
        "pause", {"id": "integer", "p": "interval"}, "id integer, p interval",
        "(1, '1 month'), (2, '30 days'), (3, '30 days'), (4, '1 day'), (5, '24 hours')",
    ),
    Exhibit(
        "stamp", {"id": "integer", "day": "date", "ts": "timestamp", "moment": "timestamptz"},
        "id integer, day date, ts timestamp, moment timestamptz",
        "(1, '2024-03-31', '2024-03-31 00:00:00.000001', '2024-03-31 00:00:00+08'), "
        "(2, '2024-04-01', '2024-04-01 00:00:00', '2024-03-31 23:30:00+00')",
    ),
    *_shop(),
)  # fmt: skip

MARIADB = (
    Exhibit(
        "word", {"id": "integer", "v": "varchar", "c": "varchar"}, "id int, v varchar(20), c char(5)",
        "(1, 'abc', 'ab'), (2, 'ABC', 'ab'), (3, 'abc ', 'AB'), (4, 'ábc', 'x')",
    ),
    Exhibit("code", {"code": "varchar", "n": "integer"}, "code varchar(10), n int", "('ABC ', 1), ('abc', 2), ('ABC', 3)"),
    Exhibit("flag", {"id": "integer", "b": _null("boolean")}, "id int, b tinyint(1)", "(1, 1), (2, 0), (3, 5), (4, NULL)",
            "(1, TRUE), (2, FALSE), (3, NULL), (4, NULL)"),
    Exhibit("flag_number", {"id": "integer", "b": "tinyint"}, "", "", "(1, 1), (2, 0), (3, 5), (4, NULL)", table="flag"),
    Exhibit(
        "wild",
        {"id": "integer", "n": _null("decimal(38,10)"), "d": _null("date"), "bits": "ubigint", "span": _null("time"),
         "f": "real"},
        "id int, n decimal(50,10), d date, bits bit(8), span time(6), f float",
        "(1, 1234567890123456789012345678.1234567891, '2024-02-29', b'10000001', '12:34:56', 3.14), "
        "(2, 1234567890123456789012345678901234567890, '2024-00-00', b'0', '-838:59:59', 0.1), "
        "(3, NULL, '0000-00-00', NULL, NULL, 3)",
        "(1, 1234567890123456789012345678.1234567891, '2024-02-29', 129, '12:34:56', 3.14), "
        "(2, NULL, NULL, 0, NULL, 0.1), (3, NULL, NULL, NULL, NULL, 3)",
    ),
    Exhibit("wild_strict", {"id": "integer", "d": "date"}, "", "", table="wild"),
    Exhibit(
        "number", {"id": "integer", "n": "integer", "x": "double", "big": "bigint", "s": "varchar", "d": "date"},
        "id int, n int, x double, big bigint, s varchar(20), d date",
        "(1, 0, 2.5, 9007199254740993, 'a', '2023-01-01'), (2, 5, -1, 9007199254740992, NULL, '2024-12-30'), "
        "(3, -7, 1000, 9223372036854775807, 'é', '2021-01-03'), (4, NULL, NULL, -9223372036854775808, '👩‍👩‍👧', NULL)",
    ),
    Exhibit(
        "path", {"id": "integer", "c": "varchar"}, "id int, c varchar(20)",
        r"(1, 'a\\b'), (2, 'a\b'), (3, '50%'), (4, '500'), (5, 'a_b'), (6, 'axb'), (7, 'abc\\'), (8, 'a%'), (9, 'O''Brien')",
        "(1, 'a\\b'), (2, 'a' || chr(8)), (3, '50%'), (4, '500'), (5, 'a_b'), (6, 'axb'), (7, 'abc\\'), (8, 'a%'), "
        "(9, 'O''Brien')",
    ),
    Exhibit(
        "stamp", {"id": "integer", "day": "date", "ts": "timestamp", "moment": "timestamptz"},
        "id int, day date, ts datetime(6), moment timestamp(6) null",
        "(1, '2024-03-31', '2024-03-31 00:00:00.000001', '2024-03-30 16:00:00'), "
        "(2, '2024-04-01', '2024-04-01 00:00:00', '2024-03-31 23:30:00')",
        "(1, '2024-03-31', '2024-03-31 00:00:00.000001', '2024-03-30 16:00:00+00'), "
        "(2, '2024-04-01', '2024-04-01 00:00:00', '2024-03-31 23:30:00+00')",
    ),
    *_shop("tinyint(1)", "varchar(40)"),
)  # fmt: skip

SQLITE = (
    Exhibit(
        "word", {"id": "integer", "v": "varchar", "c": "varchar"}, "id integer, v text COLLATE NOCASE, c text COLLATE RTRIM",
        "(1, 'abc', 'x'), (2, 'ABC', 'x '), (3, 'b', 'y'), (4, 'B', NULL), (5, 'abc', 'x')",
    ),
    Exhibit("code", {"code": "varchar", "n": "integer"}, "code text COLLATE NOCASE, n integer", "('ABC', 1), ('c', 2)"),
    Exhibit(
        "path", {"id": "integer", "c": "varchar"}, "id integer, c text",
        "(1, 'a\\b'), (3, '50%'), (4, '500'), (5, 'a_b'), (6, 'axb'), (7, 'abc\\'), (8, 'a%'), (9, 'O''Brien')",
    ),
    *_shop(),
)  # fmt: skip

PARQUET = (
    Exhibit("fixed", {"id": "integer", "c": "varchar"}, "", "", "(1, 'x'), (2, 'x   '), (3, 'y'), (4, 'X'), (5, 'x')"),
    Exhibit("zero", {"id": "integer", "x": "double"}, "", "", "(1, 0.0), (2, -0.0::DOUBLE), (3, 'NaN'), (4, NULL), (5, 'NaN')"),
    Exhibit(
        "path", {"id": "integer", "c": "varchar"}, "", "",
        "(1, 'a\\b'), (3, '50%'), (4, '500'), (5, 'a_b'), (6, 'axb'), (7, 'abc\\'), (8, 'a%'), (9, 'O''Brien')",
    ),
    Exhibit("many", {"n": "bigint"}, "", "", "(0)"),
    *(Exhibit(e.name, e.columns, "", "", e.rows) for e in _shop()),
)  # fmt: skip
