-- One row from the customer department; everything else is one statement over Parquet.
-- crm: germany(n_nationkey bigint)
SELECT n_nationkey FROM tpch_crm.nation WHERE n_name = 'GERMANY'
-- supply: found
WITH stock AS (
  SELECT ps_partkey, sum(ps_supplycost * ps_availqty) AS value FROM partsupp JOIN supplier ON ps_suppkey = s_suppkey
    JOIN germany ON s_nationkey = n_nationkey GROUP BY 1)
SELECT * FROM stock WHERE value > (SELECT sum(value) * :fraction FROM stock)
-- answer
SELECT * FROM found ORDER BY value DESC
