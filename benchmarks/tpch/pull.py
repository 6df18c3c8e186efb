"""The filtered pull: of every table the columns that are needed and the rows that its own conditions leave; DuckDB joins.

What a careful program does that asks each department apart. Plans are derived, not written: every table of the statement
becomes a question of its own, in the department's dialect.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import Scope, traverse_scope

from benchmarks.tpch.load import CRM
from benchmarks.tpch.queries import TABLES
from benchmarks.tpch.systems import CATALOG
from fedquery.arrow import LogicalType
from fedquery.catalog.load import load

_DIALECTS = {"sales": "postgres", "crm": "mysql", "supply": "duckdb"}
TYPES: dict[str, dict[str, dict[str, LogicalType]]] = {
    department: {
        table: {name: column.logical for name, column in entry.columns.items()} for table, entry in found.resources.items()
    }
    for department, found in load(CATALOG).departments.items()
}


@dataclass(frozen=True, slots=True)
class Question:
    """One table's rows; ``types`` are the directory's."""

    department: str
    name: str
    statement: str
    types: tuple[tuple[str, LogicalType], ...]


def split(sql: str) -> tuple[tuple[Question, ...], str]:
    """The questions, and the statement over what they bring."""
    known: dict[str, object] = {
        d: {t: {c: type.sql for c, type in columns.items()} for t, columns in TYPES[d].items()} for d in TABLES
    }
    tree = sqlglot.parse_one(sql, read="duckdb")
    for exists in tree.find_all(exp.Exists):
        exists.this.set("expressions", [exp.Literal.number(1)])  # SELECT * is a way of speaking there
    tree = qualify(tree, schema=known, dialect="duckdb", quote_identifiers=False)
    questions: list[Question] = []
    for scope in traverse_scope(tree):
        for alias, source in list(scope.sources.items()):
            if isinstance(source, exp.Table):
                question = _question(f"t{len(questions)}", alias, source, scope)
                questions.append(question)
                source.replace(exp.alias_(exp.to_table(question.name), alias, table=True))
    return tuple(questions), tree.sql("duckdb")


def _question(name: str, alias: str, table: exp.Table, scope: Scope) -> Question:
    types = TYPES[table.db][table.name]
    asked = {column.name for column in scope.expression.find_all(exp.Column) if column.table == alias}
    columns = {c: type for c, type in types.items() if c in asked} or dict([next(iter(types.items()))])
    listed = [_read(table.db, c, type) for c, type in columns.items()]
    path = f"{CRM}.{table.name}" if table.db == "crm" else table.name
    conditions = [c for c in _conditions(scope, table) if {column.table for column in c.find_all(exp.Column)} == {alias}]
    own = [c.copy().transform(lambda n: exp.column(n.name) if isinstance(n, exp.Column) else n) for c in conditions]
    where = f" WHERE {' AND '.join(f'({c.sql(_DIALECTS[table.db])})' for c in own)}" if own else ""
    return Question(table.db, name, f"SELECT {', '.join(listed)} FROM {path}{where}", tuple(columns.items()))


def _conditions(scope: Scope, table: exp.Table) -> Iterator[exp.Expr]:
    """The conjuncts that hold for every row of the table: of WHERE, and of the outer join that it is the inner side of."""
    join = table.parent if isinstance(table.parent, exp.Join) else None
    parts = [scope.expression.args["where"].this] if scope.expression.args.get("where") and not (join and join.side) else []
    if join and join.args.get("on"):
        parts.append(join.args["on"])
    for part in parts:
        for conjunct in part.flatten() if isinstance(part, exp.And) else (part,):
            if not conjunct.find(exp.Select):
                yield conjunct.unnest()


def _read(department: str, column: str, type: LogicalType) -> str:
    """Numerics as floats from PostgreSQL, exact to 15 digits; texts without their padding."""
    if department == "sales" and type.name == "decimal":
        return f"{column}::float8 AS {column}"
    if department == "sales" and type.name == "varchar":
        return f"{column}::text AS {column}"
    return f"CAST({column} AS CHAR) AS {column}" if department == "crm" and type.name == "varchar" else column
