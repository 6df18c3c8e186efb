-- The parts and the Canadian suppliers are shipped; PostgreSQL sums what they sold.
-- crm: canada(n_nationkey bigint)
SELECT n_nationkey FROM tpch_crm.nation WHERE n_name = 'CANADA'
-- supply: offers
SELECT ps_partkey, ps_suppkey, ps_availqty, s_name, s_address FROM partsupp JOIN supplier ON s_suppkey = ps_suppkey
  JOIN canada ON s_nationkey = n_nationkey WHERE ps_partkey IN (SELECT p_partkey FROM part WHERE p_name LIKE 'forest%')
-- sales: sold
SELECT l_partkey, l_suppkey, (sum(l_quantity) * 100)::int8 AS quantity FROM lineitem
WHERE l_partkey = ANY({offers.ps_partkey}) AND l_suppkey = ANY({offers.ps_suppkey})
  AND l_shipdate >= date '1994-01-01' AND l_shipdate < date '1995-01-01'
GROUP BY 1, 2
-- answer
SELECT DISTINCT s_name, s_address FROM offers JOIN sold ON l_partkey = ps_partkey AND l_suppkey = ps_suppkey
WHERE ps_availqty * 200 > quantity ORDER BY s_name
