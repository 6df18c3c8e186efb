A CTE that is read once stands where it is read.

-- once
with c as (select o_orderkey as k from orders) select k from c where k > 1
=>
SELECT c.k FROM (SELECT orders.o_orderkey AS k FROM orders) AS c WHERE c.k > 1

-- twice: it is computed once
with c as (select o_orderkey as k from orders) select a.k from c a join c b on a.k = b.k
=>
unchanged

-- one in another
with c as (select o_orderkey as k from orders), d as (select k from c where k > 1) select a.k from d a, d b
=>
WITH d AS (SELECT c.k FROM (SELECT orders.o_orderkey AS k FROM orders) AS c WHERE c.k > 1) SELECT a.k FROM d AS a, d AS b

-- nobody reads it, nor what it alone reads
with c as (select o_orderkey as k from orders), d as (select k from c) select p_partkey from part
=>
SELECT part.p_partkey FROM part

-- in a sub-query
with c as (select o_orderkey as k from orders) select p_partkey from part where exists (select 1 from c as t where t.k = p_partkey)
=>
SELECT part.p_partkey FROM part WHERE EXISTS(SELECT 1 AS "1" FROM (SELECT orders.o_orderkey AS k FROM orders) AS t WHERE t.k
= part.p_partkey)

-- two of one name
with c as (select o_orderkey as k from orders) select x.k from (with c as (select p_partkey as k from part) select k from c) x join c on c.k = x.k
=>
unchanged
