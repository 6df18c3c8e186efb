-- The parts of each branch are shipped to PostgreSQL, which sums.
-- supply: parts1
SELECT p_partkey FROM part WHERE p_brand = 'Brand#12' AND p_container IN ('SM CASE', 'SM BOX', 'SM PACK', 'SM PKG') AND p_size BETWEEN 1 AND 5
-- supply: parts2
SELECT p_partkey FROM part WHERE p_brand = 'Brand#23' AND p_container IN ('MED BAG', 'MED BOX', 'MED PKG', 'MED PACK') AND p_size BETWEEN 1 AND 10
-- supply: parts3
SELECT p_partkey FROM part WHERE p_brand = 'Brand#34' AND p_container IN ('LG CASE', 'LG BOX', 'LG PACK', 'LG PKG') AND p_size BETWEEN 1 AND 15
-- sales: found
SELECT sum(l_extendedprice * (1 - l_discount))::text AS revenue FROM lineitem
WHERE l_shipmode IN ('AIR', 'AIR REG') AND l_shipinstruct = 'DELIVER IN PERSON' AND (
  (l_partkey = ANY({parts1.p_partkey}) AND l_quantity BETWEEN 1 AND 11)
  OR (l_partkey = ANY({parts2.p_partkey}) AND l_quantity BETWEEN 10 AND 20)
  OR (l_partkey = ANY({parts3.p_partkey}) AND l_quantity BETWEEN 20 AND 30))
-- answer
SELECT revenue::decimal(38,4) AS revenue FROM found
