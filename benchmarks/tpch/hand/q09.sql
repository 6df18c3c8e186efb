-- The green parts are shipped; PostgreSQL joins its two tables and gives the lines of those parts.
-- crm: nations(n_nationkey bigint, n_name varchar)
SELECT n_nationkey, CAST(n_name AS CHAR) AS n_name FROM tpch_crm.nation
-- supply: parts
SELECT p_partkey FROM part WHERE p_name LIKE '%green%'
-- supply: offers
SELECT ps_partkey, ps_suppkey, ps_supplycost, s_nationkey FROM partsupp JOIN parts ON ps_partkey = p_partkey
  JOIN supplier ON ps_suppkey = s_suppkey
-- sales: lines
SELECT l_partkey::int4, l_suppkey::int4, extract(year FROM o_orderdate)::int2 AS o_year,
  (l_extendedprice * (1 - l_discount) * 10000)::int8 AS revenue, (l_quantity * 100)::int4 AS quantity
FROM lineitem JOIN orders ON o_orderkey = l_orderkey WHERE l_partkey = ANY({parts.p_partkey})
-- answer
SELECT n_name AS nation, o_year::bigint AS o_year,
  sum(revenue - (ps_supplycost * 100)::bigint * quantity)::decimal(30,0) * 0.0001::decimal(4,4) AS sum_profit
FROM lines JOIN offers ON l_partkey = ps_partkey AND l_suppkey = ps_suppkey JOIN nations ON s_nationkey = n_nationkey
GROUP BY 1, 2 ORDER BY 1, 2 DESC
