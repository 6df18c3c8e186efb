"""Whether a change of one key lets somebody have more. What cannot be shown to be narrower counts as widening."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from pydantic import BaseModel

from fedquery.catalog.check_departments import WIDTH, every_parameter
from fedquery.catalog.filters import parse_predicate, text_of
from fedquery.catalog.model import Account, Catalog, Column, Grant, GrantColumn, Resource, SourceDef
from fedquery.masks import Form, Mask
from fedquery.names import ResourceName
from fedquery.predicates import And

Effect = Literal["widening", "narrowing", "neutral"]
Rule = Callable[[Any, Any], Effect]

_TRUNCATED = ("hour", "day", "month", "quarter", "year")  # the finest first
_LEVELS = ("general", "important", "core")


def effect_of(model: type[BaseModel], field: str, before: Any, after: Any) -> Effect:
    """The effect of another value of ``field``; neutral for titles, descriptions and other words."""
    rule = _RULES.get((model, field))
    return rule(before, after) if rule else "neutral"


def row_filter_effect(old: Catalog, new: Catalog, path: tuple[str, ...], before: str | None, after: str | None) -> Effect:
    """Another row filter of the resource, or of the resource within a grant, at ``path``."""
    if before is None:
        return "narrowing"
    if after is None:
        return "widening"
    was, now = _terms(old, path, before), _terms(new, path, after)
    if was is None or now is None:
        return "widening"
    return "neutral" if was == now else "narrowing" if was < now else "widening"


def values_effect(catalog: Catalog, path: tuple[str, ...], before: tuple[str, ...], after: tuple[str, ...]) -> Effect:
    """Another content of a grant's list: fewer values are fewer rows, unless a row filter negates."""
    if set(before) == set(after):
        return "neutral"
    return "narrowing" if set(after) < set(before) and not _negated(catalog, path) else "widening"


def form_effect(before: str, after: str) -> Effect:
    """Another form of a column in a grant."""
    was, now = Form.parse(before), Form.parse(after)
    return "neutral" if was == now else "narrowing" if _shows_less(was, now) else "widening"


def _shows_less(was: Form, now: Form) -> bool:
    """Whether ``now`` can be computed from ``was``."""
    if was.kind == "clear" or (now.mask and now.mask.name == "null"):
        return True
    if was.kind == "token":
        return now.kind == "join"
    return was.kind == now.kind == "mask" and was.mask is not None and now.mask is not None and _coarser(was.mask, now.mask)


def _coarser(was: Mask, now: Mask) -> bool:
    if now.name == "const":
        return now.hide_null or not (was.hide_null or was.name == "null")  # whether there is a value is something to see
    if was.name != now.name or was.name not in ("prefix", "band", "truncate"):
        return False  # another keep can show what the stars of this one hid: short values are all stars
    a: Any = was.arguments[0]
    b: Any = now.arguments[0]
    if was.name == "truncate":
        return _TRUNCATED.index(b) >= _TRUNCATED.index(a)
    return bool(b % a == 0) if was.name == "band" else bool(b <= a)


def _terms(catalog: Catalog, path: tuple[str, ...], text: str) -> frozenset[str] | None:
    """The conjuncts in canonical text; None where it cannot be read."""
    name = ResourceName(path[1], path[3]) if path[0] == "departments" else ResourceName.parse(path[3])
    entry = catalog.resource(name)
    try:
        predicate = parse_predicate(text, entry, every_parameter(catalog)) if entry else None
    except ValueError:
        return None
    if predicate is None:
        return None
    return frozenset(text_of(term) for term in (predicate.terms if isinstance(predicate, And) else (predicate,)))


def _negated(catalog: Catalog, path: tuple[str, ...]) -> bool:
    """Whether a filter that binds the list says NOT anywhere: then fewer values may be more rows."""
    grant = catalog.grants[path[1]]
    filters = [given.row_filter for given in grant.resources.values()]
    filters += [entry.row_filter for name, entry in catalog.resources() if str(name) in grant.resources]
    return any(text and f":{path[3]}" in text and "NOT" in text.upper() for text in filters)


def _more(before: Any, after: Any) -> Effect:
    """More of it is more."""
    return "widening" if after > before else "narrowing"


def _less(before: Any, after: Any) -> Effect:
    return _more(after, before)


def _always(before: Any, after: Any) -> Effect:
    """Other rows or values may come of it."""
    return "widening"


def _set(before: Any, after: Any) -> Effect:
    if set(before) == set(after):
        return "neutral"
    return "narrowing" if set(after) < set(before) else "widening"


def _level(before: str, after: str) -> Effect:
    return _less(_LEVELS.index(before), _LEVELS.index(after))


def _enforce(before: str, after: str) -> Effect:
    return "widening" if after == "gateway" else "narrowing"


def _codes(before: dict[str, str] | None, after: dict[str, str] | None) -> Effect:
    if before is None:
        return "narrowing"
    return "narrowing" if after is not None and after.items() < before.items() else "widening"


def _attributes(before: dict[str, Any], after: dict[str, Any]) -> Effect:
    """Row filters bind them: without one fewer rows are had, with another value others."""
    return "narrowing" if all(before.get(name) == value for name, value in after.items()) else "widening"


def _roles(before: tuple[str, ...], after: tuple[str, ...]) -> Effect:
    """The platform's role takes the right to query away; every other gives something."""
    gave, took = set(after) - set(before), set(before) - set(after)
    if not gave and not took:
        return "neutral"
    return "widening" if gave - {"platform"} or "platform" in took else "narrowing"


def _sharing(before: Any, after: Any) -> Effect:
    """None is a column that is shared as its resource is."""
    if before is None or after is None:
        return "widening" if after is None else "narrowing"
    was, now = WIDTH[before.attribute], WIDTH[after.attribute]
    return "neutral" if was == now else _more(was, now)


_RULES: dict[tuple[type[BaseModel], str], Rule] = {
    (SourceDef, "kind"): _always,
    (SourceDef, "options"): _always,
    (SourceDef, "concurrency"): _more,
    (SourceDef, "seconds"): _more,
    (SourceDef, "scratch"): _more,
    (Resource, "source"): _always,
    (Resource, "table"): _always,
    (Resource, "sharing"): _sharing,
    (Resource, "level"): _level,
    (Resource, "grade"): _less,
    (Resource, "listed"): _more,
    (Resource, "hide_order"): _less,
    (Column, "physical"): _always,
    (Column, "type"): _always,
    (Column, "identifier"): _always,
    (Column, "codes"): _codes,
    (Column, "level"): _level,
    (Column, "grade"): _less,
    (Column, "sensitive"): _less,
    (Column, "forms"): _set,
    (Column, "enforce"): _enforce,
    (Column, "egress"): _set,
    (Column, "sharing"): _sharing,
    (Grant, "purpose"): _always,
    (Grant, "valid_from"): _less,
    (Grant, "valid_to"): _more,
    (Grant, "grantees"): _set,
    (Grant, "lookup"): _more,
    (GrantColumn, "form"): form_effect,
    (GrantColumn, "use"): _set,
    (GrantColumn, "rules"): _set,
    (Account, "department"): _always,
    (Account, "roles"): _roles,
    (Account, "attributes"): _attributes,
}
