-- The lines of some two hundred parts; the average is taken where the answer is made.
-- supply: parts
SELECT p_partkey FROM part WHERE p_brand = 'Brand#23' AND p_container = 'MED BOX'
-- sales: lines
SELECT l_partkey::int4, (l_quantity * 100)::int4 AS quantity, (l_extendedprice * 100)::int8 AS price FROM lineitem
WHERE l_partkey = ANY({parts.p_partkey})
-- answer
WITH less AS (SELECT l_partkey, 0.2 * avg(quantity) AS least FROM lines GROUP BY 1)
SELECT sum(price) / 100.0 / 7.0 AS avg_yearly FROM lines JOIN less USING (l_partkey) WHERE quantity < least
