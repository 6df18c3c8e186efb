"""The straight line: SQL text in, governed Arrow out; the only file that knows the order of the steps."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from fedquery import sentences as say
from fedquery.catalog.model import Catalog, Grant
from fedquery.errors import AccessDenied, CatalogError, FedqueryError, InvariantBroken
from fedquery.evidence import Evidence
from fedquery.identity import Principal
from fedquery.knowledge import Knowledge
from fedquery.knowledge.lessons import lessons, surprised
from fedquery.knowledge.plans import Plans, key
from fedquery.names import ResourceName
from fedquery.plan import explain
from fedquery.plan.bind import bind, resources_of
from fedquery.plan.functions import reads_clock
from fedquery.plan.lookups import LookupRight
from fedquery.plan.model import Plan, Profile
from fedquery.plan.parse import parse
from fedquery.plan.planner import make_plan
from fedquery.policy.decide import Decision, choose_grant, decide, require_valid
from fedquery.policy.directory import directory
from fedquery.policy.recheck import require_still_given
from fedquery.policy.tokens import key_blocks, token_of
from fedquery.run import analysis
from fedquery.run.budget import Budget
from fedquery.run.execution import Outcome
from fedquery.run.join import Engine
from fedquery.run.result import Result, execute
from fedquery.run.slots import SourceSlots
from fedquery.run.sources import Sources
from fedquery.settings import Settings, environment
from fedquery.spi import Secrets, connectors
from fedquery.store import catalogs
from fedquery.store.audit import Audit
from fedquery.store.database import Store, open_store

log = logging.getLogger("fedquery")


@dataclass(frozen=True, slots=True)
class Explanation:
    """A plan for people: a page of text, and a document."""

    text: str
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Version:
    """A pinned catalogue: one query sees one version from its first step to its last record."""

    digest: str
    catalog: Catalog
    plans: Plans[Planned] = field(default_factory=Plans)


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with what it was judged by, to be judged by again while it runs; ``timed``: the sources whose speed was known."""

    plan: Plan
    version: Version
    grant: Grant
    decisions: Mapping[ResourceName, Decision]
    profiles: Mapping[str, Profile]
    timed: frozenset[str]


def _stewarded(principal: Principal) -> str | None:
    """The department whose own statements and estimates the reader may see."""
    return principal.department if "steward" in principal.roles else None


class Gateway:
    """Asks many departments one question. Thread-safe; made by :meth:`open`, ended by :meth:`close`."""

    def __init__(self, settings: Settings, store: Store, clock: Callable[[], dt.datetime]) -> None:
        self.settings = settings
        self.store = store
        self.audit = Audit(store, settings.data_dir / "audit.head")
        self._clock = clock
        self._evidence = Evidence(self.audit, clock)
        secrets = Secrets(settings.secrets_dir, environment())
        self._master = secrets.resolve(settings.master_key).encode()
        self._sources = Sources(connectors(), secrets, settings.time_zone, settings.data_dir)
        self._slots = SourceSlots({})
        self._engine = Engine(time_zone=settings.time_zone, threads=settings.threads, folder=settings.spill_dir)
        self._knowledge = Knowledge(store, clock, settings.statistics_hours)
        self._version: Version | None = None

    @classmethod
    def open(cls, settings: Settings, clock: Callable[[], dt.datetime] | None = None) -> Gateway:
        """Open the store and stand ready; no source is touched yet.

        Raises StoreTooOld, StoreTooNew, StoreProblem, SecretProblem. Queries that a crash interrupted are logged.
        """
        secrets = Secrets(settings.secrets_dir, environment())
        password = secrets.resolve(settings.store_password) if settings.store_password else None
        zone = ZoneInfo(settings.time_zone)
        gateway = cls(settings, open_store(settings.store_url, password), clock or (lambda: dt.datetime.now(zone)))
        for entry in gateway.audit.open_intents():
            log.warning("the query %s was begun and never ended; see `fedquery audit show`", entry.body["query_id"])
        return gateway

    def query(
        self,
        principal: Principal,
        sql: str,
        *,
        parameters: Mapping[str, object] | None = None,
        grant: str | None = None,
        push: bool = True,
    ) -> Result:
        """Run one statement under one grant; returns at once, the answer streams from the Result.

        Without ``push`` every source hands over the columns of its slices and the gateway does the rest: the same answer.
        Raises what :mod:`fedquery.errors` lists; every refusal is on record before it is raised. A grant that ends or is
        changed meanwhile ends the query before its next batch.
        """
        query_id = uuid.uuid4().hex
        planned = self._planned(query_id, principal, sql, parameters, grant, push)
        plan = planned.plan
        intent = self._evidence.intent(query_id, principal, plan)
        try:
            return execute(
                plan,
                self._sources.of(planned.version.catalog),
                self._budget(),
                query_id,
                engine=self._engine,
                slots=self._slots,
                on_end=lambda outcome: self._ended(intent, principal, planned, outcome),
                before_shipping=lambda shipped: self._evidence.shipping(query_id, principal, plan, shipped),
                permit=lambda: self._permit(principal, planned),
                source_seconds={id: entry.seconds for id, entry in planned.version.catalog.sources()},
            )
        except FedqueryError as problem:
            problem.query_id = query_id
            self._evidence.unstarted(intent, query_id, principal, problem)
            raise

    def explain(
        self,
        principal: Principal,
        sql: str,
        *,
        parameters: Mapping[str, object] | None = None,
        grant: str | None = None,
        push: bool = True,
    ) -> Explanation:
        """What the statement would ask of whom; nothing is read. Raises as :meth:`query` does before it runs.

        Nothing is looked up either: a plan leaves no intent behind, and every token made is counted in one.
        """
        plan = self._planned(uuid.uuid4().hex, principal, sql, parameters, grant, push, token=_no_token).plan
        steward_of = _stewarded(principal)
        return Explanation(explain.text(plan, steward_of), explain.document(plan, steward_of))

    def analysis(self, principal: Principal, result: Result) -> Explanation:
        """What a query that was read to its end asked of whom and what it cost; for the one who asked it."""
        plan, statistics, steward_of = result.plan, result.statistics, _stewarded(principal)
        if statistics is None:
            raise InvariantBroken("a query is analysed before its end")
        return Explanation(analysis.text(plan, statistics, steward_of), analysis.document(plan, statistics, steward_of))

    def directory(self, principal: Principal) -> list[dict[str, Any]]:
        """The entries that the caller may find, with the forms he has under each of his grants."""
        return directory(self.catalog(), principal, self._clock().date())

    def catalog(self) -> Catalog:
        """The catalogue in force."""
        return self._current().catalog

    def principal(self, account: str) -> Principal:
        """The principal of an account. Raises AccessDenied when the directory no longer has it."""
        entry = self.catalog().accounts.get(account)
        if entry is None:
            raise AccessDenied(say.ACCOUNT_GONE(), hint=say.ASK_ADMINISTRATOR())
        return Principal(
            entry.id, entry.kind, entry.department, frozenset(entry.roles), dict(entry.attributes), name=entry.title.en
        )

    def close(self) -> None:
        """End what runs, close the sources and the store."""
        self._knowledge.close()
        self._sources.close()
        self._engine.close()
        self.store.close()

    def _planned(
        self,
        query_id: str,
        principal: Principal,
        sql: str,
        parameters: Mapping[str, object] | None,
        wanted: str | None,
        push: bool,
        *,
        token: Callable[[bytes, Grant, str, str], str] = token_of,
    ) -> Planned:
        version, today = self._current(), self._clock().date()
        asked = key(principal, sql, parameters, wanted, push, today)
        kept = version.plans.get(asked) if token is token_of else None
        if (
            kept is not None
            and kept.profiles == self._profiles(version, kept.decisions, push)
            and kept.timed == self._knowledge.timed(kept.profiles)
        ):
            return kept
        grant: Grant | None = None
        names: tuple[ResourceName, ...] = ()
        try:
            tree = parse(sql, parameters)
            lasting = not any(reads_clock(node) for node in tree.walk())
            places = resources_of(tree, sql)
            names = tuple(places)
            grant = choose_grant(version.catalog, principal, wanted, places, today)
            decisions = {name: decide(version.catalog, grant, principal, name, at) for name, at in places.items()}
            right = LookupRight(
                grant.id, partial(token, self._master, grant) if grant.lookup else None, self.settings.lookups_limit
            )
            bound = bind(tree, sql, decisions, self._engine, right)
            profiles = self._profiles(version, decisions, push)
            timed = self._knowledge.timed(profiles)
            plan = make_plan(
                bound,
                profiles,
                self._token_keys(grant, decisions),
                self._engine,
                grant=grant.id,
                purpose=grant.purpose,
                catalog_version=version.digest,
                estimates=self._knowledge.estimates(version.catalog, self._sources.of(version.catalog)),
            )
        except Exception as failure:  # whatever it is, the refusal is on record
            problem = failure if isinstance(failure, FedqueryError) else InvariantBroken(repr(failure))
            problem.query_id = query_id
            self._evidence.refused(query_id, principal, sql, version.catalog, version.digest, grant, names, problem)
            raise problem from failure
        planned = Planned(plan, version, grant, decisions, profiles, timed)
        if lasting and token is token_of:
            version.plans.keep(asked, planned)
        return planned

    def _ended(self, intent: int, principal: Principal, planned: Planned, outcome: Outcome) -> None:
        self._evidence.ended(intent, principal, outcome)
        if outcome.error is None:
            narrowed = frozenset(sent.shipment.taker for sent in outcome.statistics.shipped)
            run = planned.plan.fragments, outcome.statistics.sources, narrowed
            self._knowledge.learn(lessons(*run))
            if surprised(*run):
                planned.version.plans.forget(planned)

    def _permit(self, principal: Principal, planned: Planned) -> None:
        """The query may still be answered. Raises GrantProblem, and AccessDenied when the account is gone."""
        version, today = self._current(), self._clock().date()
        require_valid(planned.grant, today)
        if version.digest != planned.version.digest:
            require_still_given(version.catalog, self.principal(principal.id), planned.grant, planned.decisions, today)

    def _current(self) -> Version:
        """The head of the store; built once per version."""
        head = catalogs.current(self.store)
        if head is None:
            raise CatalogError("There is no catalogue yet.", hint="`fedquery catalog apply FOLDER` makes the first version.")
        if self._version is None or self._version.digest != head.digest:
            catalog = catalogs.content(self.store, head.digest)
            self._slots.allow({id: entry.concurrency for id, entry in catalog.sources()})
            self._version = Version(head.digest, catalog)
        return self._version

    def _profiles(self, version: Version, decisions: Mapping[ResourceName, Decision], push: bool) -> dict[str, Profile]:
        """What planning may use of the sources that the query reads."""
        opened, entries = self._sources.of(version.catalog), dict(version.catalog.sources())
        known = self._knowledge.fingerprints
        found = {}
        for id in sorted({decision.source for decision in decisions.values()}):
            entry = entries[id]
            profile = known.profile(id, entry, self._sources.connector(entry.kind), opened[id])
            found[id] = profile if push else profile.without_push()
        return found

    def _token_keys(self, grant: Grant, decisions: Mapping[ResourceName, Decision]) -> dict[str, tuple[str, str]]:
        kinds = {c.domain for decision in decisions.values() for c in decision.columns.values() if c.domain}
        return {kind: key_blocks(self._master, grant, kind) for kind in kinds}

    def _budget(self) -> Budget:
        own = self.settings
        return Budget(own.rows_limit, own.bytes_limit, own.seconds_limit, own.memory_limit, own.spill_limit)


def _no_token(master: bytes, grant: Grant, kind: str, value: str) -> str:
    """What a plan that is only shown has in the place of a token."""
    return f"the token of a {kind}"
