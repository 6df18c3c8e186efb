"""What the departments hold about enterprises: licences, shareholders, taxes, contributions, and firms of province B."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from fedquery.demo.identifiers import DISTRICTS, PROVINCE_B, credit_code
from fedquery.demo.people import TODAY, Person
from fedquery.demo.records import ago, money
from fedquery.demo.tables import Rows

_INDUSTRIES = ("C39", "F52", "I65", "H62", "E47")


@dataclass(frozen=True, slots=True)
class Firm:
    """An enterprise; ``ended`` is when its licence was cancelled or revoked."""

    uscc: str
    district: str
    representative: Person
    established: dt.date
    status: str  # "active" | "cancelled" | "revoked"
    ended: dt.date | None


def firms(random: Random, people: Sequence[Person], count: int) -> tuple[Firm, ...]:
    """``count`` enterprises, represented by adults of the city."""
    return tuple(_firm(random, random.choice(people), number) for number in range(count))


def _firm(random: Random, representative: Person, number: int) -> Firm:
    district = random.choice(DISTRICTS)
    established = ago(random, 1, 4000)
    status = random.choices(("active", "cancelled", "revoked"), (88, 9, 3))[0]
    ended = established + (TODAY - established) * random.random() if status != "active" else None
    return Firm(credit_code(district, 1000 + 7 * number), district, representative, established, status, ended)


def write_firm(random: Random, rows: Rows, number: int, firm: Firm, people: Sequence[Person]) -> None:
    """Everything that any department, or province B, knows about an enterprise and its people."""
    rows.add(
        "amr.enterprise", firm.uscc, f"示例{number:05d}科技有限公司",
        random.choices(("limited_company", "sole_trader"), (85, 15))[0],
        firm.representative.name, firm.representative.person_id,
        money(random.choice((10**7, 10**8, 10**9))), random.choice(_INDUSTRIES), firm.district,
        firm.established, firm.status, firm.ended,
    )  # fmt: skip
    share = random.choice((6000, 7550, 10000))
    rows.add("amr.shareholder", firm.uscc, firm.representative.person_id, money(share))
    if share < 10000:
        rows.add("amr.shareholder", firm.uscc, random.choice(people).person_id, money(10000 - share))
    if random.random() < 0.12:
        removed = ago(random, 1, 90) if random.random() < 0.3 else None
        reason = random.choice(("address_unreachable", "annual_report_missing"))
        rows.add("amr.abnormal_list", firm.uscc, ago(random, 100, 400), reason, removed)
    if random.random() < 0.25:
        status = "active" if random.random() < 0.85 else "cancelled"
        there = credit_code(PROVINCE_B, 5000 + 11 * number), f"邻省示例{number:05d}有限公司", firm.representative.person_id
        rows.add("prov_b.enterprise", *there, status, ago(random, 100, 3000))
    last = random.randrange(1, 400)
    laid_off = random.randrange(0, 1 + last // 8)
    arrears = random.choice((0, 0, 0, 120000))
    rows.add("hrss.employer_insurance", firm.uscc, last, max(0, last + random.randrange(-20, 20)), laid_off, money(arrears))
    if random.random() < 0.97:
        _taxes(random, rows, firm)


def _taxes(random: Random, rows: Rows, firm: Firm) -> None:
    small = random.random() < 0.6
    registered = firm.established + dt.timedelta(days=random.randrange(1, 9))
    state = "cancelled" if firm.status == "cancelled" and random.random() < 0.8 else "normal"
    rows.add("tax.taxpayer", firm.uscc, "small_scale" if small else "general", registered, state)
    for year in (2024, 2025):
        if firm.established.year <= year:
            rows.add("tax.credit_rating", firm.uscc, year, random.choices("ABMCD", (20, 40, 25, 10, 5))[0])
    claims = random.random() < 0.8
    for period in _periods():
        if period < firm.established or (firm.ended and period > firm.ended and random.random() < 0.85):
            continue
        due = (period + dt.timedelta(days=31)).replace(day=15)
        amount = random.randrange(100_000, 20_000_000 if small else 300_000_000)
        for tax, percent in (("VAT", 3 if small else 13), ("surcharge", 1)):
            relief = claims and tax == "VAT" and random.random() < 0.9
            filed = due - dt.timedelta(days=random.randrange(10))
            payable = 0 if relief else amount * percent // 100
            rows.add("tax.filing", firm.uscc, tax, f"{period:%Y-%m}", money(amount), money(payable), relief, filed, due)


def _periods() -> Iterator[dt.date]:
    """The first days of the fourteen months before the present one."""
    for back in range(14, 0, -1):
        months = TODAY.year * 12 + TODAY.month - 1 - back
        yield dt.date(months // 12, months % 12 + 1, 1)
