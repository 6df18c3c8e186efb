"""Weaves each decision into its leaf, last: nothing rewrites the text after it.

A fragment reads ``WITH "__s1" AS (<leaf>), … <body>``. A leaf is ``SELECT <form> AS "column", … FROM <table> WHERE
(<row filter>) IS TRUE``, spelled by the source's dialect out of the decision alone; the body knows leaves only. That every
fragment contains exactly its decisions is checked on every plan.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
from sqlglot import exp

from fedquery.arrow import LogicalType
from fedquery.errors import InvariantBroken
from fedquery.plan import reasons
from fedquery.plan.cut import Piece
from fedquery.plan.hints import Hint, of_filter, spelled
from fedquery.plan.leaves import ROW, isolated_leaf, outline, slot_mark
from fedquery.plan.masking import TokenKeys, projection, require_masks
from fedquery.plan.model import Fragment, KeptBack, KeySlot, KeyWish, Leaf, LeafColumn, Profile, Pushed, RangeSlot
from fedquery.plan.printed import printed
from fedquery.plan.spell import spell
from fedquery.plan.split import grouped_by, row_wise, split_text
from fedquery.plan.travel import Claim
from fedquery.plan.trust import check_trust
from fedquery.policy.decide import ColumnDecision
from fedquery.predicates import ColumnOperand, Compare, Constant, In, IsNull, ParameterOperand, columns
from fedquery.predicates import parameters as bound_values
from fedquery.spi import Dialect, Parameter, PhysicalColumn, TableRead

_TEXT = LogicalType.parse("varchar")


@dataclass(frozen=True, slots=True)
class GovernedLeaf:
    """A leaf's finished text, and the values and columns it needs. ``backed`` are supersets that it holds."""

    text: str
    parameters: tuple[Parameter, ...]
    read: TableRead
    slots: tuple[KeySlot, ...] = ()
    filtered: bool = False
    backed: frozenset[str] = frozenset()


def govern(
    piece: Piece,
    profile: Profile,
    schema: pa.Schema,
    keys: TokenKeys,
    kept_back: tuple[KeptBack, ...],
    *,
    repeated: bool,
    expected: float,
) -> Fragment:
    """The piece as a finished fragment. Raises UnsupportedByConnector, InvariantBroken."""
    dialect = profile.dialect
    _check_body(piece)
    read = _read_columns(piece)
    for leaf, names in zip(piece.leaves, read, strict=True):
        check_trust(leaf, names, profile.capabilities)
        require_masks(leaf, [*names, *(wish.column for wish in leaf.wishes)], profile.capabilities)
    handed = _handed_over(piece)
    governed = [govern_leaf(leaf, names, profile, keys) for leaf, names in zip(piece.leaves, read, strict=True)]
    text, slots = "WITH ", []
    for number, (leaf, one) in enumerate(zip(piece.leaves, governed, strict=True)):
        text += f"{', ' if number else ''}{_name(leaf.id, dialect)} AS ("
        slots += [dataclasses.replace(slot, place=len(text) + slot.place, read=number) for slot in one.slots]
        text += f"{one.text})"
    pushed = tuple(dict.fromkeys(_pushed(claim) for claim in piece.claims if claim.part != "column"))
    condition, apart = _parts(piece, dialect) if len(governed) == 1 else (None, None)
    whole = f"{text} {spell(piece.body, piece.calls, dialect, frozenset().union(*(one.backed for one in governed)))}"
    parameters = {p.name: p for g in governed for p in g.parameters}
    first = piece.leaves[0].decision
    return Fragment(
        id=piece.id,
        source=piece.source,
        department=first.resource.department,
        resources=tuple(dict.fromkeys(str(leaf.decision.resource) for leaf in piece.leaves)),
        text=whole,
        schema=schema,
        parameters=tuple(parameters[name] for name in sorted(parameters)),
        reads=tuple(g.read for g in governed),
        body=piece.text,
        relations={leaf.id: leaf.decision.resource for leaf in piece.leaves},
        pushed=pushed,
        kept_back=(*kept_back, *(KeptBack(f"{c.decision.form} of {c.name}", reasons.NO_MASK()) for c in handed if c.raw)),
        repeated=repeated,
        policies=tuple(dict.fromkeys(reason for leaf in piece.leaves for reason in leaf.decision.reasons)),
        slots=tuple(slots),
        template=piece.template,
        expected=expected,
        projection=projection(handed, keys),
        unmasked=tuple(f"{first.resource}.{c.decision.name}" for c in handed if c.raw),
        split=split_text(whole, len(text) - 1, governed[0].filtered, condition),
        split_by=apart,
    )


def _parts(piece: Piece, dialect: Dialect) -> tuple[str | None, str | None]:
    """The condition that keeps one part of the piece's only leaf; and the physical column whose ranges the parts are, if so."""
    if row_wise(piece.body):
        return dialect.split(), None
    for column in grouped_by(piece.body, piece.leaves[0]):
        entry = column.decision.entry
        condition = dialect.split_by(PhysicalColumn(entry.physical, entry.logical, entry.declared, entry.invalid))
        if condition is not None:
            return condition, entry.physical
    return None, None


def govern_leaf(leaf: Leaf, names: tuple[str, ...], profile: Profile, keys: TokenKeys) -> GovernedLeaf:
    """The one text of a decision at its source: the forms of ``names``, the row filter, the slots."""
    entry, dialect = leaf.decision.entry, profile.dialect
    readings: dict[str, tuple[str, LogicalType]] = {}
    physical: dict[str, PhysicalColumn] = {}

    def reading(name: str) -> str:
        if name not in readings:
            column = entry.columns[name]
            physical[name] = PhysicalColumn(column.physical, column.logical, column.declared, column.invalid)
            text = dialect.read(physical[name])
            readings[name] = (dialect.decode(text, column.codes) if column.codes else text, column.logical)
        return readings[name][0]

    filters = leaf.decision.row_filter
    for name in sorted(columns(filters)) if filters is not None else ():
        reading(name)
    projections, parameters = [], {}
    for name in names:
        column = leaf.column(name)
        if column is None:
            raise InvariantBroken(f"the leaf {leaf.id} has no column {name}")
        reading(column.decision.name)
        text, needed = _form(column, reading(column.decision.name), readings, dialect, keys)
        projections.append(f"{text} AS {_name(name, dialect)}")
        parameters.update({p.name: p for p in needed})
    if not names:
        projections.append(f"TRUE AS {_name(ROW, dialect)}")
    conditions, hints, backed = [], [], set()

    def hinted(slot: Hint) -> str | None:
        (name,) = columns(slot)
        reading(name)
        hints.append(_physical(slot, entry.columns[name].physical))
        return spelled(hints[-1], physical[name], leaf.decision.values, dialect)

    if filters is not None:
        found = [hinted(hint) for hint in of_filter(filters, entry, profile.capabilities.slots)]
        conditions += [text for text in found if text]
        exact = f"({dialect.predicate(filters, readings)}) IS TRUE"
        conditions.append(dialect.again(exact) if conditions else exact)
        parameters.update({p.name: p for p in _filter_parameters(leaf)})
    for slot in leaf.slots:
        superset, (name,) = hinted(slot), columns(slot)
        if superset and reading(name) != dialect.identifier(physical[name].name):  # else the body's condition is on it as it is
            conditions.append(superset)
            backed.add(slot_mark(leaf.id, slot))
    slots = []
    for wish in leaf.wishes:
        column = leaf.column(wish.column)
        if column is None:
            raise InvariantBroken(f"the leaf {leaf.id} has no column {wish.column}")
        text, needed = _form(column, reading(column.decision.name), readings, dialect, keys)
        parameters.update({p.name: p for p in needed})
        slots.append(_key_slot(wish, column, text, physical[column.decision.name], profile))
    if slots and not conditions:
        conditions.append(dialect.predicate(Constant(True), {}))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    text = f"SELECT {', '.join(projections)} FROM {dialect.table(entry.table)}{where}"
    return GovernedLeaf(
        text,
        tuple(parameters[name] for name in sorted(parameters)),
        TableRead(entry.table, tuple(physical[name] for name in sorted(physical)), tuple(hints)),
        tuple(dataclasses.replace(slot, place=len(text)) for slot in slots),
        bool(conditions),
        frozenset(backed),
    )


def _key_slot(wish: KeyWish, column: LeafColumn, form: str, physical: PhysicalColumn, profile: Profile) -> KeySlot:
    """The place for shipped keys: on the raw column where an index can serve it, else on the form that the caller sees.

    A superset does, for the join above it compares once more.
    """
    dialect = profile.dialect
    raw = column.decision.form.kind == "clear" and column.rule is None and not column.decision.entry.codes
    hint = In(ColumnOperand(physical.name), ParameterOperand(wish.name, LogicalType("list", item=wish.type))) if raw else None
    superset = dialect.keys(physical, wish.name, wish.type) if hint else None
    written = dialect.numbers(physical, wish.type) if superset else None
    stored = dialect.stored(physical, wish.name, wish.type) if superset and profile.capabilities.scratch else None
    condition = superset or dialect.among(form, wish.name, wish.type)
    most = profile.capabilities.list_bytes
    between = _range_slot(wish, form, physical, profile) if raw and wish.spread is not None else None
    return KeySlot(wish.name, wish.column, wish.type, condition, 0, 0, hint, written, stored, most, between)


def _range_slot(wish: KeyWish, form: str, physical: PhysicalColumn, profile: Profile) -> RangeSlot | None:
    """The place for the least and the greatest key alone."""
    dialect, type = profile.dialect, wish.type
    if wish.spread is None or not all(profile.capabilities.compares(physical.type.name, operator) for operator in (">=", "<=")):
        return None
    least, greatest = (ParameterOperand(f"{wish.name}_{end}", type) for end in ("least", "greatest"))
    hints = Compare(">=", ColumnOperand(physical.name), least), Compare("<=", ColumnOperand(physical.name), greatest)
    parts = [
        dialect.slot(physical, hint) or dialect.compare(hint.operator, form, dialect.parameter(bound.name, type), type)
        for hint, bound in zip(hints, (least, greatest), strict=True)
    ]
    return RangeSlot(" AND ".join(parts), hints, wish.spread)


def _form(
    column: LeafColumn, reading: str, readings: Mapping[str, tuple[str, LogicalType]], dialect: Dialect, keys: TokenKeys
) -> tuple[str, tuple[Parameter, ...]]:
    decision: ColumnDecision = column.decision
    if column.raw:
        return reading, ()
    match decision.form.kind:
        case "clear":
            return reading, ()
        case "mask" if decision.form.mask:
            return dialect.mask(decision.form.mask, reading, decision.type), ()
        case "token" | "join" if decision.domain:
            inner, outer = f"k_{decision.domain}_i", f"k_{decision.domain}_o"
            blocks = keys[decision.domain]
            parameters = (Parameter(inner, blocks[0], _TEXT), Parameter(outer, blocks[1], _TEXT))
            return dialect.token(reading, inner, outer), parameters
        case "verify" if column.rule is not None:
            return dialect.predicate(column.rule, readings), ()
    raise InvariantBroken(f"{decision.name} is asked for in the form {decision.form}")


def _filter_parameters(leaf: Leaf) -> tuple[Parameter, ...]:
    decision = leaf.decision
    assert decision.row_filter is not None
    return tuple(Parameter(o.name, decision.values[o.name], o.type) for o in bound_values(decision.row_filter))


def _physical(slot: Compare | In | IsNull, name: str) -> Compare | In | IsNull:
    operand = ColumnOperand(name)
    if isinstance(slot, Compare):
        return dataclasses.replace(slot, left=operand)
    return dataclasses.replace(slot, operand=operand)


def _read_columns(piece: Piece) -> list[tuple[str, ...]]:
    """The columns of each leaf that the body names, in the leaf's order."""
    used = {(column.table, column.name) for column in piece.body.find_all(exp.Column)}
    return [tuple(c.name for c in leaf.columns if (leaf.id, c.name) in used) for leaf in piece.leaves]


def _handed_over(piece: Piece) -> list[LeafColumn]:
    """What a piece of a single leaf only hands over; unmasked columns are in no other piece's answer."""
    leaf = isolated_leaf(piece.body, {leaf.id: leaf for leaf in piece.leaves})
    found = [leaf.column(name) for name in piece.body.named_selects] if leaf is not None else []
    return [column for column in found if column is not None]


def _check_body(piece: Piece) -> None:
    """The invariant: the body reads these leaves, each once, and nothing else; all leaves are of this one source."""
    tables = [".".join(part.name for part in table.parts) for table in piece.body.find_all(exp.Table)]
    if sorted(tables) != sorted(leaf.id for leaf in piece.leaves):
        raise InvariantBroken(f"the fragment {piece.id} reads {tables}")
    if any(leaf.decision.source != piece.source for leaf in piece.leaves):
        raise InvariantBroken(f"the fragment {piece.id} mixes sources")


def _name(name: str, dialect: Dialect) -> str:
    return dialect.identifier(name)


def _pushed(claim: Claim) -> Pushed:
    """What the source does beyond handing over its slice, in the caller's column names."""
    part = claim.node
    if isinstance(part, exp.Join):  # its relation is told of by itself
        kind, on = (part.side or part.kind or "inner").lower(), part.args.get("on")
        return Pushed(reasons.JOIN_ON(kind=kind, on=_said(on)) if on else reasons.JOIN(kind=kind), claim.verdict)
    match part:
        case exp.Distinct():
            return Pushed(reasons.DISTINCT(), claim.verdict)
        case exp.Group() | exp.Order():
            what = ", ".join(map(_said, part.expressions))
        case exp.Limit() | exp.Offset():
            what = _said(part.expression)
        case _:
            what = _said(part.unalias())
    return Pushed(reasons.PARTS.get(claim.part, reasons.SET_OPERATION)(what=what), claim.verdict)


def _said(node: exp.Expr) -> str:
    """The node with the caller's column names, and no sub-query in it."""
    said = outline(node)
    for column in said.find_all(exp.Column):
        if column.table.startswith("__"):
            column.set("table", None)
    return printed(said, used_up=True)
