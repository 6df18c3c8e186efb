-- The customer of every order that counts, in two halves at the same time: PostgreSQL groups slower than it sends.
-- crm: customers(c_custkey bigint)
SELECT c_custkey FROM tpch_crm.customer
-- sales: ordered
SELECT o_custkey::int4 FROM orders WHERE o_comment NOT LIKE '%special%requests%' AND {half of orders}
-- answer
WITH counts AS (SELECT o_custkey, count(*) AS n FROM ordered GROUP BY 1)
SELECT coalesce(n, 0) AS c_count, count(*) AS custdist FROM customers LEFT JOIN counts ON c_custkey = o_custkey
GROUP BY 1 ORDER BY 2 DESC, 1 DESC
