"""What a query leaves in the audit log: its intent, the keys it ships, its end or its refusal, in the log's own words."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence

from fedquery.catalog.model import Catalog, Grant
from fedquery.errors import AccessError, FedqueryError
from fedquery.identity import Principal
from fedquery.names import ResourceName
from fedquery.plan.model import Plan
from fedquery.run.adaptive import Shipped
from fedquery.run.execution import Outcome
from fedquery.store import records as audited
from fedquery.store.audit import Audit

log = logging.getLogger("fedquery")


class Evidence:
    """Writes the records of one gateway's queries. Every method raises StoreProblem or AuditBroken when it cannot."""

    def __init__(self, audit: Audit, clock: Callable[[], dt.datetime]) -> None:
        self.audit = audit
        self._clock = clock

    def intent(self, query_id: str, principal: Principal, plan: Plan) -> int:
        """Write down what is about to be asked of whom, before it is; returns the record's number."""
        sources = {fragment.id: fragment.source for fragment in plan.fragments}
        record = audited.Intent(
            *self._event(query_id, principal),
            department=principal.department,
            purpose=plan.purpose,
            grant=plan.grant,
            catalog_version=plan.catalog_version,
            policy_digest=plan.policy_digest,
            sql=plan.sql,
            resources=plan.uses,
            fragments=tuple(
                audited.FragmentRecord(f.id, f.source, _digest(f.text), _digest(f.split) if f.split else None)
                for f in plan.fragments
            ),
            marks=tuple(f"{mark.operator} over {mark.resource}" for mark in plan.marks),
            shipped=tuple(sorted({f"{shipment.origin} to {sources[shipment.taker]}" for shipment in plan.shipments})),
            lookups=plan.lookups,
            unmasked=tuple(sorted({column for fragment in plan.fragments for column in fragment.unmasked})),
        )
        return self.audit.intent(record)

    def shipping(self, query_id: str, principal: Principal, plan: Plan, shipped: Sequence[Shipped]) -> None:
        """Write down which keys are about to go where, before they do."""
        resources = {fragment.id: fragment.resources for fragment in plan.fragments}
        self.audit.shipments(
            [
                audited.Shipment(
                    *self._event(query_id, principal),
                    origin=sent.shipment.origin,
                    source=sent.source,
                    fragment=sent.shipment.taker,
                    keys=sent.keys,
                    statement=_digest(sent.text),
                    resources=tuple(sorted({*resources[sent.shipment.giver], *resources[sent.shipment.taker]})),
                )
                for sent in shipped
            ]
        )

    def ended(self, intent: int, principal: Principal, outcome: Outcome) -> None:
        """Write down how an intent ended."""
        error, statistics = outcome.error, outcome.statistics
        state = "finished" if error is None else "cancelled" if error.code == "limit.cancelled" else "failed"
        if error is not None:
            log.info("query %s %s: %s", outcome.query_id, state, error.private or error.message)
        self.audit.outcome(
            intent,
            audited.Outcome(
                *self._event(outcome.query_id, principal),
                state=state,
                rows=statistics.rows,
                bytes=statistics.bytes,
                sources=tuple(audited.SourceRecord(s.source, s.rows, s.bytes, s.milliseconds) for s in statistics.sources),
                error_code=error.code if error else None,
            ),
        )

    def unstarted(self, intent: int, query_id: str, principal: Principal, problem: FedqueryError) -> None:
        """Write down that an intent ended before anything was asked."""
        outcome = audited.Outcome(*self._event(query_id, principal), "failed", error_code=problem.code)
        self.audit.outcome(intent, outcome)

    def refused(
        self,
        query_id: str,
        principal: Principal,
        sql: str,
        catalog: Catalog,
        version: str,
        grant: Grant | None,
        names: Iterable[ResourceName],
        problem: FedqueryError,
    ) -> None:
        """Write down a statement that was not allowed, with the reasons."""
        if problem.private:
            log.info("query %s refused: %s", query_id, problem.private)
        self.audit.refusal(
            audited.Refusal(
                *self._event(query_id, principal),
                department=principal.department,
                catalog_version=version,
                sql=sql,
                error_code=problem.code,
                reasons=problem.reasons if isinstance(problem, AccessError) else (),
                resources=tuple(str(name) for name in names if catalog.resource(name)),
                purpose=grant.purpose if grant else None,
                grant=grant.id if grant else None,
            )
        )

    def _event(self, query_id: str, principal: Principal) -> tuple[dt.datetime, str, str]:
        return self._clock(), query_id, principal.id


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
