"""The private DuckDB of embedded sources: it reaches nothing, takes no other statement than SELECT, and keeps its limits."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from fedquery.spi import (
    BatchStream,
    Limits,
    LogicalType,
    PhysicalColumn,
    Secrets,
    SourceConfig,
    SourceError,
    SourceTimeout,
    SqlRequest,
    TableRead,
)
from fedquery.spi.embedded_engine import EmbeddedEngine
from fedquery_files import CONNECTOR


def read(folder: Path, text: str, limits: Limits = Limits()) -> list[dict[str, object]]:  # noqa: B008 - immutable
    source = CONNECTOR.open(SourceConfig("tax", CONNECTOR.options(folder="shared"), Secrets(folder), folder=folder))
    column = PhysicalColumn("v", LogicalType("bigint"))
    schema = pa.schema([pa.field("v", pa.int64())])
    reads = (TableRead(("t.csv",), (column,)),)
    try:
        with source.read(SqlRequest("q", "f1", text, schema, reads=reads, limits=limits)) as stream:
            return pa.Table.from_batches(list(stream), schema).to_pylist()
    finally:
        source.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "t.csv").write_text("v\n1\n2\n")
    (tmp_path / "other.csv").write_text("v\n666\n")
    return tmp_path


def test_statements_at_the_same_time_see_their_own_tables_only(folder: Path) -> None:
    """A source's statements share one DuckDB: what one registers is no table of another, nor of a later one."""
    (folder / "shared" / "u.csv").write_text("v\n7\n")
    source = CONNECTOR.open(SourceConfig("tax", CONNECTOR.options(folder="shared"), Secrets(folder), folder=folder))
    column, schema = PhysicalColumn("v", LogicalType("bigint")), pa.schema([pa.field("v", pa.int64())])

    def asked(text: str, table: str) -> BatchStream:
        return source.read(SqlRequest("q", "f", text, schema, reads=(TableRead((table,), (column,)),)))

    with asked('SELECT v FROM "t.csv"', "t.csv") as first, asked('SELECT v FROM "u.csv"', "u.csv") as second:
        with pytest.raises(SourceError):
            asked('SELECT v FROM "t.csv"', "u.csv")
        assert [b.column(0).to_pylist() for b in first] == [[1, 2]]
        assert [b.column(0).to_pylist() for b in second] == [[7]]
    with pytest.raises(SourceError):
        asked('SELECT v FROM "t.csv"', "u.csv")
    source.close()


def test_after_an_error_inside_duckdb_the_next_statement_has_a_new_one() -> None:
    engine = EmbeddedEngine("UTC")
    with closing(engine.connect()) as before:
        before.execute("CREATE TABLE left_behind AS SELECT 1 AS v")
        engine.forsake()
        with closing(engine.connect()) as after, pytest.raises(duckdb.CatalogException):
            after.sql("FROM left_behind")
        assert before.sql("FROM left_behind").fetchall() == [(1,)], "what still runs ends in the old one"
    engine.close()


def test_several_scans_of_one_table(folder: Path) -> None:
    body = 'SELECT a.v AS "v" FROM "t.csv" a JOIN "t.csv" b ON a.v = b.v UNION ALL SELECT max(v) AS "v" FROM "t.csv"'
    assert sorted(str(row["v"]) for row in read(folder, body)) == ["1", "2", "2"]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT v FROM read_csv('{0}/other.csv')", "SELECT v FROM '{0}/other.csv'", "ATTACH '{0}/x.db'", "INSTALL httpfs",
        "COPY (SELECT 1) TO '{0}/out.csv'", "SET enable_external_access = true", "CREATE TABLE x AS SELECT 1 AS v", "LOAD json",
        "SELECT 1 AS v; SELECT 2 AS v", "SELECT count(*) AS v FROM glob('{0}/*')", "PRAGMA threads = 8", "folder",
        "SELECT v FROM read_parquet('held://*')", "SELECT size AS v FROM read_blob('held://**')",
        "COPY (SELECT 1 AS v) TO 'held://0'",
    ],
)  # fmt: skip
def test_nothing_else_is_reached(folder: Path, text: str) -> None:
    before = sorted(folder.rglob("*"))
    with pytest.raises(SourceError) as caught:
        read(folder, text.format(folder))
    assert "666" not in str(caught.value) and sorted(folder.rglob("*")) == before


def test_time_out(folder: Path) -> None:
    with pytest.raises(SourceTimeout):
        read(
            folder,
            "SELECT count(*) AS v FROM range(9999999) a, range(9999999) b WHERE a.range <> b.range",
            Limits(seconds=0.3),
        )


def test_a_program_that_ends_without_closing_leaves_no_folder(tmp_path: Path) -> None:
    script = "from fedquery.spi.embedded_engine import EmbeddedEngine\nengine = EmbeddedEngine('UTC')\nengine.connect()\n"
    subprocess.run([sys.executable, "-c", script], env={**os.environ, "TMPDIR": str(tmp_path)}, check=True)
    assert list(tmp_path.iterdir()) == []
