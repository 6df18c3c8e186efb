"""The citizens: households of plausible ages, each person the same in every department."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from fedquery.demo.identifiers import DISTRICTS, resident_id

#: The city's fixed present day: every age, deadline and period is counted from it.
TODAY = dt.date(2026, 10, 1)

_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = "安宁和平文清远山明月星辰云川禾木嘉瑞思齐子涵若水长庚景行知微"
_STREETS = ("和平路", "解放路", "长江路", "学府街", "滨河大道")
_WEIGHTS = (50, 36, 14)  # the third district is small, so that some groups stay under ten


@dataclass(frozen=True, slots=True)
class Person:
    """A citizen. ``died`` is the fact; which departments know of it is theirs."""

    person_id: str
    name: str
    sex: str  # "male" | "female"
    born: dt.date
    district: str
    household_no: str
    relation: str  # "head" | "spouse" | "child" | "parent"
    address: str
    mobile: str | None
    died: dt.date | None

    @property
    def age(self) -> int:
        """Completed years on the city's present day."""
        return TODAY.year - self.born.year - ((TODAY.month, TODAY.day) < (self.born.month, self.born.day))


class Register:
    """Hands out names and resident identity numbers, each number once."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._taken: set[str] = set()

    def identity(self, region: str, born: dt.date, sex: str) -> str:
        """A number not given before, whose sequence says the sex."""
        while True:
            sequence = 2 * self._random.randrange(500) + (sex == "male")
            number = resident_id(region, born, sequence)
            if number not in self._taken:
                self._taken.add(number)
                return number

    def name(self, surname: str = "") -> str:
        """A made-up name of two or three characters."""
        given = "".join(self._random.choices(_GIVEN, k=self._random.choice((1, 2, 2))))
        return (surname or self._random.choice(_SURNAMES)) + given


def citizens(random: Random, register: Register, count: int) -> tuple[Person, ...]:
    """Exactly ``count`` registered persons, household by household."""
    found: list[Person] = []
    number = 0
    while len(found) < count:
        number += 1
        found += _household(random, register, f"H{number:07d}")
    return tuple(found[:count])


def _household(random: Random, register: Register, number: str) -> Iterator[Person]:
    district = random.choices(DISTRICTS, _WEIGHTS)[0]
    address = f"示例市{district[-1]}区{random.choice(_STREETS)}{random.randrange(1, 400)}号{random.randrange(1, 30)}室"
    for relation, sex, age in _members(random):
        born = TODAY - dt.timedelta(days=int(365.25 * age) + random.randrange(365))
        died = None
        if age >= 70 and random.random() < 0.07:
            died = TODAY - dt.timedelta(days=random.randrange(20, 700))
        # Not everybody is registered where the number was first given.
        region = district if random.random() < 0.9 else random.choice(DISTRICTS)
        yield Person(
            person_id=register.identity(region, born, sex),
            name=register.name(),
            sex=sex,
            born=born,
            district=district,
            household_no=number,
            relation=relation,
            address=address,
            mobile=f"199{random.randrange(10**8):08d}" if age >= 12 and random.random() < 0.95 else None,
            died=died,
        )


def _members(random: Random) -> Iterator[tuple[str, str, int]]:
    """Relation to the head, sex and age of each member."""
    kind = random.choices(("family", "single", "elders"), (50, 22, 28))[0]
    sex = random.choice(("male", "female"))
    other = "female" if sex == "male" else "male"
    if kind == "single":
        yield "head", sex, random.randrange(20, 66)
        return
    age = random.randrange(24, 58) if kind == "family" else random.randrange(60, 96)
    yield "head", sex, age
    if random.random() < 0.8:
        yield "spouse", other, max(22, min(97, age + random.randrange(-4, 5)))
    if kind == "elders":
        return
    for _ in range(random.choice((0, 1, 1, 2))):
        yield "child", random.choice(("male", "female")), random.randrange(0, max(1, age - 22))
    if random.random() < 0.12:
        yield "parent", random.choice(("male", "female")), age + random.randrange(22, 34)
