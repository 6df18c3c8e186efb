"""``python3 dev.py bench [postgres | mysql | embedded]``: every benchmark, or the one named."""

from __future__ import annotations

import sys

from benchmarks import fetch_embedded, fetch_mysql, fetch_postgres

BENCHMARKS = {"postgres": fetch_postgres.main, "mysql": fetch_mysql.main, "embedded": fetch_embedded.main}


def main(names: list[str]) -> int:
    """Run the benchmarks named, or all."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"There is no benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS:
        print(f"\n{name}\n", flush=True)
        BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
