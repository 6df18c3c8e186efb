"""The database itself, catalogue versions and API keys."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, text

from fedquery.catalog.model import Catalog, Department
from fedquery.errors import BadRequest, CatalogConflict, CatalogError, NotAuthenticated, StoreProblem, StoreTooNew, StoreTooOld
from fedquery.store import catalogs, principals
from fedquery.store.database import Store, open_store, upgrade_store
from fedquery.store.tables import METADATA, stamp

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def catalog(*names: str) -> Catalog:
    return Catalog(departments={n: Department.model_validate({"id": n, "name": {"zh": n, "en": n}}) for n in names})


# -- versions of the store


def test_the_migrations_make_the_tables(store: Store) -> None:
    with store.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_a_store_must_be_created_and_is_created_once(url: str) -> None:
    with pytest.raises(StoreTooOld, match="fedquery db upgrade"):
        open_store(url)
    assert upgrade_store(url) is None
    assert upgrade_store(url) is None
    open_store(url).close()


def test_a_newer_store_is_refused(store: Store, url: str) -> None:
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreTooNew, match="9999"):
        open_store(url)
    with pytest.raises(StoreTooNew, match="9999"):
        upgrade_store(url)


def test_addresses_that_are_none() -> None:
    for url in ("mysql://x/y", "no address", "sqlite://"):
        with pytest.raises(StoreProblem, match="not usable"):
            open_store(url)


def test_a_server_that_is_away_is_said_without_its_text() -> None:
    with pytest.raises(StoreProblem, match="cannot be reached") as caught:
        open_store("postgresql://nobody@127.0.0.1:1/nothing", password="hunter2")
    assert "hunter2" not in str(caught.value)


def test_a_full_disk_loses_nothing(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'fedquery.db'}"
    upgrade_store(url)
    store = open_store(url)
    first = catalogs.apply(store, catalog("psb"), parent=None, by="a", why="b", at=NOW)
    event.listen(store.engine, "connect", lambda c, _: c.execute("PRAGMA max_page_count = 1"))
    store.engine.dispose()
    big = catalog(*(f"d{n}" for n in range(3000)))
    with pytest.raises(StoreProblem, match="its disk is full"):
        catalogs.apply(store, big, parent=first.digest, by="a", why="b", at=NOW)
    assert catalogs.current(store) == first
    store.close()


def test_a_read_only_store_says_so(tmp_path: Path) -> None:
    upgrade_store(f"sqlite:///{tmp_path / 'fedquery.db'}")
    store = open_store(f"sqlite:///file:{tmp_path / 'fedquery.db'}?mode=ro&uri=true")
    with pytest.raises(StoreProblem, match="it is read-only"):
        catalogs.apply(store, catalog("psb"), parent=None, by="a", why="b", at=NOW)
    store.close()


def test_a_damaged_file_says_so(tmp_path: Path) -> None:
    path = tmp_path / "fedquery.db"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreProblem, match="damaged"):
        open_store(f"sqlite:///{path}")


def test_sqlite_is_private_durable_and_backed_up_before_an_upgrade(tmp_path: Path) -> None:
    path = tmp_path / "fedquery.db"
    url = f"sqlite:///{path}"
    upgrade_store(url)
    assert path.stat().st_mode & 0o077 == 0
    store = open_store(url)
    with store.read() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
    catalogs.apply(store, catalog("psb"), parent=None, by="a", why="b", at=NOW)
    store.close()


# -- catalogue versions


def test_versions_follow_each_other(store: Store) -> None:
    assert catalogs.current(store) is None
    one = catalogs.apply(store, catalog("psb"), parent=None, by="wang", why="first", at=NOW)
    two = catalogs.apply(store, catalog("psb", "tax"), parent=one.digest, by="li", why="tax joins", at=NOW + DAY)
    assert (two.number, two.parent, two.by, two.at) == (2, one.digest, "li", NOW + DAY)
    assert catalogs.apply(store, catalog("tax", "psb"), parent=two.digest, by="x", why="same", at=NOW) == two
    back = catalogs.rollback(store, one.digest, parent=two.digest, by="wang", why="wrong", at=NOW + DAY)
    assert (back.number, back.digest, back.parent) == (3, one.digest, two.digest)
    assert catalogs.current(store) == back
    assert catalogs.history(store) == (back, two, one)
    assert catalogs.content(store, two.digest) == catalog("psb", "tax")


def test_a_change_of_an_old_version_conflicts(store: Store) -> None:
    one = catalogs.apply(store, catalog("psb"), parent=None, by="a", why="b", at=NOW)
    for parent in (None, "0" * 64):
        with pytest.raises(CatalogConflict, match=one.digest[:12]):
            catalogs.apply(store, catalog("tax"), parent=parent, by="a", why="b", at=NOW)
    with pytest.raises(CatalogError, match="no catalogue version"):
        catalogs.content(store, "f" * 64)
    assert catalogs.history(store) == (one,)


# -- API keys


def test_a_key_is_its_account_until_it_ends_or_is_revoked(store: Store) -> None:
    key = principals.issue(store, "zhang", label="laptop", by="wang", at=NOW, expires=NOW + DAY)
    other = principals.issue(store, "li", label="job", by="wang", at=NOW, expires=NOW + DAY)
    assert principals.authenticate(store, key.text, NOW) == "zhang"
    assert principals.authenticate(store, other.text, NOW) == "li"
    (entry,) = principals.keys(store, "zhang")
    assert (entry.id, entry.used_at, entry.expires_at) == (key.id, NOW, NOW + DAY)
    principals.revoke(store, key.id, by="wang", at=NOW)
    swapped = f"fq_{other.id}_{key.text.split('_', 2)[2]}"
    wrong = [key.text, other.text + "x", swapped, "fq_ffffffffffff_x", "", "fq", other.text.replace("fq", "fx"), "fq__\ud800"]
    texts = set()
    for text_, at in [*((w, NOW) for w in wrong), (other.text, NOW + DAY)]:
        with pytest.raises(NotAuthenticated) as caught:
            principals.authenticate(store, text_, at)
        texts.add(str(caught.value))
    assert len(texts) == 1


def test_the_secret_is_shown_once(store: Store) -> None:
    key = principals.issue(store, "zhang", label="laptop", by="wang", at=NOW, expires=NOW + DAY)
    secret = key.text.split("_", 2)[2]
    assert secret not in repr(key)
    with store.read() as connection:
        assert secret not in str(connection.execute(text("SELECT * FROM api_keys")).all())
    with pytest.raises(BadRequest):
        principals.issue(store, "zhang", label="x", by="wang", at=NOW, expires=NOW)
    with pytest.raises(BadRequest, match="no API key"):
        principals.revoke(store, "nothing", by="wang", at=NOW)


def test_times_need_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        stamp(dt.datetime(2026, 1, 1))


def test_backups_are_whole_databases(tmp_path: Path) -> None:
    from fedquery.store.database import _back_up

    url = f"sqlite:///{tmp_path / 'fedquery.db'}"
    upgrade_store(url)
    store = open_store(url)
    catalogs.apply(store, catalog("psb"), parent=None, by="a", why="b", at=NOW)
    copy = _back_up(store, "before-0002")
    assert sqlite3.connect(copy).execute("SELECT count(*) FROM catalog_versions").fetchone() == (1,)
    store.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX limits")
def test_a_disk_without_room_is_not_called_damaged(tmp_path: Path) -> None:
    """The kernel's own limit on a file's size stands for the full disk; once there is room, the store is as it was."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    upgrade_store(url)
    script = (
        "import resource, signal, sys\n"
        "from fedquery.errors import StoreProblem\nfrom fedquery.store.database import open_store\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nresource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "try:\n    open_store(sys.argv[1])\nexcept StoreProblem as problem:\n    print(problem)\n"
    )
    told = subprocess.run([sys.executable, "-c", script, url], capture_output=True, text=True, check=True).stdout
    assert "Free some space" in told
    assert "damaged" not in told
    open_store(url).close()


def test_a_glance_at_a_broken_store_is_a_problem_of_the_store(store: Store) -> None:
    """And leaves a connection that serves the next question."""
    with store.write() as connection:
        connection.execute(text("ALTER TABLE catalog_versions RENAME TO gone"))
    for _ in range(3):
        with pytest.raises(StoreProblem):
            catalogs.current(store)
    with store.write() as connection:
        connection.execute(text("ALTER TABLE gone RENAME TO catalog_versions"))
    assert catalogs.current(store) is None
