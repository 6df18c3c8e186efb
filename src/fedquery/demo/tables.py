"""What the city's tables hold under their directory names: one Arrow schema per resource, and rows on their way into it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import pyarrow as pa

from fedquery.arrow import LogicalType

_TABLES = {
    "psb.resident": """person_id varchar, full_name varchar, sex varchar, birth_date date, ethnicity_code varchar,
        household_no varchar, hukou_district varchar, address varchar, mobile varchar, residence_status varchar,
        cancel_reason varchar, cancel_date date, updated_at timestamp""",
    "psb.household_member": "household_no varchar, person_id varchar, relation_to_head varchar",
    "psb.residence_permit": """permit_no varchar, person_id varchar, origin_region varchar, current_district varchar,
        valid_from date, valid_to date""",
    "civil.marriage_registration": """reg_no varchar, person_id_a varchar, person_id_b varchar, registered_on date,
        status varchar""",
    "civil.funeral_record": "person_id varchar, died_on date, cremated_on date, facility varchar",
    "civil.min_living_allowance": """family_no varchar, applicant_id varchar, person_count integer,
        monthly_amount decimal(10,2), started_on date, status varchar, district varchar""",
    "civil.elderly_allowance": """person_id varchar, tier varchar, monthly_amount decimal(10,2), start_month varchar,
        status varchar, district varchar""",
    "hrss.pension_benefit": """person_id varchar, pension_type varchar, monthly_amount decimal(10,2), bank_card_no varchar,
        pay_status varchar, last_paid_month varchar, district varchar""",
    "hrss.pension_certification": "person_id varchar, certified_on date, method varchar, valid_until date",
    "hrss.insured_person": """person_id varchar, employer_uscc varchar, insurance_type varchar, paid_through varchar,
        paid_months_12 integer, birth_date date""",
    "hrss.employer_insurance": """uscc varchar, insured_last_year integer, insured_this_year integer,
        laid_off_count integer, arrears decimal(12,2)""",
    "amr.enterprise": """uscc varchar, name varchar, entity_type varchar, legal_rep_name varchar, legal_rep_id varchar,
        registered_capital decimal(16,2), industry_code varchar, district varchar, established_on date, status varchar,
        status_date date""",
    "amr.shareholder": "uscc varchar, holder_id varchar, share_pct decimal(5,2)",
    "amr.abnormal_list": "uscc varchar, listed_on date, reason varchar, removed_on date",
    "tax.taxpayer": "uscc varchar, taxpayer_type varchar, registered_on date, status varchar",
    "tax.filing": """uscc varchar, tax_type varchar, period varchar, declared_amount decimal(16,2),
        tax_payable decimal(16,2), relief_claimed boolean, filed_on date, due_on date""",
    "tax.wage_income": "person_id varchar, tax_year integer, wage_total decimal(14,2)",
    "tax.credit_rating": "uscc varchar, rating_year integer, rating varchar",
    "health.birth_certificate": """cert_no varchar, child_name varchar, child_sex varchar, born_on date, mother_id varchar,
        father_id varchar, hospital varchar, district varchar, child_person_id varchar""",
    "health.death_certificate": "cert_no varchar, person_id varchar, died_on date, cause_code varchar",
    "health.outpatient_visit": "person_id varchar, visited_on date, facility varchar, diagnosis_code varchar",
    "housing.property_ownership": """property_no varchar, owner_id varchar, share_pct decimal(5,2),
        floor_area_m2 decimal(8,2), district varchar, registered_on date, status varchar""",
    "housing.rental_filing": """contract_no varchar, tenant_id varchar, property_no varchar, start_on date, end_on date,
        district varchar""",
    "housing.public_rental_application": """app_no varchar, applicant_id varchar, household_size integer, submitted_on date,
        status varchar, district varchar""",
    "prov_b.insured_person": "person_id varchar, insurance_type varchar, paid_through varchar, paid_months_12 integer",
    "prov_b.enterprise": "uscc varchar, name varchar, legal_rep_id varchar, status varchar, established_on date",
}


_COLUMN = re.compile(r"(\w+) ([a-z]+(?:\(\d+,\d+\))?)")


def _schema(text: str) -> pa.Schema:
    return pa.schema([(name, LogicalType.parse(type).arrow) for name, type in _COLUMN.findall(text)])


#: ``department.resource`` -> its columns in order, with the Arrow types of the directory.
SCHEMAS: Mapping[str, pa.Schema] = MappingProxyType({name: _schema(text) for name, text in _TABLES.items()})


class Rows:
    """Collects rows table by table; each row is a tuple in the schema's order."""

    def __init__(self) -> None:
        self._rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in SCHEMAS}

    def add(self, table: str, *values: object) -> None:
        """One row. A wrong number of values fails when the tables are made."""
        self._rows[table].append(values)

    def tables(self) -> Mapping[str, pa.Table]:
        """Everything collected, as Arrow tables of exactly :data:`SCHEMAS`."""
        return MappingProxyType({name: _table(SCHEMAS[name], rows) for name, rows in self._rows.items()})


def _table(schema: pa.Schema, rows: list[tuple[object, ...]]) -> pa.Table:
    if not rows:
        return schema.empty_table()
    columns = zip(*rows, strict=True)
    arrays = [pa.array(values, field.type) for values, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)
