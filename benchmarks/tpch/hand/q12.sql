-- The whole statement in PostgreSQL.
-- sales: found
SELECT l_shipmode::text, count(*) FILTER (WHERE o_orderpriority IN ('1-URGENT', '2-HIGH')) AS high,
  count(*) FILTER (WHERE o_orderpriority NOT IN ('1-URGENT', '2-HIGH')) AS low
FROM orders JOIN lineitem ON o_orderkey = l_orderkey
WHERE l_shipmode IN ('MAIL', 'SHIP') AND l_commitdate < l_receiptdate AND l_shipdate < l_commitdate
  AND l_receiptdate >= date '1994-01-01' AND l_receiptdate < date '1995-01-01'
GROUP BY 1
-- answer
SELECT l_shipmode, high::decimal(38,0) AS high_line_count, low::decimal(38,0) AS low_line_count FROM found ORDER BY 1
