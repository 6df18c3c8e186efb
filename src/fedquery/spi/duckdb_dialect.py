"""The spelling of DuckDB: the residual's own, and that of every source whose masks run in a private DuckDB."""

from __future__ import annotations

from typing import ClassVar

from fedquery.arrow import LogicalType
from fedquery.masks import TOKEN_PREFIX, Mask
from fedquery.predicates import COMPARISONS
from fedquery.spi.capabilities import AGGREGATES, FUNCTIONS, JOINS, OPERATORS, SETS, Capabilities
from fedquery.spi.dialect import Dialect
from fedquery.spi.request import PhysicalColumn

_SMALLEST = {"tinyint": -128, "smallint": -(2**15), "integer": -(2**31), "bigint": -(2**63)}


class DuckDBDialect(Dialect):
    """DuckDB 2.0. Parameters are DuckDB's own named parameters."""

    name: ClassVar[str] = "duckdb"

    def parameter(self, name: str, type: LogicalType) -> str:
        return f"CAST(${name} AS {type.sql})"

    def member(self, operand: str, name: str, type: LogicalType) -> str:
        # NULL IN a list with elements is NULL, not FALSE: else NOT IN would show the rows whose column is NULL
        values = f"CAST(${name} AS {type.sql}[])"
        return f"CASE WHEN len({values}) > 0 THEN list_contains({values}, {operand}) ELSE FALSE END"

    def among(self, value: str, name: str, type: LogicalType) -> str:
        return f"{value} IN (SELECT unnest(CAST(${name} AS {type.sql}[])))"  # a hash join; list_contains looks at every one

    def checked(self, text: str, type: LogicalType) -> str:
        return text  # DuckDB itself raises where DuckDB does

    def read(self, column: PhysicalColumn) -> str:
        return self.identifier(column.name)

    def mask(self, mask: Mask, value: str, type: LogicalType) -> str:
        match mask.name, mask.arguments:
            case "null", ():
                return self.literal(None, type)
            case "const", (text,) if mask.hide_null:
                return self.string(str(text))
            case "const", (text,):
                return f"CASE WHEN {value} IS NOT NULL THEN {self.string(str(text))} END"
            case "keep", (int(prefix), int(suffix)):
                stars = f"repeat('*', length({value}) - {prefix + suffix})"
                ends = f"left({value}, {prefix}) || {stars} || {f'right({value}, {suffix})' if suffix else chr(39) * 2}"
                return f"CASE WHEN length({value}) <= {prefix + suffix} THEN repeat('*', length({value})) ELSE {ends} END"
            case "prefix", (count,):
                return f"left({value}, {count})"
            case "truncate", (unit,):
                return f"CAST(date_trunc('{unit}', {value}) AS {type.sql})"
            case "band", (step,):
                return _band(value, str(step), type)
        return super().mask(mask, value, type)

    def token(self, value: str, inner: str, outer: str) -> str:
        trimmed = f"trim({value}, E' \\t\\n\\x0B\\x0C\\r')"
        canonical = f"CASE WHEN strlen({trimmed}) = length({trimmed}) THEN upper({trimmed}) ELSE {trimmed} END"
        first = f"unhex(sha256(unhex({self.block(inner)}) || encode({canonical})))"
        return f"'{TOKEN_PREFIX}' || left(sha256(unhex({self.block(outer)}) || {first}), 32)"

    def block(self, name: str) -> str:
        """Text that reads a padded key block."""
        return f"${name}"


def _band(value: str, step: str, type: LogicalType) -> str:
    """The greatest multiple of step not above the value, and never below the type's smallest value."""
    wide = "HUGEINT" if type.name != "decimal" else f"DECIMAL(38,{type.scale})"
    if type.name == "decimal":
        smallest = "-" + ("9" * (type.precision - type.scale) or "0") + ("." + "9" * type.scale if type.scale else "")
    else:
        smallest = str(_SMALLEST.get(type.name, 0))
    number, divisor, least = (f"CAST({text} AS {wide})" for text in (value, step, smallest))
    remainder = f"({number} % {divisor})"
    # Towards zero first: 38 digits leave no room to step below the smallest value and clamp afterwards.
    nearer = f"({number} - {remainder})"
    below = f"CASE WHEN {nearer} < {least} + {divisor} THEN {least} ELSE {nearer} - {divisor} END"
    floor = f"CASE WHEN {remainder} < 0 THEN {below} ELSE {nearer} END"
    return f"CASE WHEN {value} IS NOT NULL THEN CAST({floor} AS {type.sql}) END"


_TYPES = (
    "boolean", "tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint", "real", "double",
    "decimal", "varchar", "blob", "date", "time", "timestamp", "timestamptz", "interval",
)  # fmt: skip

#: What an embedded DuckDB does exactly as the gateway's DuckDB: everything.
DUCKDB_CAPABILITIES = Capabilities(
    operators=dict.fromkeys(_TYPES, OPERATORS),
    functions=FUNCTIONS,
    aggregates={name: frozenset((*_TYPES, "*")) for name in AGGREGATES},
    joins=JOINS,
    sets=SETS,
    masks=frozenset({"null", "const", "keep", "prefix", "band", "truncate", "token"}),
    slots=frozenset({*COMPARISONS, "in", "null"}) - {"<>"},
    limit=True,
    order_limit=True,
    cancel=True,
    embedded=True,
)
