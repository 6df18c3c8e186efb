"""What a column type of MySQL or MariaDB is in the directory.

>>> propose("decimal(12,2) unsigned")
(LogicalType(name='decimal', precision=12, scale=2, item=None), '')
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fedquery.spi import LogicalType, UnsupportedByConnector

INTEGER_BASES = {
    "tinyint": ("tinyint", "utinyint"),
    "smallint": ("smallint", "usmallint"),
    "mediumint": ("integer", "integer"),
    "int": ("integer", "uinteger"),
    "bigint": ("bigint", "ubigint"),
}
TEXT_BASES = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext", "enum"})
#: Read as text, but not compared as text while raw: a set is a number, the others have their own conversions.
TEXTUAL_BASES = TEXT_BASES | {"set", "json", "uuid", "inet4", "inet6"}
BINARY_BASES = frozenset({"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"})
EXACT_BASES = frozenset({*INTEGER_BASES, "decimal", "bit", "year"})
RANGES = {
    "tinyint": (-(2**7), 2**7 - 1),
    "smallint": (-(2**15), 2**15 - 1),
    "integer": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
    "utinyint": (0, 2**8 - 1),
    "usmallint": (0, 2**16 - 1),
    "uinteger": (0, 2**32 - 1),
    "ubigint": (0, 2**64 - 1),
}

_CASTS = {
    "varchar": "CHAR", "blob": "BINARY", "real": "DOUBLE", "double": "DOUBLE", "boolean": "SIGNED", "date": "DATE",
    "time": "TIME(6)", "timestamp": "DATETIME(6)", "timestamptz": "DATETIME(6)",
}  # fmt: skip
_DECLARED = re.compile(r"(\w+)(?:\((\d+)(?:,(\d+))?\))?")
_COLLATION = re.compile(r" collate (\w+)$")


@dataclass(frozen=True, slots=True)
class Declared:
    """A column type as the source writes it, with the collation that ``describe`` adds to texts. Unknown when empty."""

    base: str
    length: int | None = None
    scale: int = 0
    unsigned: bool = False
    collation: str | None = None

    @staticmethod
    def parse(text: str) -> Declared:
        """``"varchar(40) collate utf8mb4_general_ci"``, ``"bigint(20) unsigned"``, ``""``."""
        lower = text.strip().lower()
        if not (found := _DECLARED.match(lower)):
            return Declared("")
        collation = _COLLATION.search(lower)
        length = int(found[2]) if found[2] else None
        return Declared(found[1], length, int(found[3] or 0), " unsigned" in lower, collation[1] if collation else None)

    @property
    def range(self) -> tuple[int, int] | None:
        """The whole numbers it can hold, when it holds nothing else."""
        if self.base in INTEGER_BASES:
            return RANGES[INTEGER_BASES[self.base][self.unsigned]]
        if self.base == "bit":
            return 0, 2 ** (self.length or 1) - 1
        return (0, 2155) if self.base == "year" else None


def cast_name(type: LogicalType) -> str:
    """The server's name of a logical type in a CAST. Raises UnsupportedByConnector where it has none."""
    if type.name == "decimal":
        return f"DECIMAL({type.precision},{type.scale})"
    if type.name in RANGES:
        return "UNSIGNED" if type.name.startswith("u") else "SIGNED"
    if type.name not in _CASTS:
        raise UnsupportedByConnector(f"The type {type} is not available at MySQL or MariaDB.")
    return _CASTS[type.name]


_SIMPLE = {
    "double": "double", "float": "real", "date": "date", "datetime": "timestamp", "timestamp": "timestamptz", "time": "time",
    "year": "smallint",
    **dict.fromkeys(TEXTUAL_BASES, "varchar"),
    **dict.fromkeys(BINARY_BASES, "blob"),
}  # fmt: skip
_NOTES = {
    "date": "Zero and incomplete dates are invalid values.",
    "datetime": "Zero and incomplete dates are invalid values.",
    "timestamp": "Read in UTC; zero dates are invalid values.",
    "time": "Values below 00:00:00 or from 24:00:00 on are invalid.",
    "float": "Single precision.",
    "set": "Read as its labels, separated by commas.",
}


def propose(text: str) -> tuple[LogicalType | None, str]:
    """The logical type for a declared type, or None, and what to mind."""
    declared = Declared.parse(text)
    base = declared.base
    if (base, declared.length) in (("tinyint", 1), ("bit", 1)) and not declared.unsigned:
        note = "Values other than 0 and 1 are invalid; declare it tinyint to keep them." if base == "tinyint" else ""
        return LogicalType("boolean"), note
    if base in INTEGER_BASES:
        return LogicalType(INTEGER_BASES[base][declared.unsigned]), ""
    if base == "bit":
        return LogicalType("ubigint"), "Read as a number."
    if base == "decimal":
        digits = declared.length or 10
        note = "Values with more digits than 38 are invalid." if digits > 38 else ""
        return LogicalType("decimal", min(digits, 38), declared.scale), note
    if base in _SIMPLE:
        return LogicalType(_SIMPLE[base]), _NOTES.get(base, "")
    return None, f"No logical type holds {base or 'it'}."
