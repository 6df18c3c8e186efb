"""Values and conditions drawn by type: columns, edge literals, arithmetic, functions, CASE, and sub-queries in them.

A category says what an expression may be used for. Categories that hold the ends of their types (``edge``, ``big``, ``wide``,
``score``) are compared, grouped and aggregated, never computed with: what a statement computes cannot overflow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from hypothesis import strategies as st

#: The category of each column of the world's tables.
CATEGORIES: Mapping[str, str] = {
    "n": "int", "qty": "int", "small": "edge", "rank": "edge", "edge": "edge", "id": "big", "item": "big", "big": "big",
    "price": "dec", "amount": "dec", "rate": "dec", "wide": "wide", "score": "score", "weight": "dbl", "ok": "bool",
    "word": "text", "note": "text", "kind": "text", "code": "text", "label": "text", "day": "date", "since": "date",
    "at": "ts", "moment": "tz", "clock": "time",
}  # fmt: skip
ALL = ("int", "text", "big", "edge", "dec", "date", "bool", "dbl", "ts", "tz", "time", "wide", "score")
_NUMBERS = ("int", "big", "edge", "dec", "dbl", "wide")
_TEXTS = ("abc", "ABC", "abc ", "", " ", "a", "á", "a\u0301", "ß", "O'Brien", "a\\b", "back\\slash", "100%", "a_b", "010", "12",
          "李雷", "𠮷野家", "👩‍👩‍👧", "visit", "Visit", "visit ", "call", "z%", "back\\", "tab\tnew\nline")  # fmt: skip
_PATTERNS = ("a%", "A%", "%b%", "%", "", "a_c", "_", "__", "%\\%", "100\\%", "a\\_b", "%\\\\%", "李%", "_雷", "%'%", "% ",
             "visit", "v%t", "á%", "%\n%")  # fmt: skip
_DAYS = ("2024-02-29", "2023-02-28", "1970-01-01", "2023-12-31", "1582-10-10", "0001-01-01", "9999-12-31", "2000-01-01")
_LITERALS: Mapping[str, tuple[str, ...]] = {
    "int": ("0", "1", "2", "3", "-5", "7", "12", "100"),
    "big": ("0", "1", "2", "5", "9007199254740993", "9007199254740992", "9223372036854775807"),
    "edge": ("0", "37", "-1", "2147483647", "-2147483648", "32767", "32768", "2147483648"),
    "dec": ("0", "0.10", "12.5", "12.50", "19.99", "1.000001", "99999999.99", "-0.01", "0.001"),
    "wide": ("0", "1.0000000001", "12.5", "9999999999999999999999999999.9999999999"),
    "score": ("0.1", "1.5", "'nan'::DOUBLE", "'infinity'::DOUBLE", "'-infinity'::DOUBLE", "3.14", "0", "1e0", "2.3e-308"),
    "dbl": ("0.5", "1.25", "1e3", "0e0", "-2", "CAST(3.75 AS DOUBLE)"),
    "bool": ("TRUE", "FALSE"),
    "text": tuple("'" + text.replace("'", "''") + "'" for text in _TEXTS),
    "date": (*(f"DATE '{day}'" for day in _DAYS), "DATE '2024-03-31' - INTERVAL 1 MONTH", "'2024-02-29'"),
    "ts": ("TIMESTAMP '2024-02-29 12:34:56.123456'", "TIMESTAMP '2024-01-01 00:00:00'", "TIMESTAMP '1970-01-01 00:00:01'",
           "TIMESTAMP '1969-12-31 23:59:59.999999'"),
    "tz": ("TIMESTAMPTZ '2024-02-29 12:34:56.123456+00'", "TIMESTAMPTZ '2024-01-01 00:00:00+08'",
           "TIMESTAMPTZ '1970-01-01 00:00:01+00'", "TIMESTAMPTZ '1986-05-04 10:30:00+00'"),
    "time": ("TIME '12:34:56.000001'", "TIME '00:00:00'", "TIME '23:59:59.999999'"),
}  # fmt: skip
_COMPARISONS = ("=", "=", "<>", "<", "<=", ">", ">=", "IS DISTINCT FROM", "IS NOT DISTINCT FROM")


@dataclass(frozen=True, slots=True)
class Relation:
    """What a FROM offers: columns by name with their category, and those that together tell its rows apart."""

    alias: str
    columns: Mapping[str, str]
    order: tuple[str, ...]


Scope = tuple[Relation, ...]


class Subqueries(Protocol):
    """What expressions need of statements: one column of ``category``, over relations of its own and the scope's."""

    def __call__(self, category: str, scope: Scope, depth: int, *, scalar: bool) -> str: ...


@lru_cache(maxsize=4096)
def _sampled(options: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(options)


@lru_cache(maxsize=64)
def _between(low: int, high: int) -> st.SearchStrategy[int]:
    return st.integers(low, high)


class Draw:
    """Choices that shrink towards the first option, the smallest number, and no."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def one(self, *options: str) -> str:
        return self._draw(_sampled(options))

    def number(self, low: int, high: int) -> int:
        return self._draw(_between(low, high))

    def yes(self, percent: int) -> bool:
        return self.number(0, 99) >= 100 - percent


class Expressions:
    """Draws expressions over a scope; ``depth`` is how deep they already are."""

    def __init__(self, draw: Draw, subqueries: Subqueries) -> None:
        self._draw = draw
        self._subqueries = subqueries

    def value(self, category: str, scope: Scope, depth: int = 0) -> str:
        """An expression of the category; a column of the scope where there is one, more often than not."""
        draw = self._draw
        if draw.yes(2):
            return "NULL"
        if category == "bool" and draw.yes(50):
            return f"({self.condition(scope, depth + 1)})"
        columns = columns_of(category, scope)
        if columns and (depth > 2 or draw.yes(60)):
            return draw.one(*columns)
        if depth > 2 or draw.yes(30):
            return draw.one(*_LITERALS[category])
        return self._computed(category, scope, depth + 1)

    def condition(self, scope: Scope, depth: int = 0) -> str:
        """A condition over the scope."""
        draw = self._draw
        kinds = ["compare", "compare", "null", "text", "in", "between", "bool", "mixed"]
        if depth < 3:
            kinds += ["not", "or", "and", "or"]
        if depth < 2:
            kinds += ["exists", "in query", "not in query", "scalar", "quantified"]
        kind = draw.one(*kinds)
        match kind:
            case "compare":
                category = self._category(scope)
                left, right = self.value(category, scope, depth + 1), self.value(category, scope, depth + 1)
                return f"{left} {draw.one(*_COMPARISONS)} {right}"
            case "mixed":
                left, right = draw.one(*_NUMBERS), draw.one(*_NUMBERS)
                if draw.yes(20):
                    left, right = "date", "ts"
                return f"{self.value(left, scope, depth + 1)} {draw.one(*_COMPARISONS)} {self.value(right, scope, depth + 1)}"
            case "null":
                return f"{self.value(self._category(scope), scope, depth + 1)} IS {draw.one('', 'NOT ')}NULL"
            case "text":
                return self._text_condition(scope, depth + 1)
            case "in":
                category = self._category(scope)
                listed = [draw.one(*_LITERALS[category], "NULL") for _ in range(draw.number(1, 3))]
                return f"{self.value(category, scope, depth + 1)} {draw.one('', 'NOT ')}IN ({', '.join(listed)})"
            case "between":
                category = draw.one("int", "dec", "date", "text", "ts", "big", "dbl")
                low, high = self.value(category, scope, 3), self.value(category, scope, 3)
                return f"{self.value(category, scope, depth + 1)} {draw.one('', 'NOT ')}BETWEEN {low} AND {high}"
            case "bool":
                column = self.value("bool", scope, 3)
                return draw.one(column, f"NOT {column}", f"{column} IS TRUE", f"{column} IS NOT TRUE", f"{column} IS FALSE")
            case "not":
                return f"NOT ({self.condition(scope, depth + 1)})"
            case "or" | "and":
                return f"({self.condition(scope, depth + 1)} {kind.upper()} {self.condition(scope, depth + 1)})"
            case "exists":
                inside = self._subqueries("int", scope, depth, scalar=False)
                return f"{draw.one('', 'NOT ')}EXISTS ({inside})"
            case "scalar":
                category = draw.one("int", "text", "date", "dec", "big")
                inside = self._subqueries(category, scope, depth, scalar=True)
                return f"{self.value(category, scope, 3)} {draw.one(*_COMPARISONS[:7])} ({inside})"
            case "quantified":
                category = draw.one("int", "text", "date", "dec", "big", "edge")
                inside = self._subqueries(category, scope, depth, scalar=False)
                return f"{self.value(category, scope, 3)} {draw.one(*_COMPARISONS[:7])} {draw.one('ANY', 'ALL')} ({inside})"
            case _:
                category = draw.one("big", "text", "int", "date", "dec", "edge")
                inside = self._subqueries(category, scope, depth, scalar=False)
                return f"{self.value(category, scope, depth + 2)} {'NOT ' if kind[0] == 'n' else ''}IN ({inside})"

    def key(self, scope: Scope) -> tuple[str, str]:
        """An expression to group by, and its category: never a constant, which would be a position."""
        draw = self._draw
        wanted = draw.one("text", "int", "date", "bool", "big", "dec", "ts", "tz", "score", "edge", "time")
        present = [c for c in (wanted, *ALL) if columns_of(c, scope)]
        column = draw.one(*columns_of(present[0], scope))
        if draw.yes(75):
            return column, present[0]
        match present[0]:
            case "int":
                return draw.one(f"{column} % 3", f"CASE WHEN {column} > 2 THEN 1 ELSE 0 END"), "int"
            case "text":
                return draw.one(f"upper({column})", f"left({column}, 2)", f"coalesce({column}, '')", f"trim({column})"), "text"
            case "date" | "ts":
                return draw.one(f"year({column})", f"month({column})", f"quarter({column})"), "int"
        return column, present[0]

    def _category(self, scope: Scope) -> str:
        """A category, mostly one that the scope has columns of."""
        present = tuple(c for c in ALL if columns_of(c, scope))
        return self._draw.one(*(present or ALL))

    def _text_condition(self, scope: Scope, depth: int) -> str:
        draw, text = self._draw, self.value("text", scope, depth)
        pattern, word = "'" + draw.one(*_PATTERNS).replace("'", "''") + "'", draw.one(*_LITERALS["text"])
        return draw.one(
            f"{text} LIKE {pattern}", f"{text} NOT LIKE {pattern}", f"{text} ILIKE {pattern}",
            f"{text} LIKE {pattern} ESCAPE '\\'",
            f"starts_with({text}, {word})", f"contains({text}, {word})", f"ends_with({text}, {word})",
        )  # fmt: skip

    def _computed(self, category: str, scope: Scope, depth: int) -> str:
        """An expression that is more than a column or a literal."""
        draw = self._draw

        def of(kind: str) -> str:
            return self.value(kind, scope, depth)

        either = draw.number(0, 5)
        if either == 0:
            return f"CASE WHEN {self.condition(scope, depth)} THEN {of(category)} ELSE {of(category)} END"
        if either == 1:
            return f"coalesce({of(category)}, {of(category)})"
        if either == 2 and category != "bool":
            return draw.one(f"nullif({of(category)}, {of(category)})", f"least({of(category)}, {of(category)})",
                            f"greatest({of(category)}, {of(category)})")  # fmt: skip
        if either == 3 and depth < 2:
            return f"({self._subqueries(category, scope, depth, scalar=True)})"
        match category:
            case "int":
                number = draw.one(*columns_of("int", scope), "3")
                return draw.one(
                    f"{number} + {of('int')}", f"{number} - {of('int')}", f"{number} * {draw.one('2', '-3', number)}",
                    f"{of('int')} // {number}", f"{of('int')} % {number}", f"abs({number})", f"length({of('text')})",
                    f"year({of('date')})", f"month({of('date')})", f"day({of('date')})", f"quarter({of('date')})",
                    f"dayofyear({of('date')})", f"isodow({of('date')})", f"dayofweek({of('date')})", f"week({of('date')})",
                    f"hour({of('ts')})", f"minute({of('ts')})", f"second({of('ts')})", f"CAST({of('bool')} AS INTEGER)",
                    f"strpos({of('text')}, {of('text')})", f"date_diff('day', {of('date')}, {of('date')})", f"sign({number})",
                )  # fmt: skip
            case "dec":
                amount = draw.one(*columns_of("dec", scope), "1.5")
                return draw.one(f"{amount} + {draw.one('0.5', '1', amount)}", f"{amount} * {of('int')}", f"-{amount}",
                                f"round({amount}, 1)", f"abs({amount})", f"{amount} - {of('int')}")  # fmt: skip
            case "dbl":
                return draw.one(f"{of('int')} / {of('int')}", f"CAST({of('int')} AS DOUBLE)", f"{of('dbl')} + {of('int')}",
                                f"sqrt(abs({of('int')}))", f"round({of('dbl')})", f"CAST({of('dec')} AS DOUBLE)",
                                f"{of('dbl')} * 2", f"{of('dec')} / {of('int')}")  # fmt: skip
            case "text":
                text, small = of("text"), str(draw.number(0, 4))
                column = draw.one(*columns_of("text", scope), text)
                lasting = column if column in columns_of("text", scope) else None  # replace(…) of a constant is refused
                return draw.one(
                    f"upper({text})", f"lower({text})", f"trim({text})", f"ltrim({text})", f"rtrim({text})",
                    f"left({text}, {small})",
                    f"right({text}, {small})", f"substring({text}, 2, {small})", f"reverse({text})",
                    f"replace({lasting}, 'a', '%')" if lasting else text,
                    f"{text} || {of('text')}", f"concat({text}, {of('text')})", f"concat_ws('-', {text}, {of('text')})",
                    f"CAST({of('int')} AS VARCHAR)", f"CAST({of('date')} AS VARCHAR)", f"strftime({of('date')}, '%Y-%m')",
                    f"CAST({of('dec')} AS VARCHAR)", f"split_part({text}, 'a', 1)",
                )  # fmt: skip
            case "date":
                return draw.one(f"CAST({of('ts')} AS DATE)", f"CAST(date_trunc('month', {of('date')}) AS DATE)",
                                f"last_day({of('date')})", f"CAST(date_trunc('year', {of('ts')}) AS DATE)")  # fmt: skip
            case "ts":
                unit = draw.one("hour", "day", "week", "month", "quarter", "year", "minute")
                return draw.one(f"date_trunc('{unit}', {of('ts')})", f"CAST({of('date')} AS TIMESTAMP)",
                                f"DATE '2024-01-31' + INTERVAL ({draw.one('1', '2')}) MONTH")  # fmt: skip
            case "tz":
                return f"date_trunc('{draw.one('hour', 'day', 'month')}', {of('tz')})"
        return draw.one(*_LITERALS[category])


def columns_of(category: str, scope: Scope) -> tuple[str, ...]:
    """The scope's columns of that category, written with their relation."""
    return tuple(f"{r.alias}.{name}" for r in scope for name, own in r.columns.items() if own == category)


def literals(category: str) -> Sequence[str]:
    """The edge literals of a category."""
    return _LITERALS[category]
