"""A gateway that answers as told, behind the real HTTP door: for what a healthy city will not do on command.

Run as a program it serves the console without any department, for work on the page: python stand_in.py [PORT]
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pyarrow as pa

from fedquery.catalog.model import Catalog, Grant
from fedquery.errors import AccessDenied, NotAuthenticated, SourceTimeout, Span, SyntaxProblem, UnknownName
from fedquery.http.services import Services
from fedquery.identity import Principal
from fedquery.plan.model import Mark, OutputColumn

KEY = "fq_stand_in_0123456789abcdef"
ANALYST = Principal("lin", "person", "data_bureau", frozenset({"analyst"}), name="林芳")
BIRTH = Grant.model_validate(
    {
        "id": "birth-service",
        "title": {"zh": "出生一件事", "en": "Birth as one matter"},
        "purpose": "birth_service",
        "legal_basis": {
            "zh": "《政务数据共享条例》（国务院令第809号）第二十条",
            "en": "Regulations on Government Data Sharing (State Council Decree No. 809), Art. 20",
        },
        "scenario": {
            "zh": "查找逾期未办理户口登记的新生儿",
            "en": "Finding newborns whose household registration is overdue",
        },
        "scope": {"zh": "调用者所辖区域的出生记录和户籍人口", "en": "Births and residents of the caller's region"},
        "valid_from": "2025-08-01",
        "valid_to": "2030-12-31",
        "grantees": ["lin"],
        "resources": {
            "psb.resident": {
                "columns": {"person_id": "token", "full_name": "keep(1,0)", "birth_date": "truncate(month)"},
                "approval": {"by": "Public Security Bureau", "on": "2025-08-01"},
            }
        },
    }
)

RULES = ["wage_total > 60000"]
#: department -> (zh, en); resource -> (zh, en, columns: name -> (type, zh, en, form under the grant))
DEPARTMENTS = {
    "psb": ("公安局", "Public Security Bureau"),
    "health": ("卫生健康委", "Health Commission"),
    "tax": ("税务局", "Tax Bureau"),
}
RESOURCES: dict[str, tuple[str, str, dict[str, tuple[str, str, str, str]]]] = {
    "psb.resident": (
        "户籍人口",
        "Registered residents",
        {
            "person_id": ("varchar", "公民身份号码", "Resident identity number", "token"),
            "full_name": ("varchar", "姓名", "Full name", "keep(1,0)"),
            "birth_date": ("date", "出生日期", "Date of birth", "truncate(month)"),
            "mobile": ("varchar", "手机号码", "Mobile number", "keep(3,4)"),
            "hukou_district": ("varchar", "户籍区", "District of registration", "clear"),
            "address": ("varchar", "住址", "Address", "none"),
        },
    ),
    "health.birth_certificate": (
        "出生医学证明",
        "Birth certificates",
        {
            "cert_no": ("varchar", "证明编号", "Certificate number", "clear"),
            "born_on": ("date", "出生日期", "Born on", "clear"),
            "mother_id": ("varchar", "母亲身份号码", "Mother's identity number", "join"),
        },
    ),
    "tax.wage_income": (
        "工资薪金所得",
        "Wages",
        {
            "wage_total": ("decimal(14,2)", "全年工资", "Wages of the year", "verify"),
            "person_id": ("varchar", "身份号码", "Identity", "none"),
        },
    ),
}

RESIDENTS = pa.schema(
    [
        pa.field(
            "person_id", pa.string(), metadata={"fedquery.form": "token", "fedquery.origins": '["psb.resident.person_id"]'}
        ),
        pa.field(
            "full_name", pa.string(), metadata={"fedquery.form": "keep(1,0)", "fedquery.origins": '["psb.resident.full_name"]'}
        ),
        pa.field(
            "birth_date",
            pa.date32(),
            metadata={"fedquery.form": "truncate(month)", "fedquery.origins": '["psb.resident.birth_date"]'},
        ),
        pa.field("note", pa.string(), metadata={"fedquery.form": "clear", "fedquery.origins": '["psb.resident.note"]'}),
        pa.field("amount", pa.decimal128(14, 2)),
        pa.field("serial", pa.int64()),
    ],
    metadata={
        "fedquery.marks": json.dumps(
            [{"resource": "psb.resident", "operator": "LEFT JOIN", "reason": "the grant gives only some of its rows"}]
        )
    },
)
EXACT = pa.table(
    {
        "decimal": pa.array([Decimal("12345678901234567890.12"), Decimal("-0.05"), None], pa.decimal128(22, 2)),
        "bigint": pa.array([2**53 + 1, -(2**63), None], pa.int64()),
        "ubigint": pa.array([2**64 - 1, 0, None], pa.uint64()),
        "double": pa.array([0.1, float("nan"), None], pa.float64()),
        "real": pa.array([0.1, 16777216.0, None], pa.float32()),
        "day": pa.array([dt.date(2026, 2, 28), dt.date(1, 1, 1), None], pa.date32()),
        "at": pa.array([dt.datetime(2026, 2, 28, 1, 2, 3, 450), dt.datetime(1960, 1, 1, 23, 0), None], pa.timestamp("us")),
        "zoned": pa.array(
            [dt.datetime(2026, 2, 28, 20, 2, 3, tzinfo=dt.UTC), None, None], pa.timestamp("us", tz="Asia/Shanghai")
        ),
        "clock": pa.array([dt.time(23, 59, 59, 500_000), dt.time(0, 0), None], pa.time64("us")),
        "blob": pa.array([b"\x00\xff", b"", None], pa.binary()),
        "span": pa.array(
            [pa.MonthDayNano([14, 3, 1_500_000_000]), pa.MonthDayNano([0, 0, 0]), None], pa.month_day_nano_interval()
        ),
        "list": pa.array([[1, None, 2**60], [], None], pa.list_(pa.int64())),
        "text": pa.array(["张三 <b>&\n𠮷", "", None], pa.string()),
        "code": pa.array(["甲", "乙", None], pa.string()).dictionary_encode(),
        "flag": pa.array([True, False, None], pa.bool_()),
    }
)


def residents(start: int, count: int) -> pa.RecordBatch:
    """``count`` rows from ``start``; every seventh note is NULL, every eleventh empty."""
    rows = range(start, start + count)
    columns = [
        [f"tk1_{row:032x}" for row in rows],
        [f"{'张李王赵陈'[row % 5]}{'*' * (1 + row % 2)}" for row in rows],
        [dt.date(1950 + row % 70, 1 + row % 12, 1) for row in rows],
        [None if row % 7 == 0 else "" if row % 11 == 0 else f"第{row}户" for row in rows],
        [Decimal(row * 1234567) / 100 for row in rows],
        [2**53 + row for row in rows],
    ]
    return pa.record_batch([pa.array(c, f.type) for c, f in zip(columns, RESIDENTS, strict=True)], schema=RESIDENTS)


@dataclass
class Answer:
    """A running query."""

    query_id: str
    schema: pa.Schema
    batches: Iterator[pa.RecordBatch]
    cancelled: threading.Event
    marks: tuple[Mark, ...] = ()
    columns: tuple[OutputColumn, ...] = ()

    def unasked(self) -> Iterator[pa.RecordBatch]:
        return self.batches

    def require_permission(self) -> None:
        """Nothing is ever withdrawn here."""

    def progress(self) -> tuple[Any, ...]:
        return ()

    def cancel(self) -> None:
        self.cancelled.set()

    def close(self) -> None:
        """Nothing is held."""


class StandIn:
    """What is in the statement's FROM decides what happens."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self._ids = itertools.count(1)

    def query(
        self, principal: Principal, sql: str, *, parameters: Mapping[str, Any], grant: str | None = None, push: bool = True
    ) -> Answer:
        self._check(sql)
        cancelled = threading.Event()

        def many(count: int) -> Iterator[pa.RecordBatch]:
            for start in range(0, count, 1000):
                yield residents(start, min(1000, count - start))

        def silent() -> Iterator[pa.RecordBatch]:
            cancelled.wait()
            yield from ()

        def breaks() -> Iterator[pa.RecordBatch]:
            yield residents(0, 1000)
            time.sleep(0.05)
            raise SourceTimeout("psb.main did not answer in time.", source="psb.main")

        schema, batches = RESIDENTS, many(3000)
        if "exact" in sql:
            schema, batches = EXACT.schema, iter(EXACT.to_batches())
        elif "many" in sql:
            batches = many(25_000)
        elif "silent" in sql:
            batches = silent()
        elif "breaks" in sql:
            batches = breaks()
        elif "nobody" in sql:
            batches = many(0)
        answer = Answer(f"q{next(self._ids):04}", schema, batches, cancelled)
        self.answers.append(answer)
        return answer

    def _check(self, sql: str) -> None:
        if (at := sql.find("FORM")) >= 0:
            raise SyntaxProblem(
                "FROM was expected here.", span=Span(at, at + 4, sql.count("\n", 0, at) + 1, 1), hint="Write FROM."
            )
        if (at := sql.find("residant")) >= 0:
            line = sql.count("\n", 0, at) + 1
            raise UnknownName("There is no psb.residant.", span=Span(at, at + 8, line, 1), suggestions=("psb.resident",))
        if "address" in sql:
            raise AccessDenied(
                "psb.resident.address is not in your grant.",
                policy="grant:birth-service",
                reasons=("the grant does not list it",),
            )

    def explain(
        self, principal: Principal, sql: str, *, parameters: Mapping[str, Any], grant: str | None = None, push: bool = True
    ) -> Any:
        self._check(sql)
        fragments = [
            {
                "id": "f1",
                "source": "health.main",
                "department": "health",
                "resources": ["health.birth_certificate"],
                "logical": "SELECT cert_no, born_on, mother_id\nFROM health.birth_certificate\nWHERE born_on <= '2026-09-01'",
                "pushed": [{"text": "born_on <= DATE '2026-09-01'", "class": "exact", "rule": "<= on date"}],
                "kept_back": [],
                "policies": [],
                "keys": [],
            },
            {
                "id": "f2",
                "source": "psb.main",
                "department": "psb",
                "resources": ["psb.resident"],
                "logical": "SELECT person_id, full_name\nFROM psb.resident",
                "pushed": [],
                "kept_back": [{"text": "full_name LIKE '张%'", "reason": "full_name is masked"}],
                "policies": ["psb.resident: row filter", "psb.resident.full_name: keep(1,0)"],
                "keys": [{"from": "f1", "origin": "health.birth_certificate.mother_id", "at_most": 100000}],
            },
        ]
        columns = [{"name": f.name, "type": str(f.type)} for f in RESIDENTS]
        marks = json.loads((RESIDENTS.metadata or {})[b"fedquery.marks"])
        residual = "SELECT b.cert_no, r.full_name\nFROM f1 AS b JOIN f2 AS r ON r.person_id = b.mother_id"
        return SimpleNamespace(
            text="", document={"fragments": fragments, "residual": residual, "columns": columns, "marks": marks}
        )

    def directory(self, principal: Principal) -> list[dict[str, Any]]:
        return [
            {
                "name": name,
                "department": {
                    "id": name.split(".")[0],
                    "name": dict(zip(("zh", "en"), DEPARTMENTS[name.split(".")[0]], strict=True)),
                },
                "title": {"zh": zh, "en": en},
                "description": {"zh": f"{zh}基本信息", "en": f"{en}, one row each"},
                "update_cycle": "daily",
                "sharing": {"attribute": "conditional"},
                "columns": [
                    {
                        "name": column,
                        "type": type,
                        "description": {"zh": column_zh, "en": column_en},
                        "forms": {}
                        if form == "none"
                        else {
                            "birth-service": {
                                "form": form,
                                "use": [],
                                "rules": RULES if form == "verify" else [],
                            }
                        },
                    }
                    for column, (type, column_zh, column_en, form) in columns.items()
                ],
            }
            for name, (zh, en, columns) in RESOURCES.items()
        ]

    def catalog(self) -> Catalog:
        return Catalog(grants={BIRTH.id: BIRTH})

    def close(self) -> None:
        for answer in self.answers:
            answer.cancel()


class OneKey:
    """Knows one key."""

    def authenticate(self, key: str) -> Principal:
        if key != KEY:
            raise NotAuthenticated("The key is not valid.", hint="Ask the platform's administrators for a new one.")
        return ANALYST


def open_services() -> Services:
    """Everything an application needs."""
    return Services(StandIn(), OneKey())


if __name__ == "__main__":
    from fedquery.http.app import create_app

    print(f"the key is {KEY}")  # noqa: T201
    create_app(open_services()).run(port=int(sys.argv[1]) if len(sys.argv) > 1 else 8765, threaded=True)
