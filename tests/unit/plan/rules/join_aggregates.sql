A correlated aggregate becomes a join with the aggregate of every key.

-- compared
select l_orderkey from lineitem, part where p_partkey = l_partkey and l_quantity < (select 0.2 * avg(l2.l_quantity) from lineitem l2 where l2.l_partkey = p_partkey)
=>
SELECT lineitem.l_orderkey FROM lineitem CROSS JOIN part LEFT JOIN (SELECT l2.l_partkey AS key0, AVG(l2.l_quantity) AS value0
FROM lineitem AS l2 GROUP BY l2.l_partkey) AS __k1 ON __k1.key0 = part.p_partkey WHERE part.p_partkey = lineitem.l_partkey
AND lineitem.l_quantity < (0.2 * __k1.value0)

-- a column without a name
select r_name, (select max(n_nationkey) from nation where n_regionkey = r_regionkey) from region
=>
SELECT region.r_name, (__k1.value0) AS _col_1 FROM region LEFT JOIN (SELECT nation.n_regionkey AS key0,
MAX(nation.n_nationkey) AS value0 FROM nation GROUP BY nation.n_regionkey) AS __k1 ON __k1.key0 = region.r_regionkey

-- two keys, and conditions of its own
select ps_partkey from partsupp where ps_availqty > (select 0.5 * sum(l_quantity) from lineitem where l_partkey = ps_partkey and ps_suppkey = l_suppkey and l_tax > 1)
=>
SELECT
  partsupp.ps_partkey
FROM partsupp
LEFT JOIN (
  SELECT
    lineitem.l_partkey AS key0,
    lineitem.l_suppkey AS key1,
    SUM(lineitem.l_quantity) AS value0
  FROM lineitem
  WHERE
    lineitem.l_tax > CAST('1.00' AS DECIMAL(15, 2))
  GROUP BY
    lineitem.l_partkey,
    lineitem.l_suppkey
) AS __k1
  ON __k1.key0 = partsupp.ps_partkey AND __k1.key1 = partsupp.ps_suppkey
WHERE
  partsupp.ps_availqty > (
    0.5 * __k1.value0
  )

-- a count of no rows is 0
select c_custkey from customer where c_nationkey >= (select count(*) from orders where o_custkey = c_custkey)
=>
SELECT customer.c_custkey FROM customer LEFT JOIN (SELECT orders.o_custkey AS key0, COUNT(*) AS value0 FROM orders GROUP BY
orders.o_custkey) AS __k1 ON __k1.key0 = customer.c_custkey WHERE customer.c_nationkey >= (COALESCE(__k1.value0, 0))

-- what is computed of nothing is computed of NULL
select c_custkey, (select coalesce(max(o_totalprice), 0) + count(distinct o_orderdate) from orders where o_custkey = c_custkey) as v from customer
=>
SELECT customer.c_custkey, (COALESCE(__k1.value0, 0) + COALESCE(__k1.value1, 0)) AS v FROM customer LEFT JOIN (SELECT
orders.o_custkey AS key0, MAX(orders.o_totalprice) AS value0, COUNT(DISTINCT orders.o_orderdate) AS value1 FROM orders GROUP
BY orders.o_custkey) AS __k1 ON __k1.key0 = customer.c_custkey

-- over a join
select p_partkey from part, partsupp where p_partkey = ps_partkey and ps_supplycost = (select min(s.ps_supplycost) from partsupp s, supplier where s.ps_partkey = p_partkey and s_suppkey = s.ps_suppkey)
=>
SELECT part.p_partkey FROM part CROSS JOIN partsupp LEFT JOIN (SELECT s.ps_partkey AS key0, MIN(s.ps_supplycost) AS value0
FROM partsupp AS s, supplier WHERE supplier.s_suppkey = s.ps_suppkey GROUP BY s.ps_partkey) AS __k1 ON __k1.key0 =
part.p_partkey WHERE part.p_partkey = partsupp.ps_partkey AND partsupp.ps_supplycost = (__k1.value0)

-- in OR, twice
select c_custkey from customer where c_acctbal > 2 or c_acctbal < (select min(o_totalprice) from orders where o_custkey = c_custkey) or c_acctbal < (select sum(s_acctbal) from supplier where s_suppkey = c_custkey)
=>
SELECT
  customer.c_custkey
FROM customer
LEFT JOIN (
  SELECT
    orders.o_custkey AS key0,
    MIN(orders.o_totalprice) AS value0
  FROM orders
  GROUP BY
    orders.o_custkey
) AS __k1
  ON __k1.key0 = customer.c_custkey
LEFT JOIN (
  SELECT
    supplier.s_suppkey AS key0,
    SUM(supplier.s_acctbal) AS value0
  FROM supplier
  GROUP BY
    supplier.s_suppkey
) AS __k2
  ON __k2.key0 = customer.c_custkey
WHERE
  customer.c_acctbal > CAST('2.00' AS DECIMAL(15, 2))
  OR customer.c_acctbal < (
    __k1.value0
  )
  OR customer.c_acctbal < (
    __k2.value0
  )

-- inside EXISTS
select s_name from supplier where exists (select 1 from partsupp where ps_suppkey = s_suppkey and ps_availqty > (select sum(l_quantity) from lineitem where l_partkey = ps_partkey))
=>
SELECT supplier.s_name FROM supplier WHERE EXISTS(SELECT 1 AS "1" FROM partsupp LEFT JOIN (SELECT lineitem.l_partkey AS key0,
SUM(lineitem.l_quantity) AS value0 FROM lineitem GROUP BY lineitem.l_partkey) AS __k1 ON __k1.key0 = partsupp.ps_partkey
WHERE partsupp.ps_suppkey = supplier.s_suppkey AND partsupp.ps_availqty > (__k1.value0))

-- of nothing outer: it is computed once
select c_custkey from customer where c_acctbal > (select avg(s_acctbal) from supplier)
=>
unchanged

-- no aggregate: more than one row is an error, and stays one
select c_custkey from customer where c_acctbal > (select o_totalprice from orders where o_custkey = c_custkey)
=>
unchanged

-- grouped: likewise
select c_custkey from customer where c_acctbal > (select sum(o_totalprice) from orders where o_custkey = c_custkey group by o_orderstatus)
=>
unchanged

-- tied by more than an equality
select c_custkey from customer where c_acctbal > (select sum(o_totalprice) from orders where o_custkey < c_custkey)
=>
unchanged

-- an argument that may fail for a key that nobody asks for
select c_custkey from customer where c_acctbal > (select max(cast(o_comment as integer)) from orders where o_custkey = c_custkey)
=>
unchanged

-- in the SELECT of groups
select c_nationkey, (select max(o_totalprice) from orders where o_custkey = c_nationkey) as m from customer group by c_nationkey
=>
unchanged

-- an aggregate that keeps the last of nothing
select c_custkey from customer where c_name = (select max(o_comment) filter (where o_totalprice > 1) from orders where o_custkey = c_custkey)
=>
unchanged

-- the outer value inside the aggregate
select c_custkey from customer where c_acctbal > (select sum(o_totalprice + c_acctbal) from orders where o_custkey = c_custkey)
=>
unchanged
