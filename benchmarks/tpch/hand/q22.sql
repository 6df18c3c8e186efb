-- The customers above the average are shipped to PostgreSQL, which says who of them has no order.
-- crm: customers(c_custkey bigint, cntrycode varchar, c_acctbal decimal(15,2))
SELECT c_custkey, CAST(LEFT(c_phone, 2) AS CHAR) AS cntrycode, c_acctbal FROM tpch_crm.customer
WHERE LEFT(c_phone, 2) IN ('13', '31', '23', '29', '30', '18', '17') AND c_acctbal > (
  SELECT avg(c_acctbal) FROM tpch_crm.customer WHERE c_acctbal > 0 AND LEFT(c_phone, 2) IN ('13', '31', '23', '29', '30', '18', '17'))
-- sales: idle
SELECT key FROM unnest({customers.c_custkey}) AS c(key) WHERE NOT EXISTS (SELECT FROM orders WHERE o_custkey = key)
-- answer
SELECT cntrycode, count(*) AS numcust, sum(c_acctbal) AS totacctbal FROM customers JOIN idle ON key = c_custkey GROUP BY 1 ORDER BY 1
