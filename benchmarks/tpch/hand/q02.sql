-- The nations of Europe come first, five rows; everything else is one statement over Parquet.
-- crm: europe(n_nationkey bigint, n_name varchar)
SELECT n_nationkey, CAST(n_name AS CHAR) AS n_name FROM tpch_crm.nation JOIN tpch_crm.region ON n_regionkey = r_regionkey WHERE r_name = 'EUROPE'
-- supply: found
WITH offers AS (
  SELECT s_acctbal, s_name, n_name, p_partkey, p_mfgr, s_address, s_phone, s_comment, ps_supplycost
  FROM part JOIN partsupp ON p_partkey = ps_partkey JOIN supplier ON s_suppkey = ps_suppkey
    JOIN europe ON s_nationkey = n_nationkey
  WHERE p_size = 15 AND p_type LIKE '%BRASS')
SELECT * EXCLUDE (ps_supplycost) FROM offers
WHERE (p_partkey, ps_supplycost) IN (SELECT p_partkey, min(ps_supplycost) FROM offers GROUP BY 1)
ORDER BY s_acctbal DESC, n_name, s_name, p_partkey LIMIT 100
-- answer
SELECT * FROM found
