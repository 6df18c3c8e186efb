"""PostgreSQL's declared types: what a type text says, and the logical type that can hold its values.

>>> Declared.parse("numeric(10,2)")
Declared(family='numeric', arguments=(10, 2), dimensions=0)
>>> draft(Declared.parse("character(18)"))
(LogicalType(name='varchar', precision=0, scale=0, item=None), 'blanks at the end are padding and are removed')
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fedquery.spi import LogicalType

#: Names that format_type gives, and the shorter ones that people write, by family.
_FAMILIES = {
    "boolean": "boolean", "bool": "boolean",
    "smallint": "smallint", "int2": "smallint", "smallserial": "smallint",
    "integer": "integer", "int": "integer", "int4": "integer", "serial": "integer",
    "bigint": "bigint", "int8": "bigint", "bigserial": "bigint",
    "oid": "oid",
    "real": "real", "float4": "real", "double precision": "double", "float8": "double",
    "numeric": "numeric", "decimal": "numeric", "money": "money",
    "text": "text", "character varying": "text", "varchar": "text", "name": "name",
    "character": "char", "char": "char", "bpchar": "char",
    "bytea": "bytea", "uuid": "uuid",
    "date": "date", "time without time zone": "time", "time": "time",
    "timestamp without time zone": "timestamp", "timestamp": "timestamp",
    "timestamp with time zone": "timestamptz", "timestamptz": "timestamptz",
    "interval": "interval",
}  # fmt: skip

#: The smallest and largest value of each integer type, PostgreSQL's and the directory's.
RANGES = {
    "tinyint": (-(2**7), 2**7 - 1), "smallint": (-(2**15), 2**15 - 1), "integer": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1), "utinyint": (0, 2**8 - 1), "usmallint": (0, 2**16 - 1), "uinteger": (0, 2**32 - 1),
    "ubigint": (0, 2**64 - 1), "oid": (0, 2**32 - 1),
}  # fmt: skip

_SAME = frozenset({
    "boolean", "smallint", "integer", "bigint", "real", "double", "date", "time", "timestamp", "timestamptz", "interval",
})  # fmt: skip
_TEXT = re.compile(
    r"(?P<name>[a-z][a-z0-9 ]*?)\s*(?:\((?P<arguments>[-\d, ]+)\))?(?P<zone> with(?:out)? time zone)?(?P<lists>(?:\[\d*\])*)"
)


@dataclass(frozen=True, slots=True)
class Declared:
    """A declared type: ``family`` is "" when nothing was declared, "other" for a type that can only be read as text."""

    family: str
    arguments: tuple[int, ...] = ()
    dimensions: int = 0

    @staticmethod
    def parse(text: str) -> Declared:
        """Any text is understood; what is not known is of the family "other"."""
        if not text.strip():
            return Declared("")
        found = _TEXT.fullmatch(text.strip().lower())
        if not found:
            return Declared("other", dimensions=text.count("[]"))
        name = " ".join((found["name"] + (found["zone"] or "")).split())
        if name.startswith("interval "):
            name = "interval"
        family = _FAMILIES.get(name, "other")
        arguments = tuple(int(a) for a in (found["arguments"] or "").split(",") if a.strip())
        if family == "numeric" and len(arguments) == 1:
            arguments = (*arguments, 0)
        return Declared(family, arguments, found["lists"].count("["))


def draft(declared: Declared) -> tuple[LogicalType | None, str]:
    """The logical type to propose in a directory entry, None when there is none, and what to mind."""
    if declared.dimensions:
        item, note = draft(Declared(declared.family, declared.arguments))
        note = "; ".join(filter(None, (note, "an array of more than one dimension is an invalid value")))
        return (LogicalType("list", item=item), note) if item else (None, note)
    if declared.family in _SAME:
        return LogicalType(declared.family), _NOTES.get(declared.family, "")
    match declared.family:
        case "numeric":
            return _decimal(declared.arguments)
        case "money":
            return LogicalType("decimal", 19, 2), "the number of decimal places depends on the source's lc_monetary"
        case "oid":
            return LogicalType("uinteger"), ""
        case "bytea":
            return LogicalType("blob"), ""
        case family:
            return LogicalType("varchar"), _NOTES.get(family, "")


_NOTES = {
    "char": "blanks at the end are padding and are removed",
    "date": "infinity and what no timestamp can hold are invalid values",
    "timestamp": "infinity is an invalid value",
    "timestamptz": "infinity is an invalid value",
    "time": "24:00 is an invalid value",
    "interval": "infinity and more than 2562046 hours are invalid values",
    "other": "read as the source's own text",
}


def _decimal(arguments: tuple[int, ...]) -> tuple[LogicalType | None, str]:
    if not arguments:
        return None, "numeric without precision: declare the decimal(p,s) that its values fit; others are invalid values"
    precision, scale = arguments
    if scale < 0:
        precision, scale = precision - scale, 0
    precision = max(precision, scale)
    if precision > 38:
        return None, "more than 38 digits: declare the decimal(p,s) that its values fit; others are invalid values"
    return LogicalType("decimal", precision, scale), "NaN is an invalid value"
