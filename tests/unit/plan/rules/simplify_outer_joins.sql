An outer join whose added rows a later condition drops is the smaller join.

-- a condition on the right side
select o_orderkey, c_name from orders left join customer on o_custkey = c_custkey where c_acctbal > 1
=>
SELECT orders.o_orderkey, customer.c_name
FROM orders JOIN customer ON orders.o_custkey = customer.c_custkey
WHERE customer.c_acctbal > CAST('1.00' AS DECIMAL(15, 2))

-- a condition that is true without a row
select o_orderkey from orders left join customer on o_custkey = c_custkey where c_acctbal > 1 or c_name is null
=>
unchanged

-- both arms of an OR
select o_orderkey from orders left join customer on o_custkey = c_custkey where c_acctbal > 1 or not (c_name in ('a', 'b'))
=>
SELECT orders.o_orderkey
FROM orders JOIN customer ON orders.o_custkey = customer.c_custkey
WHERE customer.c_acctbal > CAST('1.00' AS DECIMAL(15, 2)) OR NOT (customer.c_name IN ('a', 'b'))

-- one arm of an AND below NOT may be false without being NULL
select o_orderkey from orders left join customer on o_custkey = c_custkey where not (c_acctbal > 1 and o_orderkey = 2)
=>
unchanged

-- NOT IN an empty sub-query is true of NULL
select o_orderkey from orders left join customer on o_custkey = c_custkey
where c_nationkey not in (select n_nationkey from nation where n_name = 'none')
=>
unchanged

-- IN a sub-query is not
select o_orderkey from orders left join customer on o_custkey = c_custkey where c_nationkey in (select n_nationkey from nation)
=>
SELECT orders.o_orderkey
FROM orders JOIN customer ON orders.o_custkey = customer.c_custkey
WHERE customer.c_nationkey IN (SELECT nation.n_nationkey FROM nation)

-- RIGHT, seen from the left
select o_orderkey from orders right join customer on o_custkey = c_custkey where o_orderstatus like 'a%'
=>
SELECT orders.o_orderkey
FROM orders JOIN customer ON orders.o_custkey = customer.c_custkey
WHERE orders.o_orderstatus LIKE 'a%'

-- FULL, one side
select o_orderkey, c_name from orders full join customer on o_custkey = c_custkey where o_orderstatus = 'a'
=>
SELECT orders.o_orderkey, customer.c_name
FROM orders LEFT JOIN customer ON orders.o_custkey = customer.c_custkey
WHERE orders.o_orderstatus = 'a'

-- FULL, the other side
select o_orderkey, c_name from orders full join customer on o_custkey = c_custkey where not c_name is null
=>
SELECT orders.o_orderkey, customer.c_name
FROM orders RIGHT JOIN customer ON orders.o_custkey = customer.c_custkey
WHERE NOT customer.c_name IS NULL

-- FULL, both sides
select o_orderkey, c_name from orders full join customer on o_custkey = c_custkey where c_nationkey <> o_shippriority
=>
SELECT orders.o_orderkey, customer.c_name
FROM orders JOIN customer ON orders.o_custkey = customer.c_custkey
WHERE customer.c_nationkey <> orders.o_shippriority

-- a later inner join needs the row
select o_orderkey, n_name from orders left join customer on o_custkey = c_custkey join nation on c_nationkey = n_nationkey
=>
SELECT orders.o_orderkey, nation.n_name
FROM orders JOIN customer ON orders.o_custkey = customer.c_custkey
JOIN nation ON customer.c_nationkey = nation.n_nationkey

-- a later left join does not
select o_orderkey, n_name from orders left join customer on o_custkey = c_custkey left join nation on c_nationkey = n_nationkey
=>
unchanged

-- a later left join that became an inner one does
select o_orderkey, n_name from orders left join customer on o_custkey = c_custkey left join nation on c_nationkey = n_nationkey
where n_name = 'a'
=>
SELECT orders.o_orderkey, nation.n_name
FROM orders JOIN customer ON orders.o_custkey = customer.c_custkey
JOIN nation ON customer.c_nationkey = nation.n_nationkey WHERE nation.n_name = 'a'

-- a later RIGHT join needs the row, and keeps its own
select o_orderkey, n_name from orders left join customer on o_custkey = c_custkey right join nation on c_nationkey = n_nationkey
=>
SELECT orders.o_orderkey, nation.n_name
FROM orders JOIN customer ON orders.o_custkey = customer.c_custkey
RIGHT JOIN nation ON customer.c_nationkey = nation.n_nationkey

-- a later anti join keeps the row that it does not match
select o_orderkey from orders left join customer on o_custkey = c_custkey anti join nation on c_nationkey = n_nationkey
=>
unchanged

-- a NULL that is compared as a value
select o_orderkey from orders left join customer on o_custkey = c_custkey where c_name is not distinct from o_comment
=>
unchanged

-- a comma binds weaker: the right join keeps its rows
select p_partkey, c_name from part, orders right join customer on o_custkey = c_custkey where p_partkey = 1
=>
unchanged

-- a comma binds weaker: what is needed is on the join's own left
select p_partkey, c_name from part, orders right join customer on o_custkey = c_custkey where o_orderstatus = 'a'
=>
SELECT part.p_partkey, customer.c_name FROM part, orders JOIN customer ON orders.o_custkey = customer.c_custkey
WHERE orders.o_orderstatus = 'a'
