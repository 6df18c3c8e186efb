LIMIT, with its ORDER BY, moves down to where rows come from, past what drops none of them.

-- past a projection
select upper(o_comment) as c from orders order by o_orderkey desc limit 5 offset 2
=>
SELECT UPPER(orders.o_comment) AS c FROM (SELECT orders.o_orderkey, orders.o_comment FROM orders ORDER BY orders.o_orderkey
DESC LIMIT 7) AS orders ORDER BY orders.o_orderkey DESC LIMIT 5 OFFSET 2

-- past a left join, by a column of its left side
select o_orderkey, c_name from orders left join customer on o_custkey = c_nationkey order by o_orderkey limit 3
=>
SELECT orders.o_orderkey, customer.c_name FROM (SELECT orders.o_orderkey, orders.o_custkey FROM orders ORDER BY
orders.o_orderkey LIMIT 3) AS orders LEFT JOIN customer ON orders.o_custkey = customer.c_nationkey ORDER BY o_orderkey LIMIT
3

-- not by a column of its right side
select o_orderkey, c_custkey from orders left join customer on o_custkey = c_custkey order by c_custkey, o_orderkey limit 3
=>
unchanged

-- not past a join that drops rows
select o_orderkey, c_custkey from orders join customer on o_custkey = c_custkey order by o_orderkey, c_custkey limit 3
=>
unchanged

-- into a derived table of groups, and no further
select x.k + 1 as k from (select o_custkey as k, count(*) as n from orders group by o_custkey) x order by x.k limit 2
=>
SELECT x.k + 1 AS k FROM (SELECT orders.o_custkey AS k, COUNT(*) AS n FROM orders GROUP BY orders.o_custkey ORDER BY k LIMIT
2) AS x ORDER BY x.k LIMIT 2

-- through a derived table
select x.k + 1 as k from (select o_orderkey as k, o_comment from orders) x order by x.k limit 2
=>
SELECT x.k + 1 AS k FROM (SELECT orders.o_orderkey AS k, orders.o_comment FROM (SELECT orders.o_orderkey, orders.o_comment
FROM orders ORDER BY orders.o_orderkey LIMIT 2) AS orders ORDER BY k LIMIT 2) AS x ORDER BY x.k LIMIT 2

-- into every branch of UNION ALL
select o_orderkey as k from orders union all select p_partkey from part order by k limit 3
=>
(SELECT orders.o_orderkey AS k FROM (SELECT orders.o_orderkey FROM orders ORDER BY orders.o_orderkey LIMIT 3) AS orders ORDER
BY k LIMIT 3) UNION ALL (SELECT part.p_partkey FROM (SELECT part.p_partkey FROM part ORDER BY part.p_partkey LIMIT 3) AS part
ORDER BY p_partkey LIMIT 3) ORDER BY k LIMIT 3

-- into a derived UNION ALL, by place
select x.k + 1 as a from (select o_orderkey as k from orders union all select l_orderkey from lineitem union all select p_partkey from part) x order by x.k desc limit 3
=>
SELECT
  x.k + 1 AS a
FROM (
  (
    (
      SELECT
        orders.o_orderkey AS k
      FROM (
        SELECT
          orders.o_orderkey
        FROM orders
        ORDER BY
          orders.o_orderkey DESC
        LIMIT 3
      ) AS orders
      ORDER BY
        k DESC
      LIMIT 3
    )
    UNION ALL
    (
      SELECT
        lineitem.l_orderkey
      FROM (
        SELECT
          lineitem.l_orderkey
        FROM lineitem
        ORDER BY
          lineitem.l_orderkey DESC
        LIMIT 3
      ) AS lineitem
      ORDER BY
        l_orderkey DESC
      LIMIT 3
    )
    ORDER BY
      k DESC
    LIMIT 3
  )
  UNION ALL
  (
    SELECT
      part.p_partkey
    FROM (
      SELECT
        part.p_partkey
      FROM part
      ORDER BY
        part.p_partkey DESC
      LIMIT 3
    ) AS part
    ORDER BY
      p_partkey DESC
    LIMIT 3
  )
  ORDER BY
    k DESC
  LIMIT 3
) AS x
ORDER BY
  x.k DESC
LIMIT 3

-- UNION drops rows
select o_orderkey as k from orders union select p_partkey from part order by 1 limit 3
=>
unchanged

-- not past a limit
select x.k + 1 as k from (select o_orderkey as k from orders order by o_orderkey limit 3) x order by x.k limit 2
=>
SELECT x.k + 1 AS k FROM (SELECT orders.o_orderkey AS k FROM (SELECT orders.o_orderkey FROM orders ORDER BY orders.o_orderkey
LIMIT 3) AS orders ORDER BY orders.o_orderkey LIMIT 3) AS x ORDER BY x.k LIMIT 2

-- not past a condition that stays
select o_orderkey from orders where o_totalprice / 2 > 1 order by o_orderkey limit 2
=>
unchanged
