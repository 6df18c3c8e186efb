"""What the allowed language does not have, and what to write instead, in both languages."""

from __future__ import annotations

from fedquery.said import Sentence

NOT_HERE = Sentence("{what} is not possible here. {only}", "这里不能使用 {what}。{only}")
START_WITH_SELECT = Sentence("Start with SELECT, WITH or FROM.", "请以 SELECT、WITH 或 FROM 开头。")
NOT_POSSIBLE = Sentence("{what} is not possible here.", "这里不能使用 {what}。")
NOT_ALLOWED = Sentence("{what} is not in the allowed language.", "允许的语言中没有{what}。")
THE_FUNCTION = Sentence("The function {name}", "函数 {name}")
LANGUAGE_PAGE = Sentence(
    "docs/sql.md lists the statements, operators and functions that can be used.", "可用的语句、运算符和函数见 docs/sql.md。"
)
OWN_NAMES = Sentence("Names that begin with two underscores are the gateway's own.", "以两个下划线开头的名称由网关专用。")
RENAME = Sentence("Rename it.", "请改名。")
OF_CONSTANT = Sentence("{what} of a constant is not supported.", "不支持对常量使用 {what}。")
WRITE_TEXT = Sentence("Write the text itself.", "请直接写出文本。")
RECURSIVE = Sentence("WITH RECURSIVE is not supported.", "不支持 WITH RECURSIVE。")
LEVEL_BY_LEVEL = Sentence("Ask level by level.", "请逐级查询。")
TOO_MANY_PARTS = Sentence("The statement has more than {limit} parts.", "语句的成分超过 {limit} 个。")
TOO_MANY_JOINS = Sentence("The statement has more than {limit} joins.", "语句的连接超过 {limit} 个。")
TOO_DEEP = Sentence("The statement is nested deeper than {limit} levels.", "语句嵌套超过 {limit} 层。")
TOO_LONG = Sentence("The statement is longer than {limit} KiB.", "语句超过 {limit} KiB。")
SPLIT_IT = Sentence("Split it.", "请拆分。")
SIMPLIFY = Sentence("Simplify it.", "请简化。")
ASK_LESS = Sentence("Ask for less in one statement.", "请在一条语句中少问一些。")
SUCH_JOIN = Sentence("A {kind} join is not supported.", "不支持 {kind} 连接。")
KNOWN_JOINS = Sentence(
    "Write JOIN … ON or USING, LEFT, RIGHT, FULL, CROSS, SEMI or ANTI JOIN.",
    "请写 JOIN … ON 或 USING，或 LEFT、RIGHT、FULL、CROSS、SEMI、ANTI JOIN。",
)
USING_AFTER_OUTER = Sentence(
    "USING after a RIGHT or FULL JOIN is not supported.", "不支持在 RIGHT 或 FULL JOIN 之后使用 USING。"
)
WRITE_ON = Sentence(
    "Write ON, with coalesce(a.k, b.k) where either side may be missing.", "请写 ON；两侧都可能缺失时写 coalesce(a.k, b.k)。"
)
BY_NAME = Sentence("{what} BY NAME is not supported.", "不支持 {what} BY NAME。")
ONE_ORDER = Sentence("List the columns in one order on both sides.", "请在两侧按同一顺序列出各列。")
JOIN_IN_BRACKETS = Sentence("A join in brackets is not supported.", "不支持括号中的连接。")
AS_SUBQUERY = Sentence("Write (SELECT … FROM a JOIN b …) x.", "请写 (SELECT … FROM a JOIN b …) x。")
ONLY_ENTRIES = Sentence("Only directory entries and sub-queries can stand in FROM.", "FROM 中只能有目录中的资源和子查询。")
NO_TABLE_FUNCTIONS = Sentence(
    "Table functions, files, samples and time travel are not available.", "不能使用表函数、文件、抽样和历史时点。"
)
STAR_EXCLUDES = Sentence("A star may only EXCLUDE columns.", "星号只能用 EXCLUDE 排除列。")
NAMED_PARAMETERS = Sentence("Parameters have names here.", "这里的参数须有名称。")
WRITE_NAME = Sentence("Write $name.", "请写 $name。")
NO_VALUE = Sentence("The parameter ${name} has no value.", "参数 ${name} 没有值。")
SEND_VALUE = Sentence(
    'Send "parameters": {{"{name}": …}}, or write -p {name}=… on the command line.',
    '请提供 "parameters": {{"{name}": …}}，或在命令行写 -p {name}=…。',
)
NO_PARAMETER = Sentence("The statement has no parameter ${name}.", "语句中没有参数 ${name}。")
REMOVE_OR_WRITE = Sentence("Remove it, or write ${name} where it belongs.", "请去掉它，或在相应处写 ${name}。")
SUCH_VALUE = Sentence("The parameter ${name} has a value of an unsupported kind.", "参数 ${name} 的值的类型不受支持。")
KNOWN_VALUES = Sentence("Send text, a number, true, false, null or a date.", "请提供文本、数字、true、false、null 或日期。")
RENAMED_TABLE = Sentence("Columns cannot be renamed where a table is read.", "不能在读表处给列改名。")
NAME_IN_SELECT = Sentence(
    "Name them in its SELECT, or WITH c(a, b) AS (…).", "请在其 SELECT 中命名，或写 WITH c(a, b) AS (…)。"
)
TOO_MUCH_TEXT = Sentence(
    "The statement may make more than {limit:,} characters of text out of one row.", "语句可能由一行生成超过 {limit:,} 个字符。"
)
SHORTEN = Sentence(
    "Shorten texts with left(text, n) before they are joined or replaced.", "请先用 left(text, n) 截短文本，再拼接或替换。"
)
TOO_MANY_COLUMNS = Sentence(
    "The stars of the statement stand for more than {limit:,} columns.", "语句中的星号代表超过 {limit:,} 列。"
)
NAME_NEEDED = Sentence("Name the columns that you need.", "请写出所需的列。")
NO_LOOKUP_RIGHT = Sentence(
    "The grant {grant} does not give the right to look up: to turn a written value into its token.",
    "授权 {grant} 没有给予查找权，即把写出的值变为其假名。",
)
JOIN_OR_ASK = Sentence(
    "Join with a resource that holds the identifiers, or ask the departments for the right lookup.",
    "请与含有这些标识的资源连接，或向有关部门申请查找权（lookup）。",
)
LOOKUP_ALONE = Sentence(
    "lookup gives the token of a written value, to be compared with a token column and used in no other way.",
    "lookup 给出所写值的假名，只能与假名列比较，不能作他用。",
)
WRITE_LOOKUP = Sentence(
    "Write column = lookup('…') or column IN (lookup('…'), …), with a column given as token or join.",
    "请写 列 = lookup('…') 或 列 IN (lookup('…'), …)，该列须以 token 或 join 形式提供。",
)
LOOKUP_TAKES = Sentence(
    "lookup takes one text, written or given as a parameter.", "lookup 只接受一个文本，直接写出或作为参数给出。"
)
LOOKUP_TEXT = Sentence("Write lookup('…') or lookup($name).", "请写 lookup('…') 或 lookup($name)。")
