"""Real servers that are set up otherwise: what a pinned session makes of it, and what the same probes find without one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pymysql
import pytest
from psycopg import sql

from fedquery.demo.mariadb_server import MariaDBServer, installed
from fedquery.demo.postgres_server import PostgresServer
from fedquery.spi import (
    Capabilities,
    Fingerprint,
    Limits,
    Secrets,
    Source,
    SourceConfig,
    SourceRejected,
    SourceUnavailable,
    SqlRequest,
    probed,
)
from fedquery_mysql import CONNECTOR as MYSQL
from fedquery_mysql.fingerprint import list_bytes
from fedquery_postgres import CONNECTOR as POSTGRES

needs_mariadb = pytest.mark.skipif(
    not installed() and os.environ.get("CI") != "true", reason="MariaDB's server is not installed on this machine"
)
MODES = "NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT,EMPTY_STRING_IS_NULL,PAD_CHAR_TO_FULL_LENGTH"


def lost(capabilities: Capabilities) -> set[str]:
    return {each.reason for each in capabilities.lost}


# -- MariaDB


@pytest.fixture(scope="module")
def other_mariadb() -> Iterator[MariaDBServer]:
    """A server of another mode, that folds case and accents, keeps Tokyo's time, and answers 7 rows at most."""
    with MariaDBServer.start(
        None, f"--sql-mode={MODES}", "--collation-server=utf8mb4_general_ci", "--default-time-zone=+09:00",
        "--character-set-client-handshake=FALSE",
    ) as server:  # fmt: skip
        server.database("other")
        server.reader("reader", "secret", "other")
        with server.connect("other") as connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE t (id INT PRIMARY KEY, v VARCHAR(20))")
            cursor.executemany("INSERT INTO t VALUES (%s, %s)", [(n, "aA"[n % 2]) for n in range(100)])
            cursor.execute("SET GLOBAL sql_select_limit = 7")
        yield server


@pytest.fixture
def other_source(other_mariadb: MariaDBServer, tmp_path: Path) -> Iterator[Source]:
    options = MYSQL.options(host="127.0.0.1", port=other_mariadb.port, user="reader", password="env:P", tls="off")
    source = MYSQL.open(SourceConfig("test.other", options, Secrets(tmp_path, {"P": "secret"}), concurrency=1))
    yield source
    source.close()


@needs_mariadb
def test_a_pinned_session_is_the_same_on_a_server_of_another_mode(other_source: Source) -> None:
    found = other_source.fingerprint()
    assert replace(MYSQL.derive(found), list_bytes=None) == MYSQL.capabilities
    assert MYSQL.derive(found).list_bytes == list_bytes(found.facts["packet"])
    assert found.facts["backslash"] == "1"
    assert found.facts["time_zone"] == "+00:00"
    assert "MariaDB" in found.version


@needs_mariadb
def test_no_answer_is_cut_short_by_a_server_that_cuts(other_source: Source) -> None:
    import pyarrow as pa

    schema = pa.schema([("id", pa.int32())])
    request = SqlRequest("q", "f1", "SELECT id FROM other.t WHERE CAST(v AS CHAR) = 'a'", schema, limits=Limits())
    with other_source.read(request) as stream:
        assert sum(batch.num_rows for batch in stream) == 50


@needs_mariadb
def test_the_same_probes_find_what_the_server_is_without_pins(other_mariadb: MariaDBServer) -> None:
    with closing(other_mariadb.connect("other")) as connection, connection.cursor() as cursor:

        def ask(probe: str) -> str | None:
            try:
                cursor.execute(f"SELECT CAST(({probe}) AS CHAR)")
            except pymysql.Error as problem:
                raise SourceRejected("refused", private=str(problem)) from None
            ((value,),) = cursor.fetchall()
            return None if value is None else str(value)

        facts = probed(MYSQL.facts, ask)
    found = MYSQL.derive(Fingerprint("mysql", "", facts))
    assert lost(found) == {
        "the server compares text case-insensitively even under a binary collation",
        "the server ignores accents even under a binary collation",
        "the server ignores blanks at the end of texts even under a collation without padding",
        "the server does not sort texts by their code points even under a binary collation",
        "the server reads the empty text as NULL",
        "the server does not read a backslash in a text as an escape",
        "the server cannot replace by regular expressions",  # as they are spelled: with backslashes
        "the session keeps another time than UTC",
        "the server cuts answers short",
    }
    assert found.operators["varchar"] == {"null"}
    assert found.operators["timestamptz"] == {"null"}
    assert found.operators["integer"] == MYSQL.capabilities.operators["integer"]
    assert (found.limit, found.order_limit, found.masks) == (False, False, MYSQL.capabilities.masks - {"token"})
    assert facts["pipes"] == "ab"
    assert facts["double_quotes"] is None


# -- PostgreSQL


def database(server: PostgresServer, name: str, options: str) -> str:
    server.drop(name)
    with psycopg.connect(server.uri, autocommit=True) as connection:
        made = f"CREATE DATABASE {{}} TEMPLATE template0 {options}"
        connection.execute(sql.SQL(made).format(sql.Identifier(name)))  # type: ignore[arg-type, unused-ignore]
    return server.of(name)


def opened(uri: str, folder: Path) -> Source:
    (folder / "uri").write_text(uri)
    return POSTGRES.open(SourceConfig("test.pg", POSTGRES.options(uri="file:uri"), Secrets(folder), concurrency=1))


@pytest.mark.parametrize("options", ["LOCALE 'C'", "LOCALE 'C.UTF-8'", "LOCALE_PROVIDER builtin LOCALE 'C.UTF-8'"])
def test_the_database_s_collation_changes_nothing_under_the_binary_one(
    postgres: PostgresServer, tmp_path: Path, options: str
) -> None:
    source = opened(database(postgres, "fingerprint_other", f"ENCODING 'UTF8' {options}"), tmp_path)
    found = source.fingerprint()
    source.close()
    postgres.drop("fingerprint_other")
    assert POSTGRES.derive(found) == POSTGRES.capabilities
    assert found.facts["collation"]


@pytest.mark.parametrize(
    ("function", "reason", "masks"),
    [
        ("sha256(bytea)", "the login may not, or the server cannot, compute SHA-256", {"token"}),
        ("starts_with(text, text)", "the login may not, or the server cannot, compute starts_with", set()),
    ],
)
def test_a_login_without_a_function_loses_what_needs_it(
    postgres: PostgresServer, tmp_path: Path, function: str, reason: str, masks: set[str]
) -> None:
    uri = database(postgres, "fingerprint_login", "ENCODING 'UTF8'")
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS fingerprint_reader")
        connection.execute("CREATE ROLE fingerprint_reader LOGIN PASSWORD 'secret'")
        revoke = f"REVOKE EXECUTE ON FUNCTION pg_catalog.{function} FROM PUBLIC"
        connection.execute(sql.SQL(revoke))  # type: ignore[arg-type, unused-ignore]
    source = opened(postgres.of("fingerprint_login", "fingerprint_reader", "secret"), tmp_path)
    found = source.fingerprint()
    source.close()
    derived = POSTGRES.derive(found)
    assert lost(derived) == {reason}
    assert derived.masks == POSTGRES.capabilities.masks - masks
    assert derived.operators == POSTGRES.capabilities.operators
    postgres.drop("fingerprint_login")
    with psycopg.connect(postgres.uri, autocommit=True) as connection:
        connection.execute("DROP ROLE fingerprint_reader")


def test_a_database_in_another_encoding_is_refused(postgres: PostgresServer, tmp_path: Path) -> None:
    source = opened(database(postgres, "fingerprint_latin", "ENCODING 'LATIN1' LOCALE 'C'"), tmp_path)
    with pytest.raises(SourceUnavailable, match="UTF-8"):
        source.fingerprint()
    source.close()
    postgres.drop("fingerprint_latin")


def test_a_session_that_reads_backslashes_otherwise_is_found(postgres: PostgresServer) -> None:
    with psycopg.connect(postgres.uri, autocommit=True) as connection:
        connection.execute("SET standard_conforming_strings = off")

        def ask(probe: str) -> str | None:
            try:
                row = connection.execute(sql.SQL(f"SELECT CAST(({probe}) AS text)")).fetchone()  # type: ignore[arg-type, unused-ignore]
            except psycopg.Error as problem:
                raise SourceRejected("refused", private=str(problem)) from None
            return row[0] if row else None

        facts = probed(POSTGRES.facts, ask)
    assert facts["backslash"] == "1"
    assert "the server reads a backslash in a text as an escape" in lost(POSTGRES.derive(Fingerprint("postgres", "", facts)))
