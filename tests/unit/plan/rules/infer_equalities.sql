What holds of a column holds of every column that equals it.

-- a constant
select o_orderkey, l_quantity from orders join lineitem on o_orderkey = l_orderkey where o_orderkey = 3
=>
SELECT orders.o_orderkey, lineitem.l_quantity FROM orders JOIN lineitem ON orders.o_orderkey = lineitem.l_orderkey
WHERE orders.o_orderkey = 3 AND lineitem.l_orderkey = 3

-- a list and a range, through an equality in WHERE, and a chain
select 1 as one from orders, lineitem, part where o_orderkey = l_orderkey and l_orderkey = p_partkey
and p_partkey in (1, 2, 3) and 1 < o_orderkey and l_orderkey between 0 and 4
=>
SELECT 1 AS one FROM orders, lineitem, part
WHERE orders.o_orderkey = lineitem.l_orderkey AND lineitem.l_orderkey = part.p_partkey AND part.p_partkey IN (1, 2, 3)
AND 1 < orders.o_orderkey AND lineitem.l_orderkey BETWEEN 0 AND 4
AND lineitem.l_orderkey IN (1, 2, 3) AND 1 < lineitem.l_orderkey
AND orders.o_orderkey IN (1, 2, 3) AND orders.o_orderkey BETWEEN 0 AND 4
AND 1 < part.p_partkey AND part.p_partkey BETWEEN 0 AND 4

-- what is already said is not said again
select 1 as one from orders join lineitem on o_orderkey = l_orderkey where o_orderkey = 3 and l_orderkey = 3
=>
unchanged

-- a column of another type
select 1 as one from nation join lineitem on n_nationkey = l_partkey where l_partkey = 3
=>
unchanged

-- OR tells of neither side
select 1 as one from orders join lineitem on o_orderkey = l_orderkey where o_orderkey = 3 or o_custkey = 3
=>
unchanged

-- two tables of one source that only a third connects
select 1 as one from orders join part on o_orderkey = p_partkey join lineitem on l_orderkey = p_partkey
=>
SELECT 1 AS one FROM orders JOIN part ON orders.o_orderkey = part.p_partkey
JOIN lineitem ON lineitem.l_orderkey = part.p_partkey WHERE lineitem.l_orderkey = orders.o_orderkey

-- tables of different sources are not connected once more
select 1 as one from orders join part on o_orderkey = p_partkey join supplier on s_suppkey = p_partkey
=>
SELECT 1 AS one FROM orders JOIN part ON orders.o_orderkey = part.p_partkey
JOIN supplier ON supplier.s_suppkey = part.p_partkey

-- a left join: of partners only, and the added rows stay
select o_orderkey, l_quantity from orders left join lineitem on o_orderkey = l_orderkey where o_orderkey >= 3
=>
SELECT orders.o_orderkey, lineitem.l_quantity
FROM orders LEFT JOIN lineitem ON orders.o_orderkey = lineitem.l_orderkey AND lineitem.l_orderkey >= 3
WHERE orders.o_orderkey >= 3

-- ON of a left join tells nothing of its left side
select o_orderkey from orders left join lineitem on o_orderkey = l_orderkey and o_orderkey = 3
=>
unchanged

-- anti join
select o_orderkey from orders anti join lineitem on o_orderkey = l_orderkey where o_orderkey in (2, 3)
=>
SELECT orders.o_orderkey
FROM orders ANTI JOIN lineitem ON orders.o_orderkey = lineitem.l_orderkey AND lineitem.l_orderkey IN (2, 3)
WHERE orders.o_orderkey IN (2, 3)

-- what a right join may fill is told of by WHERE only
select o_orderkey from orders join lineitem on o_orderkey = l_orderkey and o_orderkey = 3 right join part on p_partkey = o_custkey
=>
unchanged

-- a full join
select o_orderkey from orders full join lineitem on o_orderkey = l_orderkey where o_orderkey = 3 or l_orderkey = 3
=>
unchanged

-- through derived tables that pass a column on
select x.k from (select o_orderkey as k, o_custkey + 1 as c from orders) x join lineitem on l_orderkey = x.k and l_partkey = x.c
where x.k = 3 and x.c = 2
=>
SELECT x.k FROM (SELECT orders.o_orderkey AS k, orders.o_custkey + 1 AS c FROM orders) AS x
JOIN lineitem ON lineitem.l_orderkey = x.k AND lineitem.l_partkey = x.c WHERE x.k = 3 AND x.c = 2 AND lineitem.l_orderkey = 3

-- texts
select 1 as one from orders join customer on o_comment = c_comment where c_comment = 'a'
=>
SELECT 1 AS one FROM orders JOIN customer ON orders.o_comment = customer.c_comment
WHERE customer.c_comment = 'a' AND orders.o_comment = 'a'
