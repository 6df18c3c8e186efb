"""A plan for people: which department is asked what, what was pushed, what was kept back and why; as text and JSON.

In directory names only. What planning expects and the physical SQL, which could tell of rows and columns that the policy
hides, are shown to the stewards of the department that owns them and to nobody else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import sqlglot
from sqlglot import exp

from fedquery.plan.model import Fragment, Plan, Shipment
from fedquery.plan.parse import DIALECT
from fedquery.said import in_chinese


def document(plan: Plan, steward_of: str | None = None) -> dict[str, Any]:
    """The plan as JSON; of the reader's own department, where he is a steward there, with what only its owner may see."""
    return {
        "grant": plan.grant,
        "purpose": plan.purpose,
        "catalog_version": plan.catalog_version,
        "policy_digest": plan.policy_digest,
        "fragments": [
            {
                "id": _name(fragment.id),
                "source": fragment.source,
                "department": fragment.department,
                "resources": list(fragment.resources),
                "logical": logical(fragment),
                "columns": fragment.schema.names,
                "pushed": [{"text": p.text, "class": p.verdict.kind, "rule": p.verdict.rule} for p in fragment.pushed],
                "kept_back": [{"text": k.text, "class": "none", "reason": k.reason} for k in fragment.kept_back],
                "policies": list(fragment.policies),
                "zh": {
                    "pushed": [{"text": in_chinese(p.text), "rule": in_chinese(p.verdict.rule)} for p in fragment.pushed],
                    "kept_back": [in_chinese(kept.reason) for kept in fragment.kept_back],
                    "policies": [in_chinese(policy) for policy in fragment.policies],
                },
                "keys": [
                    {"from": _name(s.giver), "origin": s.origin, "at_most": s.limit, "ends": _ends(fragment, s)}
                    for s in plan.shipments
                    if s.taker == fragment.id
                ],
                **(
                    {"expected_rows": round(fragment.expected), "statement": fragment.text}
                    if fragment.department == steward_of
                    else {}
                ),
            }
            for fragment in plan.fragments
        ],
        "residual": _residual(plan),
        "handed_on": bool(plan.passed_on),
        "columns": [
            {"name": c.name, "type": c.type, "form": c.form, "origins": list(c.origins), "token_domain": c.token_domain}
            for c in plan.columns
        ],
        "marks": [dataclasses.asdict(mark) for mark in plan.marks],
    }


def text(plan: Plan, steward_of: str | None = None, brought: Mapping[str, str] | None = None) -> str:
    """The plan as a page of text, with what each fragment brought where that is known."""
    lines = [f"Grant {plan.grant or '(none)'}" + (f", purpose {plan.purpose}" if plan.purpose else "")]
    for fragment in plan.fragments:
        lines += ["", *_asked(fragment)]
        lines += [
            f"    keys: the values of {s.origin} that {_name(s.giver)} brings, if at most {s.limit:,}"
            + ("; else the least and the greatest, where that leaves little" if _ends(fragment, s) else "")
            for s in plan.shipments
            if s.taker == fragment.id
        ]
        if fragment.department == steward_of:
            lines += [f"    expected: {fragment.expected:,.0f} rows", "    as your system is asked:", f"      {fragment.text}"]
        if fragment.id in (brought or {}):
            lines.append(f"    brought: {(brought or {})[fragment.id]}")
    done = "Handed on by the gateway as it comes:" if plan.passed_on else "Joined at the gateway:"
    lines += ["", done, *_indented(_residual(plan))]
    lines += ["", "The answer:"]
    for column in plan.columns:
        origin = f"  from {', '.join(column.origins)}" if column.origins else ""
        form = "" if column.form == "clear" else f"  {column.form}"
        lines.append(f"  {column.name}  {column.type}{form}{origin}")
    if plan.marks:
        lines += ["", "Complete only for the rows you may see:"]
        lines += [f"  {mark.operator} over {mark.resource} ({mark.reason})" for mark in plan.marks]
    return "\n".join(lines) + "\n"


def logical(fragment: Fragment) -> str:
    """What the fragment asks, in directory names."""
    tree = sqlglot.parse_one(fragment.body, read=DIALECT)
    for table in tree.find_all(exp.Table):
        resource = fragment.relations[table.name]
        table.set("this", exp.to_identifier(resource.name))
        table.set("db", exp.to_identifier(resource.department))
    for column in tree.find_all(exp.Column):
        if column.table in fragment.relations:
            column.set("table", exp.to_identifier(fragment.relations[column.table].name))
    return tree.sql(DIALECT, pretty=True, copy=False)


def _ends(fragment: Fragment, shipment: Shipment) -> bool:
    """Whether the least and the greatest of too many keys may go instead."""
    return any(slot.range is not None for slot in fragment.slots if slot.name == shipment.slot)


def _name(id: str) -> str:
    """The fragment's name for people."""
    return id.lstrip("_")


def _asked(fragment: Fragment) -> list[str]:
    lines = [f"{fragment.department} is asked ({fragment.source}, {_name(fragment.id)}):", *_indented(logical(fragment))]
    lines += [f"    does: {done.text} -- {done.verdict.kind} ({done.verdict.rule})" for done in fragment.pushed]
    lines += [f"    not asked: {kept.text} -- {kept.reason}" for kept in fragment.kept_back]
    lines += [f"    under: {policy}" for policy in fragment.policies]
    return lines


def _residual(plan: Plan) -> str:
    tree = sqlglot.parse_one(plan.residual, read=DIALECT)
    printed = tree.sql(DIALECT, pretty=True)
    for fragment in plan.fragments:
        printed = printed.replace(f'"{fragment.id}"', _name(fragment.id))
    return printed


def _indented(block: str) -> list[str]:
    return [f"    {line}" for line in block.splitlines()]
