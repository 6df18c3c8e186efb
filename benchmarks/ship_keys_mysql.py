"""Keys shipped to MariaDB: looked up as texts of 512, of the column's own length, and in a temporary table; in turns."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from fedquery.demo.mariadb_server import MariaDBServer

_ROWS, _TIMES = 300_000, 3
_COUNTS = (1_000, 10_000, 100_000)
#: Without an index, texts of 512 take minutes beyond this.
_LONG_MOST = 10_000
_OWN = "utf8mb4_general_ci"
_TABLES = (
    f"CREATE TABLE big (id BIGINT, code VARCHAR(20), code_plain VARCHAR(20), note VARCHAR(40), KEY (code)) COLLATE {_OWN}",
    f"""INSERT INTO big SELECT seq, CONCAT('C', LPAD(seq, 12, '0')), CONCAT('C', LPAD(seq, 12, '0')), REPEAT('x', seq % 40)
    FROM seq_1_to_{_ROWS} ORDER BY seq * 7919 % 1000003""",
    f"CREATE TABLE item (code VARCHAR(20), value BIGINT, KEY (code)) COLLATE {_OWN}",
    f"INSERT INTO item SELECT CONCAT('C', LPAD(seq % {_ROWS} + 1, 12, '0')), seq FROM seq_1_to_{2 * _ROWS}",
    "ANALYZE TABLE big, item",
)
_ALONE = "SELECT COUNT(*) FROM (SELECT id, note FROM big WHERE {}) AS s WHERE note IS NOT NULL"
_BELOW_A_JOIN = """SELECT COUNT(DISTINCT s.code) FROM (SELECT code, note FROM big WHERE {}) AS s
    JOIN (SELECT code, value FROM item) AS i ON s.code = i.code"""
_CASES = (("code", _ALONE), ("code_plain", _ALONE), ("code", _BELOW_A_JOIN))


def main() -> None:
    """Print medians in milliseconds, and their ratios to the column's own length."""
    with MariaDBServer.start(None, "--innodb-buffer-pool-size=512M") as server:
        server.database("bench")
        with closing(server.connect("bench")) as connection, connection.cursor() as cursor:
            for text in (*_TABLES, "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin"):
                cursor.execute(text)
            for count in _COUNTS:
                for column, text in _CASES:
                    _compare(cursor, count, column, text)


def _compare(cursor: Any, count: int, column: str, text: str) -> None:
    listed = json.dumps([f"C{1 + i * (_ROWS // count):012d}" for i in range(count)])
    times: dict[str, list[float]] = {}
    for _ in range(_TIMES):
        for name, run in _ways(cursor, column, text, count):
            begun = time.perf_counter()
            cursor.execute("SET @k = %s", (listed,))
            assert run() == count
            times.setdefault(name, []).append(time.perf_counter() - begun)
            cursor.execute("DROP TEMPORARY TABLE IF EXISTS k")
    medians = {name: statistics.median(found) for name, found in times.items()}
    where = "below a join" if text is _BELOW_A_JOIN else "alone"
    told = ", ".join(f"{name} {1e3 * found:.0f} ms ({found / medians['own']:.2f})" for name, found in medians.items())
    print(f"MariaDB, {count} keys of {column} {where}: {told}", flush=True)


def _ways(cursor: Any, column: str, text: str, count: int) -> Iterator[tuple[str, Callable[[], int]]]:
    def asked(condition: str, *before: str) -> Callable[[], int]:
        def run() -> int:
            for statement in (*before, text.format(condition)):
                cursor.execute(statement)
            return int(cursor.fetchone()[0])

        return run

    def members(length: int) -> str:
        return f"JSON_TABLE(@k, '$[*]' COLUMNS (v VARCHAR({length}) PATH '$')) AS list"

    yield "own", asked(f"{column} IN (SELECT CONVERT(v USING utf8mb4) COLLATE {_OWN} FROM {members(20)})")
    if column == "code" or count <= _LONG_MOST:
        yield "512", asked(f"{column} IN (SELECT CONVERT(v USING utf8mb4) COLLATE {_OWN} FROM {members(512)})")
    made = f"CREATE TEMPORARY TABLE k (k VARCHAR(20) COLLATE {_OWN} NOT NULL) ENGINE = InnoDB"
    filled = f"INSERT INTO k SELECT v FROM {members(20)}"
    yield "stored", asked(f"{column} IN (SELECT k FROM k)", made, filled)


if __name__ == "__main__":
    main()
