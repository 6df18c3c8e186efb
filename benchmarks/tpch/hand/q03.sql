-- The customers of the segment are shipped to PostgreSQL, which joins, groups and cuts.
-- crm: customers(c_custkey bigint)
SELECT c_custkey FROM tpch_crm.customer WHERE c_mktsegment = 'BUILDING'
-- sales: found
SELECT l_orderkey, sum(l_extendedprice * (1 - l_discount))::text AS revenue, o_orderdate, o_shippriority
FROM orders JOIN lineitem ON l_orderkey = o_orderkey
WHERE o_custkey = ANY({customers.c_custkey}) AND o_orderdate < date '1995-03-15' AND l_shipdate > date '1995-03-15'
GROUP BY l_orderkey, o_orderdate, o_shippriority
ORDER BY sum(l_extendedprice * (1 - l_discount)) DESC, o_orderdate LIMIT 10
-- answer
SELECT l_orderkey, revenue::decimal(38,4) AS revenue, o_orderdate, o_shippriority FROM found ORDER BY revenue DESC, o_orderdate
