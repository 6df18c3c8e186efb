"""Parquet that DuckDB reads by itself: only what it reads exactly, only the file that was opened, and nothing left open."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from fedquery.spi import LogicalType, PhysicalColumn, Secrets, Source, SourceConfig, SourceRejected, SqlRequest, TableRead
from fedquery.spi.embedded_files import HeldFiles
from fedquery_files import CONNECTOR
from fedquery_files.options import CsvOptions
from fedquery_files.reader import FilesReader
from fedquery_files.tables import Folder

MANY = 2_000_000


@pytest.fixture
def source(tmp_path: Path) -> Iterator[Source]:
    opened = CONNECTOR.open(SourceConfig("tax", CONNECTOR.options(folder="."), Secrets(tmp_path), folder=tmp_path))
    yield opened
    opened.close()


def column(name: str, type: str) -> PhysicalColumn:
    return PhysicalColumn(name, LogicalType.parse(type))


def request(text: str, *columns: PhysicalColumn, table: str = "t.parquet") -> SqlRequest:
    """A statement that gives one column ``v``, of whole numbers."""
    return SqlRequest("q", "f", text, pa.schema([pa.field("v", pa.int64())]), reads=(TableRead((table,), columns),))


def numbers(source: Source, text: str, *columns: PhysicalColumn) -> list[int]:
    with source.read(request(text, *columns)) as stream:
        return [value for batch in stream for value in batch.column(0).to_pylist()]


def write(folder: Path, rows: int = MANY, **columns: pa.Array) -> Path:
    table = pa.table({"v": pa.array(range(rows), pa.int64()), **columns})
    pa.parquet.write_table(table, folder / "t.parquet", row_group_size=100_000)
    return folder / "t.parquet"


def left_open(path: Path) -> int:
    return sum(link.exists() and link.resolve() == path.resolve() for link in Path("/proc/self/fd").iterdir())


CASES: dict[str, tuple[pa.Table, tuple[PhysicalColumn, ...], bool]] = {
    "numbers": (pa.table({"v": [1]}), (column("v", "bigint"),), True),
    "texts": (pa.table({"v": pa.array(["李"], pa.string_view())}), (column("v", "varchar"),), True),
    "decimals": (pa.table({"v": pa.array([1], pa.decimal128(12, 2))}), (column("v", "decimal(12,2)"),), True),
    "nothing but the count": (pa.table({"v": [1]}), (), True),
    "floats: bounds know no NaN": (pa.table({"v": [1.5]}), (column("v", "double"),), False),
    "another type": (pa.table({"v": pa.array([1], pa.int32())}), (column("v", "bigint"),), False),
    "another unit": (pa.table({"v": pa.array([1], pa.timestamp("ms"))}), (column("v", "timestamp"),), False),
    "a missing column": (pa.table({"w": [1]}), (column("v", "bigint"),), False),
    "another case": (pa.table({"V": [1]}), (column("v", "bigint"),), False),
    "two names in two cases": (pa.table({"v": [1], "V": [2]}), (column("v", "bigint"),), False),
    "lists": (pa.table({"v": [[1]]}), (column("v", "bigint[]"),), False),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('SELECT sum(a.v + b.v)::BIGINT AS v FROM "t.parquet" AS a JOIN "sub"."t.parquet" AS b USING (v)', 6),
        (
            'WITH x AS (SELECT v FROM "t.parquet" WHERE v > 1), y AS (FROM "sub"."t.parquet")'
            " SELECT x.v FROM x JOIN y USING (v)",
            2,
        ),
    ],
)
def test_files_of_the_folder_and_below_it_are_read_in_one_statement(
    tmp_path: Path, source: Source, text: str, expected: int
) -> None:
    (tmp_path / "sub").mkdir()
    write(tmp_path, 3)
    write(tmp_path / "sub", 10)
    reads = tuple(TableRead(table, (column("v", "bigint"),)) for table in (("t.parquet",), ("sub", "t.parquet")))
    with source.read(replace(request(text), reads=reads)) as stream:
        found = [value for batch in stream for value in batch.column(0).to_pylist()]
    assert found == [expected]
    assert not left_open(tmp_path / "t.parquet") and not left_open(tmp_path / "sub" / "t.parquet")


@pytest.mark.parametrize("name", CASES)
def test_only_what_duckdb_reads_exactly_is_held(tmp_path: Path, name: str) -> None:
    table, columns, expected = CASES[name]
    pa.parquet.write_table(table, tmp_path / "t.parquet")
    held = FilesReader(Folder(tmp_path, "tax"), CsvOptions()).parquet(TableRead(("t.parquet",), columns))
    assert (held is not None) is expected
    if held is not None:
        held.close()
    assert not left_open(tmp_path / "t.parquet")


def test_a_compression_that_duckdb_might_not_know_is_scanned(tmp_path: Path, source: Source) -> None:
    pa.parquet.write_table(pa.table({"v": [7]}), tmp_path / "t.parquet", compression="lz4")
    reader = FilesReader(Folder(tmp_path, "tax"), CsvOptions())
    assert reader.parquet(TableRead(("t.parquet",), (column("v", "bigint"),))) is None
    assert numbers(source, 'SELECT v FROM "t.parquet"', column("v", "bigint")) == [7]


def test_other_formats_and_partitions_are_scanned(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("v\n1\n")
    (tmp_path / "t" / "year=2024").mkdir(parents=True)
    pa.parquet.write_table(pa.table({"v": [1]}), tmp_path / "t" / "year=2024" / "a.parquet")
    reader = FilesReader(Folder(tmp_path, "tax"), CsvOptions())
    assert reader.parquet(TableRead(("t.csv",), (column("v", "bigint"),))) is None
    assert reader.parquet(TableRead(("t",), (column("v", "bigint"),))) is None


def test_a_folder_is_one_table(tmp_path: Path, source: Source) -> None:
    (tmp_path / "t").mkdir()
    for number in range(3):
        pa.parquet.write_table(pa.table({"v": [number], "w": ["x"]}), tmp_path / "t" / f"{number}.parquet")
    with source.read(request('SELECT sum(v)::BIGINT AS v FROM "t"', column("v", "bigint"), table="t")) as stream:
        assert [batch.column(0).to_pylist() for batch in stream] == [[3]]


def test_nan_is_found(tmp_path: Path, source: Source) -> None:
    """DuckDB alone would leave the row group out: a bound of Parquet is no bound of NaN."""
    write(tmp_path, 4, w=pa.array([1.0, 2.0, math.nan, 3.0]))
    columns = (column("v", "bigint"), column("w", "double"))
    assert numbers(source, 'SELECT v FROM "t.parquet" WHERE isnan(w)', *columns) == [2]
    assert numbers(source, 'SELECT v FROM "t.parquet" WHERE w > 1e300', *columns) == [2]


def test_another_file_put_in_its_place_is_not_mixed_in(tmp_path: Path, source: Source) -> None:
    path = write(tmp_path)
    with source.read(request('SELECT v FROM "t.parquet"', column("v", "bigint"))) as stream:
        batches = iter(stream)
        total = sum(next(batches).column(0).to_pylist())
        pa.parquet.write_table(pa.table({"v": [-1]}), tmp_path / "new")
        (tmp_path / "new").replace(path)
        total += sum(sum(batch.column(0).to_pylist()) for batch in batches)
    assert total == MANY * (MANY - 1) // 2
    assert numbers(source, 'SELECT v FROM "t.parquet"', column("v", "bigint")) == [-1]


def test_a_file_written_to_while_it_is_read_is_refused(tmp_path: Path, source: Source) -> None:
    path = write(tmp_path)
    with source.read(request('SELECT v FROM "t.parquet"', column("v", "bigint"))) as stream:
        batches = iter(stream)
        next(batches)
        with path.open("ab") as more:
            more.write(b"more")
        with pytest.raises(SourceRejected, match=r"damaged file in t\.parquet") as caught:
            list(batches)
    assert str(path) in (caught.value.private or "")
    assert not left_open(path)


@pytest.mark.parametrize(
    "damage",
    [lambda raw: raw[: len(raw) // 2], lambda raw: raw[:4] + b"\xff" * 200 + raw[204:], lambda raw: b""],
    ids=["cut off", "no page header", "empty"],
)
def test_damage_is_told_without_the_path(tmp_path: Path, source: Source, damage: Callable[[bytes], bytes]) -> None:
    path = write(tmp_path, 100_000)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(SourceRejected, match=r"tax has a damaged file in t\.parquet") as caught:
        numbers(source, 'SELECT sum(v)::BIGINT AS v FROM "t.parquet"', column("v", "bigint"))
    assert str(tmp_path) not in f"{caught.value} {caught.value.hint}"
    assert str(path) in (caught.value.private or ""), "the operator finds the file"
    assert not left_open(path)


def test_statements_that_end_early_leave_nothing_open(tmp_path: Path, source: Source) -> None:
    """Many at a time on one DuckDB, each left after its first batch: none waits for another, none keeps the file."""
    path = write(tmp_path)

    def first(number: int) -> int:
        text = f'SELECT v FROM "t.parquet" WHERE v % 7 <> {number % 7}'
        with source.read(request(text, column("v", "bigint"))) as stream:
            return next(iter(stream)).num_rows

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(first, range(64)))
    assert not left_open(path)


def test_threads_that_share_a_reader_read_at_places_of_their_own(tmp_path: Path) -> None:
    path, files = tmp_path / "bytes", HeldFiles()
    path.write_bytes(bytes(range(256)))
    with path.open("rb") as file, files.lent([file.fileno()]) as (name,), ThreadPoolExecutor(1) as other:
        reading = files.open(name)
        reading.seek(10)
        other.submit(reading.seek, 200).result()
        assert reading.read(2) == bytes([10, 11])
        assert other.submit(reading.read, 2).result() == bytes([200, 201])
        assert (reading.tell(), other.submit(reading.tell).result()) == (12, 202)
        reading.close()


def test_many_threads_of_one_statement_read_one_file(tmp_path: Path, source: Source) -> None:
    """One moved the other's place between its seek and its read: the file was called damaged, or a sum was wrong."""
    words = [f"text {n % 977}" for n in range(20_000)]
    table = pa.table({"v": pa.array(range(20_000), pa.int64()), "w": words})
    pa.parquet.write_table(table, tmp_path / "t.parquet", row_group_size=500)
    asked = 'SELECT CAST(sum(v) + sum(length(w)) AS BIGINT) AS v FROM "t.parquet"'
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        found = {tuple(numbers(source, asked, column("v", "bigint"), column("w", "varchar"))) for _ in range(60)}
    finally:
        sys.setswitchinterval(before)
    assert found == {(sum(range(20_000)) + sum(map(len, words)),)}
