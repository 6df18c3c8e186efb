"""The locked DuckDB beside one embedded source: in memory, no network, no files but held ones, a connection for each statement.

What a statement registers is temporary and seen on its connection only. Making a DuckDB takes 20 ms, a connection none.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
import weakref
from pathlib import Path

import duckdb

from fedquery.spi.embedded_files import SCHEME, HeldFiles

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    **dict.fromkeys((
        "autoload_known_extensions", "autoinstall_known_extensions", "allow_community_extensions",
        "allow_unsigned_extensions", "allow_persistent_secrets", "python_enable_replacements", "python_scan_all_frames",
        "enable_external_file_cache",
    ), "false"),
    "threads": "2",
    "memory_limit": "1GB",
}  # fmt: skip
#: GLOBAL, for a plain SET would hold for one connection only. As at the gateway, x // 0 and x % 0 are NULL.
_SETTINGS = f"""
SET GLOBAL allowed_directories = ['{SCHEME}://'];
SET GLOBAL enable_external_access = false;
SET GLOBAL max_temp_directory_size = '4GB';
SET GLOBAL max_expression_depth = 1000;
SET GLOBAL enable_logging = false;
SET GLOBAL error_on_division_by_zero = false;
SET GLOBAL lock_configuration = true;
"""


class EmbeddedEngine:
    """One source's DuckDB, made when it is first needed. Thread-safe."""

    def __init__(self, time_zone: str) -> None:
        self.files = HeldFiles()
        self._time_zone = time_zone
        self._spill = Path(tempfile.mkdtemp(prefix="fedquery-"))
        self._emptied = weakref.finalize(self, shutil.rmtree, self._spill, ignore_errors=True)
        self._instance: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()

    def connect(self, *, schemas: bool = False) -> duckdb.DuckDBPyConnection:
        """A connection for one statement, to be closed after it. One that makes ``schemas`` gets a DuckDB to itself."""
        if schemas:
            return self._start()
        with self._lock:
            if self._instance is None:
                self._instance = self._start()
            return self._instance.cursor()

    def forsake(self) -> None:
        """After an error inside DuckDB the next statement gets a new one; this one ends with its last connection."""
        with self._lock:
            self._instance = None

    def close(self) -> None:
        """Free memory and spill space."""
        with self._lock:
            if self._instance is not None:
                self._instance.close()
                self._instance = None
        self._emptied()

    def _start(self) -> duckdb.DuckDBPyConnection:
        connection = duckdb.connect(":memory:", config={**_CONFIG, "temp_directory": str(self._spill)})
        connection.register_filesystem(self.files)
        connection.execute(f"SET GLOBAL TimeZone = '{self._time_zone}';{_SETTINGS}")
        return connection
