"""What the Arrow schema of an answer says about it: query, grant, versions, marks, and each column's form and origins."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

import pyarrow as pa

from fedquery.plan.model import OutputColumn, Plan


def annotate(schema: pa.Schema, plan: Plan, query_id: str, snapshots: Mapping[str, str]) -> pa.Schema:
    """DuckDB's schema with the plan's column names, and metadata under ``fedquery.``; lists are JSON."""
    columns = plan.columns or tuple(OutputColumn(field.name, str(field.type)) for field in schema)
    fields = [
        pa.field(column.name, field.type, field.nullable, metadata=_of_column(column))
        for field, column in zip(schema, columns, strict=True)
    ]
    return pa.schema(
        fields,
        metadata={
            "fedquery.query_id": query_id,
            "fedquery.grant": plan.grant,
            "fedquery.catalog_version": plan.catalog_version,
            "fedquery.policy_digest": plan.policy_digest,
            "fedquery.marks": json.dumps([asdict(mark) for mark in plan.marks], ensure_ascii=False),
            "fedquery.snapshots": json.dumps(snapshots),
        },
    )


def _of_column(column: OutputColumn) -> dict[str, str]:
    metadata = {"fedquery.form": column.form, "fedquery.origins": json.dumps(column.origins, ensure_ascii=False)}
    if column.token_domain is not None:
        metadata["fedquery.token_domain"] = column.token_domain
    return metadata
