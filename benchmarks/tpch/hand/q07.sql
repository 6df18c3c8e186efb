-- Customers and suppliers of both nations are shipped with their nation to PostgreSQL, which groups.
-- crm: nations(n_nationkey bigint, n_name varchar)
SELECT n_nationkey, CAST(n_name AS CHAR) AS n_name FROM tpch_crm.nation WHERE n_name IN ('FRANCE', 'GERMANY')
-- crm: customers(c_custkey bigint, c_nationkey bigint)
SELECT c_custkey, c_nationkey FROM tpch_crm.customer JOIN tpch_crm.nation ON c_nationkey = n_nationkey WHERE n_name IN ('FRANCE', 'GERMANY')
-- supply: suppliers
SELECT s_suppkey, s_nationkey FROM supplier JOIN nations ON s_nationkey = n_nationkey
-- sales: found
SELECT s.nation AS supp, c.nation AS cust, extract(year FROM l_shipdate)::int8 AS l_year,
  sum(l_extendedprice * (1 - l_discount))::text AS revenue
FROM unnest({suppliers.s_suppkey}, {suppliers.s_nationkey}) AS s(key, nation) JOIN lineitem ON l_suppkey = s.key
  JOIN orders ON o_orderkey = l_orderkey
  JOIN unnest({customers.c_custkey}, {customers.c_nationkey}) AS c(key, nation) ON o_custkey = c.key AND s.nation <> c.nation
WHERE l_shipdate BETWEEN date '1995-01-01' AND date '1996-12-31'
GROUP BY 1, 2, 3
-- answer
SELECT n1.n_name AS supp_nation, n2.n_name AS cust_nation, l_year, revenue::decimal(38,4) AS revenue
FROM found JOIN nations n1 ON supp = n1.n_nationkey JOIN nations n2 ON cust = n2.n_nationkey ORDER BY 1, 2, 3
