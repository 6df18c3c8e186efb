-- Customers and suppliers of Asia are shipped with their nation to PostgreSQL, which groups by nation.
-- crm: nations(n_nationkey bigint, n_name varchar)
SELECT n_nationkey, CAST(n_name AS CHAR) AS n_name FROM tpch_crm.nation JOIN tpch_crm.region ON n_regionkey = r_regionkey WHERE r_name = 'ASIA'
-- crm: customers(c_custkey bigint, c_nationkey bigint)
SELECT c_custkey, c_nationkey FROM tpch_crm.customer JOIN tpch_crm.nation ON c_nationkey = n_nationkey JOIN tpch_crm.region ON n_regionkey = r_regionkey
WHERE r_name = 'ASIA'
-- supply: suppliers
SELECT s_suppkey, s_nationkey FROM supplier JOIN nations ON s_nationkey = n_nationkey
-- sales: found
SELECT s.nation, sum(l_extendedprice * (1 - l_discount))::text AS revenue
FROM unnest({customers.c_custkey}, {customers.c_nationkey}) AS c(key, nation) JOIN orders ON o_custkey = c.key
  JOIN lineitem ON l_orderkey = o_orderkey
  JOIN unnest({suppliers.s_suppkey}, {suppliers.s_nationkey}) AS s(key, nation) ON l_suppkey = s.key AND s.nation = c.nation
WHERE o_orderdate >= date '1994-01-01' AND o_orderdate < date '1995-01-01'
GROUP BY 1
-- answer
SELECT n_name, revenue::decimal(38,4) AS revenue FROM found JOIN nations ON n_nationkey = nation ORDER BY 2 DESC
