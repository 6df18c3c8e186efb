-- The parts and the customers of America are shipped; PostgreSQL groups by year and supplier.
-- crm: customers(c_custkey bigint)
SELECT c_custkey FROM tpch_crm.customer JOIN tpch_crm.nation ON c_nationkey = n_nationkey JOIN tpch_crm.region ON n_regionkey = r_regionkey
WHERE r_name = 'AMERICA'
-- crm: brazil(n_nationkey bigint)
SELECT n_nationkey FROM tpch_crm.nation WHERE n_name = 'BRAZIL'
-- supply: parts
SELECT p_partkey FROM part WHERE p_type = 'ECONOMY ANODIZED STEEL'
-- sales: found
SELECT extract(year FROM o_orderdate)::int8 AS o_year, l_suppkey, sum(l_extendedprice * (1 - l_discount))::text AS volume
FROM lineitem JOIN orders ON l_orderkey = o_orderkey
WHERE l_partkey = ANY({parts.p_partkey}) AND o_custkey = ANY({customers.c_custkey})
  AND o_orderdate BETWEEN date '1995-01-01' AND date '1996-12-31'
GROUP BY 1, 2
-- supply: suppliers
SELECT s_suppkey, s_nationkey FROM supplier WHERE s_suppkey IN (SELECT l_suppkey FROM found)
-- answer
SELECT o_year, sum(CASE WHEN s_nationkey IN (FROM brazil) THEN volume::decimal(38,4) ELSE 0 END) / sum(volume::decimal(38,4)) AS mkt_share
FROM found JOIN suppliers ON s_suppkey = l_suppkey GROUP BY 1 ORDER BY 1
