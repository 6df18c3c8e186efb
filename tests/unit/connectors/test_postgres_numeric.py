"""PostgreSQL's own form of a numeric is read as Arrow reads the text that PostgreSQL writes of it, or refused as that is."""

from __future__ import annotations

import random
from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pyarrow as pa
import pytest

from fedquery.demo.postgres_server import start
from fedquery.spi import LogicalType
from fedquery_postgres.numeric import decimals, packed

_KINDS = ("decimal(15,2)", "decimal(16,2)", "decimal(18,0)", "decimal(3,0)", "decimal(4,4)", "decimal(3,3)", "decimal(15,13)",
          "decimal(10,4)", "decimal(9,1)", "decimal(1,1)", "decimal(18,16)")  # fmt: skip
_RANDOM = random.Random(11)


def _texts() -> list[str]:
    """Powers of ten and their neighbours, digits drawn by chance with the point anywhere, and what is no number."""
    near = [Decimal(10) ** p + n * Decimal(10) ** -q for p in range(-5, 21) for n in (-1, 0, 1) for q in range(5)]
    drawn = [Decimal(_RANDOM.randrange(10 ** _RANDOM.randrange(1, 22))).scaleb(-_RANDOM.randrange(20)) for _ in range(600)]
    signed = [number * sign for number in (*near, *drawn) for sign in (1, -1)]
    return [*(f"{number:f}" for number in signed), "NaN", "Infinity", "-Infinity", "0.00", "10000", "100000000", "0.0001"]


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[tuple[bytes, str]]]:
    """Each value in PostgreSQL's form, and its text."""
    server = start(tmp_path_factory.mktemp("postgres") / "data")
    with psycopg.connect(server.create("fedquery_numeric"), autocommit=True) as connection:
        query = "SELECT numeric_send(x), x::text FROM unnest(%s::text[]) AS t, CAST(t AS numeric) AS x"
        yield connection.execute(query, (_texts(),)).fetchall()
    server.drop("fedquery_numeric")
    server.stop()


@pytest.mark.parametrize("kind", _KINDS)
def test_as_the_text_is_read(sent: list[tuple[bytes, str]], kind: str) -> None:
    type = LogicalType.parse(kind).arrow
    assert packed(type)
    taken: list[tuple[bytes | None, str | None]] = []
    for data, text in sent:
        try:
            wanted = pa.array([text]).cast(type)
        except pa.ArrowInvalid:
            with pytest.raises(pa.ArrowInvalid):
                decimals(pa.array([data]), type)
        else:
            assert decimals(pa.array([data]), type).equals(wanted), text
            taken += [(data, text), (None, None)]
    assert len(taken) > 20
    _RANDOM.shuffle(taken)
    column, texts = (list(values) for values in zip(*taken, strict=True))
    wanted = pa.array(texts, pa.string()).cast(type)
    assert decimals(pa.array(column, pa.binary()), type).equals(wanted)
    assert decimals(pa.array(column, pa.binary()).slice(7), type).equals(wanted.slice(7))


def test_nothing_and_nothing_but_null() -> None:
    for values in ([], [None, None]):
        assert decimals(pa.array(values, pa.binary()), pa.decimal128(15, 2)).equals(pa.array(values, pa.decimal128(15, 2)))


def test_what_64_bits_do_not_hold_comes_as_text() -> None:
    for kind in ("decimal(19,0)", "decimal(18,2)", "decimal(17,1)", "decimal(38,0)"):
        assert not packed(LogicalType.parse(kind).arrow)
