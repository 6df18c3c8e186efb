"""A grant that ends, is withdrawn or is changed ends its running query before the next batch; nothing else does."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from werkzeug.test import TestResponse

from fedquery.arrow import ARROW_STREAM
from fedquery.catalog.model import Catalog
from fedquery.demo.kept import Kept
from fedquery.demo.write_files import to_files
from fedquery.errors import AccessDenied, FedqueryError, GrantProblem
from fedquery.gateway import Gateway
from fedquery.http import formats
from fedquery.http.app import create_app
from fedquery.http.query import PIECE, spooled
from fedquery.http.services import Services
from fedquery.identity import Principal
from fedquery.run.result import Result
from fedquery.settings import Settings
from fedquery.store import catalogs
from fedquery.store.database import upgrade_store
from tests.security.village import ACCOUNT, GRANT, catalog, pair, physical

ROWS = 250_000
SQL = "SELECT e.person_id, e.kind, e.qty FROM parquet.event e"
ZONE = ZoneInfo("Asia/Shanghai")
LAST_DAY = dt.date(2099, 12, 31)
Document = dict[str, Any]


@dataclass
class Stage:
    """A gateway over many rows, with a clock and a directory that the test moves."""

    gateway: Gateway
    now: dt.datetime = dt.datetime(2026, 10, 1, 12, tzinfo=ZONE)

    def ask(self, sql: str = SQL) -> Result:
        return self.gateway.query(self.gateway.principal(ACCOUNT), sql, grant=GRANT)

    def apply(self, change: Callable[[Document], object]) -> None:
        """A new version of the directory, changed from the one in force."""
        document = self.gateway.catalog().model_dump()
        change(document)
        self.put(Catalog.model_validate(document))

    def put(self, directory: Catalog) -> None:
        head = catalogs.current(self.gateway.store)
        parent = head.digest if head else None
        catalogs.apply(self.gateway.store, directory, parent=parent, by="test", why="test", at=dt.datetime.now(dt.UTC))


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Catalog]:
    """Many events in a Parquet file."""
    folder = tmp_path_factory.mktemp("withdrawal")
    source = {"kind": "files", "options": {"folder": str(folder)}, "tables": {"person": ["p.csv"], "event": ["e.parquet"]}}
    directory = catalog({"parquet": source})
    rows = pair(1)[0].table("event")
    many = pa.concat_tables([rows] * (ROWS // rows.num_rows + 1)).slice(0, ROWS)
    kept = Kept(directory.departments["parquet"].resources["event"], many.rename_columns([*map(physical, rows.column_names)]))
    to_files(folder, [kept])
    return folder, directory


@pytest.fixture
def stage(tmp_path: Path, village: tuple[Path, Catalog]) -> Iterator[Stage]:
    settings = Settings(data_dir=tmp_path)
    settings.secrets_dir.mkdir()
    (settings.secrets_dir / "master.key").write_text("m" * 64)
    upgrade_store(settings.store_url)
    made: Stage
    made = Stage(Gateway.open(settings, lambda: made.now))
    made.put(village[1])
    yield made
    made.gateway.close()


def outcome(stage: Stage, result: Result) -> Document:
    result.close()
    (record,) = (r for r in stage.gateway.audit.records(query_id=result.query_id) if r.kind == "outcome")
    return record.body


def test_a_grant_that_ends_ends_its_query_at_midnight(stage: Stage) -> None:
    stage.now = dt.datetime.combine(LAST_DAY, dt.time(23, 59, 59), ZONE)
    with stage.ask() as result:
        first, second = next(result), next(result)
        assert first.num_rows + second.num_rows < ROWS
        stage.now += dt.timedelta(seconds=1)
        with pytest.raises(GrantProblem, match="ended on 2099-12-31") as ended:
            next(result)
    assert ended.value.query_id == result.query_id
    body = outcome(stage, result)
    assert (body["state"], body["error_code"]) == ("failed", "access.grant")


def _columns(document: Document) -> Document:
    columns: Document = document["grants"][GRANT]["resources"]["parquet.event"]["columns"]
    return columns


def _join_only(document: Document) -> None:
    document["departments"]["parquet"]["resources"]["event"]["columns"]["person_id"]["forms"] = ("token", "join")
    _columns(document)["person_id"]["form"] = "join"


def _filter(text: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        document["grants"][GRANT]["resources"]["parquet.event"]["row_filter"] = text

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d["grants"].clear(), "was withdrawn"),
        (lambda d: d["grants"][GRANT].update(grantees=("department:parquet2",)), "was withdrawn"),
        (lambda d: d["grants"][GRANT].update(valid_to=dt.date(2026, 9, 30)), "ended on 2026-09-30"),
        (lambda d: d["grants"][GRANT].update(epoch=2), "its epoch"),
        (lambda d: d["grants"][GRANT].update(lookup=False), "right to look up"),
        (lambda d: d["grants"][GRANT].update(purpose="other"), "its purpose"),
        (lambda d: d["grants"][GRANT]["resources"].pop("parquet.event"), "what it gives of parquet.event"),
        (lambda d: _columns(d).pop("price"), "what it gives of parquet.event"),
        (_join_only, "what it gives of parquet.event"),
        (_filter("kind = 'visit'"), "what it gives of parquet.event"),
        (lambda d: d["departments"]["parquet"]["resources"].pop("event"), "what it gives of parquet.event"),
        (lambda d: d["accounts"][ACCOUNT].update(roles=("steward",)), "was withdrawn"),
    ],
)
def test_a_grant_that_is_withdrawn_or_changed_ends_its_query(
    stage: Stage, change: Callable[[Document], object], told: str
) -> None:
    with stage.ask() as result:
        assert next(result).num_rows
        stage.apply(change)
        with pytest.raises(GrantProblem, match=told):
            next(result)
    assert outcome(stage, result)["error_code"] == "access.grant"


def test_a_caller_whose_attributes_change_gets_no_more_of_the_old_slice(stage: Stage) -> None:
    stage.apply(_filter("starts_with(kind, :region) OR qty >= 0"))
    with stage.ask() as result:
        assert next(result).num_rows
        stage.apply(lambda d: d["accounts"][ACCOUNT]["attributes"].update(region="98"))
        with pytest.raises(GrantProblem, match="what it gives of parquet"):
            next(result)


def test_an_account_that_is_gone_gets_no_more(stage: Stage) -> None:
    with stage.ask() as result:
        assert next(result).num_rows
        stage.apply(lambda d: (d["accounts"].clear(), d["grants"][GRANT].update(grantees=("all",))))
        with pytest.raises(AccessDenied, match="no longer in the directory"):
            next(result)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["grants"][GRANT]["resources"].pop("parquet.person"),
        lambda d: d["grants"][GRANT].update(valid_to=dt.date(2100, 1, 1)),
        lambda d: d["grants"][GRANT].update(title={"zh": "新", "en": "new"}),
        lambda d: d["departments"]["parquet"]["resources"]["person"]["columns"].pop("secret"),
    ],
)
def test_what_the_query_does_not_use_may_change(stage: Stage, change: Callable[[Document], object]) -> None:
    with stage.ask() as result:
        rows = next(result).num_rows
        stage.apply(change)
        assert rows + sum(batch.num_rows for batch in result) == ROWS
    assert outcome(stage, result)["state"] == "finished"


def test_what_was_withdrawn_before_the_first_batch_is_an_error_and_no_answer(stage: Stage) -> None:
    with stage.ask() as result:
        stage.apply(lambda d: d["grants"].clear())
        with pytest.raises(GrantProblem):
            result.start()


def test_an_ended_query_stays_ended_when_the_grant_comes_back(stage: Stage, village: tuple[Path, Catalog]) -> None:
    with stage.ask() as result:
        assert next(result).num_rows
        stage.apply(lambda d: d["grants"].clear())
        with pytest.raises(GrantProblem):
            next(result)
        stage.put(village[1])
        with pytest.raises(GrantProblem):
            next(result)


def test_a_check_that_cannot_be_made_ends_the_query(stage: Stage) -> None:
    with stage.ask() as result:
        assert next(result).num_rows
        stage.gateway.store.close()
        (stage.gateway.settings.data_dir / "fedquery.db").rename(stage.gateway.settings.data_dir / "gone.db")
        with pytest.raises(FedqueryError):
            next(result)
    (stage.gateway.settings.data_dir / "gone.db").replace(stage.gateway.settings.data_dir / "fedquery.db")


class Keys:
    """Every account's name is its key."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    def authenticate(self, key: str) -> Principal:
        return self._stage.gateway.principal(key)


def posted(stage: Stage, accept: str) -> TestResponse:
    """The answer over HTTP; each of its pieces is made when it is asked for, as a server does that has sent the last one."""
    client = create_app(Services(stage.gateway, Keys(stage))).test_client()
    headers = {"Authorization": f"Bearer {ACCOUNT}", "Accept": accept}
    answer = client.post("/v1/query", json={"sql": SQL, "grant": GRANT}, headers=headers)
    assert answer.status_code == 200
    return answer


def test_a_stream_whose_grant_is_withdrawn_sends_no_batch_more_and_ends_with_the_poison_frame(stage: Stage) -> None:
    answer = posted(stage, ARROW_STREAM)
    chunks = answer.iter_encoded()
    sent = [next(chunks), next(chunks)]
    stage.apply(lambda d: d["grants"].clear())
    poison = next(chunks)
    with pytest.raises(BrokenPipeError):
        next(chunks)
    answer.close()
    assert poison[:8] == b"\xff\xff\xff\xff" + (4096).to_bytes(4, "little")
    told = json.loads(poison[8:])
    assert told["code"] == "access.grant"
    assert "被撤回" in told["zh"]["detail"]
    with pytest.raises((pa.ArrowInvalid, OSError)):
        pa.ipc.open_stream(b"".join(sent) + poison).read_all()
    assert not sent[-1].endswith(b"\xff\xff\xff\xff\x00\x00\x00\x00")


@pytest.mark.parametrize("accept", ["application/json", "text/csv"])
def test_a_finished_answer_whose_grant_is_withdrawn_stays_short_of_its_length(stage: Stage, accept: str) -> None:
    answer = posted(stage, accept)
    chunks = answer.iter_encoded()
    sent = len(next(chunks))
    stage.apply(lambda d: d["grants"].clear())
    with pytest.raises(BrokenPipeError):
        next(chunks)
    answer.close()
    assert sent == PIECE < int(answer.headers["Content-Length"])


def test_a_finished_answer_that_may_not_be_sent_any_more_is_an_error(stage: Stage) -> None:
    def until_withdrawn(result: Result) -> Iterator[pa.RecordBatch]:
        yield from result
        stage.apply(lambda d: d["grants"].clear())

    with (
        create_app(Services(stage.gateway, Keys(stage))).test_request_context(),
        stage.ask() as result,
        pytest.raises(GrantProblem, match="was withdrawn"),
    ):
        spooled(result, until_withdrawn(result), formats.Wanted(formats.CSV), None)
