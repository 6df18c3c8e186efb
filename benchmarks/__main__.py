"""``python3 dev.py bench [setup | tpch | explain QUERY | page | postgres | keys | mysql | embedded | spill]``: all, or one."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

from benchmarks import fetch_embedded, fetch_mysql, fetch_postgres, ship_keys, ship_keys_mysql, spill
from benchmarks.tpch import command as tpch


def _keys() -> None:
    ship_keys.main()
    ship_keys_mysql.main()


BENCHMARKS = {
    "postgres": fetch_postgres.main,
    "keys": _keys,
    "mysql": fetch_mysql.main,
    "embedded": fetch_embedded.main,
    "spill": spill.main,
}
COMMANDS: dict[str, Callable[[list[str]], None]] = {
    "setup": tpch.setup,
    "tpch": tpch.main,
    "explain": tpch.explained,
    "page": tpch.paged,
}


def main(names: list[str]) -> int:
    """Do what is named first with the rest as its arguments; run the benchmarks named, or all."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as Ctrl-C does, so that every server is stopped
    if names and names[0] in COMMANDS:
        COMMANDS[names[0]](names[1:])
        return 0
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark {unknown[0]}; there are {', '.join([*BENCHMARKS, *COMMANDS])}.", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS:
        print(f"\n{name}\n", flush=True)
        BENCHMARKS[name]()
    if not names:
        print("\ntpch\n", flush=True)
        tpch.everything()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
