Conditions move to the leaf they concern.

-- into both branches of a union
select x.k from (select o_orderkey as k, o_comment as c from orders union all select l_orderkey, l_shipmode from lineitem) x where x.k = 2 and x.c in ('a', 'b')
=>
SELECT
  x.k
FROM (
  SELECT
    orders.o_orderkey AS k,
    orders.o_comment AS c
  FROM (
    SELECT
      orders.o_orderkey,
      orders.o_comment
    FROM orders
    WHERE
      orders.o_orderkey = 2 AND orders.o_comment IN ('a', 'b')
  ) AS orders
  UNION ALL
  SELECT
    lineitem.l_orderkey,
    lineitem.l_shipmode
  FROM (
    SELECT
      lineitem.l_orderkey,
      lineitem.l_shipmode
    FROM lineitem
    WHERE
      lineitem.l_orderkey = 2 AND lineitem.l_shipmode IN ('a', 'b')
  ) AS lineitem
) AS x

-- DISTINCT, INTERSECT and EXCEPT let it through
select x.k from ((select o_orderkey as k from orders union select l_orderkey from lineitem) except select p_partkey from part) x where x.k >= 2
=>
SELECT
  x.k
FROM (
  (
    SELECT
      orders.o_orderkey AS k
    FROM (
      SELECT
        orders.o_orderkey
      FROM orders
      WHERE
        orders.o_orderkey >= 2
    ) AS orders
    UNION
    SELECT
      lineitem.l_orderkey
    FROM (
      SELECT
        lineitem.l_orderkey
      FROM lineitem
      WHERE
        lineitem.l_orderkey >= 2
    ) AS lineitem
  )
  EXCEPT
  SELECT
    part.p_partkey
  FROM (
    SELECT
      part.p_partkey
    FROM part
    WHERE
      part.p_partkey >= 2
  ) AS part
) AS x

-- a branch of another type compares otherwise
select x.k from (select o_orderkey as k from orders union all select n_nationkey from nation) x where x.k = 2
=>
unchanged

-- a constant branch
select x.k, x.what from (select o_orderkey as k, 'order' as what from orders union all select l_orderkey, 'line' from lineitem) x where x.what = 'line' and x.k < 4
=>
SELECT x.k, x.what FROM (SELECT orders.o_orderkey AS k, 'order' AS what FROM (SELECT orders.o_orderkey FROM orders WHERE
orders.o_orderkey < 4) AS orders WHERE 'order' = 'line' UNION ALL SELECT lineitem.l_orderkey, 'line' AS line FROM (SELECT
lineitem.l_orderkey FROM lineitem WHERE lineitem.l_orderkey < 4) AS lineitem WHERE 'line' = 'line') AS x

-- not below a limit
select x.k from (select o_orderkey as k from orders union all select l_orderkey from lineitem order by 1 limit 3) x where x.k = 2
=>
unchanged

-- below a window over its partition
select x.o_orderkey, x.n from (select o_orderkey, o_custkey, count(*) over (partition by o_custkey) as n from orders) x where x.o_custkey = 2 and x.o_orderkey = 1
=>
SELECT x.o_orderkey, x.n FROM (SELECT orders.o_orderkey, orders.o_custkey, COUNT(*) OVER (PARTITION BY orders.o_custkey) AS n
FROM (SELECT orders.o_orderkey, orders.o_custkey FROM orders WHERE orders.o_custkey = 2) AS orders) AS x WHERE x.o_orderkey =
1

-- below QUALIFY over its partition
select x.k from (select o_custkey as k, o_orderkey from orders qualify row_number() over (partition by o_custkey order by o_orderkey) = 1) x where x.k in (1, 2)
=>
SELECT x.k FROM (SELECT orders.o_custkey AS k, orders.o_orderkey FROM (SELECT orders.o_orderkey, orders.o_custkey FROM orders
WHERE orders.o_custkey IN (1, 2)) AS orders QUALIFY ROW_NUMBER() OVER (PARTITION BY orders.o_custkey ORDER BY
orders.o_orderkey) = 1) AS x

-- not where one of the windows has another partition
select x.k from (select o_custkey as k, count(*) over (partition by o_custkey) as n, sum(o_totalprice) over () as s from orders) x where x.k = 1
=>
unchanged

-- below a group and a window over it
select x.k, x.n from (select o_custkey as k, o_orderstatus as s, rank() over (partition by o_custkey order by count(*)) as n from orders group by o_custkey, o_orderstatus) x where x.k = 1 and x.s = 'a'
=>
SELECT x.k, x.n FROM (SELECT orders.o_custkey AS k, orders.o_orderstatus AS s, RANK() OVER (PARTITION BY orders.o_custkey
ORDER BY COUNT(*)) AS n FROM (SELECT orders.o_custkey, orders.o_orderstatus FROM orders WHERE orders.o_custkey = 1) AS orders
GROUP BY orders.o_custkey, orders.o_orderstatus) AS x WHERE x.s = 'a'

-- from ON of an anti join to its right side
select o_orderkey from orders anti join lineitem on l_orderkey = o_orderkey and l_partkey = 1
=>
SELECT orders.o_orderkey FROM orders ANTI JOIN (SELECT lineitem.l_orderkey, lineitem.l_partkey FROM lineitem WHERE
lineitem.l_partkey = 1) AS lineitem ON lineitem.l_orderkey = orders.o_orderkey
