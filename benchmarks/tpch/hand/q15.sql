-- The best supplier's number comes from PostgreSQL; its details from Parquet.
-- sales: best
WITH revenue AS (
  SELECT l_suppkey, sum(l_extendedprice * (1 - l_discount)) AS total FROM lineitem
  WHERE l_shipdate >= date '1996-01-01' AND l_shipdate < date '1996-04-01' GROUP BY 1)
SELECT l_suppkey, total::text FROM revenue WHERE total = (SELECT max(total) FROM revenue)
-- supply: suppliers
SELECT s_suppkey, s_name, s_address, s_phone FROM supplier WHERE s_suppkey IN (SELECT l_suppkey FROM best)
-- answer
SELECT s_suppkey, s_name, s_address, s_phone, total::decimal(38,4) AS total_revenue
FROM suppliers JOIN best ON s_suppkey = l_suppkey ORDER BY 1
