"""What callers are told when a query fails, in both languages: what is wrong, and what to do next."""

from __future__ import annotations

from fedquery.said import Sentence

# -- the statement does not parse

NOT_PARSED = Sentence("The statement does not parse (line {line}).", "语句有语法错误（第 {line} 行）。")
NOT_PARSED_NEAR = Sentence(
    "The statement does not parse near {word} (line {line}).", "语句在 {word} 附近有语法错误（第 {line} 行）。"
)
CHECK_BEFORE = Sentence("Check the text before the marked place.", "请检查标记处之前的内容。")
NOT_ENDED = Sentence(
    "The statement does not parse: a quoted text, a bracket or a comment does not end.",
    "语句有语法错误：引号、括号或注释没有结束。",
)
CHECK_QUOTES_AND_BRACKETS = Sentence("Check quotes and brackets.", "请检查引号和括号。")
QUOTE_NOT_ENDED = Sentence(
    "The statement does not parse: a quoted text or a comment does not end.", "语句有语法错误：引号或注释没有结束。"
)
CHECK_QUOTES = Sentence("Check the quotes.", "请检查引号。")
ONLY_QUOTED = Sentence(
    "The character U+{code:04X} may stand only inside a quoted text.", "字符 U+{code:04X} 只能出现在引号内的文本中。"
)
NEVER_WRITTEN = Sentence("The character U+{code:04X} may not stand in a statement.", "字符 U+{code:04X} 不能出现在语句中。")
RETYPE_PLACE = Sentence(
    "Retype the marked place; it may have come with a copied text.", "请重新输入标记处；它可能是随复制的内容带入的。"
)
NOT_COMPOSED = Sentence(
    "A name in the statement is not in Unicode's composed form (NFC).", "语句中有名称不是 Unicode 组合形式（NFC）。"
)
RETYPE_NAME = Sentence("Retype the name.", "请重新输入该名称。")
NO_COLUMN_NAMED = Sentence("The SELECT names no column.", "SELECT 没有写出任何列。")
WRITE_COLUMNS = Sentence("Write what you want to see, or *.", "请写出要查看的列，或写 *。")
ONLY_SELECT = Sentence("One SELECT statement is all that can be asked here.", "这里只能执行一条 SELECT 语句。")
ONE_AT_A_TIME = Sentence("Send one statement at a time.", "请一次只执行一条语句。")
EMPTY = Sentence("The text is empty.", "内容为空。")

# -- names

UNKNOWN_TABLE = Sentence("There is no table {name}.", "没有表 {name}。")
DIRECTORY_LISTS = Sentence("GET /v1/directory lists what you may find.", "您可以查找的资源见数据目录（GET /v1/directory）。")
WRITE_DEPARTMENT = Sentence("Write department.table.", "请写成“部门.表”。")
UNKNOWN_COLUMN = Sentence("There is no column {name}.", "没有列 {name}。")
DID_YOU_MEAN = Sentence("Did you mean {names}?", "您是否想写 {names}？")
DIRECTORY_LISTS_COLUMNS = Sentence(
    "GET /v1/directory lists the columns you may find.", "您可以查找的列见数据目录（GET /v1/directory）。"
)
NO_WHOLE_ROW = Sentence("A whole row cannot be had; name its columns.", "不能取整行，请写出各列。")
AMBIGUOUS_COLUMN = Sentence("More than one table has a column {name}.", "不止一张表有列 {name}。")
SOME_COLUMN_AMBIGUOUS = Sentence(
    "A column of the statement stands in more than one of its tables.", "语句中有一列不止一张表都有。"
)
WRITE_TABLE = Sentence("Write table.column.", "请写成“表.列”。")
UNRESOLVED = Sentence("A name of the statement cannot be resolved.", "语句中有名称无法确定。")
CHECK_NAMES = Sentence("Check the names of tables and columns.", "请检查表名和列名。")
NO_OUTPUT = Sentence("The result has no column {name}.", "结果中没有第 {name} 列。")
WRITE_OUTPUT = Sentence("Write a column's name, or a number up to how many there are.", "请写列名，或不超过列数的序号。")
NO_ALIAS = Sentence("FROM names no table {name}.", "FROM 中没有名为 {name} 的表。")
WRITE_ALIAS = Sentence("Write the name that FROM gives it.", "请写 FROM 中给出的名称。")
NOT_ON_BOTH_SIDES = Sentence("USING needs the column {name} on both sides.", "USING 要求两侧都有列 {name}。")
JOIN_ON = Sentence("Check its name, or write ON.", "请检查列名，或改写为 ON。")
NOTHING_IN_STAR = Sentence("The star expands to nothing that you may see.", "星号没有可供您查看的列。")
NAME_COLUMNS = Sentence("Name columns; /v1/directory lists them.", "请写出列名；数据目录（/v1/directory）中列有各列。")

# -- not permitted

NO_GRANTS = Sentence("This account has no data grants.", "该账户没有数据授权。")
ROLES_APART = Sentence(
    "Who runs the platform or governs its entries reads no rows; use an analyst's or an application's account.",
    "运行平台或管理目录的人员不读取数据；请使用分析人员或应用的账户。",
)
SEPARATION = Sentence("separation of roles", "岗位分离")
NOT_YOUR_GRANT = Sentence("You have no grant {grant}.", "您没有授权 {grant}。")
GRANTS_LISTED = Sentence("GET /v1/me lists your grants.", "您的授权见账户信息（GET /v1/me）。")
GRANT_ENDED = Sentence("The grant {grant} ended on {day}.", "授权 {grant} 已于 {day} 到期。")
RENEW = Sentence(
    "Ask the providing departments to renew it, or use another grant.", "请向数据提供部门申请续期，或使用其他授权。"
)
GRANT_BEGINS = Sentence("The grant {grant} begins on {day}.", "授权 {grant} 自 {day} 起生效。")
WAIT = Sentence("Wait for that day.", "请待生效后再用。")
SEVERAL_GRANTS = Sentence("More than one of your grants covers this query: {grants}.", "您有不止一项授权涵盖此查询：{grants}。")
NAME_GRANT = Sentence(
    'Name the one whose purpose this query serves: "grant" in a request, --grant on the command line.',
    "请选择与此查询用途相符的一项（请求中的 grant，命令行的 --grant）。",
)
NO_GRANT_COVERS = Sentence("None of your grants covers {names} together.", "您没有一项授权同时涵盖 {names}。")
ONE_GRANT = Sentence(
    "One query runs under one grant; name a grant to see what it lacks, or ask the departments for one.",
    "一次查询只依据一项授权；请选定一项授权以查看其所缺，或向有关部门申请。",
)
GRANT_LACKS = Sentence("{grant} lacks {names}", "{grant} 缺少 {names}")
GRANT_WITHDRAWN = Sentence(
    "The grant {grant} was withdrawn while the query ran; what was sent is not the whole answer.",
    "查询进行中授权 {grant} 被撤回；已发送的不是完整结果。",
)
YOUR_GRANTS = Sentence("GET /v1/me lists the grants that you have.", "您现有的授权见账户信息（GET /v1/me）。")
GRANT_CHANGED = Sentence(
    "The grant {grant} was changed while the query ran: {what}. What was sent is not the whole answer.",
    "查询进行中授权 {grant} 被更改：{what}。已发送的不是完整结果。",
)
ITS_TERMS = Sentence("its purpose, its epoch or its right to look up", "其用途、周期或查找权")
WHAT_IT_GIVES = Sentence("what it gives of {name}", "其对 {name} 所提供的内容")
ASK_AGAIN = Sentence("Ask again; the answer is then made under the grant as it is now.", "请重新查询；将按现在的授权给出结果。")
FILTER_NEEDS = Sentence(
    "The row filter of {name} needs something that your account or the grant {grant} does not have.",
    "{name} 的行过滤条件所需的内容，您的账户或授权 {grant} 中没有。",
)
ASK_FOR_ATTRIBUTE = Sentence(
    "Ask the administrator of your account for the attribute, or the department for the list.",
    "请向账户管理员申请该属性，或向部门申请该名单。",
)
ROWS = Sentence("rows: {condition}", "行范围：{condition}")
NO_ROW = Sentence("Under the grant {grant} no row of {name} can be had.", "依据授权 {grant}，{name} 没有可提供的行。")
ROWS_ONLY_WHERE = Sentence(
    "Its department shares rows only where {condition}; the purpose of this grant is {purpose}.",
    "提供部门只共享满足 {condition} 的行；此授权的用途是 {purpose}。",
)
NOT_SHARED = Sentence("{name} is not shared: {reason}", "{name} 不予共享：{reason}")
LEGAL_BASIS = Sentence("Legal basis: {citation}.", "法律依据：{citation}。")
ATTRIBUTE_NOT_SHARED = Sentence("sharing attribute: not shared", "共享属性：不予共享")
BASIS = Sentence("legal basis: {citation}", "法律依据：{citation}")
ATTRIBUTE_CONDITIONAL = Sentence("sharing attribute: conditional", "共享属性：有条件共享")
ATTRIBUTE_UNCONDITIONAL = Sentence("sharing attribute: unconditional", "共享属性：无条件共享")
ATTRIBUTES = {
    "conditional": ATTRIBUTE_CONDITIONAL,
    "unconditional": ATTRIBUTE_UNCONDITIONAL,
    "not_shared": Sentence("sharing attribute: not_shared", "共享属性：不予共享"),
}
CONDITIONS = Sentence("conditions: {scope}; {use}", "条件：{scope}；{use}")
UNCONDITIONALLY = Sentence("shared unconditionally", "无条件共享")
NOT_INCLUDED = Sentence("The grant {grant} ({purpose}) does not include {name}.", "授权 {grant}（{purpose}）不包含 {name}。")
OTHER_GRANT = Sentence("Use a grant that includes it, or ask its department for one.", "请使用包含它的授权，或向其部门申请。")
COLUMN_NOT_INCLUDED = Sentence(
    "The grant {grant} ({purpose}) does not include the column {name}.", "授权 {grant}（{purpose}）不包含列 {name}。"
)
COLUMN_NOT_SHARED = Sentence(
    "{name} is not shared: {reason}. Legal basis: {citation}.", "{name} 不予共享：{reason}。法律依据：{citation}。"
)
NO_GRANT_CAN = Sentence("Leave it out: no grant can give it.", "请去掉它：任何授权都不能提供。")
OTHER_GRANT_OR_ASK = Sentence("Use a grant that includes it, or ask its department.", "请使用包含它的授权，或询问其部门。")
UNDER_GRANT = Sentence("grant {grant}: {purpose} ({basis}), until {day}", "授权 {grant}：{purpose}（{basis}），有效期至 {day}")
APPROVED = Sentence("approved for {department} by {by} on {day}", "{department} 由 {by} 于 {day} 批准")

# -- what may be done with a column

MASKED = Sentence(
    "{column} is given masked, as {form}; it can be selected, not {use}.",
    "{column} 以遮盖形式（{form}）提供；可以查看，不能{use}。",
)
ASK_FOR_USE = Sentence(
    "Remove it there, or ask its department for the right to {right} on the masked value.",
    "请在该处去掉它，或向其部门申请对遮盖值的 {right} 权。",
)
USE_RIGHTS = Sentence("use rights: {rights}", "使用权：{rights}")
SELECT_ONLY = Sentence("select only", "仅可查看")
FILTERED = Sentence("filtered by", "用于筛选")
JOINED = Sentence("joined on", "用于连接")
GROUPED = Sentence("grouped by", "用于分组")
ORDERED = Sentence("ordered by", "用于排序")
AGGREGATED = Sentence("aggregated", "用于汇总")
SHOWN = Sentence("shown", "输出")
COUNTED = Sentence("counted", "计数")
ONLY_JOINED = Sentence("{column} can be joined on, not {use}.", "{column} 只能用于连接，不能{use}。")
THIS_COLUMN = Sentence("This column", "该列")
ASK_FOR_TOKEN = Sentence(
    "Leave it out of the result, or ask its department for the form token.", "请不要输出它，或向其部门申请以假名形式提供。"
)
COUNT_ROWS = Sentence("Count the rows, or another column.", "请对行计数，或对其他列计数。")
JOIN_OR_LEAVE = Sentence("Join on it, or leave it out.", "请只用于连接，或去掉它。")
TOKEN_COMPUTED = Sentence("{column} is a token; it cannot be computed with.", "{column} 是假名，不能参与计算。")
TOKEN_USES = Sentence(
    "Compare it with tokens of its kind, select, group, count or sort it; remove what is around it.",
    "可与同类假名比较，也可查看、分组、计数或排序；请去掉其外面的运算。",
)
TOKEN_MIXED = Sentence(
    "{column} is a token of {domain} and is compared with {other}; the two can never be equal.",
    "{column} 是 {domain} 的假名，却与{other}比较；两者永远不会相等。",
)
TOKEN_OF = Sentence("a token of {domain}", "{domain} 的假名")
NO_TOKEN = Sentence("a value that is no token", "不是假名的值")
TOKEN_LIKE = Sentence(
    "Compare it with a token of the same kind under the same grant. A written value's token is lookup('…'), where the grant"
    " gives that right.",
    "请与同一授权下的同类假名比较。如授权给予查找权，写出的值的假名是 lookup('…')。",
)
ONLY_VERIFIED = Sentence("{column} can be verified, not read.", "{column} 只能核验，不能读取。")
AS_RULES_SAY = Sentence(
    "Compare it exactly as a rule says: {rules} (or the opposite).", "请完全按规则比较：{rules}（或其反面）。"
)
VERIFY_RULE = Sentence("verify: {rule}", "核验规则：{rule}")

# -- who asks

KEY_NOT_VALID = Sentence("The API key is not valid.", "访问密钥无效。")
NEW_KEY = Sentence("Ask your department's steward for a new one.", "请向本部门的管理员申请新的密钥。")
NO_KEY = Sentence("No key was given.", "没有提供访问密钥。")
SEND_KEY = Sentence(
    "Send the header 'Authorization: Bearer KEY', or sign in.", "请发送请求头 Authorization: Bearer KEY，或登录。"
)
NOT_BEARER = Sentence(
    "The Authorization header is not of the form 'Bearer KEY'.", "Authorization 请求头不是 Bearer KEY 的形式。"
)
SESSION_ENDED = Sentence("The session has ended.", "会话已结束。")
SIGN_IN_AGAIN = Sentence("Sign in again.", "请重新登录。")
ACCOUNT_GONE = Sentence("This account is no longer in the directory.", "该账户已不在目录中。")
ASK_ADMINISTRATOR = Sentence("Ask your administrator.", "请询问管理员。")
NOT_A_REQUEST = Sentence("The request is not what this endpoint takes.", "此接口不接受这样的请求。")
SEE_REASONS = Sentence(
    "The reasons say what is wrong where; docs/openapi.json has the form.", "原因列出了各处的问题；格式见 docs/openapi.json。"
)

REQUEST_TOO_LARGE = Sentence("The request is larger than this endpoint takes.", "请求超过此接口可接受的大小。")
SQL_TOO_LONG = Sentence("The SQL is longer than {size} bytes.", "SQL 超过 {size} 字节。")
BIND_LISTS = Sentence("Bind long lists as parameters.", "请把长列表作为参数绑定。")

# -- a fault of ours

BUG = Sentence(
    "This is a bug in fedquery; the query was stopped before anything left.",
    "这是 fedquery 的缺陷；查询在任何数据离开之前已中止。",
)
REPORT_BUG = Sentence("Report the query id to the operator.", "请把查询编号告知运维人员。")

# -- limits

SOURCES_ROWS = Sentence(
    "The sources return more than {rows:,} rows, the limit for one query.", "数据源返回超过 {rows:,} 行，即单次查询的限额。"
)
SOURCES_BYTES = Sentence(
    "The sources return more than {size}, the limit for one query.", "数据源返回超过 {size}，即单次查询的限额。"
)
ANSWER_ROWS = Sentence(
    "The answer has more than {rows:,} rows, the limit for one query.", "结果超过 {rows:,} 行，即单次查询的限额。"
)
ANSWER_BYTES = Sentence("The answer has more than {size}, the limit for one query.", "结果超过 {size}，即单次查询的限额。")
FEWER_OF_SOURCES = Sentence("Add a condition that selects fewer rows of them.", "请增加条件，减少从中选取的行。")
FEWER_IN_ANSWER = Sentence("Add a condition, an aggregate or a LIMIT.", "请增加条件、汇总或 LIMIT。")
FEWER_COLUMNS = Sentence("Select fewer columns. {hint}", "请减少所选的列。{hint}")
TOOK_LONGER = Sentence(
    "The query took longer than {seconds:g} seconds, the limit for one query.", "查询超过 {seconds:g} 秒，即单次查询的时限。"
)
FEWER_OR_CONDITION = Sentence(
    "Select fewer rows, or add a condition that the sources can use.", "请减少所选的行，或增加数据源可以使用的条件。"
)
TOOK_TOO_LONG = Sentence("The statement took longer than one query may take.", "语句超过了单次查询的时限。")
FEWER_ROWS = Sentence("Select fewer rows.", "请减少所选的行。")
TOO_MUCH_MEMORY = Sentence(
    "The statement needs more than {limit}, the limit for one query.", "语句需要超过 {limit}，即单次查询的限额。"
)
OF_MEMORY = Sentence("{size} of memory", "{size} 内存")
OF_DISK = Sentence("{size} of disk beyond its memory", "内存之外 {size} 磁盘")
FEWER_OR_RAISE = Sentence(
    "Select fewer rows or columns, or ask the operator to raise {setting}.", "请减少所选的行或列，或请运维人员提高 {setting}。"
)
ANSWER_TOO_LARGE = Sentence(
    "The answer is larger than {size} bytes, the bound for answers that are sent with a length.",
    "结果超过 {size} 字节，即带长度发送的结果的上限。",
)
STREAM_OR_FEWER = Sentence(
    "Ask for the Arrow stream, which has no such bound, or for fewer rows.", "请改用没有此上限的 Arrow 流，或减少行数。"
)
NO_ROOM_FOR_ANSWER = Sentence("There is no room on the gateway's disk for the answer.", "网关的磁盘没有空间存放结果。")
STREAM_INSTEAD = Sentence(
    "Ask for the Arrow stream, which needs none, or tell the operator.", "请改用 Arrow 流（不占磁盘），或告知运维人员。"
)
NO_PLACE = Sentence("Every place for a running query is taken.", "同时运行的查询已达上限。")
IN_SECONDS = Sentence("Try again in a few seconds.", "请几秒后重试。")
SOURCE_BUSY = Sentence(
    "The source {source} is busy with other queries for as long as this one may take.",
    "数据源 {source} 一直忙于其他查询，此查询未能等到。",
)
SOURCES_BUSY = Sentence(
    "The sources are busy with other queries for as long as this one may take.", "各数据源一直忙于其他查询，此查询未能等到。"
)
LATER = Sentence("Try again later.", "请稍后重试。")
TOO_MANY_LOOKUPS = Sentence(
    "The statement looks up more than {limit} values, the limit for one query.", "语句查找超过 {limit} 个值，即单次查询的限额。"
)
FEWER_LOOKUPS = Sentence(
    "Look up fewer, or ask who runs this installation; the limit is its setting lookups_limit.",
    "请减少查找的值，或询问运维人员；限额是设置 lookups_limit。",
)

# -- sources

SOURCE_SILENT = Sentence(
    "The source {source} did not answer within {seconds:g} seconds, its owner's limit.",
    "数据源 {source} 未在其部门规定的 {seconds:g} 秒内应答。",
)
LESS_OR_LATER = Sentence("Ask for less, or try again later.", "请减少所问的内容，或稍后重试。")
SOURCE_ENDED = Sentence("The source {source} ended the statement.", "数据源 {source} 中止了语句。")
DEPARTMENT_KNOWS = Sentence("Try again; its department may know more.", "请重试；其部门可能了解情况。")
