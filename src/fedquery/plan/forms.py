"""What each expression is made of, and whether its form may be used so: tokens, join-only and masked columns.

A small type checker over the qualified tree, scope by scope, by lineage and not by name: a sub-query, an alias or a
set operation changes nothing. Tokens compare with tokens of their own domain; join-only columns are never shown; a masked
column can be selected, and filtered, joined, grouped, ordered or aggregated only with that right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from fedquery import sentences as say
from fedquery.errors import AccessDenied, TypeProblem
from fedquery.plan.functions import has_aggregate, is_aggregate
from fedquery.plan.leaves import columns_of, conjuncts
from fedquery.plan.lookups import is_lookup, misplaced
from fedquery.plan.model import Leaf, OutputColumn
from fedquery.plan.parse import span_of

_EQUALITIES = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ)
#: Expressions whose value is one of their operands, so that a token stays a token.
_CHOICES = (exp.Coalesce, exp.Min, exp.Max, exp.AnyValue, exp.First, exp.Last, exp.Greatest, exp.Least, exp.IgnoreNulls)
_RIGHTS = {
    "filter": say.FILTERED(),
    "join": say.JOINED(),
    "group": say.GROUPED(),
    "order": say.ORDERED(),
    "aggregate": say.AGGREGATED(),
}


@dataclass(frozen=True, slots=True)
class Origin:
    """A column of a resource, in the form the grant gives it, with its use rights."""

    resource: str
    column: str
    form: str
    uses: frozenset[str] = frozenset()
    masked: bool = False


@dataclass(frozen=True, slots=True)
class Nature:
    """What a value derives from; ``domain`` is set while it still is a token; ``hidden`` while it is join-only.

    ``lookup`` is the node of a written value that takes the domain of the token it is compared with.
    """

    origins: frozenset[Origin] = frozenset()
    domain: str | None = None
    hidden: bool = False
    null: bool = False
    lookup: exp.Expr | None = None


_PLAIN = Nature()


#: (resource, column) -> what the statement does with it: select, filter, join, group, order, aggregate.
Uses = dict[tuple[str, str], set[str]]


def check_forms(
    tree: exp.Query, scopes: Iterable[Scope], leaves: Mapping[str, Leaf], text: str
) -> tuple[tuple[Nature, ...], Uses, Mapping[int, str]]:
    """The nature of each output column, what is done with every column of a resource, and the domain of each lookup by id.

    Raises TypeProblem or AccessDenied, with the span, for a use that is not allowed.
    """
    checker = _Checker(leaves, text)
    for scope in scopes:
        checker.check(scope)
    outputs = checker.outputs[id(tree)]
    for nature, projection in zip(outputs, tree.selects, strict=True):
        if nature.hidden:
            raise checker.denied(projection, nature, say.SHOWN(), say.ASK_FOR_TOKEN())
        checker.note("select", nature)
    return outputs, checker.uses, checker.lookups


def output_columns(names: Iterable[str], types: Iterable[str], natures: Iterable[Nature]) -> tuple[OutputColumn, ...]:
    """The answer's columns with their lineage."""
    columns = []
    for name, type, nature in zip(names, types, natures, strict=True):
        forms = {origin.form for origin in nature.origins if origin.masked or origin.form == "verify"}
        if nature.domain:
            forms.add("token")
        columns.append(
            OutputColumn(
                name=name,
                type=type,
                origins=tuple(sorted({f"{origin.resource}.{origin.column}" for origin in nature.origins})),
                form=", ".join(sorted(forms)) or "clear",
                token_domain=nature.domain,
            )
        )
    return tuple(columns)


class _Checker:
    """Walks the scopes from the innermost outwards and keeps what each query's columns are made of."""

    def __init__(self, leaves: Mapping[str, Leaf], text: str) -> None:
        self.leaves = leaves
        self.text = text
        self.outputs: dict[int, tuple[Nature, ...]] = {}
        self.uses: Uses = {}
        self.lookups: dict[int, str] = {}

    def note(self, use: str, nature: Nature) -> None:
        """Remember a use, for the evidence."""
        for origin in nature.origins:
            self.uses.setdefault((origin.resource, origin.column), set()).add(use)

    def check(self, scope: Scope) -> None:
        query = scope.expression
        if isinstance(query, exp.SetOperation):
            self._check_set(query, scope)
        elif isinstance(query, exp.Select):
            self._check_select(query, scope)
        elif isinstance(query, exp.Subquery):
            self.outputs[id(query)] = self._of(query)

    def _check_set(self, query: exp.SetOperation, scope: Scope) -> None:
        left, right = self._of(query.left), self._of(query.right)
        merged = []
        for one, other, projection in zip(left, right, query.left.selects, strict=False):
            if not (one.null or other.null) and (one.domain or other.domain) and one.domain != other.domain:
                raise self._mixed(projection, one, other)
            origins, hidden = one.origins | other.origins, one.hidden or other.hidden
            merged.append(Nature(origins, one.domain or other.domain, hidden, one.null and other.null))
        if query.args.get("distinct") or not isinstance(query, exp.Union):
            for nature, projection in zip(merged, query.left.selects, strict=False):
                self._require("group", nature, projection)
        self.outputs[id(query)] = tuple(merged)
        self._check_order(query, scope)

    def _check_select(self, query: exp.Select, scope: Scope) -> None:
        for join in query.args.get("joins") or ():
            for part in conjuncts(join.args.get("on")):
                several = len({column.table for column in part.find_all(exp.Column)}) > 1
                self._require("join" if several else "filter", self.judge(part, scope), part)
        for clause in ("where", "having", "qualify"):
            if node := query.args.get(clause):
                self._require("filter", self.judge(node.this, scope), node)
        for named in query.args.get("windows") or ():
            self._check_window(named, scope)
        outputs = tuple(self.judge(projection, scope) for projection in query.expressions)
        for projection, nature in zip(query.expressions, outputs, strict=True):
            if nature.lookup is not None:
                raise misplaced(projection, self.text)
        self.outputs[id(query)] = outputs
        if group := query.args.get("group"):
            self._check_group(group, query, outputs, scope)
        if distinct := query.args.get("distinct"):
            keys = distinct.args.get("on")
            natures = [self.judge(key, scope) for key in keys.expressions] if keys else list(outputs)
            for nature in natures:
                self._require("group", nature, distinct)
        self._check_order(query, scope)

    def _check_group(self, group: exp.Group, query: exp.Select, outputs: tuple[Nature, ...], scope: Scope) -> None:
        natures = [self.judge(key, scope) for key in group.expressions]
        for sets in ("cube", "rollup", "grouping_sets"):
            for part in group.args.get(sets) or ():
                natures += [self.judge(column, scope) for column in part.find_all(exp.Column)]
        if group.args.get("all"):
            natures += [n for n, p in zip(outputs, query.expressions, strict=True) if not has_aggregate(p)]
        for nature in natures:
            self._require("group", nature, group)

    def _check_order(self, query: exp.Query, scope: Scope) -> None:
        order = query.args.get("order")
        if order is None:
            return
        for ordered in order.expressions:
            key = ordered.this
            if isinstance(key, exp.Var):  # ORDER BY ALL
                natures: tuple[Nature, ...] = self.outputs[id(query)]
            elif isinstance(key, exp.Literal) and key.is_int and 1 <= int(key.name) <= len(self.outputs[id(query)]):
                natures = (self.outputs[id(query)][int(key.name) - 1],)
            else:
                natures = (self.judge(key, scope),)
            for nature in natures:
                self._require("order", nature, ordered)

    def judge(self, node: exp.Expr, scope: Scope) -> Nature:
        """The nature of an expression; raises for a use that its operands do not allow."""
        match node:
            case exp.Column():
                return self._column(node, scope)
            case exp.Alias() | exp.Paren() | exp.Ordered():
                return self.judge(node.this, scope)
            case exp.Null():
                return Nature(null=True)
            case exp.Subquery() | exp.Select() | exp.SetOperation():
                outputs = self._of(node)
                return outputs[0] if outputs else _PLAIN
            case exp.Exists():
                return Nature(frozenset(o for n in self._of(node.this) for o in n.origins if not o.masked))
            case exp.EQ() | exp.NEQ() | exp.NullSafeEQ() | exp.NullSafeNEQ():
                return self._compared(node, [node.this, node.expression], scope)
            case exp.In():
                query = node.args.get("query")
                return self._compared(node, [node.this, *node.expressions, *([query] if query else [])], scope)
            case exp.Any() | exp.All():
                return self.judge(node.this, scope)
            case exp.Is():
                return Nature(self.judge(node.this, scope).origins)
            case exp.Count():
                return self._count(node, scope)
            case exp.Anonymous() if is_lookup(node):
                return Nature(lookup=node)
            case exp.Case():
                conditions = [self.judge(branch.this, scope) for branch in node.args["ifs"]]
                if operand := node.this:
                    self._same_domain(node, [self.judge(operand, scope), *conditions])
                values = [self.judge(branch.args["true"], scope) for branch in node.args["ifs"]]
                if default := node.args.get("default"):
                    values.append(self.judge(default, scope))
                chosen = self._merge(node, values, keep=True)
                return replace(chosen, origins=chosen.origins.union(*(c.origins for c in conditions)))
            case exp.Window():
                return self._window(node, scope)
            case exp.Filter():
                condition = self.judge(node.expression.this, scope)
                self._require("filter", condition, node.expression)
                value = self.judge(node.this, scope)
                return replace(value, origins=value.origins | condition.origins)
        natures = [self.judge(child, scope) for child in node.iter_expressions() if not isinstance(child, exp.DataType)]
        if is_aggregate(node) or isinstance(node, exp.WithinGroup):
            for nature in natures:
                self._require("aggregate", nature, node)
        return self._merge(node, natures, keep=isinstance(node, _CHOICES))

    def _column(self, node: exp.Column, scope: Scope) -> Nature:
        if not node.table and isinstance(scope.expression, exp.Query):  # ORDER BY names an output column
            named = zip(scope.expression.named_selects, self.outputs.get(id(scope.expression), ()), strict=False)
            return next((nature for name, nature in named if name == node.name), _PLAIN)
        looking: Scope | None = scope
        while looking is not None:
            source = looking.sources.get(node.table)
            if isinstance(source, exp.Table) and source.name in self.leaves:
                return self._leaf_column(node, self.leaves[source.name])
            if isinstance(source, Scope):
                outputs = self._of(source.expression)
                return next((n for c, n in zip(columns_of(source), outputs, strict=False) if c == node.name), _PLAIN)
            looking = looking.parent
        return _PLAIN

    def _leaf_column(self, node: exp.Column, leaf: Leaf) -> Nature:
        column = leaf.column(node.name)
        assert column is not None
        decision = column.decision
        masked = decision.form.kind == "mask"
        origin = Origin(str(leaf.decision.resource), decision.name, str(decision.form), decision.uses, masked)
        hidden = decision.form.kind == "join"
        return Nature(frozenset({origin}), decision.domain, hidden)

    def _of(self, query: exp.Expr) -> tuple[Nature, ...]:
        while isinstance(query, (exp.Subquery, exp.Paren)) and id(query) not in self.outputs:
            query = query.this
        return self.outputs.get(id(query), ())

    def _count(self, node: exp.Count, scope: Scope) -> Nature:
        inner = node.this
        parts = inner.expressions if isinstance(inner, exp.Distinct) else [inner]
        natures = [n for part in parts if not isinstance(part, exp.Star) for n in self._members(part, scope)]
        for nature in natures:
            if nature.hidden:
                raise self.denied(node, nature, say.COUNTED(), say.COUNT_ROWS())
            self._require("aggregate", nature, node)
        return Nature(frozenset(o for n in natures for o in n.origins))

    def _window(self, node: exp.Window, scope: Scope) -> Nature:
        function = node.this
        if isinstance(function, (exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)):
            choices = [function.this, *filter(None, [function.args.get("default")])]
            value = self._merge(function, [self.judge(choice, scope) for choice in choices], keep=True)
            beside = [function.args.get("offset")]
        else:
            value, beside = self.judge(function, scope), []
        if spec := node.args.get("spec"):
            beside += [spec.args.get("start"), spec.args.get("end")]
        natures = [self.judge(part, scope) for part in beside if isinstance(part, exp.Expr)]
        self._check_window(node, scope)
        return replace(value, origins=value.origins.union(*(n.origins for n in natures)))

    def _check_window(self, node: exp.Window, scope: Scope) -> None:
        for key in node.args.get("partition_by") or ():
            self._require("group", self.judge(key, scope), key)
        if order := node.args.get("order"):
            for ordered in order.expressions:
                self._require("order", self.judge(ordered.this, scope), ordered)

    def _compared(self, node: exp.Expr, sides: list[exp.Expr], scope: Scope) -> Nature:
        """A comparison, of rows place by place; rows of different widths hold no tokens."""
        rows = [self._members(side, scope) for side in sides]
        if len({len(row) for row in rows}) > 1:
            return self._merge(node, [nature for row in rows for nature in row], keep=False)
        places = [self._same_domain(node, list(place)) for place in zip(*rows, strict=True)]
        return Nature(frozenset(o for n in places for o in n.origins))

    def _members(self, node: exp.Expr, scope: Scope) -> list[Nature]:
        """The natures of a row's places: of ``(a, b)``, of a sub-query's columns; one for a plain value."""
        while isinstance(node, (exp.Paren, exp.Any, exp.All)):
            node = node.this
        if isinstance(node, exp.Tuple):
            return [self.judge(part, scope) for part in node.expressions]
        if isinstance(node, (exp.Subquery, exp.Query)):
            return list(self._of(node)) or [_PLAIN]
        return [self.judge(node, scope)]

    def _same_domain(self, node: exp.Expr, natures: list[Nature]) -> Nature:
        tokens = [n for n in natures if n.domain]
        if tokens:
            for other in natures:
                if other.lookup is not None and tokens[0].domain:
                    self.lookups[id(other.lookup)] = tokens[0].domain
                    self.note("lookup", tokens[0])
                elif other.domain != tokens[0].domain and not other.null:
                    raise self._mixed(node, tokens[0], other)
        return Nature(frozenset(o for n in natures for o in n.origins))

    def _merge(self, node: exp.Expr, natures: list[Nature], *, keep: bool) -> Nature:
        """The union of operands; with ``keep``, a choice among tokens of one domain stays a token."""
        origins = frozenset(o for n in natures for o in n.origins)
        tokens = [n for n in natures if n.domain]
        if not tokens:
            return Nature(origins)
        if keep and all(n.domain == tokens[0].domain or n.null for n in natures):
            return Nature(origins, tokens[0].domain, any(n.hidden for n in natures))
        name = _name(tokens[0])
        raise TypeProblem(
            say.TOKEN_COMPUTED(column=name),
            hint=say.TOKEN_USES(),
            span=span_of(node, self.text),
        )

    def _mixed(self, node: exp.Expr, token: Nature, other: Nature) -> TypeProblem:
        if not token.domain:
            token, other = other, token
        what = say.TOKEN_OF(domain=other.domain) if other.domain else say.NO_TOKEN()
        return TypeProblem(
            say.TOKEN_MIXED(column=_name(token), domain=token.domain, other=what),
            hint=say.TOKEN_LIKE(),
            span=span_of(node, self.text),
        )

    def _require(self, use: str, nature: Nature, node: exp.Expr) -> None:
        """The right ``use`` for every masked column the value derives from."""
        self.note(use, nature)
        if nature.hidden and use != "join" and nature.domain:
            raise self.denied(node, nature, _RIGHTS[use], say.JOIN_OR_LEAVE())
        for origin in sorted(nature.origins, key=lambda o: (o.resource, o.column)):
            if origin.masked and use not in origin.uses:
                raise AccessDenied(
                    say.MASKED(column=f"{origin.resource}.{origin.column}", form=origin.form, use=_RIGHTS[use]),
                    hint=say.ASK_FOR_USE(right=use),
                    span=span_of(node, self.text),
                    reasons=(say.USE_RIGHTS(rights=", ".join(sorted(origin.uses)) or say.SELECT_ONLY()),),
                )

    def denied(self, node: exp.Expr, nature: Nature, use: str, hint: str) -> AccessDenied:
        return AccessDenied(say.ONLY_JOINED(column=_name(nature), use=use), hint=hint, span=span_of(node, self.text))


def _name(nature: Nature) -> str:
    names = sorted(f"{o.resource}.{o.column}" for o in nature.origins)
    return names[0] if names else say.THIS_COLUMN()
