"""How a source spells what a governed leaf needs. The defaults are standard SQL; a connector overrides what differs.

A dialect turns names, values, masks and predicates into text, and nothing else: it never sees the caller's statement.
Every expression it returns must be total unless its docstring says otherwise.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import ClassVar

from fedquery.arrow import LogicalType
from fedquery.errors import InvariantBroken, UnsupportedByConnector
from fedquery.masks import Mask
from fedquery.predicates import (
    And,
    ColumnOperand,
    Compare,
    Constant,
    In,
    IsNull,
    Not,
    Operand,
    Or,
    ParameterOperand,
    Predicate,
    StartsWith,
    ValueOperand,
)
from fedquery.spi.request import PhysicalColumn

BOOLEAN = LogicalType("boolean")


class Dialect:
    """Spells SQL for one kind of source. Stateless; one instance serves every source of its kind."""

    #: sqlglot's name of the dialect in which fragment bodies are printed.
    name: ClassVar[str] = ""
    #: Whether aggregates take FILTER. Where not, they count what a CASE leaves, and only those travel that pass NULL over.
    filters: ClassVar[bool] = True

    # -- names and values

    def identifier(self, name: str) -> str:
        """A quoted identifier."""
        return '"' + name.replace('"', '""') + '"'

    def table(self, path: tuple[str, ...]) -> str:
        """A quoted, qualified table."""
        return ".".join(self.identifier(part) for part in path)

    def literal(self, value: object, type: LogicalType) -> str:
        """A typed literal."""
        if value is None:
            return f"CAST(NULL AS {self.type_name(type)})"
        if isinstance(value, bool):
            return "TRUE" if value else "FALSE"
        if isinstance(value, (int, Decimal)):
            return f"CAST({value} AS {self.type_name(type)})" if type.name == "decimal" else str(value)
        if isinstance(value, float):
            number = repr(value) if math.isfinite(value) else self.string(repr(value))
            return f"CAST({number} AS {self.type_name(type)})"
        if isinstance(value, (dt.datetime, dt.date, dt.time)):
            text = value.isoformat(" ") if isinstance(value, dt.datetime) else value.isoformat()
            return f"CAST({self.string(text)} AS {self.type_name(type)})"
        if isinstance(value, str):
            return self.string(value)
        raise InvariantBroken(f"no literal for a {value.__class__.__name__}")

    def string(self, value: str) -> str:
        """A quoted string; U+0000 never gets here."""
        return "'" + value.replace("'", "''") + "'"

    def type_name(self, type: LogicalType) -> str:
        """The source's name of a logical type, for casts of literals and parameters."""
        return type.sql

    def parameter(self, name: str, type: LogicalType) -> str:
        """Text that reads the bound scalar ``name``."""
        raise NotImplementedError

    def member(self, operand: str, name: str, type: LogicalType) -> str:
        """``operand`` is an element of the bound list ``name``, whose elements have ``type``; FALSE for an empty list."""
        raise NotImplementedError

    # -- expressions of fragment bodies

    def function(self, name: str, operands: tuple[str, ...], types: tuple[LogicalType, ...], result: LogicalType) -> str | None:
        """A function of ``Capabilities.functions`` over operands of these types; None where standard SQL is right.

        Must be total over normalised values. Whole numbers may be computed in any exact type.
        """
        return None

    def computed(self, text: str, type: LogicalType) -> str:
        """A computed value, so that it compares and sorts as a normalised reading of its type."""
        return text

    def checked(self, text: str, type: LogicalType) -> str:
        """An exact number that raises where the type cannot hold it. Asked for only where nothing is hidden."""
        raise UnsupportedByConnector("Nothing that can raise is computed at this kind of source.")

    # -- the governed leaf

    def read(self, column: PhysicalColumn) -> str:
        """The raw column as a value of its logical type under DuckDB's rules: collation, padding and encoding normalised.

        May raise at the source only for a value that ``invalid = "error"`` refuses.
        """
        return self.identifier(column.name)

    def mask(self, mask: Mask, value: str, type: LogicalType) -> str:
        """``mask`` over the normalised reading ``value``; NULL stays NULL, unless the mask hides it.

        ``token`` is asked for by :meth:`token`.
        """
        raise UnsupportedByConnector(f"The mask {mask} is not available at this kind of source.")

    def token(self, value: str, inner: str, outer: str) -> str:
        """``tk1_`` and 32 hex digits: HMAC-SHA-256 over the canonical value, keys as two padded 64-byte blocks.

        ``inner`` and ``outer`` name bound varchar parameters that hold the blocks as 128 hex digits each.
        """
        raise UnsupportedByConnector("Tokens are not available at this kind of source.")

    def decode(self, value: str, codes: Mapping[str, str]) -> str:
        """A code list: each listed value becomes its unified one, any other becomes NULL."""
        varchar = LogicalType("varchar")
        cases = " ".join(
            f"WHEN {self.compare('=', value, self.string(raw), varchar)} THEN {self.string(unified)}"
            for raw, unified in codes.items()
        )
        return f"CASE {cases} END"

    def compare(self, operator: str, left: str, right: str, type: LogicalType) -> str:
        """A comparison of two normalised values."""
        return f"{left} {operator} {right}"

    def starts_with(self, value: str, prefix: str) -> str:
        """Whether ``value`` starts with ``prefix``, by code points, case-sensitive."""
        return f"starts_with({value}, {prefix})"

    def among(self, value: str, name: str, type: LogicalType) -> str:
        """Whether a value is among the bound list ``name``, which may be long and holds no NULL; NULL or FALSE for NULL."""
        return self.member(value, name, type)

    def slot(self, column: PhysicalColumn, predicate: Compare | In | IsNull) -> str | None:
        """The predicate on the raw column in a form an index can serve: a superset of the exact answer, total, or None."""
        return None

    def keys(self, column: PhysicalColumn, name: str, type: LogicalType) -> str | None:
        """:meth:`slot` for shipped keys: the raw column is in the bound list ``name``, which may be long and holds no NULL."""
        return self.slot(column, In(ColumnOperand(column.name), ParameterOperand(name, LogicalType("list", item=type))))

    def stored(self, column: PhysicalColumn, name: str, type: LogicalType) -> str | None:
        """:meth:`keys`, where the source has put the list into a temporary table (:attr:`SqlRequest.stored`)."""
        return None

    def numbers(self, column: PhysicalColumn, type: LogicalType) -> tuple[str, str] | None:
        """What stands before and after whole numbers, with commas between, to keep the rows whose raw column is one of them.

        For a source whose planner counts the numbers that it finds in a statement, and guesses at a bound list. None elsewhere;
        texts are bound everywhere.
        """
        return None

    def again(self, condition: str) -> str:
        """A condition of which :meth:`slot` gave a superset beside it, as the source's own planner should take it.

        TRUE where the condition is, and nothing else where it is not: a planner that multiplies what both keep would expect
        far too few rows.
        """
        return condition

    def split(self) -> str | None:
        """A condition inside a leaf that keeps one part of its table; which one, the source says when it runs the statement.

        None where a table can only be read whole. The parts that a source asks for hold each row exactly once.
        """
        return None

    def split_by(self, column: PhysicalColumn) -> str | None:
        """As :meth:`split`, in parts that are ranges of the column's values: rows of one value are in one part.

        For statements that group by the column. None where the source cannot tell ranges that hold every value.
        """
        return None

    def predicate(self, predicate: Predicate, columns: Mapping[str, tuple[str, LogicalType]]) -> str:
        """A row filter or verify rule. ``columns`` gives the normalised reading and type of each column by directory name."""
        match predicate:
            case Constant(value):
                return {True: "TRUE", False: "FALSE", None: f"CAST(NULL AS {self.type_name(BOOLEAN)})"}[value]
            case And(terms):
                return "(" + " AND ".join(self.predicate(t, columns) for t in terms) + ")"
            case Or(terms):
                return "(" + " OR ".join(self.predicate(t, columns) for t in terms) + ")"
            case Not(term):
                return f"(NOT {self.predicate(term, columns)})"
            case IsNull(operand):
                return f"({self._operand(operand, columns)} IS NULL)"
            case Compare(operator, left, right):
                texts = (self._operand(left, columns), self._operand(right, columns))
                return f"({self.compare(operator, *texts, _type(left, columns))})"
            case StartsWith(operand, prefix):
                return f"({self.starts_with(self._operand(operand, columns), self._operand(prefix, columns))})"
            case In(operand, ParameterOperand(name, type)):
                return f"({self.member(self._operand(operand, columns), name, type.item or type)})"
            case In(operand, tuple() as values):
                equals = [Compare("=", operand, value) for value in values]
                return self.predicate(
                    Or(tuple(equals)) if len(equals) > 1 else equals[0] if equals else Constant(False), columns
                )
            case _:
                raise InvariantBroken(f"unknown predicate {predicate.__class__.__name__}")

    def _operand(self, operand: Operand, columns: Mapping[str, tuple[str, LogicalType]]) -> str:
        match operand:
            case ColumnOperand(name):
                return columns[name][0]
            case ValueOperand(value, type):
                return self.literal(value, type)
            case ParameterOperand(name, type):
                return self.parameter(name, type)


def _type(operand: Operand, columns: Mapping[str, tuple[str, LogicalType]]) -> LogicalType:
    return columns[operand.name][1] if isinstance(operand, ColumnOperand) else operand.type
