-- The whole statement in PostgreSQL: four rows come back. Averages are made of sums and counts.
-- sales: totals
SELECT l_returnflag::text, l_linestatus::text, sum(l_quantity)::text AS qty, sum(l_extendedprice)::text AS base,
  sum(l_extendedprice * (1 - l_discount))::text AS disc, sum(l_extendedprice * (1 - l_discount) * (1 + l_tax))::text AS charge,
  sum(l_discount)::text AS discount, count(*) AS n
FROM lineitem WHERE l_shipdate <= date '1998-09-02' GROUP BY 1, 2
-- answer
SELECT l_returnflag, l_linestatus, qty::decimal(38,2) AS sum_qty, base::decimal(38,2) AS sum_base_price,
  disc::decimal(38,4) AS sum_disc_price, charge::decimal(38,6) AS sum_charge, qty::double / n AS avg_qty,
  base::double / n AS avg_price, discount::double / n AS avg_disc, n AS count_order
FROM totals ORDER BY 1, 2
