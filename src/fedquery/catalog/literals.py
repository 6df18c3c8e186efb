"""Literals of row filters and verify rules: a SQL literal -> an exact value of the type it is compared with, and back."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Context, Decimal

from sqlglot import exp

from fedquery.arrow import FLOATS, INTEGERS, LogicalType

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?")
_ZONE = re.compile(r"(Z|[+-]\d\d(:\d\d)?)")
_TYPED = {
    "date": ("DATE",),
    "time": ("TIME",),
    "timestamp": ("TIMESTAMP", "TIMESTAMPNTZ", "DATE"),
    "timestamptz": ("TIMESTAMPTZ",),
}
_BITS = {"tinyint": 8, "smallint": 16, "integer": 32, "bigint": 64}
_RANGES = {name: (Decimal(-(2 ** (bits - 1))), Decimal(2 ** (bits - 1) - 1)) for name, bits in _BITS.items()} | {
    f"u{name}": (Decimal(0), Decimal(2**bits - 1)) for name, bits in _BITS.items()
}
_EXACT = Context(prec=80)  # more digits than any type holds


def literal(node: exp.Expr, type: LogicalType) -> object:
    """The value of a literal beside something of ``type``. Raises ValueError: not a literal, wrong type, does not fit."""
    shown = node.sql("duckdb")
    if isinstance(node, exp.Null):
        raise ValueError("nothing equals NULL; write IS NULL or IS NOT NULL")
    if isinstance(node, exp.Boolean) and type.name == "boolean":
        return bool(node.this)
    text, kind = _written(node)
    if kind == "number" and (type.name in INTEGERS or type.name == "decimal" or type.name in FLOATS):
        return _number(text, type)
    if kind == "text" and type.name == "varchar":
        if "\0" in text:
            raise ValueError("a text cannot hold the character U+0000")
        return text
    if type.name in _TYPED and (kind == "text" or kind in _TYPED[type.name]):
        return _moment(text, type)
    if kind:
        raise ValueError(f"{shown} is not of the type {type}")
    raise ValueError(f"{shown} is neither a literal nor a :parameter")


def _written(node: exp.Expr) -> tuple[str, str]:
    """The text of a literal and how it was written: number, text, or the type name of ``DATE '...'``."""
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and not node.this.args.get("is_string"):
        return f"-{node.this.this}", "number"
    if isinstance(node, exp.Literal):
        return str(node.this), "text" if node.args.get("is_string") else "number"
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Literal) and node.this.args.get("is_string"):
        extra = [v for name, v in node.args.items() if name not in ("this", "to") and v]
        if not extra and isinstance(node.args["to"], exp.DataType):
            return str(node.this.this), node.args["to"].this.value
    return "", ""


def _number(text: str, type: LogicalType) -> object:
    value = Decimal(text)
    if type.name in FLOATS:
        if not math.isfinite(float(value)):
            raise ValueError(f"{text} does not fit into {type}")
        return float(value)
    scale = type.scale
    if type.name == "decimal":
        highest = Decimal(10) ** (type.precision - scale) - Decimal(1).scaleb(-scale)
        lowest = -highest
    else:
        lowest, highest = _RANGES[type.name]
    if not lowest <= value <= highest:
        raise ValueError(f"{text} does not fit into {type}")
    rounded = value.quantize(Decimal(1).scaleb(-scale), context=_EXACT)
    if rounded != value:
        raise ValueError(f"{text} has more decimal places than {type}")
    return int(value) if type.name in INTEGERS else rounded


def _moment(text: str, type: LogicalType) -> object:
    """ISO 8601 in one spelling, so that nobody has to know which others a parser takes."""
    forms = {
        "date": ("'2026-10-01'", _DATE.pattern),
        "time": ("'08:30:00'", _TIME.pattern),
        "timestamp": ("'2026-10-01 08:30:00'", f"{_DATE.pattern}( {_TIME.pattern})?"),
        "timestamptz": ("'2026-10-01 08:30:00+08:00'", f"{_DATE.pattern} {_TIME.pattern}{_ZONE.pattern}"),
    }
    example, pattern = forms[type.name]
    if not re.fullmatch(pattern, text):
        raise ValueError(f"'{text}' is not a {type}; write it as {example}")
    try:
        match type.name:
            case "date":
                return dt.date.fromisoformat(text)
            case "time":
                return dt.time.fromisoformat(text)
            case "timestamp":
                return dt.datetime.fromisoformat(text)
            case _:
                return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    except (ValueError, OverflowError) as problem:
        raise ValueError(f"'{text}' is not a {type}: no such day or time") from problem


def literal_text(value: object, type: LogicalType) -> str:
    """The one spelling of a value; :func:`literal` reads it back exactly."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (dt.date, dt.time)):
        text = value.isoformat(" ") if isinstance(value, dt.datetime) else value.isoformat()
        return f"{type.sql} '{text}'"
    if value is None:
        return "NULL"
    return "'" + str(value).replace("'", "''") + "'"
