"""The audit chain: what is written is there, what is changed shows, and no record means no query."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import text

from fedquery.errors import AuditBroken, InvariantBroken, StoreProblem
from fedquery.store.audit import Audit
from fedquery.store.database import Store
from fedquery.store.records import FragmentRecord, Intent, Outcome, Refusal, Shipment, SourceRecord

NOW = dt.datetime(2026, 11, 23, 8, 0, tzinfo=dt.UTC)


def intent(query: str, department: str = "psb") -> Intent:
    return Intent(
        at=NOW, query_id=query, account="zhang", department="hrss", purpose="pension_certification", grant="pension-check",
        catalog_version="c" * 64, policy_digest="d" * 64, sql="SELECT '身份' FROM psb.resident",
        resources={f"{department}.resident": {"person_id": ("select", "join")}},
        fragments=(FragmentRecord("f1", f"{department}.main", "e" * 64),),
    )  # fmt: skip


def outcome(query: str) -> Outcome:
    return Outcome(NOW, query, "zhang", "finished", 3, 99, (SourceRecord("psb.main", 3, 99, 12),))


@pytest.fixture
def audit(store: Store, tmp_path: Path) -> Audit:
    return Audit(store, tmp_path / "audit.head")


def fill(audit: Audit, count: int = 6) -> None:
    for number in range(count):
        audit.intent(intent(f"q{number}"))


def change(store: Store, statement: str) -> None:
    with store.write() as connection:
        connection.execute(text(statement))


def test_records_are_chained_and_read_back(audit: Audit, tmp_path: Path) -> None:
    first = audit.intent(intent("q1"))
    second = audit.intent(intent("q2", "health"))
    audit.outcome(first, outcome("q1"))
    audit.refusal(Refusal(NOW, "q3", "li", "tax", "c" * 64, "SELECT 1", "access.denied", ("no",), ("tax.filing",)))
    assert [entry.seq for entry in audit.open_intents()] == [second]
    assert [entry.kind for entry in audit.records()] == ["refusal", "outcome", "intent", "intent"]
    assert [entry.seq for entry in audit.records(department="health")] == [2]
    assert [entry.seq for entry in audit.records(query_id="q1")] == [3, 1]
    assert [entry.seq for entry in audit.records(account="li", limit=5)] == [4]
    assert [entry.seq for entry in audit.records(before=3, limit=1)] == [2]
    assert audit.records(query_id="q1")[1].body["sql"] == "SELECT '身份' FROM psb.resident"
    verified = audit.verify()
    assert (verified.records, verified.head_behind) == (4, 0)
    assert (tmp_path / "audit.head").read_text().splitlines()[-1] == f"4 {verified.hash}"
    with pytest.raises(InvariantBroken):
        audit.outcome(first, outcome("q1"))


def test_keys_that_go_together_are_written_together(audit: Audit) -> None:
    audit.intent(intent("q1"))
    audit.shipments(
        [
            Shipment(NOW, "q1", "zhang", "psb.resident.person_id", source, "f2", 3, "e" * 64, ("psb.resident", other))
            for source, other in (("health.main", "health.birth"), ("tax.main", "tax.filing"))
        ]
    )
    assert [entry.body["source"] for entry in audit.records(department="psb", limit=2)] == ["tax.main", "health.main"]
    assert [entry.seq for entry in audit.records(department="health")] == [2]
    verified = audit.verify()
    assert (verified.records, verified.head_behind) == (3, 0)


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE audit_records SET body = replace(body, 'zhang', 'zhanG') WHERE seq = 3", "record 3 was changed"),
        ("UPDATE audit_records SET account = 'li' WHERE seq = 4", "record 4 was changed: its index"),
        ("UPDATE audit_records SET departments = '' WHERE seq = 4", "record 4 was changed: its index"),
        ("DELETE FROM audit_records WHERE seq = 2", "record 2 is missing"),
        ("DELETE FROM audit_records WHERE seq = 1", "record 1 is missing"),
        ("DELETE FROM audit_records WHERE seq >= 5", "record 5 is missing: the head file remembers it"),
        ("DELETE FROM audit_records", "record 1 is missing"),
    ],
)
def test_a_changed_store_shows_the_first_wrong_record(audit: Audit, store: Store, statement: str, named: str) -> None:
    fill(audit)
    change(store, statement)
    with pytest.raises(AuditBroken, match=named):
        audit.verify()


def test_a_cut_tail_stops_the_next_query(audit: Audit, store: Store) -> None:
    fill(audit)
    change(store, "DELETE FROM audit_records WHERE seq = 6")
    with pytest.raises(AuditBroken, match="record 6 is missing"):
        audit.intent(intent("q7"))


def test_a_cut_or_forged_head_file_shows(audit: Audit, store: Store, tmp_path: Path) -> None:
    fill(audit)
    head = tmp_path / "audit.head"
    lines = head.read_text().splitlines(keepends=True)
    head.write_text("".join(lines[:3] + lines[4:]))
    with pytest.raises(AuditBroken, match="lacks the record 4"):
        audit.verify()
    head.write_text("".join([*lines[:-1], f"6 {'0' * 64}\n"]))
    with pytest.raises(AuditBroken, match="record 6 is not the one"):
        audit.verify()
    head.write_text("".join(lines[:3]))
    if store.is_sqlite:
        with pytest.raises(AuditBroken, match="lacks the record 4"):
            audit.verify()
        with pytest.raises(AuditBroken, match="lacks the record 4"):
            audit.intent(intent("q7"))
        head.unlink()
        with pytest.raises(AuditBroken, match="lacks the record 1"):
            audit.verify()
        assert audit.new_head(NOW, "root", "the disk was replaced") == 7
        assert audit.verify().records == 7
    else:
        assert audit.verify().head_behind == 3  # another node may have written them
        audit.intent(intent("q7"))
        assert audit.verify().head_behind == 0


@pytest.mark.parametrize("cut", [1, 10])
def test_a_crash_between_the_two_writes_is_mended(audit: Audit, tmp_path: Path, cut: int) -> None:
    # a PostgreSQL node whose file is empty begins it where the chain is; its first line is not missed
    fill(audit, 1 if audit.store.is_sqlite else 2)
    head = tmp_path / "audit.head"
    for count in (1, 2, 3):
        whole = head.read_bytes()
        last = whole.splitlines(keepends=True)[-1]
        head.write_bytes(whole[: len(whole) - len(last)] + (last[:-cut] if cut > 1 else b""))
        assert audit.verify().head_behind == 1
        audit.intent(intent(f"again{count}"))
        assert audit.verify().head_behind == 0


def test_threads_and_processes_share_one_chain(audit: Audit, store: Store, url: str, tmp_path: Path) -> None:
    script = (
        "import sys, pathlib\nsys.path.insert(0, sys.argv[3])\nfrom test_audit import *\n"
        "from fedquery.store.database import open_store\n"
        "audit = Audit(open_store(sys.argv[1]), pathlib.Path(sys.argv[2]))\nfill(audit, 20)\n"
    )
    arguments = [sys.executable, "-c", script, url, str(tmp_path / "audit.head"), str(Path(__file__).parent)]
    processes = [subprocess.Popen(arguments) for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda n: audit.intent(intent(f"t{n}")), range(20)))
    assert [process.wait(60) for process in processes] == [0, 0]
    assert len(set(numbers)) == 20
    assert audit.verify().records == 60
    assert audit.verify().head_behind == 0


def test_no_log_no_query(audit: Audit, store: Store, tmp_path: Path) -> None:
    fill(audit, 2)
    head = tmp_path / "audit.head"
    kept = head.read_bytes()
    head.unlink()
    head.mkdir()
    with pytest.raises(StoreProblem):
        audit.intent(intent("q3"))
    head.rmdir()
    head.write_bytes(kept)
    assert audit.verify().records == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX limits")
def test_a_full_disk_under_the_head_file(tmp_path: Path) -> None:
    """The kernel's own limit on a file's size stands for the full disk."""
    script = (
        "import resource, signal, sys, pathlib\nsys.path.insert(0, sys.argv[2])\nfrom test_audit import *\n"
        "from fedquery.store.head import HeadFile\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\nhead = HeadFile(pathlib.Path(sys.argv[1]))\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
        "with head.locked() as d:\n    head.append(d, [(1, 'a' * 64)])\n"
        "    try:\n        head.append(d, [(2, 'b' * 64)])\n    except OSError:\n        print(head.last(d)[0])\n"
    )
    arguments = [sys.executable, "-c", script, str(tmp_path / "audit.head"), str(Path(__file__).parent)]
    assert subprocess.run(arguments, capture_output=True, text=True, check=True).stdout == "1\n"
