"""What DuckDB's binder complains of, told in both languages: what does not fit, and how it would."""

from __future__ import annotations

import re

from fedquery.said import Said, Sentence

DO_NOT_FIT = Sentence("The types in the statement do not fit together.", "语句中的类型互不相容。")
CAST_ONE = Sentence("Cast one side explicitly.", "请显式转换其中一方的类型。")
OTHERWISE = Sentence("{what}", "语句不成立：{what}")

_NO_FUNCTION = Sentence("No function or operator fits {call}.", "没有适用于 {call} 的函数或运算符。")
_ARGUMENTS = Sentence(
    "Cast an argument to a type that it takes, or check how many it takes.", "请把参数转换为其接受的类型，或检查参数个数。"
)
#: How the first line of DuckDB's text reads, its named parts being the sentence's places: what is wrong, what to do.
_WORDS: tuple[tuple[str, Sentence, Sentence], ...] = (
    (r"No function matches the given name and argument types '(?P<call>.+)'", _NO_FUNCTION, _ARGUMENTS),
    (r'Could not choose a best candidate function for the function call "(?P<call>.+)"', _NO_FUNCTION, _ARGUMENTS),
    (
        r"Cannot (compare values|mix values|combine types) of (type )?(?P<one>.+?) and (type )?(?P<other>.+?)( in .*| - .*)?$",
        Sentence(
            "Values of the types {one} and {other} can be neither compared nor combined.",
            "类型 {one} 与 {other} 的值不能比较，也不能合并。",
        ),
        CAST_ONE,
    ),
    (r"Cannot deduce template type", DO_NOT_FIT, CAST_ONE),
    (
        r'column "(?P<column>[^"]+)" must appear in the GROUP BY clause',
        Sentence("The column {column} is neither grouped nor aggregated.", "列 {column} 既未分组也未汇总。"),
        Sentence(
            "Add it to GROUP BY, write GROUP BY ALL, or aggregate it.",
            "请将其加入 GROUP BY、写 GROUP BY ALL，或对其汇总。",
        ),
    ),
    (
        r"aggregate function calls cannot be nested",
        Sentence("An aggregate cannot stand inside another.", "汇总函数不能嵌套。"),
        Sentence("Do the inner one in a sub-query.", "请先在子查询中完成内层的汇总。"),
    ),
    (
        r"(?P<clause>[A-Z ]+) clause cannot contain aggregates",
        Sentence("{clause} cannot contain aggregates.", "{clause} 中不能有汇总函数。"),
        Sentence("Write the condition in HAVING, or aggregate in a sub-query.", "请把条件写在 HAVING 中，或先在子查询中汇总。"),
    ),
    (
        r"(?P<clause>[A-Z ]+) clause cannot contain window functions",
        Sentence("{clause} cannot contain window functions.", "{clause} 中不能有窗口函数。"),
        Sentence("Write the condition in QUALIFY, or use a sub-query.", "请把条件写在 QUALIFY 中，或使用子查询。"),
    ),
    (
        r"Window functions are not supported here",
        Sentence("A window function stands without OVER, or where none can stand.", "窗口函数缺少 OVER，或用在不能使用之处。"),
        Sentence("Write OVER (…), or use a sub-query.", "请写 OVER (…)，或使用子查询。"),
    ),
    (
        r"Set operations can only apply to expressions with the same number of result columns",
        Sentence("The sides of a set operation have different numbers of columns.", "集合运算两侧的列数不同。"),
        Sentence("Select as many columns on each side.", "请在两侧选取同样多的列。"),
    ),
    (
        r"Subquery returns (?P<count>\d+) columns - expected (?P<expected>\d+)",
        Sentence(
            "A sub-query returns {count} columns where {expected} is expected.",
            "子查询返回 {count} 列，此处应为 {expected} 列。",
        ),
        Sentence("Select only what is compared.", "请只选取参与比较的列。"),
    ),
    (
        r"(?P<clause>[A-Z ]+) term out of range - should be between 1 and (?P<count>\d+)",
        Sentence("{clause} names a place beyond the {count} columns of the result.", "{clause} 的序号超出结果的 {count} 列。"),
        Sentence("Write a column's name, or a number up to that.", "请写列名，或不超过该数的序号。"),
    ),
)


def in_our_words(text: str) -> tuple[Said, Said] | None:
    """What is wrong and what to do, for the texts that callers meet; None for another."""
    plain = text.replace("INTEGER_LITERAL", "INTEGER").replace("STRING_LITERAL", "VARCHAR")
    for pattern, told, hint in _WORDS:
        if found := re.search(pattern, plain):
            return told(**found.groupdict()), hint()
    return None
