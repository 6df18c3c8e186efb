"""Three ways to one answer: pushed to the sources, pulled to the gateway, and asked of one DuckDB that holds all rows."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from fedquery.errors import FedqueryError, InvariantBroken
from fedquery.gateway import Gateway
from fedquery.plan.growth import LIMIT
from fedquery.plan.refusals import TOO_MUCH_TEXT
from fedquery.testing.reference import differences, plain_rows
from tests.estate import ACCOUNT, GRANT

_TOO_MUCH_TEXT = TOO_MUCH_TEXT(limit=LIMIT)


@dataclass(frozen=True)
class Ways:
    """The gateway, and a DuckDB with every row that the gateway may give, each table under its name in the directory."""

    gateway: Gateway
    everything: duckdb.DuckDBPyConnection

    def ask(self, sql: str, *, push: bool = True) -> pa.Table:
        """The gateway's answer."""
        try:
            with self.gateway.query(self.gateway.principal(ACCOUNT), sql, grant=GRANT, push=push) as result:
                table = result.read_all()
        except InvariantBroken as problem:
            raise AssertionError(f"{problem.private}\n{sql}") from problem
        return table.replace_schema_metadata().cast(pa.schema([f.remove_metadata() for f in table.schema]))

    def local(self, sql: str) -> pa.Table:
        """DuckDB's answer. Raises duckdb.Error."""
        return self.everything.sql(sql).to_arrow_table()

    def _refused_in_full(self, sql: str) -> bool:
        """Whether DuckDB refuses the statement when it computes all that stands there."""
        self.everything.execute("PRAGMA disable_optimizer")
        try:
            self.local(sql)
        except duckdb.Error:
            return True
        finally:
            self.everything.execute("PRAGMA enable_optimizer")
        return False

    def plans(self, sql: str) -> str:
        """How both plans read, for a failing test's message."""
        who, texts = self.gateway.principal(ACCOUNT), []
        for push in (True, False):
            try:
                texts.append(self.gateway.explain(who, sql, grant=GRANT, push=push).text)
            except FedqueryError as problem:
                texts.append(f"no plan: {problem} ({problem.private})")
        return "\n".join(texts)

    def compare(self, sql: str, *, ordered: bool = False) -> pa.Table | None:
        """Assert that the three agree, types included; ``ordered``, in the order of rows too. None where there is no answer.

        Where DuckDB itself refuses, the gateway may refuse as well, or not need the value; and so where it does not refuse only
        because its optimizer leaves the value out. How much text a row may become is the gateway's own limit.
        """
        try:
            wanted = self.local(sql)
        except duckdb.Error:
            for push in (True, False):
                with contextlib.suppress(FedqueryError):
                    self.ask(sql, push=push)
            return None
        for push in (True, False):
            try:
                given = self.ask(sql, push=push)
            except FedqueryError as problem:
                if problem.message == _TOO_MUCH_TEXT or (problem.code == "query.type" and self._refused_in_full(sql)):
                    continue
                way = "pushed" if push else "pulled"
                raise AssertionError(
                    f"{way}: {problem.code}: {problem} ({problem.private})\n{sql}\n{self.plans(sql)}"
                ) from problem
            found = differences(_renamed(given), _renamed(wanted)) or _names(given, wanted)
            if not found and ordered:
                pairs = zip(_rows(_renamed(given)), _rows(_renamed(wanted)), strict=True)
                found = [f"row {n}: {a} instead of {b}" for n, (a, b) in enumerate(pairs) if a != b][:8]
            assert not found, "\n".join(["pushed" if push else "pulled", *found, sql, self.plans(sql)])
        return wanted


def _names(given: pa.Table, wanted: pa.Table) -> list[str]:
    return [] if given.column_names == wanted.column_names else [f"columns {given.column_names}, not {wanted.column_names}"]


def _renamed(table: pa.Table) -> pa.Table:
    """Under names that no two columns share: rows are compared by name."""
    return table.rename_columns([f"c{n}" for n in range(table.num_columns)])


def _rows(table: pa.Table) -> list[str]:
    """Rows as text, where NaN equals NaN, zero has no sign, and floats differ only beyond a few units in the last place."""
    return [repr(tuple(f"{v + 0.0:.12g}" if isinstance(v, float) else v for v in row.values())) for row in plain_rows(table)]
