"""Why a part of a statement is asked of its source or not, in both languages."""

from __future__ import annotations

from fedquery.said import Sentence

SWITCHED_OFF = Sentence("pushing is switched off", "已关闭下推")
NO_MASK = Sentence(
    "this kind of source has no such mask; its entry lets the gateway apply it",
    "此类数据源没有这种遮盖；其目录条目允许由网关遮盖",
)
MASKED_AT_GATEWAY = Sentence("its mask is applied at the gateway", "其遮盖在网关进行")

NOT_DECLARED = Sentence("{what} is not declared exact at this source", "此数据源未声明 {what} 与 DuckDB 完全一致")
NOT_PUSHED = Sentence("{what} is not pushed to sources", "{what} 不交给数据源")
CAN_RAISE = Sentence(
    "{what} can raise, or is not declared exact at this source", "{what} 可能出错，或此数据源未声明其与 DuckDB 完全一致"
)
BEYOND = Sentence("{what} can raise: its value may go beyond {type}", "{what} 可能出错：其值可能超出 {type}")
NOT_HERE = Sentence("{what} can raise in {type}, and this source would not", "{what} 在 {type} 中可能出错，而此数据源不会")
SUM_BEYOND = Sentence("a sum of that many digits may go beyond {type}", "位数如此之多的合计可能超出 {type}")
NO_CONDITION = Sentence("{type} is no yes or no", "{type} 不是“是/否”")
UNLIKE = Sentence("{what} is not computed as DuckDB does", "{what} 的计算与 DuckDB 不同")
COMPARES = Sentence("it compares {what}", "它比较 {what}")
COMPARES_CONDITIONS = Sentence("it compares one condition with another", "它比较两个条件")
ON_TYPE = Sentence("{operator} on {type}", "{type} 上的 {operator}")
OF_TYPE = Sentence("{name} of {type}", "{type} 的 {name}")
A_CONSTANT = Sentence("a constant of {type}", "{type} 常量")
A_JOIN = Sentence("a join of this kind", "这种连接")
A_CAST = Sentence("a cast", "类型转换")
OF_DATE = Sentence("{part} of a date", "日期的 {part}")
NO_GROUPING_SETS = Sentence("grouping sets are not pushed to sources", "分组集不交给数据源")
DISTINCT_ON = Sentence("DISTINCT ON depends on the order of rows", "DISTINCT ON 取决于行的顺序")
QUERY_AS_KEY = Sentence("a sub-query as a key", "以子查询为键")
A_WINDOW = Sentence("a window", "窗口函数")
CONSTANT_KEY = Sentence("a constant as a sort key", "以常量为排序键")
ELSEWHERE_QUERY = Sentence("a sub-query of another place", "子查询属于别处")
ELSEWHERE_COLUMN = Sentence("a column of another place", "列属于别处")
PATTERN_NOT_WRITTEN = Sentence("its pattern is not written out", "其模式没有直接写出")
PATTERN_RAISES = Sentence("its pattern can raise", "其模式可能出错")
LIST_NOT_WRITTEN = Sentence("a list of values that is not written out", "值的列表没有直接写出")
IN_SEVERAL = Sentence(
    "IN a sub-query of several columns, or of columns of no known type", "IN 的子查询有多列，或有类型未知的列"
)
ITS_ARGUMENT = Sentence("its argument is {type}", "其参数是 {type}")
NO_TYPE = Sentence("one of its values is of no known type", "其中有值的类型未知")
SEVERAL_DISTINCT = Sentence("DISTINCT over more than one column", "对多列的 DISTINCT")
FLOAT_ORDER = Sentence("{name} of floating-point values depends on the order of rows", "浮点数的 {name} 取决于行的顺序")
SEVERAL_ROWS = Sentence("a sub-query that may have several rows", "子查询可能有多行")

# -- the rules by which a part travels

NOTHING_HIDDEN = Sentence("nothing is hidden", "没有隐藏任何内容")
PLAIN_COLUMNS = Sentence("plain columns", "仅取列")
SUB_QUERIES = Sentence("sub-queries", "子查询")
RECHECKED = Sentence("{rule}; the gateway checks {weaker}", "{rule}；由网关复核 {weaker}")

# -- what a source does

PARTS = {
    "filter": Sentence("filter: {what}", "筛选：{what}"),
    "group by": Sentence("group by: {what}", "分组：{what}"),
    "aggregate": Sentence("aggregate: {what}", "汇总：{what}"),
    "having": Sentence("having: {what}", "分组后筛选：{what}"),
    "order by": Sentence("order by: {what}", "排序：{what}"),
    "limit": Sentence("limit: {what}", "行数上限：{what}"),
    "offset": Sentence("offset: {what}", "跳过行数：{what}"),
}
SET_OPERATION = Sentence("set operation: {what}", "集合运算：{what}")
DISTINCT = Sentence("distinct", "去重")
JOIN = Sentence("{kind} join", "{kind} 连接")
JOIN_ON = Sentence("{kind} join: {on}", "{kind} 连接：{on}")
