-- A month of lines as whole numbers; of the parts only whether they are on promotion.
-- sales: lines
SELECT l_partkey::int4, (l_extendedprice * (1 - l_discount) * 10000)::int8 AS revenue FROM lineitem
WHERE l_shipdate >= date '1995-09-01' AND l_shipdate < date '1995-10-01'
-- supply: parts
SELECT p_partkey, p_type LIKE 'PROMO%' AS promo FROM part WHERE p_partkey IN (SELECT l_partkey FROM lines)
-- answer
SELECT 100.00 * sum(CASE WHEN promo THEN revenue ELSE 0 END) / sum(revenue) AS promo_revenue
FROM lines JOIN parts ON p_partkey = l_partkey
