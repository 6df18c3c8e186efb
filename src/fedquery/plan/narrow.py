"""What a join computes of one relation alone may come computed, where that is narrower than what it is made of.

``SELECT sum(CASE WHEN b.type LIKE 'P%' THEN a.price * a.rest END) FROM a JOIN b ON …`` reads of ``b`` one truth value, not a
text; and of ``a`` one number, not two. Only where nobody reads the columns beside: else both would come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlglot import exp

from fedquery.plan.functions import has_aggregate, is_aggregate
from fedquery.plan.printed import printed
from fedquery.plan.rules.context import aliases_of, named_column, output_column, padded, relations

_CLAUSES = frozenset({"from_", "joins", "where", "group", "expressions", "having", "order", "limit", "offset", "distinct"})
_VALUES = (exp.Binary, exp.Unary, exp.Func, exp.Predicate)


@dataclass(slots=True)
class Part:
    """Expressions over columns of one relation that nothing else reads: where each stands, by its text."""

    columns: set[str]
    units: dict[str, list[exp.Expr]] = field(default_factory=dict)


def parts(select: exp.Select) -> Iterator[tuple[exp.Subquery, Part]]:
    """Relations of a join with what could come computed from each; a row that a join adds is not computed of any."""
    placed = relations(select)
    if len(placed) < 2 or any(value and key not in _CLAUSES for key, value in select.args.items()):
        return
    if not all(isinstance(projection, (exp.Alias, exp.Column)) for projection in select.expressions):
        return  # its name would change with it
    if any(node.find(exp.Query, exp.Window) for part in _own(select) for node in part):
        return
    filled, read = padded(select), _reads(select)
    for alias, relation, _ in placed:
        if alias not in filled and isinstance(relation, exp.Subquery) and not relation.args["alias"].columns:
            yield from ((relation, part) for part in read[alias].parts())


def computed(relation: exp.Subquery, part: Part) -> exp.Select:
    """The relation's rows with the part's expressions, and without the columns that only they read.

    It holds the relation's own query, which goes back with :func:`give_back` unless it is taken.
    """
    alias, query = relation.alias, relation.this
    kept = [named_column(name, alias) for name in query.named_selects if name not in part.columns]
    taken = {name.casefold() for name in query.named_selects}
    names = [name for n in range(len(taken) + len(part.units)) if (name := f"__n{n + 1}") not in taken]
    units = [output_column(nodes[0].copy(), name) for nodes, name in zip(part.units.values(), names, strict=False)]
    columns = [output_column(column, column.name) for column in kept]
    inner = exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))
    return exp.Select(expressions=[*columns, *units], from_=exp.From(this=inner))


def give_back(relation: exp.Subquery, query: exp.Select) -> None:
    """Let the relation be what it was before :func:`computed` made ``query`` of it."""
    relation.set("this", query.args["from_"].this.this)


def take(relation: exp.Subquery, part: Part, query: exp.Select) -> None:
    """Let the relation be ``query``, which :func:`computed` made, and read its columns in the place of the expressions."""
    alias = relation.alias
    names = query.named_selects[-len(part.units) :]
    for nodes, name in zip(part.units.values(), names, strict=True):
        for node in nodes:
            node.replace(named_column(name, alias))
    relation.set("this", query)


def _own(select: exp.Select) -> tuple[list[exp.Expr], list[exp.Expr]]:
    """What the SELECT itself says, its relations left out: of rows, and of groups where it groups."""
    joins = select.args.get("joins") or ()
    rows = [*(join.args.get("on") for join in joins), select.args.get("where")]
    groups = [*select.expressions, *(select.args.get(key) for key in ("group", "having", "order", "distinct"))]
    return [part for part in rows if part is not None], [part for part in groups if part is not None]


@dataclass(slots=True)
class _Reads:
    """What a SELECT reads of one relation: expressions over nothing else, by their text, and columns beside them."""

    units: dict[str, list[exp.Expr]] = field(default_factory=dict)
    bare: set[str] = field(default_factory=set)

    def parts(self) -> Iterator[Part]:
        """The expressions that have columns in common, together; none that has one that is read beside them."""
        waiting = {text: {c.name for c in nodes[0].find_all(exp.Column)} for text, nodes in self.units.items()}
        while waiting:
            text, columns = waiting.popitem()
            found = Part(columns, {text: self.units[text]})
            while together := [other for other, names in waiting.items() if names & found.columns]:
                for other in together:
                    found.columns |= waiting.pop(other)
                    found.units[other] = self.units[other]
            if not found.columns & self.bare:
                yield found


def _reads(select: exp.Select) -> dict[str, _Reads]:
    """What the SELECT reads of each relation, by its alias; in a grouped query, outside of aggregates, only whole keys."""
    rows, groups = _own(select)
    group = select.args.get("group")
    keys = {printed(key) for key in group.expressions} if group is not None else set()
    grouped = group is not None or has_aggregate(*groups)
    found: dict[str, _Reads] = defaultdict(_Reads)

    def collect(node: exp.Expr, grouped: bool) -> None:
        if isinstance(node, exp.Column):
            found[node.table].bare.add(node.name)
            return
        if _is_value(node) and len(aliases := aliases_of(node)) == 1:
            text = printed(node)
            if not grouped or text in keys:
                found[aliases.pop()].units.setdefault(text, []).append(node)
                return
        for child in node.iter_expressions():
            collect(child, grouped and not is_aggregate(node))

    for node in rows:
        collect(node, False)
    for node in groups:
        collect(node, grouped)
    return found


def _is_value(node: exp.Expr) -> bool:
    """Whether it stands for a value by itself, of one row."""
    if isinstance(node, exp.If) and isinstance(node.parent, exp.Case):
        return False
    return isinstance(node, _VALUES) and not has_aggregate(node)
