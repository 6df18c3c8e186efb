-- PostgreSQL gives the best 100 customer numbers, of which 20 are needed; their details are looked up.
-- sales: best
SELECT o_custkey, sum(l_extendedprice * (1 - l_discount))::text AS revenue FROM orders JOIN lineitem ON l_orderkey = o_orderkey
WHERE o_orderdate >= date '1993-10-01' AND o_orderdate < date '1994-01-01' AND l_returnflag = 'R'
GROUP BY 1 ORDER BY sum(l_extendedprice * (1 - l_discount)) DESC LIMIT 100
-- crm: customers(c_custkey bigint, c_name varchar, c_acctbal decimal(15,2), n_name varchar, c_address varchar, c_phone varchar, c_comment varchar)
SELECT c_custkey, CAST(c_name AS CHAR) AS c_name, c_acctbal, CAST(n_name AS CHAR) AS n_name, CAST(c_address AS CHAR) AS c_address,
  CAST(c_phone AS CHAR) AS c_phone, CAST(c_comment AS CHAR) AS c_comment
FROM tpch_crm.customer JOIN tpch_crm.nation ON c_nationkey = n_nationkey WHERE c_custkey IN ({best.o_custkey})
-- answer
SELECT c_custkey, c_name, revenue::decimal(38,4) AS revenue, c_acctbal, n_name, c_address, c_phone, c_comment
FROM best JOIN customers ON c_custkey = o_custkey ORDER BY 3 DESC LIMIT 20
