"""The cases at hand in the city that was made: the lists that the grants' row filters bind."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from fedquery.catalog.model import Catalog
from fedquery.demo.people import TODAY

Tables = Mapping[str, pa.Table]


def with_cases(catalog: Catalog, tables: Tables) -> Catalog:
    """The directory with every list filled, each in one order."""
    lists = case_lists(tables)
    grants = {
        id: grant.model_copy(update={"lists": lists[id]}) if id in lists else grant for id, grant in catalog.grants.items()
    }
    return catalog.model_copy(update={"grants": grants})


def case_lists(tables: Tables) -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Grant -> name of the list -> identifiers."""
    families = _distinct(tables["civil.min_living_allowance"], pc.field("status") == "paying", "applicant_id")
    permits = _distinct(tables["psb.residence_permit"], pc.field("valid_to") >= pa.scalar(TODAY), "person_id")
    applicants = _distinct(tables["housing.public_rental_application"], pc.field("status") == "pending", "applicant_id")
    listed = _distinct(tables["amr.abnormal_list"], pc.field("removed_on").is_null(), "uscc")
    return {
        "social-assistance": {
            "case": families,
            "households": _distinct(tables["psb.resident"], pc.field("person_id").isin(families), "household_no"),
        },
        "interprovincial-service": {"case": permits},
        "housing-approval": {"case": applicants},
        "credit-supervision": {"case": _distinct(tables["amr.enterprise"], pc.field("uscc").isin(listed), "legal_rep_id")},
    }


def _distinct(table: pa.Table, condition: pc.Expression, column: str) -> tuple[str, ...]:
    return tuple(sorted(set(table.filter(condition).column(column).to_pylist())))
