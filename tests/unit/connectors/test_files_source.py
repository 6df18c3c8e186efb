"""The files connector on what departments really leave in folders: odd encodings, drift, links, damage, invalid values."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet
import pytest

from fedquery.predicates import ColumnOperand, Compare, In, ValueOperand
from fedquery.spi import (
    InvalidValue,
    LogicalType,
    PhysicalColumn,
    RemoteTable,
    SourceDrift,
    SourceRejected,
    SourceUnavailable,
    TableRead,
)
from fedquery_files.contents import opened_parquet, pruning
from fedquery_files.options import CsvOptions
from fedquery_files.reader import FilesReader
from fedquery_files.tables import Folder


def reader(folder: Path, **csv: str) -> FilesReader:
    return FilesReader(Folder(folder, "tax"), CsvOptions.model_validate(csv))


def column(name: str, type: str, invalid: str = "error") -> PhysicalColumn:
    return PhysicalColumn(name, LogicalType.parse(type), invalid=invalid)


def rows(source: FilesReader, table: str, *columns: PhysicalColumn) -> list[dict[str, object]]:
    with source.scan(TableRead((table,), columns)) as stream:
        return pa.Table.from_batches(list(stream), stream.schema).to_pylist()


def described(source: FilesReader) -> dict[str, RemoteTable]:
    return {table.path[0]: table for table in source.describe()}


def test_csv_bom_newlines_quotes_and_zeros(tmp_path: Path) -> None:
    text = '\ufeffcode,note,n\n007,"two\nlines",1\n010,"",\n,,"3"\n'
    (tmp_path / "t.csv").write_text(text, encoding="utf-8", newline="")
    source = reader(tmp_path)
    assert [str(c.type) for c in described(source)["t.csv"].columns] == ["varchar", "varchar", "bigint"]
    assert rows(source, "t.csv", column("code", "varchar"), column("note", "varchar"), column("n", "bigint")) == [
        {"code": "007", "note": "two\nlines", "n": 1},
        {"code": "010", "note": "", "n": None},
        {"code": None, "note": None, "n": 3},
    ]


def test_csv_in_gb18030_and_with_one_column(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("姓名\n李雷\n\n𠮷\n", encoding="gb18030")
    found = rows(reader(tmp_path, encoding="gb18030"), "t.csv", column("姓名", "varchar"))
    assert [row["姓名"] for row in found] == ["李雷", None, "𠮷"]
    with pytest.raises((SourceRejected, InvalidValue)):
        rows(reader(tmp_path), "t.csv", column("姓名", "varchar"))


@pytest.mark.parametrize(
    ("type", "good", "bad"),
    [
        ("bigint", "12", "1x"), ("tinyint", "12", "300"), ("decimal(10,2)", "1.25", "1.255"),
        ("date", "2024-02-29", "2023-02-29"),
        ("boolean", "true", "yes"), ("time", "12:34:56.5", "25:00:00"), ("timestamp", "2024-02-29 12:00:00", "soon"),
        ("timestamptz", "2024-02-29 12:00:00Z", "2024-02-29 12:00:00"),
    ],
)  # fmt: skip
def test_invalid_values_are_refused_or_null(tmp_path: Path, type: str, good: str, bad: str) -> None:
    (tmp_path / "t.csv").write_text(f"id,v\n1,{good}\n2,{bad}\n3,{good}\n")
    with pytest.raises(InvalidValue) as caught:
        rows(reader(tmp_path), "t.csv", column("v", type))
    assert bad not in str(caught.value)
    found = [row["v"] for row in rows(reader(tmp_path), "t.csv", column("v", type, "null"))]
    assert found[1] is None and found[0] is not None and found[0] == found[2]


def test_parquet_types(tmp_path: Path) -> None:
    big = pa.array([Decimal("1.5")], pa.decimal256(60, 2))
    table = pa.table({
        "kind": pa.array(["a"]).dictionary_encode(), "large": pa.array(["b"], pa.large_string()), "big": big,
        "nested": [{"x": 1}], "price": pa.array([0.1]), "day": pa.array([19000], pa.int32()),
    })  # fmt: skip
    pa.parquet.write_table(table, tmp_path / "t.parquet")
    source = reader(tmp_path)
    found = {c.name: c for c in described(source)["t.parquet"].columns}
    assert [str(found[n].type) for n in ("kind", "large")] == ["varchar", "varchar"]
    assert all(found[n].type is None and found[n].note for n in ("big", "nested"))
    assert rows(source, "t.parquet", column("kind", "varchar"), column("large", "varchar")) == [{"kind": "a", "large": "b"}]
    assert rows(source, "t.parquet", column("price", "decimal(5,1)")) == [{"price": Decimal("0.1")}]
    with pytest.raises(InvalidValue):
        rows(source, "t.parquet", column("price", "real"))
    with pytest.raises(SourceDrift):  # a number is no date, and that is drift whatever becomes of invalid values
        rows(source, "t.parquet", column("day", "date", "null"))


def test_string_views_in_an_arrow_stream(tmp_path: Path) -> None:
    batch = pa.record_batch({"v": pa.array(["a", None], pa.string_view())})
    with pa.ipc.new_stream(tmp_path / "t.arrows", batch.schema) as writer:
        writer.write_batch(batch)
    assert rows(reader(tmp_path), "t.arrows", column("v", "varchar")) == [{"v": "a"}, {"v": None}]


def test_a_column_that_vanished(tmp_path: Path) -> None:
    """From one file it is NULL there; from all, drift. Folders named key=value are columns."""
    for year, table in ((2023, {"id": [1]}), (2024, {"id": [2], "tax": [9]})):
        (tmp_path / "t" / f"year={year}").mkdir(parents=True)
        pa.parquet.write_table(pa.table(table), tmp_path / "t" / f"year={year}" / "part.parquet")
    source = reader(tmp_path)
    assert rows(source, "t", column("id", "bigint"), column("tax", "bigint"), column("year", "integer")) == [
        {"id": 1, "tax": None, "year": 2023},
        {"id": 2, "tax": 9, "year": 2024},
    ]
    with pytest.raises(SourceDrift, match="gone"):
        rows(source, "t", column("gone", "bigint"))


def test_nothing_outside_the_folder_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("v\nsecret\n")
    inside = tmp_path / "shared"
    (inside / "t").mkdir(parents=True)
    (inside / "link.csv").symlink_to(tmp_path / "secret.csv")
    (inside / "t" / "link.csv").symlink_to(tmp_path / "secret.csv")
    source = reader(inside)
    assert described(source) == {}
    for path in (("..", "secret.csv"), ("link.csv",), (str(tmp_path / "secret.csv"),)):
        with pytest.raises(SourceRejected):
            source.scan(TableRead(path, (column("v", "varchar"),)))
    with pytest.raises(SourceDrift):
        source.scan(TableRead(("t",), (column("v", "varchar"),)))


def test_a_folder_that_vanished(tmp_path: Path) -> None:
    source = reader(tmp_path / "unmounted")
    for attempt in (source.ping, lambda: list(source.describe()), lambda: rows(source, "t.csv", column("v", "varchar"))):
        with pytest.raises(SourceUnavailable):
            attempt()


def test_files_that_change_while_they_are_read(tmp_path: Path) -> None:
    """Another file put in the place is not mixed in; a file written to in place is refused."""
    path, read = tmp_path / "t.parquet", TableRead(("t.parquet",), (column("v", "bigint"),))
    pa.parquet.write_table(pa.table({"v": range(200_000)}), path)
    with reader(tmp_path).scan(read) as stream:
        batches = iter(stream)
        count = next(batches).num_rows
        pa.parquet.write_table(pa.table({"v": [-1]}), tmp_path / "new")
        (tmp_path / "new").replace(path)
        assert count + sum(batch.num_rows for batch in batches) == 200_000
    (tmp_path / "t.csv").write_text("v\n" + "1\n" * 4_000_000)
    with reader(tmp_path).scan(TableRead(("t.csv",), (column("v", "bigint"),))) as stream:
        batches = iter(stream)
        next(batches)
        with (tmp_path / "t.csv").open("a") as more:
            more.write("2\n")
        with pytest.raises(SourceRejected):
            list(batches)


def test_damage_is_told_without_the_path(tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"v": range(10_000)}), tmp_path / "t.parquet")
    source = reader(tmp_path)
    described(source)
    whole = (tmp_path / "t.parquet").read_bytes()
    (tmp_path / "t.parquet").write_bytes(whole[:200])
    with pytest.raises(SourceRejected) as caught:
        rows(source, "t.parquet", column("v", "bigint"))
    assert str(tmp_path) not in str(caught.value)
    (tmp_path / "good.csv").write_text("v\n1\n")
    found = described(source)
    assert found["t.parquet"].comment and [c.name for c in found["good.csv"].columns] == ["v"]


@pytest.mark.parametrize(
    ("wanted", "groups", "count"),
    [
        (Compare(">=", ColumnOperand("v"), ValueOperand(9_500, LogicalType("bigint"))), [9], 500),
        (In(ColumnOperand("v"), tuple(ValueOperand(v, LogicalType("bigint")) for v in (3, 7_001, 7_002, 20_000))), [0, 7], 3),
    ],
)
def test_row_groups_that_cannot_matter_are_not_read(
    tmp_path: Path, wanted: Compare | In, groups: list[int], count: int
) -> None:
    path = tmp_path / "t.parquet"
    pa.parquet.write_table(pa.table({"v": pa.array(range(10_000), pa.int64())}), path, row_group_size=1000)
    read = TableRead((path.name,), (column("v", "bigint"),), (wanted,))
    with opened_parquet(path) as fragment:
        condition = pruning(read, fragment.physical_schema)
        assert [g.row_groups[0].id for g in fragment.split_by_row_group(condition)] == groups
    with reader(tmp_path).scan(read) as stream:
        assert sum(batch.num_rows for batch in stream) == count


def test_a_key_that_the_column_cannot_hold_finds_nothing(tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"n": pa.array([1, 2, 3], pa.int16())}), tmp_path / "t.parquet")
    wanted = tuple(ValueOperand(value, LogicalType("bigint")) for value in (2, 2**31, -(2**63)))
    read = TableRead(("t.parquet",), (column("n", "smallint"),), (In(ColumnOperand("n"), wanted),))
    with reader(tmp_path).scan(read) as stream:
        assert pa.Table.from_batches(list(stream), stream.schema).to_pylist() == [{"n": 2}]
