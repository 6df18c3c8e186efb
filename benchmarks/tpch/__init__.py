"""TPC-H over three departments, ``sales`` (PostgreSQL), ``crm`` (MariaDB) and ``supply`` (Parquet), beside other ways to ask.

python3 dev.py bench setup --scale 0.1                     servers, data and the peers, made once and kept in .bench/
python3 dev.py bench explain q03 --scale 0.1               what fedquery asks of whom, what it sends, what each costs
python3 dev.py bench tpch --scale 0.1 --queries q03,q05    measure; --modes fedquery,hand --runs 3 --also floors --json F
python3 dev.py bench page                                  docs/performance.md and its picture, from benchmarks/results/

``queries/`` holds the 22 statements, ``catalog/`` the directory, ``hand/`` the best plans written by hand. A cell of the
table reads: seconds, megabytes of Arrow fetched / megabytes on the wire.
"""
