EXISTS and IN become SEMI JOIN, NOT EXISTS becomes ANTI JOIN.

-- EXISTS over one table: its conditions stand in ON
select o_orderkey from orders where exists (select * from lineitem where l_orderkey = o_orderkey and l_quantity > 1)
=>
SELECT orders.o_orderkey FROM orders SEMI JOIN lineitem AS __e1 ON __e1.l_orderkey = orders.o_orderkey AND __e1.l_quantity >
CAST('1.00' AS DECIMAL(15, 2))

-- NOT EXISTS
select o_orderkey from orders where o_totalprice > 1 and not exists (select 1 from lineitem where l_orderkey = o_orderkey and l_suppkey <> o_custkey)
=>
SELECT orders.o_orderkey FROM orders ANTI JOIN lineitem AS __e1 ON __e1.l_orderkey = orders.o_orderkey AND __e1.l_suppkey <>
orders.o_custkey WHERE orders.o_totalprice > CAST('1.00' AS DECIMAL(15, 2))

-- the inner table has the outer one's name
select l_orderkey from lineitem where exists (select 1 from lineitem l2 where l2.l_orderkey = lineitem.l_orderkey and l2.l_suppkey <> lineitem.l_suppkey)
=>
SELECT lineitem.l_orderkey FROM lineitem SEMI JOIN lineitem AS __e1 ON __e1.l_orderkey = lineitem.l_orderkey AND
__e1.l_suppkey <> lineitem.l_suppkey

-- EXISTS over a join
select c_name from customer where exists (select 1 from orders join lineitem on l_orderkey = o_orderkey where o_custkey = c_custkey and l_partkey < c_nationkey and o_totalprice > 2)
=>
SELECT
  customer.c_name
FROM customer
SEMI JOIN (
  SELECT
    orders.o_custkey AS "orders.o_custkey",
    lineitem.l_partkey AS "lineitem.l_partkey"
  FROM orders
  JOIN lineitem
    ON lineitem.l_orderkey = orders.o_orderkey
  WHERE
    orders.o_totalprice > CAST('2.00' AS DECIMAL(15, 2))
) AS __e1
  ON __e1."orders.o_custkey" = customer.c_custkey
  AND __e1."lineitem.l_partkey" < customer.c_nationkey

-- EXISTS inside EXISTS
select c_name from customer where exists (select 1 from orders where o_custkey = c_custkey and exists (select 1 from lineitem where l_orderkey = o_orderkey))
=>
SELECT customer.c_name FROM customer SEMI JOIN (SELECT orders.o_custkey AS "orders.o_custkey" FROM orders SEMI JOIN lineitem
AS __e1 ON __e1.l_orderkey = orders.o_orderkey) AS __e2 ON __e2."orders.o_custkey" = customer.c_custkey

-- an inner query that names a relation two levels up stays
select c_name from customer where exists (select 1 from orders where o_custkey = c_custkey and exists (select 1 from lineitem where l_orderkey = o_orderkey and l_partkey = c_custkey))
=>
SELECT customer.c_name FROM customer WHERE EXISTS(SELECT TRUE AS __row FROM orders WHERE orders.o_custkey =
customer.c_custkey AND EXISTS(SELECT TRUE AS __row FROM lineitem WHERE lineitem.l_orderkey = orders.o_orderkey AND
lineitem.l_partkey = customer.c_custkey))

-- no equality: nothing to join by, and no column is asked for
select o_orderkey from orders where exists (select l_tax from lineitem where l_orderkey < o_orderkey)
=>
SELECT orders.o_orderkey FROM orders WHERE EXISTS(SELECT TRUE AS __row FROM lineitem WHERE lineitem.l_orderkey <
orders.o_orderkey)

-- EXISTS of nothing outer
select o_orderkey from orders where exists (select l_tax from lineitem where l_quantity > 5)
=>
SELECT orders.o_orderkey FROM orders WHERE EXISTS(SELECT TRUE AS __row FROM lineitem WHERE lineitem.l_quantity > CAST('5.00'
AS DECIMAL(15, 2)))

-- EXISTS below OR stays a value
select o_orderkey from orders where o_totalprice > 1 or exists (select 1 from lineitem where l_orderkey = o_orderkey)
=>
SELECT orders.o_orderkey FROM orders WHERE orders.o_totalprice > CAST('1.00' AS DECIMAL(15, 2)) OR EXISTS(SELECT TRUE AS
__row FROM lineitem WHERE lineitem.l_orderkey = orders.o_orderkey)

-- EXISTS of an aggregate is always true
select o_orderkey from orders where exists (select max(l_tax) from lineitem where l_orderkey = o_orderkey)
=>
unchanged

-- a limit of no row
select o_orderkey from orders where exists (select 1 from lineitem where l_orderkey = o_orderkey limit 0)
=>
SELECT orders.o_orderkey FROM orders WHERE EXISTS(SELECT TRUE AS __row FROM lineitem WHERE lineitem.l_orderkey =
orders.o_orderkey LIMIT 0)

-- correlated in a join's ON
select o_orderkey from orders where exists (select 1 from lineitem left join part on p_partkey = o_custkey where l_orderkey = o_orderkey)
=>
SELECT orders.o_orderkey FROM orders WHERE EXISTS(SELECT TRUE AS __row FROM lineitem LEFT JOIN part ON part.p_partkey =
orders.o_custkey WHERE lineitem.l_orderkey = orders.o_orderkey)

-- IN
select o_orderkey from orders where o_custkey in (select c_custkey from customer where c_acctbal > 1)
=>
SELECT orders.o_orderkey FROM orders SEMI JOIN customer AS __e1 ON orders.o_custkey = __e1.c_custkey AND __e1.c_acctbal >
CAST('1.00' AS DECIMAL(15, 2))

-- IN over groups
select o_orderkey from orders where o_orderkey in (select l_orderkey from lineitem group by l_orderkey having sum(l_quantity) > 3)
=>
SELECT orders.o_orderkey FROM orders SEMI JOIN (SELECT lineitem.l_orderkey FROM lineitem GROUP BY lineitem.l_orderkey HAVING
SUM(lineitem.l_quantity) > 3) AS __e1 ON orders.o_orderkey = __e1.l_orderkey

-- IN over a limit and a set operation
select o_orderkey from orders where o_custkey in (select c_custkey from customer union all select s_suppkey from supplier)
=>
SELECT orders.o_orderkey FROM orders SEMI JOIN (SELECT customer.c_custkey FROM customer UNION ALL SELECT supplier.s_suppkey
FROM supplier) AS __e1 ON orders.o_custkey = __e1.c_custkey

-- correlated IN
select o_orderkey from orders where o_custkey in (select l_partkey from lineitem where l_orderkey = o_orderkey)
=>
SELECT orders.o_orderkey FROM orders SEMI JOIN lineitem AS __e1 ON orders.o_custkey = __e1.l_partkey AND __e1.l_orderkey =
orders.o_orderkey

-- correlated IN over a join
select o_orderkey from orders where o_custkey in (select l_partkey from lineitem join part on p_partkey = l_partkey where l_suppkey < o_orderkey and l_quantity > 1)
=>
SELECT orders.o_orderkey FROM orders SEMI JOIN (SELECT lineitem.l_partkey, lineitem.l_suppkey AS "lineitem.l_suppkey" FROM
lineitem JOIN part ON part.p_partkey = lineitem.l_partkey WHERE lineitem.l_quantity > CAST('1.00' AS DECIMAL(15, 2))) AS __e1
ON orders.o_custkey = __e1.l_partkey AND __e1."lineitem.l_suppkey" < orders.o_orderkey

-- NOT IN stays
select o_orderkey from orders where o_custkey not in (select c_custkey from customer)
=>
unchanged

-- IN over values of another type stays
select o_orderkey from orders where o_totalprice in (select c_nationkey from customer)
=>
unchanged

-- IN over whole numbers of another width
select o_orderkey from orders where o_custkey in (select c_nationkey from customer)
=>
SELECT orders.o_orderkey FROM orders SEMI JOIN customer AS __e1 ON orders.o_custkey = __e1.c_nationkey

-- below a left join
select o_orderkey, c_name from orders left join customer on o_custkey = c_custkey where exists (select 1 from nation where n_nationkey = c_nationkey)
=>
SELECT orders.o_orderkey, customer.c_name FROM orders LEFT JOIN customer ON orders.o_custkey = customer.c_custkey SEMI JOIN
nation AS __e1 ON __e1.n_nationkey = customer.c_nationkey

-- with the rest of the query
select o_orderstatus, count(*) as n from orders where exists (select 1 from lineitem where l_orderkey = o_orderkey) and o_totalprice > 0 group by o_orderstatus having count(*) > 1 order by n
=>
SELECT orders.o_orderstatus, COUNT(*) AS n FROM orders SEMI JOIN lineitem AS __e1 ON __e1.l_orderkey = orders.o_orderkey
WHERE orders.o_totalprice > CAST('0.00' AS DECIMAL(15, 2)) GROUP BY orders.o_orderstatus HAVING COUNT(*) > 1 ORDER BY n

-- DISTINCT and ORDER BY inside say nothing
select c_name from customer where exists (select distinct o_custkey from orders join part on p_partkey = o_orderkey where o_custkey = c_custkey order by 1)
=>
SELECT customer.c_name FROM customer SEMI JOIN (SELECT orders.o_custkey AS "orders.o_custkey" FROM orders JOIN part ON
part.p_partkey = orders.o_orderkey) AS __e1 ON __e1."orders.o_custkey" = customer.c_custkey

-- behind a comma
select o_orderkey from orders, part where o_custkey = p_partkey and exists (select 1 from lineitem where l_orderkey = o_orderkey)
=>
SELECT orders.o_orderkey FROM orders CROSS JOIN part SEMI JOIN lineitem AS __e1 ON __e1.l_orderkey = orders.o_orderkey WHERE
orders.o_custkey = part.p_partkey

-- a comma before a right join
select o_orderkey from orders, part right join supplier on p_partkey = s_suppkey where exists (select 1 from lineitem where l_orderkey = o_orderkey)
=>
SELECT orders.o_orderkey FROM orders, part RIGHT JOIN supplier ON part.p_partkey = supplier.s_suppkey WHERE EXISTS(SELECT
TRUE AS __row FROM lineitem WHERE lineitem.l_orderkey = orders.o_orderkey)

-- an equality of the outer row alone, over a join: only that there is a row is read
select o_orderkey from orders where exists (select 1 from customer join nation on n_nationkey = c_nationkey where o_custkey = o_orderkey)
=>
SELECT orders.o_orderkey FROM orders SEMI JOIN (SELECT TRUE AS __row FROM customer JOIN nation ON nation.n_nationkey =
customer.c_nationkey) AS __e1 ON orders.o_custkey = orders.o_orderkey
