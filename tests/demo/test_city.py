"""The generator: the same city every time, numbers that could be real but are nobody's, departments that agree on people."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pyarrow as pa
import pytest

from fedquery.demo.city import City
from fedquery.demo.tables import SCHEMAS

_CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def resident_id_holds(number: str) -> bool:
    """ISO 7064 MOD 11-2 from its definition: the polynomial in 2 over the digits, X for ten, leaves 1."""
    total = 0
    for sign in number:
        total = (total * 2 + (10 if sign == "X" else int(sign))) % 11
    return len(number) == 18 and total == 1


def credit_code_holds(code: str) -> bool:
    """GB 32100: the weights are the powers of 3, the weighted sum with the check sign is a multiple of 31."""
    return len(code) == 18 and sum(_CODE_SIGNS.index(sign) * 3**place for place, sign in enumerate(code[:17])) % 31 == (
        -_CODE_SIGNS.index(code[17]) % 31
    )


def luhn_holds(number: str) -> bool:
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number))]
    return sum(value // 10 + value % 10 for value in doubled) % 10 == 0


def every(tables: dict[str, pa.Table], *columns: str) -> Iterable[str]:
    """The values of all columns of these names."""
    for table in tables.values():
        for name in columns:
            if name in table.column_names:
                yield from filter(None, table.column(name).to_pylist())


def test_the_checks_of_this_file_know_published_examples() -> None:
    assert resident_id_holds("11010519491231002X")
    assert not resident_id_holds("110105194912310021")
    assert credit_code_holds("91110000600037341L")
    assert not credit_code_holds("91110000600037341M")
    assert luhn_holds("4111111111111111")
    assert not luhn_holds("4111111111111112")


def test_every_number_has_its_check_digit_and_a_region_that_does_not_exist(city: City) -> None:
    persons = set(
        every(dict(city.tables), "person_id", "person_id_a", "person_id_b", "applicant_id", "legal_rep_id", "holder_id",
              "mother_id", "father_id", "child_person_id", "owner_id", "tenant_id")
    )  # fmt: skip
    assert len(persons) > 4000
    assert all(resident_id_holds(number) and number[:2] in ("99", "98") for number in persons)
    firms = set(every(dict(city.tables), "uscc", "employer_uscc"))
    assert len(firms) > 200
    assert all(credit_code_holds(code) and code[2:4] in ("99", "98") for code in firms)
    assert all(luhn_holds(card) for card in every(dict(city.tables), "bank_card_no"))
    regions = set(every(dict(city.tables), "district", "hukou_district", "current_district", "origin_region"))
    assert {region[:2] for region in regions} == {"99", "98"}


def test_the_same_seed_makes_the_same_city_and_another_seed_another(city: City) -> None:
    again, other = City(citizens=4000), City(citizens=4000, seed=810)
    assert all(again.tables[name].equals(city.tables[name]) for name in SCHEMAS)
    assert not other.tables["psb.resident"].equals(city.tables["psb.resident"])


def test_tables_have_the_schemas_promised_and_the_citizens_asked_for(city: City) -> None:
    assert {name: table.schema for name, table in city.tables.items()} == dict(SCHEMAS)
    assert all(table.num_rows for table in city.tables.values())
    births = city.tables["health.birth_certificate"].column("child_person_id").to_pylist()
    assert city.tables["psb.resident"].num_rows == 4000 + sum(child is not None for child in births)


def test_departments_speak_of_the_same_people(city: City) -> None:
    residents = {row["person_id"]: row for row in city.tables["psb.resident"].to_pylist()}
    for row in residents.values():
        assert row["person_id"][6:14] == f"{row['birth_date']:%Y%m%d}"
        assert (int(row["person_id"][16]) % 2 == 1) == (row["sex"] == "male")
        assert (row["cancel_date"] is None) == (row["residence_status"] == "active")
    for row in city.tables["amr.enterprise"].to_pylist():
        assert residents[row["legal_rep_id"]]["full_name"] == row["legal_rep_name"]
    for row in city.tables["civil.marriage_registration"].to_pylist():
        assert residents[row["person_id_a"]]["household_no"] == residents[row["person_id_b"]]["household_no"]
    for row in city.tables["health.birth_certificate"].to_pylist():
        assert residents[row["mother_id"]]["sex"] == "female"


def test_the_default_city_is_made_in_seconds() -> None:
    began = time.process_time()
    assert City().tables["psb.resident"].num_rows > 20_000
    assert time.process_time() - began < 5


def test_a_city_too_small_to_answer_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2000 citizens"):
        City(citizens=1999)
