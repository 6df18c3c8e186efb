"""How long the texts may become that a statement makes out of one row: bounded before anything is computed.

A function that makes long texts makes them for a whole vector of rows in one call, which DuckDB's memory limit does not see
and no interrupt ends. What a statement's functions make of a row is therefore added up, a stored text taken for 4 KiB, and
more than 256 KiB is refused, which keeps the worst such call at about a gigabyte. It is reckoned before constants are
computed. The text of a whole group (``string_agg``) has no such length: DuckDB counts it against the limit, but what a
further SELECT makes of it is refused.
"""

from __future__ import annotations

import math
import re
from collections import ChainMap
from collections.abc import Iterator

from sqlglot import exp

from fedquery.errors import UnsupportedSql
from fedquery.plan import refusals
from fedquery.plan.parse import span_of

STORED = 4096
LIMIT = 2**18
_TEXT = {exp.DataType.Type.VARCHAR, exp.DataType.Type.TEXT, exp.DataType.Type.BLOB, exp.DataType.Type.VARBINARY}
_NUMBER = 64  # characters of any value that is no text

#: The length of each output column, by lower-case name.
Lengths = dict[str, float]


def check_growth(tree: exp.Query, text: str) -> None:
    """Raises UnsupportedSql when the statement's functions may make too much text out of one row."""
    _Reckoning(text).query(tree, ChainMap(), {})


class _Reckoning:
    def __init__(self, text: str) -> None:
        self._text = text
        self._made = 0.0

    def query(self, query: exp.Expr, ctes: ChainMap[str, Lengths], outside: dict[str, Lengths]) -> Lengths:
        """The lengths of a query's columns; ``ctes`` and the relations ``outside`` are what it may name."""
        ctes = ctes.new_child()
        clause = query.args.get("with_")
        for cte in clause.expressions if clause else ():
            ctes[cte.alias.lower()] = _renamed(self.query(cte.this, ctes, outside), cte.this, cte.args["alias"])
        if isinstance(query, exp.Subquery):
            return self.query(query.this, ctes, outside)
        if isinstance(query, exp.SetOperation):
            left, right = (self.query(side, ctes, outside) for side in (query.left, query.right))
            both = zip(left.items(), [*right.values(), *[0.0] * len(left)], strict=False)
            return {name: max(length, other) for (name, length), other in both}
        return self._select(query, ctes, outside) if isinstance(query, exp.Select) else {}

    def _select(self, select: exp.Select, ctes: ChainMap[str, Lengths], outside: dict[str, Lengths]) -> Lengths:
        own = {relation.alias_or_name.lower(): self._relation(relation, ctes, outside) for relation in _relations(select)}
        scope = {**outside, **own}
        outputs: Lengths = {}
        for projection in select.expressions:
            if projection.is_star:
                for lengths in own.values():
                    for name, length in lengths.items():
                        _add(outputs, name, length)
            else:
                length = self._length(projection.unalias(), scope, outputs, ctes)
                grouped = any(_of(select, found) for found in projection.find_all(exp.GroupConcat))
                _add(outputs, projection.alias_or_name.lower(), math.inf if grouped else length)
        for key, part in select.args.items():
            if key not in ("expressions", "from_", "with_"):
                for one in part if isinstance(part, list) else [part]:
                    if isinstance(one, exp.Join):
                        one = one.args.get("on")
                    if isinstance(one, exp.Expr):
                        self._length(one, scope, outputs, ctes)
        return outputs

    def _relation(self, relation: exp.Expr, ctes: ChainMap[str, Lengths], outside: dict[str, Lengths]) -> Lengths:
        if isinstance(relation, exp.Table):
            lengths = {} if relation.db else ctes.get(relation.name.lower(), {})
        else:
            lengths = self.query(relation, ctes, outside)
        return _renamed(lengths, relation, relation.args.get("alias"))

    def _length(self, node: exp.Expr, scope: dict[str, Lengths], outputs: Lengths, ctes: ChainMap[str, Lengths]) -> float:
        """The length of a value; what growing functions in it make is added to the statement's sum."""
        if isinstance(node, exp.Query):
            return max([0.0, *self.query(node, ctes, scope).values()])
        if isinstance(node, exp.Column):
            places = [scope.get(node.table.lower(), {})] if node.table else [outputs, *scope.values()]
            names = _stems(node.name.lower())
            return max([lengths[name] for lengths in places for name in names if name in lengths] or [STORED])
        if isinstance(node, exp.Literal):
            return float(len(node.name.encode()))
        own = {key: self._length(part, scope, outputs, ctes) for key, part in _parts(node)}
        length = _grown(node, own)
        if length is None:
            return _shrunk(node, max([0.0, *own.values()]))
        if not (isinstance(node, exp.DPipe) and isinstance(node.parent, exp.DPipe)):
            self._made += length
            if self._made > LIMIT:
                raise UnsupportedSql(
                    refusals.TOO_MUCH_TEXT(limit=LIMIT),
                    hint=refusals.SHORTEN(),
                    span=span_of(node, self._text),
                )
        return length


def _grown(node: exp.Expr, own: dict[str, float]) -> float | None:
    """The length of what a growing function makes of arguments of these lengths; None for any other node."""
    if isinstance(node, exp.ConcatWs):
        first, *others = own.values()
        return sum(others) + first * len(others)
    if isinstance(node, (exp.DPipe, exp.Concat)):
        return sum(own.values())
    if isinstance(node, exp.Replace):
        searched = node.expression.name if isinstance(node.expression, exp.Literal) else ""
        return own["this"] * max(1.0, own.get("replacement", 0.0) / max(1, len(searched.encode())))
    if isinstance(node, exp.RegexpReplace):
        given = node.args.get("replacement")
        again = len(re.findall(r"\\\d", given.name)) if isinstance(given, exp.Literal) else own.get("replacement", 0.0) / 2
        times = own["this"] + 1 if node.args.get("modifiers") else 1
        return own["this"] * (1 + again) + times * own.get("replacement", 0.0)
    if isinstance(node, exp.TimeToStr):
        return 16 * own.get("format", 0.0)
    return None


def _shrunk(node: exp.Expr, length: float) -> float:
    """The length of what any other node makes: no more than its longest part, and sometimes known to be less."""
    if isinstance(node, exp.GroupConcat):
        return STORED  # counted by DuckDB; whoever reads it from outside its SELECT finds it without an end
    if isinstance(node, (exp.Cast, exp.TryCast)) and node.to.this not in _TEXT:
        return _NUMBER
    limit = node.args.get("length") if isinstance(node, exp.Substring) else node.expression
    if isinstance(node, (exp.Left, exp.Right, exp.Substring)) and isinstance(limit, exp.Literal) and limit.is_int:
        return min(length, 4.0 * int(limit.name))
    if isinstance(node, (exp.Predicate, exp.Length, exp.Count)):
        return _NUMBER
    return length


def _parts(node: exp.Expr) -> Iterator[tuple[str, exp.Expr]]:
    for number, child in enumerate(node.iter_expressions()):
        yield (child.arg_key or "") if child.index is None else f"{child.arg_key}{number}", child


def _relations(select: exp.Select) -> Iterator[exp.Expr]:
    if select.args.get("from_"):
        yield select.args["from_"].this
    yield from (join.this for join in select.args.get("joins") or ())


def _add(lengths: Lengths, name: str, length: float) -> None:
    """Of columns of one name, the longest counts for all."""
    lengths[name] = max(length, lengths.get(name, 0.0))


def _stems(name: str) -> list[str]:
    """The names of which it may be a later column's: ``id_1`` of ``id``."""
    found = [name]
    while cut := re.fullmatch(r"(.+)_\d+", found[-1]):
        found.append(cut[1])
    return found


def _renamed(lengths: Lengths, relation: exp.Expr, alias: exp.Expr | None) -> Lengths:
    """Under the names of ``AS t(a, b)``, where there are some; which is which is not known beside stars and equal names."""
    names = [column.name.lower() for column in alias.args.get("columns") or ()] if alias is not None else []
    if not names:
        return lengths
    plain = isinstance(relation, exp.Query) and not relation.is_star and len(relation.selects) == len(lengths)
    if plain and len(names) <= len(lengths):
        return dict(zip([*names, *list(lengths)[len(names) :]], lengths.values(), strict=True))
    return {**lengths, **dict.fromkeys(names, max([STORED, *lengths.values()]))}


def _of(select: exp.Select, node: exp.Expr) -> bool:
    return node.parent_select is select
