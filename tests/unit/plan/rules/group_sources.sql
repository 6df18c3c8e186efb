Neighbours that one source can join are joined there; SEMI and ANTI joins too, wherever they stand.

-- partners of one table
select o_orderkey, c_name from orders join customer on c_custkey = o_custkey semi join lineitem on l_orderkey = o_orderkey
=>
SELECT __g1."orders.o_orderkey" AS o_orderkey, customer.c_name FROM (SELECT orders.o_orderkey AS "orders.o_orderkey",
orders.o_custkey AS "orders.o_custkey" FROM orders SEMI JOIN lineitem ON lineitem.l_orderkey = orders.o_orderkey) AS __g1
JOIN customer ON customer.c_custkey = __g1."orders.o_custkey"

-- partners of a joined pair, of both kinds, one with an inequality
select c_name, count(*) as n from lineitem l1 join orders on o_orderkey = l1.l_orderkey join customer on c_custkey = o_custkey semi join lineitem l2 on l2.l_orderkey = l1.l_orderkey and l2.l_suppkey <> l1.l_suppkey anti join lineitem l3 on l3.l_orderkey = o_orderkey and l3.l_partkey = o_custkey group by c_name
=>
SELECT
  customer.c_name,
  COUNT(*) AS n
FROM (
  SELECT
    l1.l_orderkey AS "l1.l_orderkey",
    l1.l_suppkey AS "l1.l_suppkey",
    orders.o_orderkey AS "orders.o_orderkey",
    orders.o_custkey AS "orders.o_custkey"
  FROM lineitem AS l1
  JOIN orders
    ON orders.o_orderkey = l1.l_orderkey
  SEMI JOIN lineitem AS l2
    ON l2.l_orderkey = l1.l_orderkey AND l2.l_suppkey <> l1.l_suppkey
  ANTI JOIN lineitem AS l3
    ON l3.l_orderkey = orders.o_orderkey AND l3.l_partkey = orders.o_custkey
) AS __g1
JOIN customer
  ON customer.c_custkey = __g1."orders.o_custkey"
GROUP BY
  customer.c_name

-- a partner that looks at another source's table too stays
select o_orderkey from orders join customer on c_custkey = o_custkey semi join lineitem on l_orderkey = o_orderkey and l_partkey = c_nationkey
=>
unchanged

-- behind a left join
select o_orderkey, c_name from orders left join customer on c_custkey = o_custkey anti join lineitem on l_orderkey = o_orderkey
=>
SELECT __g1."orders.o_orderkey" AS o_orderkey, customer.c_name FROM (SELECT orders.o_orderkey AS "orders.o_orderkey",
orders.o_custkey AS "orders.o_custkey" FROM orders ANTI JOIN lineitem ON lineitem.l_orderkey = orders.o_orderkey) AS __g1
LEFT JOIN customer ON customer.c_custkey = __g1."orders.o_custkey"

-- a right join may add rows without the partner's other side
select o_orderkey, c_name from orders right join customer on c_custkey = o_custkey anti join lineitem on l_orderkey = o_orderkey
=>
unchanged
