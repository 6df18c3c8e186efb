"""The files connector against the conformance kit: as Parquet, as CSV, and as Arrow files and streams."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet
import pytest

from fedquery.spi import Connector, Secrets, SourceConfig
from fedquery.testing.dataset import VALUES
from fedquery.testing.kit import ConnectorConformance, Loaded, Quirks, ReferenceTable
from fedquery_files import CONNECTOR

_NOWHERE = "the folder's files are opened with the rights of the process: there are no credentials"


class FilesConformance(ConnectorConformance):
    """A folder with one file for each table."""

    __test__ = False
    connector: ClassVar[Connector] = CONNECTOR
    suffix: ClassVar[str]

    @classmethod
    def write(cls, table: ReferenceTable, path: Path) -> None:
        """One table as one file."""
        raise NotImplementedError

    @pytest.fixture(scope="class")
    @classmethod
    def loaded(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
        folder = tmp_path_factory.mktemp("files")
        for name, table in cls.tables().items():
            cls.write(table, folder / f"{name}{cls.suffix}")
        config = SourceConfig(
            "kit.files", CONNECTOR.options(folder="."), Secrets(folder), concurrency=4, time_zone="UTC", folder=folder
        )
        yield Loaded(
            config,
            paths={name: (f"{name}{cls.suffix}",) for name in cls.tables()},
            down=replace(config, options=CONNECTOR.options(folder="unmounted")),
        )


class TestParquet(FilesConformance):
    """Parquet: all types but intervals, which it cannot hold as Arrow does."""

    __test__ = True
    suffix = ".parquet"
    quirks = Quirks(
        declared={name: "" for name in VALUES if name != "interval"}, inapplicable={"test_wrong_credentials": _NOWHERE}
    )

    @classmethod
    def write(cls, table: ReferenceTable, path: Path) -> None:
        pa.parquet.write_table(table.arrow, path, row_group_size=1000)


class TestArrowFile(FilesConformance):
    """Arrow files (Feather), compressed."""

    __test__ = True
    suffix = ".arrow"
    quirks = Quirks(inapplicable={"test_wrong_credentials": _NOWHERE})

    @classmethod
    def write(cls, table: ReferenceTable, path: Path) -> None:
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with pa.ipc.new_file(path, table.arrow.schema, options=options) as writer:
            writer.write_table(table.arrow, max_chunksize=1000)


class TestArrowStream(FilesConformance):
    """Arrow streams, as a program wrote them to disk."""

    __test__ = True
    suffix = ".arrows"
    quirks = Quirks(inapplicable={"test_wrong_credentials": _NOWHERE})

    @classmethod
    def write(cls, table: ReferenceTable, path: Path) -> None:
        with pa.ipc.new_stream(path, table.arrow.schema) as writer:
            writer.write_table(table.arrow, max_chunksize=1000)


class TestCsv(FilesConformance):
    """CSV: everything that has one spelling as text; its columns have no types of their own."""

    __test__ = True
    suffix = ".csv"
    quirks = Quirks(
        declared={name: "text" for name in VALUES if name not in ("blob", "interval") and not name.endswith("[]")},
        nullable=False,
        inapplicable={
            "test_wrong_credentials": _NOWHERE,
            "test_describe_drafts_types": "a CSV file declares no types; what is proposed depends on its values",
        },
    )

    @classmethod
    def write(cls, table: ReferenceTable, path: Path) -> None:
        rows = [[c.name for c in table.columns], *table.rows]
        path.write_text("".join(",".join(map(_spelled, row)) + "\n" for row in rows), encoding="utf-8", newline="")


def _spelled(value: object) -> str:
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    if isinstance(value, dt.datetime):
        return value.isoformat(" ")
    return "" if value is None else str(value)
