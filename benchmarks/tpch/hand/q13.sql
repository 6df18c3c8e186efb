-- Orders are counted by customer in PostgreSQL; the customers' numbers bring in those without any.
-- crm: customers(c_custkey bigint)
SELECT c_custkey FROM tpch_crm.customer
-- sales: counts
SELECT o_custkey, count(*)::int4 AS n FROM orders WHERE o_comment NOT LIKE '%special%requests%' GROUP BY 1
-- answer
SELECT coalesce(n, 0)::bigint AS c_count, count(*) AS custdist FROM customers LEFT JOIN counts ON c_custkey = o_custkey
GROUP BY 1 ORDER BY 2 DESC, 1 DESC
