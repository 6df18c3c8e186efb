"""What holds of a column holds of every column that equals it: constants and equalities are said of each.

Only a constant of the statement itself travels so, between columns that are given clear; nothing that a row holds does.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from fedquery.arrow import INTEGERS
from fedquery.plan.constants import constant_type
from fedquery.plan.functions import COMPARISONS
from fedquery.plan.leaves import conjuncts, isolated_leaf
from fedquery.plan.model import Leaf, LeafColumn
from fedquery.plan.printed import printed
from fedquery.plan.rules.context import Context, Placed, named_column, padded, relations, set_where

#: Types of which two equal values are the same value.
_PLAIN = INTEGERS | {"decimal", "varchar", "date", "timestamp", "boolean"}

_Key = tuple[str, str]


def infer_equalities(tree: exp.Query, context: Context) -> exp.Query:
    """``a.x = b.y AND a.x = 1`` -> ``… AND b.y = 1``; and ``a.x = b.y AND b.y = c.z`` -> ``… AND a.x = c.z``."""
    for select in tree.find_all(exp.Select):
        if select.args.get("joins"):
            _infer(select, context)
    return tree


def _infer(select: exp.Select, context: Context) -> None:
    placed = relations(select)
    facts = list(_facts(select, placed))
    equal = [part for part in facts if isinstance(part, exp.EQ) and _columns_only(part)]
    partners = [(alias, join) for alias, _, join in placed if join is not None and _chooses_partners(join)]
    if not equal and not partners:
        return
    bounds = [(part, column) for part in facts if (column := _fixes(part)) is not None]
    named = [column for part in equal for column in (part.this, part.expression)] + [column for _, column in bounds]
    meanings = {_key(column): meant for column in named if (meant := _meant(column, placed, context))}
    classes = _classes(equal, meanings)
    fixed: dict[_Key, list[exp.Expr]] = {}
    for part, column in bounds:
        if _clear(meanings.get(_key(column))):
            for member in sorted(classes.get(_key(column), {_key(column)})):
                fixed.setdefault(member, []).append(part)
    added = _joined(equal, classes, meanings)
    if any(len(classes.get(_key(column), ())) > 1 for _, column in bounds):
        said = {printed(part) for part, _ in bounds}
        inferred = [_said_of(part, m) for m, parts in fixed.items() if _clear(meanings[m]) for part in parts]
        added = [*(part for part in inferred if printed(part) not in said), *added]
    if added:
        where = select.args.get("where")
        set_where(select, [*conjuncts(where.this if where else None), *added])
    for alias, join in partners:
        _fix_partner(alias, join, fixed, placed, context)


def _columns_only(part: exp.Expr) -> bool:
    return isinstance(part.this, exp.Column) and isinstance(part.expression, exp.Column)


def _chooses_partners(join: exp.Join) -> bool:
    return join.side == "LEFT" or join.kind in ("SEMI", "ANTI")


def _facts(select: exp.Select, placed: Placed) -> Iterator[exp.Expr]:
    """Conditions that hold of every row that gets to the SELECT list."""
    where = select.args.get("where")
    yield from conjuncts(where.this if where else None)
    filled = padded(select)
    for _, _, join in placed:
        if join is not None and not join.side and join.kind in ("", "INNER"):
            for part in conjuncts(join.args.get("on")):
                if not filled & {column.table for column in part.find_all(exp.Column)}:
                    yield part


def _classes(equal: list[exp.EQ], meanings: dict[_Key, tuple[Leaf, LeafColumn]]) -> dict[_Key, set[_Key]]:
    """The columns that are equal to each column, itself included."""
    classes: dict[_Key, set[_Key]] = {}
    for part in equal:
        one, other = _key(part.this), _key(part.expression)
        if one in meanings and other in meanings and _same(meanings[one][1], meanings[other][1]):
            merged = classes.get(one, {one}) | classes.get(other, {other})
            classes.update(dict.fromkeys(sorted(merged), merged))
    return classes


def _joined(
    equal: list[exp.EQ], classes: dict[_Key, set[_Key]], meanings: dict[_Key, tuple[Leaf, LeafColumn]]
) -> list[exp.Expr]:
    """Equalities between relations of one source that only a third relation connects."""
    met = {frozenset({part.this.table, part.expression.table}) for part in equal}
    added: list[exp.Expr] = []
    for members in {id(members): sorted(members) for members in classes.values()}.values():
        for place, one in enumerate(members):
            for other in members[place + 1 :]:
                pair = frozenset({one[0], other[0]})
                if pair not in met and len(pair) == 2 and _source(meanings[one]) == _source(meanings[other]):
                    met.add(pair)
                    added.append(exp.EQ(this=named_column(one[1], one[0]), expression=named_column(other[1], other[0])))
    return added


def _fix_partner(alias: str, join: exp.Join, fixed: dict[_Key, list[exp.Expr]], placed: Placed, context: Context) -> None:
    """``a LEFT JOIN b ON a.x = b.y WHERE a.x = 1``: only partners with ``b.y = 1`` are looked for; so of SEMI and ANTI."""
    parts = conjuncts(join.args.get("on"))
    said = {printed(part) for part in parts}
    added = []
    for part in parts:
        if not isinstance(part, exp.EQ) or not _columns_only(part):
            continue
        for own, other in ((part.this, part.expression), (part.expression, part.this)):
            mine, theirs = _meant(own, placed, context), _meant(other, placed, context)
            if own.table != alias or other.table == alias or not mine or not theirs or not _same(mine[1], theirs[1]):
                continue
            known = fixed.get(_key(other), []) if _clear(mine) and _clear(theirs) else []
            added += [condition for fact in known if printed(condition := _said_of(fact, _key(own))) not in said]
    if added:
        join.set("on", exp.and_(*parts, *added, copy=False))


def _meant(column: exp.Column, placed: Placed, context: Context) -> tuple[Leaf, LeafColumn] | None:
    """The leaf's column that a column passes on unchanged, through derived tables."""
    relation = next((relation for alias, relation, _ in placed if alias == column.table), None)
    if not isinstance(relation, exp.Subquery) or relation.args["alias"].columns:
        return None
    leaf = isolated_leaf(relation, context.leaves)
    if leaf is not None:
        found = leaf.column(column.name)
        return (leaf, found) if found is not None and found.rule is None and found.type.name in _PLAIN else None
    inner = relation.this
    if not isinstance(inner, exp.Select):
        return None
    output = next((p.unalias() for p in inner.expressions if p.alias_or_name == column.name), None)
    return _meant(output, relations(inner), context) if isinstance(output, exp.Column) else None


def _fixes(part: exp.Expr) -> exp.Column | None:
    """The column that a fact compares with constants and nothing else."""
    sides: list[exp.Expr] = []
    if type(part) in COMPARISONS:
        sides = [part.this, part.expression]
    elif isinstance(part, exp.In) and not part.args.get("query"):
        sides = [part.this, *part.expressions]
    elif isinstance(part, exp.Between):
        sides = [part.this, part.args["low"], part.args["high"]]
    columns = [side for side in sides if isinstance(side, exp.Column)]
    others = [side for side in sides if not isinstance(side, exp.Column)]
    return columns[0] if len(columns) == 1 and others and all(constant_type(other) for other in others) else None


def _said_of(part: exp.Expr, member: _Key) -> exp.Expr:
    copy = part.copy()
    for column in list(copy.find_all(exp.Column)):
        column.replace(named_column(member[1], member[0]))
    return copy


def _same(one: LeafColumn, other: LeafColumn) -> bool:
    return one.type == other.type and one.decision.domain == other.decision.domain


def _clear(meant: tuple[Leaf, LeafColumn] | None) -> bool:
    return meant is not None and meant[1].decision.form.kind == "clear"


def _source(meant: tuple[Leaf, LeafColumn]) -> str:
    return meant[0].decision.source


def _key(column: exp.Column) -> _Key:
    return column.table, column.name
