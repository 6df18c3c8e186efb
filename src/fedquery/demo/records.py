"""What the departments hold about persons: registers, benefits, certificates, homes. Not always in agreement."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from random import Random

from fedquery.demo.identifiers import DISTRICTS, PROVINCE_B, bank_card
from fedquery.demo.people import TODAY, Person, Register
from fedquery.demo.tables import Rows

WORKING_AGES = range(22, 60)
_REFRESHED = dt.datetime(2026, 9, 30, 2, 0)
_CAUSES = ("I21", "I63", "C34", "J44")
_DIAGNOSES = ("I10", "E11", "J06", "M54")


def money(cents: int) -> Decimal:
    """Yuan with two decimal places."""
    return Decimal(cents).scaleb(-2)


def ago(random: Random, first: int, last: int) -> dt.date:
    """A day between ``first`` and ``last`` days before the present day, the last one excluded."""
    return TODAY - dt.timedelta(days=random.randrange(first, last))


def write_person(random: Random, rows: Rows, number: int, person: Person, employers: Sequence[str]) -> None:
    """Everything that any department knows about a citizen."""
    _household_register(random, rows, person)
    if person.died:
        _death(random, rows, number, person, person.died)
    if person.age >= 60:
        _pension(random, rows, person)
    if person.age >= 80 and not person.died and random.random() < 0.85:
        tier, cents = ("80-89", 10000) if person.age < 90 else ("90+", 30000)
        status = "paying" if random.random() < 0.95 else "suspended"
        start = f"{random.randrange(2018, 2026)}-{random.randrange(1, 13):02d}"
        rows.add("civil.elderly_allowance", person.person_id, tier, money(cents), start, status, person.district)
    if person.age in WORKING_AGES:
        _work(random, rows, person, employers)
        _homes(random, rows, number, person)
    if person.age >= 22 and random.random() < 0.01:
        starts = dt.date(2025, random.randrange(1, 13), 1)
        months = random.choice((12, 24, 36))
        filing = f"R{number:07d}", person.person_id, f"F{number:07d}", starts, dt.date(2025 + months // 12, starts.month, 1)
        rows.add("housing.rental_filing", *filing, person.district)


def _household_register(random: Random, rows: Rows, person: Person) -> None:
    known = person.died is not None and random.random() < 0.6
    cancelled = person.died + dt.timedelta(days=random.randrange(3, 16)) if known and person.died else None
    moved = not person.died and random.random() < 0.005
    rows.add(
        "psb.resident", person.person_id, person.name, person.sex, person.born,
        random.choices(("01", "02", "03"), (92, 5, 3))[0],
        person.household_no, person.district, person.address, person.mobile,
        "cancelled" if known or moved else "active", "death" if known else "moved" if moved else None,
        cancelled if known else ago(random, 10, 500) if moved else None,
        _REFRESHED - dt.timedelta(seconds=random.randrange(86400)),
    )  # fmt: skip
    rows.add("psb.household_member", person.household_no, person.person_id, person.relation)


def _death(random: Random, rows: Rows, number: int, person: Person, died: dt.date) -> None:
    if random.random() < 0.8:
        rows.add("health.death_certificate", f"D{number:07d}", person.person_id, died, random.choice(_CAUSES))
    if random.random() < 0.6:
        # A funeral home writes down what the family says.
        said = died if random.random() < 0.7 else died - dt.timedelta(days=1)
        rows.add(
            "civil.funeral_record", person.person_id, said, died + dt.timedelta(days=3), f"{person.district[-1]}区示例殡仪馆"
        )
    if random.random() < 0.25:
        starts, ends = dt.date(2024, 6, 1), TODAY + dt.timedelta(days=random.randrange(-300, 500))
        rows.add("housing.rental_filing", f"Q{number:07d}", person.person_id, f"F{number:07d}", starts, ends, person.district)


def _pension(random: Random, rows: Rows, person: Person) -> None:
    stopped = person.died is not None and random.random() < 0.8
    urban = random.random() < 0.6
    rows.add(
        "hrss.pension_benefit", person.person_id, "urban_employee" if urban else "urban_rural_resident",
        money(random.randrange(180000, 680000) if urban else random.randrange(18000, 40000)),
        bank_card(random.randrange(10**16)), "stopped" if stopped else "paying",
        f"{person.died:%Y-%m}" if stopped and person.died else "2026-09", person.district,
    )  # fmt: skip
    due = TODAY + dt.timedelta(days=random.randrange(-20, 120))
    for year in range(random.choice((1, 1, 2))):
        valid = due - dt.timedelta(days=365 * year)
        method = random.choice(("face", "face", "visit", "data_match"))
        rows.add("hrss.pension_certification", person.person_id, valid - dt.timedelta(days=365), method, valid)
    for _ in range(random.choice((0, 0, 1, 2))):
        visited = ago(random, 1, 400)
        if person.died is None or visited < person.died:
            diagnosis = random.choice(_DIAGNOSES)
            rows.add("health.outpatient_visit", person.person_id, visited, f"{person.district[-1]}区示例医院", diagnosis)


def _work(random: Random, rows: Rows, person: Person, employers: Sequence[str]) -> None:
    employer = random.choice(employers) if random.random() < 0.8 else None
    if employer or random.random() < 0.4:
        slip = random.random()
        shift = dt.timedelta(days=random.choice((1, 30, 365)))
        born = None if slip < 0.002 else person.born + shift if slip < 0.006 else person.born
        months = 12 if random.random() < 0.8 else random.randrange(0, 12)
        rows.add("hrss.insured_person", person.person_id, employer, "pension", "2026-08", months, born)
        if employer and random.random() < 0.9:
            rows.add("hrss.insured_person", person.person_id, employer, "unemployment", "2026-08", months, born)
    if employer and random.random() < 0.85:
        wage = int(100 * random.lognormvariate(11, 0.6))
        rows.add("tax.wage_income", person.person_id, 2025, money(wage))
        rows.add("tax.wage_income", person.person_id, 2024, money(int(wage * random.uniform(0.8, 1.05))))


def _homes(random: Random, rows: Rows, number: int, person: Person) -> None:
    poor, applies = random.random() < 0.02, random.random() < 0.012
    owned = random.choices((0, 1, 2, 3), (85, 8, 6, 1) if poor or applies else (50, 42, 7, 1))[0]
    for home in range(owned):
        status = "valid" if random.random() < 0.92 else "transferred"
        share = money(random.choice((10000, 10000, 5000)))
        rows.add(
            "housing.property_ownership", f"F{number:07d}{'' if home == 0 else '-' + str(home)}", person.person_id, share,
            money(random.randrange(3500, 18000)), person.district if home == 0 else random.choice(DISTRICTS),
            ago(random, 1, 8000), status,
        )  # fmt: skip
    if poor:
        status = "paying" if random.random() < 0.9 else "stopped"
        size, started = random.randrange(1, 5), dt.date(2024, random.randrange(1, 13), 1)
        rows.add(
            "civil.min_living_allowance",
            f"M{number:07d}",
            person.person_id,
            size,
            money(90000 * size),
            started,
            status,
            person.district,
        )
    if applies:
        status = random.choices(("pending", "approved", "rejected"), (70, 20, 10))[0]
        submitted = ago(random, 5, 60)
        rows.add(
            "housing.public_rental_application",
            f"P{number:07d}",
            person.person_id,
            random.randrange(1, 5),
            submitted,
            status,
            person.district,
        )


def write_marriages(random: Random, rows: Rows, people: Sequence[Person]) -> None:
    """Head and spouse of a household, most of them registered here, a few divorced since."""
    for number, (head, spouse) in enumerate(pairwise(people)):
        if spouse.relation == "spouse" and head.household_no == spouse.household_no and random.random() < 0.85:
            status = "married" if random.random() < 0.94 else "divorced"
            pair = (head.person_id, spouse.person_id) if random.random() < 0.5 else (spouse.person_id, head.person_id)
            rows.add("civil.marriage_registration", f"J{number:07d}", *pair, ago(random, 30, 15000), status)


def write_births(random: Random, register: Register, rows: Rows, people: Sequence[Person], count: int) -> None:
    """Births of this year. One in fourteen children is not in the household register yet."""
    mothers = [person for person in people if person.sex == "female" and 22 <= person.age <= 45]
    fathers = [person for person in people if person.sex == "male" and 22 <= person.age <= 55]
    for number in range(count):
        mother, father = random.choice(mothers), random.choice(fathers)
        born, sex = ago(random, 1, 240), random.choice(("male", "female"))
        name = register.name(father.name[0])
        # The register takes the child into the mother's household or the father's, wherever that is.
        home = mother if random.random() < 0.8 else father
        child = register.identity(home.district, born, sex) if random.random() < 13 / 14 else None
        if child:
            refreshed = _REFRESHED - dt.timedelta(seconds=random.randrange(86400))
            rows.add(
                "psb.resident", child, name, sex, born, "01", home.household_no, home.district, home.address, None,
                "active", None, None, refreshed,
            )  # fmt: skip
            rows.add("psb.household_member", home.household_no, child, "child")
        # Some give birth in another district than the one they are registered in.
        district = mother.district if random.random() < 0.85 else random.choice(DISTRICTS)
        known = father.person_id if random.random() < 0.97 else None
        hospital = f"{district[-1]}区示例妇幼保健院"
        rows.add(
            "health.birth_certificate", f"B{number:07d}", name, sex, born, mother.person_id, known, hospital, district, child
        )


def write_newcomers(random: Random, register: Register, rows: Rows, count: int) -> None:
    """People from province B who live here by a residence permit and are insured here, there, or in both."""
    for number in range(count):
        born, sex = ago(random, 9000, 18000), random.choice(("male", "female"))
        person = register.identity(PROVINCE_B, born, sex)
        starts, ends = ago(random, 30, 900), TODAY + dt.timedelta(days=random.randrange(-120, 700))
        rows.add("psb.residence_permit", f"Z{number:07d}", person, PROVINCE_B, random.choice(DISTRICTS), starts, ends)
        here = random.randrange(0, 13)
        if here:
            rows.add("hrss.insured_person", person, None, "pension", "2026-08", here, None)
        if here < 12 and random.random() < 0.9:
            there = min(12 - here, random.randrange(0, 13))
            rows.add("prov_b.insured_person", person, "pension", "2026-01", there)
            rows.add("prov_b.insured_person", person, "unemployment", "2026-01", there)
        if random.random() < 0.05:
            district = random.choice(DISTRICTS)
            rows.add("housing.public_rental_application", f"PZ{number:06d}", person, 1, ago(random, 5, 60), "pending", district)
