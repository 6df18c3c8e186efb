"""SQL text -> exactly one SELECT of the allowed language, or a refusal that shows where.

The text is checked before it is parsed (engines disagree on invisible characters), and the tree after it: every node and
every function must be on the allow-list of :mod:`fedquery.plan.functions`.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokenizer_core import Token, TokenType

from fedquery import sentences as say
from fedquery.errors import BadRequest, Span, SyntaxProblem, UnsupportedSql
from fedquery.plan import refusals
from fedquery.plan.functions import ALLOWED, NAMED

#: What the parser cannot read is refused here with a message of ours; its own warnings would only repeat it.
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)

#: One for all: sqlglot would make a new one for its name with every text that is printed or read.
DIALECT = Dialect.get_or_raise("duckdb")
TEXT_LIMIT = 64 * 1024
NODE_LIMIT = 5_000
DEPTH_LIMIT = 100
JOIN_LIMIT = 12

#: Characters that every engine reads alike.
_PLAIN = re.compile(r"[\t\n\r -~]*")
_CALL = re.compile(r"(\w+)\s*\(")
_STRINGS = frozenset({TokenType.STRING, TokenType.HEREDOC_STRING, TokenType.RAW_STRING})


def parse(text: str, parameters: Mapping[str, object] | None = None) -> exp.Query:
    """Parse one statement in DuckDB's dialect and put the typed values of ``$name`` into their places.

    Raises SyntaxProblem (with a span), UnsupportedSql, or BadRequest for missing and unknown parameters.
    """
    _check_size(text)
    tokens = _tokens(text)
    _check_characters(text, tokens)
    try:
        trees = [tree for tree in DIALECT.parser().parse(tokens, text) if tree is not None]
    except ParseError as problem:
        first = problem.errors[0] if problem.errors else {}
        line, column = first.get("line") or 1, first.get("col") or 1
        word = first.get("highlight") or ""
        start = max(_offset(text, line, column) - max(len(word) - 1, 0), 0)
        raise SyntaxProblem(
            say.NOT_PARSED_NEAR(word=repr(word), line=line) if word else say.NOT_PARSED(line=line),
            hint=say.CHECK_BEFORE(),
            span=span(text, start, start + max(len(word), 1)),
        ) from None
    except (TokenError, RecursionError):
        raise SyntaxProblem(
            say.NOT_ENDED(),
            hint=say.CHECK_QUOTES_AND_BRACKETS(),
            span=span(text, max(len(text) - 1, 0), len(text)),
        ) from None
    if len(trees) != 1:
        raise UnsupportedSql(say.ONLY_SELECT(), hint=say.ONE_AT_A_TIME() if trees else say.EMPTY())
    tree = trees[0]
    _check_nodes(tree, text)
    assert isinstance(tree, exp.Query)
    _bind_parameters(tree, dict(parameters or {}), text)
    return tree


def span(text: str, start: int, end: int) -> Span:
    """The span of ``text[start:end]``, with line and column from 1."""
    before = text[:start]
    return Span(start, max(end, start), before.count("\n") + 1, start - (before.rfind("\n") + 1) + 1)


def span_of(node: exp.Expr | None, text: str) -> Span | None:
    """Where the node stands in the caller's text; None when the parser did not keep it."""
    if node is None:
        return None
    places = [n.meta for n in node.walk() if "start" in n.meta]
    if not places:
        return None
    return span(text, min(p["start"] for p in places), max(p["end"] for p in places) + 1)


def forget_places(tree: exp.Expr) -> None:
    """Nothing can be shown in the caller's text any more: without places a tree is copied several times as fast."""
    for node in tree.walk():
        node._meta = None


def copied_without_places(tree: exp.Query) -> exp.Query:
    """A copy of a tree whose places are still needed."""
    places = [(node, node._meta) for node in tree.walk()]
    forget_places(tree)
    copy = tree.copy()
    for node, place in places:
        node._meta = place
    return copy


def _check_size(text: str) -> None:
    if len(text.encode("utf-8", "surrogatepass")) > TEXT_LIMIT:
        raise BadRequest(refusals.TOO_LONG(limit=TEXT_LIMIT // 1024), hint=refusals.ASK_LESS())


def _check_characters(text: str, tokens: list[Token]) -> None:
    """Refuse what engines read differently: controls, format characters, odd spaces, names that are not NFC.

    Quoted texts may hold all but NUL.
    """
    if _PLAIN.fullmatch(text):
        return
    inside = [False] * len(text)
    for token in tokens:
        if token.token_type in _STRINGS:
            for place in range(token.start, min(token.end + 1, len(text))):
                inside[place] = True
    for place, character in enumerate(text):
        if character < "\x7f" and (character >= " " or character in "\t\n\r"):
            continue
        category = unicodedata.category(character)
        odd = category in ("Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp")
        if character == "\0" or (category == "Cs") or (odd and not inside[place]):
            raise SyntaxProblem(
                (say.ONLY_QUOTED if character != "\0" and category != "Cs" else say.NEVER_WRITTEN)(code=ord(character)),
                hint=say.RETYPE_PLACE(),
                span=span(text, place, place + 1),
            )
    outside = "".join(" " if hidden else character for character, hidden in zip(text, inside, strict=True))
    if unicodedata.normalize("NFC", outside) != outside:
        raise SyntaxProblem(say.NOT_COMPOSED(), hint=say.RETYPE_NAME())


def _tokens(text: str) -> list[Token]:
    try:
        return DIALECT.tokenize(text)
    except TokenError:
        raise SyntaxProblem(
            say.QUOTE_NOT_ENDED(),
            hint=say.CHECK_QUOTES(),
            span=span(text, max(len(text) - 1, 0), len(text)),
        ) from None


def _offset(text: str, line: int, column: int) -> int:
    lines = text.split("\n")
    return min(sum(len(row) + 1 for row in lines[: line - 1]) + column - 1, len(text))


def _check_nodes(tree: exp.Expr, text: str) -> None:
    if not isinstance(tree, (exp.Select, exp.SetOperation)):
        what = refusals.NOT_HERE(what=_kind(tree), only=say.ONLY_SELECT())
        raise UnsupportedSql(what, hint=refusals.START_WITH_SELECT())
    count = joins = 0
    for node in tree.walk():
        node.pop_comments()  # else they would be printed into what sources are asked
        count += 1
        if type(node) not in ALLOWED:
            _refuse(node, text)
        if isinstance(node, exp.Join):
            joins += 1
            _check_join(node, text)
        elif isinstance(node, exp.Table):
            _check_table(node, text)
        elif isinstance(node, exp.Select):
            _check_select(node, text)
            _check_using(node, text)
        elif isinstance(node, exp.SetOperation):
            _check_set(node, text)
        elif isinstance(node, exp.Star) and any(node.args.get(key) for key in ("replace", "rename", "ilike")):
            at = span_of(node.parent_select, text)
            raise UnsupportedSql(refusals.STAR_EXCLUDES(), hint=refusals.NAME_NEEDED(), span=at)
        elif isinstance(node, exp.Identifier) and node.name.startswith("__"):
            raise UnsupportedSql(refusals.OWN_NAMES(), hint=refusals.RENAME(), span=span_of(node, text))
        elif isinstance(node, (exp.Replace, exp.RegexpReplace)) and not node.find(exp.Column):
            raise UnsupportedSql(  # constants are computed while planning, and this one can grow without bound
                refusals.OF_CONSTANT(what=_kind(node)), hint=refusals.WRITE_TEXT(), span=span_of(node, text)
            )
        elif isinstance(node, exp.With) and node.recursive:
            raise UnsupportedSql(refusals.RECURSIVE(), hint=refusals.LEVEL_BY_LEVEL(), span=span_of(node, text))
    if count > NODE_LIMIT:
        raise UnsupportedSql(refusals.TOO_MANY_PARTS(limit=NODE_LIMIT), hint=refusals.SPLIT_IT())
    if joins > JOIN_LIMIT:
        raise UnsupportedSql(refusals.TOO_MANY_JOINS(limit=JOIN_LIMIT), hint=refusals.SPLIT_IT())
    if _depth(tree) > DEPTH_LIMIT:
        raise UnsupportedSql(refusals.TOO_DEEP(limit=DEPTH_LIMIT), hint=refusals.SIMPLIFY())


def _refuse(node: exp.Expr, text: str) -> None:
    if isinstance(node, exp.Anonymous) and node.name.lower() in NAMED:
        return
    what, at = _kind(node), span_of(node, text)
    if isinstance(node, exp.Func):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
        if at is not None and (written := _CALL.match(text, at.start)):  # sqlglot has one name for several
            name, at = written[1], span(text, *written.span(1))
        what = refusals.THE_FUNCTION(name=name.lower())
    raise UnsupportedSql(refusals.NOT_ALLOWED(what=what), hint=refusals.LANGUAGE_PAGE(), span=at)


def _kind(node: exp.Expr) -> str:
    if isinstance(node, exp.Command):
        return str(node.this).upper()
    return node.key.upper()


def _check_join(node: exp.Join, text: str) -> None:
    if node.args.get("method") or (node.kind or "").upper() not in ("", "INNER", "OUTER", "CROSS", "SEMI", "ANTI"):
        raise UnsupportedSql(
            refusals.SUCH_JOIN(kind=node.method or node.kind),
            hint=refusals.KNOWN_JOINS(),
            span=span_of(node, text),
        )


def _check_using(select: exp.Select, text: str) -> None:
    """After RIGHT or FULL the column to join on may come from either side; ON says which."""
    widened = False
    for join in select.args.get("joins") or ():
        if widened and join.args.get("using"):
            raise UnsupportedSql(refusals.USING_AFTER_OUTER(), hint=refusals.WRITE_ON(), span=span_of(join, text))
        widened |= join.side in ("RIGHT", "FULL")


def _check_set(node: exp.SetOperation, text: str) -> None:
    """By position only: what each column is made of is followed by its place."""
    if any(node.args.get(key) for key in ("by_name", "side", "kind", "on")):
        raise UnsupportedSql(refusals.BY_NAME(what=_kind(node)), hint=refusals.ONE_ORDER(), span=span_of(node, text))


def _check_table(node: exp.Table, text: str) -> None:
    if node.args.get("joins") or isinstance(node.parent, (exp.Paren, exp.Subquery)):
        raise UnsupportedSql(refusals.JOIN_IN_BRACKETS(), hint=refusals.AS_SUBQUERY(), span=span_of(node, text))
    extras = [k for k, v in node.args.items() if v and k not in ("this", "db", "catalog", "alias")]
    if extras or not isinstance(node.this, exp.Identifier):
        raise UnsupportedSql(refusals.ONLY_ENTRIES(), hint=refusals.NO_TABLE_FUNCTIONS(), span=span_of(node, text))


def _check_select(node: exp.Select, text: str) -> None:
    for key, value in node.args.items():
        if value and key in (
            "into",
            "locks",
            "sample",
            "laterals",
            "match",
            "pivots",
            "settings",
            "format",
            "kind",
            "hint",
            "top",
        ):
            raise UnsupportedSql(refusals.NOT_POSSIBLE(what=key.upper()), hint=say.ONLY_SELECT(), span=span_of(node, text))
    if not node.expressions:
        raise SyntaxProblem(say.NO_COLUMN_NAMED(), hint=say.WRITE_COLUMNS())


def _depth(tree: exp.Expr) -> int:
    deepest, rows = 0, [tree]
    while rows:
        deepest += 1
        rows = [child for node in rows for child in node.iter_expressions()]
        if deepest > DEPTH_LIMIT:
            break
    return deepest


def _bind_parameters(tree: exp.Expr, values: dict[str, object], text: str) -> None:
    used = set()
    for node in list(tree.find_all(exp.Placeholder)):
        name = node.name
        if name in ("", "?"):
            raise UnsupportedSql(refusals.NAMED_PARAMETERS(), hint=refusals.WRITE_NAME(), span=span_of(node, text))
        if name not in values:
            raise BadRequest(refusals.NO_VALUE(name=name), hint=refusals.SEND_VALUE(name=name))
        used.add(name)
        node.replace(_constant(values[name], name))
    if unused := sorted(set(values) - used):
        raise BadRequest(refusals.NO_PARAMETER(name=unused[0]), hint=refusals.REMOVE_OR_WRITE(name=unused[0]))


def _constant(value: object, name: str) -> exp.Expr:
    """A parameter's typed value as a node; the printer quotes it. Raises BadRequest for values that no constant can hold."""
    match value:
        case None:
            return exp.Null()
        case bool():
            return exp.Boolean(this=value)
        case int():
            return exp.Literal.number(value) if value >= 0 else exp.Neg(this=exp.Literal.number(-value))
        case float() if value == value and abs(value) != float("inf"):
            return exp.cast(exp.Literal.string(repr(value)), "double", dialect=DIALECT)
        case Decimal() if value.is_finite():
            digits = value.as_tuple()
            scale = max(-int(digits.exponent), 0)
            precision = max(len(digits.digits) + max(int(digits.exponent), 0), scale, 1)
            return exp.cast(exp.Literal.string(format(value, "f")), f"decimal({precision},{scale})", dialect=DIALECT)
        case dt.datetime():
            kind = "timestamptz" if value.tzinfo else "timestamp"
            return exp.cast(exp.Literal.string(value.isoformat(" ")), kind, dialect=DIALECT)
        case dt.date():
            return exp.cast(exp.Literal.string(value.isoformat()), "date", dialect=DIALECT)
        case dt.time():
            return exp.cast(exp.Literal.string(value.isoformat()), "time", dialect=DIALECT)
        case str() if "\0" not in value:
            return exp.Literal.string(value)
    raise BadRequest(refusals.SUCH_VALUE(name=name), hint=refusals.KNOWN_VALUES())
