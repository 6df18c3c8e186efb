-- The whole statement in PostgreSQL.
-- sales: found
SELECT o_orderpriority::text, count(*) AS order_count FROM orders
WHERE o_orderdate >= date '1993-07-01' AND o_orderdate < date '1993-10-01'
  AND EXISTS (SELECT FROM lineitem WHERE l_orderkey = o_orderkey AND l_commitdate < l_receiptdate)
GROUP BY 1
-- answer
SELECT * FROM found ORDER BY 1
