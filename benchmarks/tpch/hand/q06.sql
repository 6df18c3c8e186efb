-- The whole statement in PostgreSQL.
-- sales: found
SELECT sum(l_extendedprice * l_discount)::text AS revenue FROM lineitem
WHERE l_shipdate >= date '1994-01-01' AND l_shipdate < date '1995-01-01' AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24
-- answer
SELECT revenue::decimal(38,4) AS revenue FROM found
