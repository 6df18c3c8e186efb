"""Statements drawn from a grammar: joins of every kind, sub-queries, groups, windows, set operations, limits, CTEs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from tests.differential.expressions import ALL, CATEGORIES, Draw, Expressions, Relation, Scope, columns_of, literals
from tests.differential.world import COLUMNS

_WANTED = ("int", "text", "big", "dec", "date", "bool", "edge", "dbl", "ts", "tz", "score", "wide", "time")


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement; ``ordered`` when it asks for an order that tells all rows apart."""

    sql: str
    ordered: bool


@dataclass(frozen=True, slots=True)
class Filtered:
    """``SELECT columns FROM source WHERE condition`` in its parts, for questions about the condition."""

    columns: str
    source: str
    condition: str


@st.composite
def statements(draw: st.DrawFn, departments: Sequence[str]) -> Statement:
    """One statement over the world's tables in these departments."""
    return Writer(Draw(draw), departments).statement()


@st.composite
def filtered(draw: st.DrawFn, departments: Sequence[str]) -> Filtered:
    """A condition over a join, and the columns to look at."""
    return Writer(Draw(draw), departments).filtered()


class Writer:
    """Draws one statement. Aliases are never used twice in it."""

    def __init__(self, draw: Draw, departments: Sequence[str]) -> None:
        self._draw = draw
        self._departments = tuple(departments)
        self._expressions = Expressions(draw, self._subquery)
        self._count = 0
        self._ctes: list[Relation] = []

    def statement(self) -> Statement:
        draw, clauses = self._draw, []
        for _ in range(draw.number(1, 2) if draw.yes(25) else 0):
            wants = self._wants(1, 4)
            body, name = self._query(wants, 1), self._name("t")
            clauses.append(f"{name} AS ({body})")
            columns = _columns(wants)
            self._ctes.append(Relation(name, columns, tuple(columns)))
        wants = self._wants(1, 5)
        text = (f"WITH {', '.join(clauses)} " if clauses else "") + self._query(wants, 0)
        if not draw.yes(35):
            return Statement(text, False)
        return Statement(f"{text} {self._ordering(len(wants))}{self._limit() if draw.yes(60) else ''}", True)

    def filtered(self) -> Filtered:
        source, scope = self._from(0, ())
        columns = ", ".join(f"{self._expressions.value(want, scope)} AS c{n}" for n, want in enumerate(self._wants(1, 3), 1))
        return Filtered(columns, source, self._expressions.condition(scope))

    def _query(self, wants: Sequence[str], depth: int, outer: Scope = ()) -> str:
        """A query whose columns are c1, c2, … of the wanted categories."""
        draw = self._draw
        if depth < 2 and draw.yes(10):
            text = self._select(wants, depth + 1, outer)
            for _ in range(2 if draw.yes(25) else 1):
                operator = draw.one("UNION ALL", "UNION", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL")
                right = self._select(wants, depth + 1, outer)
                if draw.yes(20):
                    right = f"({right} {self._ordering(len(wants))}{self._limit()})"
                text += f" {operator} {right}"
            return text
        return self._select(wants, depth, outer)

    def _select(self, wants: Sequence[str], depth: int, outer: Scope) -> str:
        draw, expressions = self._draw, self._expressions
        source, own = self._from(depth, outer)
        scope = own + outer
        where = f" WHERE {expressions.condition(scope, depth)}" if draw.yes(60) else ""
        style = draw.one("plain", "plain", "plain", "grouped", "grouped", "whole", "distinct", "windowed")
        if style == "grouped":
            return self._grouped(wants, f"{source}{where}", own)
        if style == "whole":
            columns = [self._aggregate(want, own) for want in wants]
            return f"SELECT {_named(columns)} FROM {source}{where}"
        if style == "windowed":
            alike = any(set(relation.order) == set(relation.columns) for relation in own)  # rows may be, of a derived table
            windows = [not (alike and n) and draw.yes(50) for n in range(len(wants))]  # which of them is first, two tell apart
            columns = [
                self._window(want, own) if window else expressions.value(want, scope)
                for want, window in zip(wants, windows, strict=True)
            ]
            qualify = ""
            if not alike and draw.yes(30):
                partition, _ = expressions.key(own)
                qualify = f" QUALIFY row_number() OVER (PARTITION BY {partition} ORDER BY {self._total(own)}) = 1"
            return f"SELECT {_named(columns)} FROM {source}{where}{qualify}"
        columns = [expressions.value(want, scope, depth) for want in wants]
        return f"SELECT {'DISTINCT ' if style == 'distinct' else ''}{_named(columns)} FROM {source}{where}"

    def _from(self, depth: int, outer: Scope) -> tuple[str, Scope]:
        """FROM's text and the relations that it makes visible."""
        draw = self._draw
        text, first = self._relation(depth)
        visible = [first]
        for _ in range(draw.number(0, max(1, 2 - depth))):
            other, relation = self._relation(depth)
            join = draw.one("JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN", "CROSS JOIN")
            if join == "CROSS JOIN":
                text += f" CROSS JOIN {other}"
                visible.append(relation)
                continue
            on = self._on(tuple(visible), relation)
            text += f" {join} {other} ON {on}"
            if join not in ("SEMI JOIN", "ANTI JOIN"):
                visible.append(relation)
        return text, tuple(visible)

    def _on(self, placed: Scope, relation: Relation) -> str:
        """Mostly the equality of two columns of one category, and now and then more."""
        draw = self._draw
        shared = tuple(c for c in ALL if columns_of(c, (relation,)) and columns_of(c, placed))
        if not shared or draw.yes(5):
            return self._expressions.condition((*placed, relation), 2)
        category = draw.one(*(("big",) if "big" in shared else ()), *(("text",) if "text" in shared else ()), *shared)
        equal = f"{draw.one(*columns_of(category, placed))} = {draw.one(*columns_of(category, (relation,)))}"
        return equal + (f" AND {self._expressions.condition((*placed, relation), 2)}" if draw.yes(25) else "")

    def _relation(self, depth: int) -> tuple[str, Relation]:
        """A relation with its alias: a table, now and then a derived table or a CTE."""
        draw, alias = self._draw, self._name("r")
        if self._ctes and draw.yes(40):
            cte = self._ctes[draw.number(0, len(self._ctes) - 1)]
            return f"{cte.alias} {alias}", Relation(alias, cte.columns, cte.order)
        if depth < 2 and draw.yes(15):
            wants = self._wants(1, 4)
            body = self._query(wants, depth + 1)
            if draw.yes(25):
                body += f" {self._ordering(len(wants))}{self._limit()}"
            columns = _columns(wants)
            return f"({body}) {alias}", Relation(alias, columns, tuple(columns))
        department, table = draw.one(*self._departments), draw.one(*COLUMNS)
        columns = {name: CATEGORIES[name] for name in COLUMNS[table]}
        return f"{department}.{table} {alias}", Relation(alias, columns, (next(iter(columns)),))

    def _subquery(self, category: str, scope: Scope, depth: int, *, scalar: bool) -> str:
        """A sub-query of one column, mostly correlated; of one row when it is scalar."""
        draw = self._draw
        text, relation = self._relation(2)
        own: Scope = (relation,)
        parts = []
        if draw.yes(50):
            shared = tuple(c for c in ("big", "text", "int", "date") if columns_of(c, own) and columns_of(c, scope))
            if shared:
                category_of_key = draw.one(*shared)
                parts.append(f"{draw.one(*columns_of(category_of_key, own))} = {draw.one(*columns_of(category_of_key, scope))}")
        if draw.yes(40):
            parts.append(self._expressions.condition(own if draw.yes(70) else own + scope, max(depth + 1, 2)))
        where = f" WHERE {' AND '.join(parts)}" if parts else ""
        if scalar and draw.yes(20):
            return f"SELECT {self._expressions.value(category, own, 2)} FROM {text}{where} ORDER BY {self._total(own)} LIMIT 1"
        value = self._aggregate(category, own) if scalar else self._expressions.value(category, own, 2)
        return f"SELECT {value} FROM {text}{where}"

    def _grouped(self, wants: Sequence[str], source: str, scope: Scope) -> str:
        draw = self._draw
        keys = [self._expressions.key(scope) for _ in range(draw.number(1, 2))]
        columns = []
        for want in wants:
            matching = [key for key, category in keys if category == want]
            columns.append(draw.one(*matching) if matching and draw.yes(70) else self._aggregate(want, scope))
        texts = list(dict.fromkeys(key for key, _ in keys))
        group = ", ".join(texts)
        if len(texts) == 2 and draw.yes(10):
            group = draw.one(f"ROLLUP ({group})", f"CUBE ({group})", f"GROUPING SETS (({texts[0]}), ({group}), ())")
        having = f" HAVING {self._having(scope)}" if draw.yes(25) else ""
        return f"SELECT {_named(columns)} FROM {source} GROUP BY {group}{having}"

    def _having(self, scope: Scope) -> str:
        draw, category = self._draw, self._draw.one("int", "int", "dec", "text", "date", "dbl")
        compared = f"{self._aggregate(category, scope)} {draw.one('>', '>=', '<', '<>', '=')} {draw.one(*literals(category))}"
        return compared if draw.yes(80) else f"({compared} OR count(*) > 1)"

    def _aggregate(self, want: str, scope: Scope) -> str:
        """An aggregate of the wanted category over a scope, whose value no order of the rows changes."""
        draw, value = self._draw, self._expressions.value
        rows = f" FILTER (WHERE {self._expressions.condition(scope, 2)})" if draw.yes(15) else ""
        distinct = draw.one("", "", "", "DISTINCT ")
        match want:
            case "int" | "big":
                counted = value(draw.one(*ALL), scope, 2)
                plain = [f"count(*){rows}", f"count({distinct}{counted}){rows}", f"max({value('big', scope, 2)}){rows}",
                         f"sum({distinct}{value('big', scope, 3)}){rows}"]  # fmt: skip
                if want == "int":
                    number, other = value("int", scope, 2), value("int", scope, 3)
                    plain = [*plain[:2], f"sum({distinct}{number}){rows}", f"min({number}){rows}",
                             f"sum({number} * {other}){rows}",
                             f"sum(CASE WHEN {self._expressions.condition(scope, 2)} THEN {number} ELSE 0 END)",
                             f"count_if({self._expressions.condition(scope, 2)})"]  # fmt: skip
                return draw.one(*plain)
            case "dec":
                amount = draw.one(*columns_of("dec", scope), "1.5")
                return draw.one(f"sum({distinct}{amount}){rows}", f"sum({amount} * {value('int', scope, 3)}){rows}",
                                f"min({amount}){rows}", f"max({amount} + 1){rows}",
                                f"sum({amount} * {amount}){rows}")  # fmt: skip
            case "dbl":
                return draw.one(f"avg({value('int', scope, 2)}){rows}", f"avg({value('dec', scope, 3)}){rows}",
                                f"sum({draw.one(*columns_of('dbl', scope), '0.5')}){rows}",
                                f"max({value('dbl', scope, 3)}){rows}",
                                f"median({value('int', scope, 3)}){rows}")  # fmt: skip
            case "bool":
                return f"{draw.one('bool_or', 'bool_and')}({value('bool', scope, 2)}){rows}"
            case "text" if draw.yes(25):
                text = value("text", scope, 3)
                return f"string_agg({text}, ',' ORDER BY {text}){rows}"
        return f"{draw.one('min', 'max')}({value(want, scope, 2)}){rows}"

    def _window(self, want: str, scope: Scope) -> str:
        draw = self._draw
        partition = f"PARTITION BY {self._expressions.key(scope)[0]} " if draw.yes(60) else ""
        ordered = f"({partition}ORDER BY {self._total(scope)}"
        frame = draw.one("", "", " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW", " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING")
        value = self._expressions.value(want, scope, 2)
        if want == "int":
            key = self._expressions.key(scope)[0]
            return draw.one(f"row_number() OVER {ordered})", f"rank() OVER ({partition}ORDER BY {key})",
                            f"dense_rank() OVER ({partition}ORDER BY {key} DESC)",
                            f"count(*) OVER ({partition or 'ORDER BY ' + key})",
                            f"sum({value}) OVER {ordered}{frame})", f"ntile(3) OVER {ordered})")  # fmt: skip
        return draw.one(f"lag({value}) OVER {ordered})", f"lead({value}, 2) OVER {ordered})",
                        f"first_value({value}) OVER {ordered}{frame})", f"max({value}) OVER ({partition.strip()})",
                        f"last_value({value}) OVER {ordered}{frame})")  # fmt: skip

    def _total(self, scope: Scope) -> str:
        """Sort keys that tell all rows of a join apart."""
        keys = [f"{relation.alias}.{name}" for relation in scope for name in relation.order]
        return ", ".join(f"{key}{self._direction()}" for key in keys)

    def _ordering(self, columns: int) -> str:
        return "ORDER BY " + ", ".join(f"{n}{self._direction()}" for n in range(1, columns + 1))

    def _direction(self) -> str:
        return self._draw.one("", "", " DESC", " NULLS FIRST", " DESC NULLS LAST")

    def _limit(self) -> str:
        offset = f" OFFSET {self._draw.number(0, 3)}" if self._draw.yes(30) else ""
        return f" LIMIT {self._draw.number(0, 8)}{offset}"

    def _wants(self, least: int, most: int) -> list[str]:
        return [self._draw.one(*_WANTED) for _ in range(self._draw.number(least, most))]

    def _name(self, letter: str) -> str:
        self._count += 1
        return f"{letter}{self._count}"


def _columns(wants: Sequence[str]) -> Mapping[str, str]:
    return {f"c{n}": want for n, want in enumerate(wants, 1)}


def _named(values: Sequence[str]) -> str:
    return ", ".join(f"{value} AS c{n}" for n, value in enumerate(values, 1))
