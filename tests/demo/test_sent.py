"""What each department's system received, as that system wrote it down: its own question, and nothing of another's."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from contextlib import closing

import psycopg
import pyarrow as pa
import pytest

from fedquery.catalog.load import load
from fedquery.demo.city import City
from fedquery_postgres.numeric import decimals
from tests.demo.conftest import Running
from tests.demo.reference import CATALOG, Reference, questions

#: A person's or a firm's number; literals of the questions are none.
NUMBER = re.compile(r"\b9[89]\d{4}(19|20)\d{9}[\dX]\b|\b9199\d{4}[0-9A-Z]{10}\b")


def _received(running: Running) -> dict[str, tuple[str, ...]]:
    """The statements in the servers' own logs, by department."""
    found = {}
    if running.systems.postgres is not None:
        found = {id: running.systems.postgres.statements(id) for id in ("psb", "tax")}
    if running.systems.mariadb is not None:
        found["hrss"] = running.systems.mariadb.received()
    return found


@pytest.fixture(scope="module")
def sent(running: Running) -> dict[str, list[str]]:
    """What each department received while the analyst asked the sixteen questions; and the planned fragments by hash."""
    before = {id: len(texts) for id, texts in _received(running).items()}
    for question in questions():
        running.ask("analyst", question.grant, question.sql)
    return {id: list(texts[before[id] :]) for id, texts in _received(running).items()}


def test_every_statement_is_one_that_the_evidence_names(running: Running, sent: dict[str, list[str]]) -> None:
    """The audit holds the SHA-256 of every fragment; each is found, word for word, in what the source received."""
    named: dict[str, set[str | None]] = {}
    for record in running.gateway.audit.records(limit=1000):
        for fragment in record.body.get("fragments", ()):
            named.setdefault(fragment["source"].split(".")[0], set()).update((fragment["statement"], fragment["part"]))
        if record.kind == "shipment":
            named.setdefault(record.body["source"].split(".")[0], set()).add(record.body["statement"])
    for department, texts in sent.items():
        fragments = [match[0] for text in texts for match in re.finditer(r'WITH ["`]__s\d+["`] AS .*', text, re.DOTALL)]
        assert fragments, department
        for text in fragments:
            assert any(hashlib.sha256(text[:end].encode()).hexdigest() in named[department] for end in _ends(text)), text


def _ends(text: str) -> list[int]:
    """Where a fragment may end inside a statement that a connector put around it: the whole, or before a bracket."""
    return [len(text), *(place.start() for place in re.finditer(r"\)", text))]


def test_no_statement_carries_a_person_or_firm_of_another_department(
    running: Running, sent: dict[str, list[str]], city: City
) -> None:
    """A number in a statement is one of the receiver's own, of the grant's lists, or of an entry whose egress names him."""
    lists = {value for grant in city_lists(city) for value in grant}
    for department, texts in sent.items():
        known = lists | _sendable(running, city, department)
        for text in texts:
            for found in NUMBER.finditer(text):
                assert found[0] in known, f"{department} received {found[0]} in {text[:300]}"


def _sendable(running: Running, city: City, department: str) -> set[str]:
    """Every number in the department's own tables, and in columns that others let go to its systems."""
    found: set[str] = set()
    for name, resource in running.gateway.catalog().resources():
        for column, entry in resource.columns.items():
            if name.department == department or department in entry.egress:
                values = (
                    city.tables[str(name)].column(column).to_pylist() if column in city.tables[str(name)].column_names else []
                )
                found |= {value for value in values if isinstance(value, str)}
    return found


def test_the_ledger_names_what_was_shipped(running: Running, sent: dict[str, list[str]]) -> None:
    """Keys went from one department's system to another's, each time on record before, under an intent that foretold it."""
    records = running.gateway.audit.records(limit=1000)
    intents = {r.body["query_id"]: r for r in records if r.kind == "intent"}
    shipments = [r for r in records if r.kind == "shipment"]
    assert any(r.body["origin"].split(".")[0] != r.body["source"].split(".")[0] for r in shipments)
    for record in shipments:
        intent = intents[record.body["query_id"]]
        assert intent.seq < record.seq
        assert f"{record.body['origin']} to {record.body['source']}" in intent.body["shipped"]


def city_lists(city: City) -> list[tuple[str, ...]]:
    from fedquery.demo.cases import case_lists

    return [values for lists in case_lists(city.tables).values() for values in lists.values()]


MASKED = [
    pytest.param(grant.id, resource, columns, id=f"{grant.id} {resource}")
    for grant in load(CATALOG).grants_of("analyst", "data_bureau")
    for resource, given in grant.resources.items()
    if grant.valid_from <= dt.date.today() <= grant.valid_to and resource.split(".")[0] in ("psb", "tax", "hrss")
    if (columns := tuple(name for name, use in given.columns.items() if use.parsed.kind in ("mask", "token")))
]


@pytest.mark.parametrize(("grant", "resource", "columns"), MASKED)
def test_raw_values_of_masked_columns_never_leave(
    running: Running, truth: Reference, grant: str, resource: str, columns: tuple[str, ...]
) -> None:
    """Run again at the source by its own administrator, the logged statement returns the forms and no raw value."""
    running.ask("analyst", grant, f"SELECT {', '.join(columns)} FROM {resource}")
    formed = truth.slice("analyst", grant, resource).select(columns)
    returned = _again(running, resource.split(".")[0])
    assert len(returned) == formed.num_rows
    for place, column in enumerate(formed.itercolumns()):
        given = {_read(row[place], column.type) for row in returned}
        assert given == {str(value) for value in column.to_pylist()}


def _read(value: object, type: pa.DataType) -> str:
    """The value that was sent, as a text; decimals travel as texts, or in PostgreSQL's own form."""
    return str(decimals(pa.array([value]), type)[0].as_py() if isinstance(value, bytes) else value)


def _again(running: Running, department: str) -> list[tuple[object, ...]]:
    """What the last statement that the department's server received returns, with the values that were bound for it."""
    texts = _received(running)[department]
    statement = [text for text in texts if "__s1" in text][-1]
    read = re.findall(r"current_setting\('([^']+)'\)|@`(fq_[^`]*)`", statement)  # others ask the same server meanwhile
    binding = [text for text in texts if "set_config" in text or re.match("SET @`fq_[^`]*` = '", text)]
    bound = [text for text in binding if all((setting or variable) in text for setting, variable in read)][-1]
    if department == "hrss" and running.systems.mariadb is not None:
        with closing(running.systems.mariadb.connect(department)) as server, server.cursor() as cursor:
            cursor.execute(bound)
            cursor.execute(statement)
            return list(cursor.fetchall())
    with psycopg.connect(running.systems.postgres.of(department)) as connection:
        connection.execute(bound)  # type: ignore[call-overload]
        statement = re.sub(r"^.*?COPY \((.*)\) TO STDOUT.*$", r"\1", statement, flags=re.DOTALL)
        found: list[tuple[object, ...]] = connection.execute(statement).fetchall()  # type: ignore[call-overload]
        return found
