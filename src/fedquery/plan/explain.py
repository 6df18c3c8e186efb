"""A plan for people: which department is asked what, what was pushed, what was kept back and why; as text and JSON.

In directory names only; the physical SQL is shown to the owner's stewards, and never from here.
"""

from __future__ import annotations

from typing import Any

import sqlglot

from fedquery.plan.model import Fragment, Plan
from fedquery.plan.parse import DIALECT


def document(plan: Plan) -> dict[str, Any]:
    """The plan as JSON."""
    return {
        "grant": plan.grant,
        "purpose": plan.purpose,
        "catalog_version": plan.catalog_version,
        "policy_digest": plan.policy_digest,
        "fragments": [
            {
                "id": fragment.id.lstrip("_"),
                "source": fragment.source,
                "department": fragment.department,
                "resources": list(fragment.resources),
                "logical": fragment.logical,
                "columns": fragment.schema.names,
                "pushed": [{"text": p.text, "class": p.verdict.kind, "rule": p.verdict.rule} for p in fragment.pushed],
                "kept_back": [{"text": k.text, "class": "none", "reason": k.reason} for k in fragment.kept_back],
                "policies": list(fragment.policies),
            }
            for fragment in plan.fragments
        ],
        "residual": _residual(plan),
        "columns": [
            {"name": c.name, "type": c.type, "form": c.form, "origins": list(c.origins), "token_domain": c.token_domain}
            for c in plan.columns
        ],
        "marks": [{"resource": m.resource, "operator": m.operator, "reason": m.reason} for m in plan.marks],
    }


def text(plan: Plan) -> str:
    """The plan as a page of text."""
    lines = [f"Grant {plan.grant or '(none)'}" + (f", purpose {plan.purpose}" if plan.purpose else "")]
    for fragment in plan.fragments:
        lines += ["", *_asked(fragment)]
    lines += ["", "Joined at the gateway:", *_indented(_residual(plan))]
    lines += ["", "The answer:"]
    for column in plan.columns:
        origin = f"  from {', '.join(column.origins)}" if column.origins else ""
        form = "" if column.form == "clear" else f"  {column.form}"
        lines.append(f"  {column.name}  {column.type}{form}{origin}")
    if plan.marks:
        lines += ["", "Complete only for the rows you may see:"]
        lines += [f"  {mark.operator} over {mark.resource} ({mark.reason})" for mark in plan.marks]
    return "\n".join(lines) + "\n"


def _asked(fragment: Fragment) -> list[str]:
    lines = [f"{fragment.department} is asked ({fragment.source}, {fragment.id.lstrip('_')}):", *_indented(fragment.logical)]
    lines += [f"    does: {done.text} -- {done.verdict.kind} ({done.verdict.rule})" for done in fragment.pushed]
    lines += [f"    not asked: {kept.text} -- {kept.reason}" for kept in fragment.kept_back]
    lines += [f"    under: {policy}" for policy in fragment.policies]
    return lines


def _residual(plan: Plan) -> str:
    tree = sqlglot.parse_one(plan.residual, read=DIALECT)
    printed = tree.sql(DIALECT, pretty=True)
    for fragment in plan.fragments:
        printed = printed.replace(f'"{fragment.id}"', fragment.id.lstrip("_"))
    return printed


def _indented(block: str) -> list[str]:
    return [f"    {line}" for line in block.splitlines()]
