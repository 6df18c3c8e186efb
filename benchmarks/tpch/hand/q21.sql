-- The suppliers of the nation are shipped to PostgreSQL, which counts by supplier.
-- crm: nation(n_nationkey bigint)
SELECT n_nationkey FROM tpch_crm.nation WHERE n_name = 'SAUDI ARABIA'
-- supply: suppliers
SELECT s_suppkey, s_name FROM supplier JOIN nation ON s_nationkey = n_nationkey
-- sales: waits
SELECT l_suppkey, count(*) AS numwait FROM lineitem l1 JOIN orders ON o_orderkey = l_orderkey
WHERE l_suppkey = ANY({suppliers.s_suppkey}) AND o_orderstatus = 'F' AND l_receiptdate > l_commitdate
  AND EXISTS (SELECT FROM lineitem l2 WHERE l2.l_orderkey = l1.l_orderkey AND l2.l_suppkey <> l1.l_suppkey)
  AND NOT EXISTS (SELECT FROM lineitem l3 WHERE l3.l_orderkey = l1.l_orderkey AND l3.l_suppkey <> l1.l_suppkey
    AND l3.l_receiptdate > l3.l_commitdate)
GROUP BY 1
-- answer
SELECT s_name, numwait FROM waits JOIN suppliers ON s_suppkey = l_suppkey ORDER BY 2 DESC, 1 LIMIT 100
