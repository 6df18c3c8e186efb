"""The demo city: what every department knows about its people and firms, made from a seed, the same every time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random

import pyarrow as pa

from fedquery.demo.firms import firms, write_firm
from fedquery.demo.people import Register, citizens
from fedquery.demo.records import WORKING_AGES, write_births, write_marriages, write_newcomers, write_person
from fedquery.demo.tables import Rows


@dataclass(frozen=True)
class City:
    """A city of ``citizens`` registered persons (at least 2,000, so that every question has an answer).

    >>> City(2000).tables["psb.resident"].column("person_id")[0].as_py()[:4]
    '9901'
    """

    citizens: int = 20_000
    seed: int = 809

    def __post_init__(self) -> None:
        if self.citizens < 2000:
            raise ValueError("the city has at least 2000 citizens")

    @cached_property
    def tables(self) -> Mapping[str, pa.Table]:
        """``department.resource`` -> all its rows, under directory names and types: the truth before any policy."""
        random = Random(self.seed)  # noqa: S311 - it makes test data, no secret
        register, rows = Register(random), Rows()
        people = citizens(random, register, self.citizens)
        adults = [person for person in people if person.age in WORKING_AGES]
        companies = firms(random, adults, max(150, self.citizens // 15))
        employers = [firm.uscc for firm in companies if firm.status == "active"]
        for number, person in enumerate(people):
            write_person(random, rows, number, person, employers)
        write_marriages(random, rows, people)
        write_births(random, register, rows, people, max(200, self.citizens // 40))
        write_newcomers(random, register, rows, max(60, self.citizens // 50))
        for number, firm in enumerate(companies):
            write_firm(random, rows, number, firm, adults)
        return rows.tables()
