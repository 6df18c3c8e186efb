-- All quantities are pulled in two halves and summed in DuckDB: PostgreSQL groups by order slower than it sends.
-- sales: quantities
SELECT l_orderkey::int4, l_quantity::float4 AS quantity FROM lineitem WHERE {half of lineitem}
-- supply: large
SELECT l_orderkey, sum(quantity::double) AS quantity FROM quantities GROUP BY 1 HAVING sum(quantity::double) > 300
-- sales: found
SELECT o_orderkey, o_custkey, o_orderdate, o_totalprice::text FROM orders WHERE o_orderkey = ANY({large.l_orderkey})
-- crm: customers(c_custkey bigint, c_name varchar)
SELECT c_custkey, CAST(c_name AS CHAR) AS c_name FROM tpch_crm.customer WHERE c_custkey IN ({found.o_custkey})
-- answer
SELECT c_name, c_custkey, o_orderkey, o_orderdate, o_totalprice::decimal(15,2) AS o_totalprice, quantity::decimal(38,2) AS "sum(l_quantity)"
FROM found JOIN customers ON c_custkey = o_custkey JOIN large ON l_orderkey = o_orderkey ORDER BY 5 DESC, 4 LIMIT 100
