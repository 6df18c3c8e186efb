"""Whether a running query is still allowed: asked again before each part of its answer is handed over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from fedquery.catalog.model import Catalog, Grant
from fedquery.errors import FedqueryError, GrantProblem
from fedquery.identity import Principal
from fedquery.names import ResourceName
from fedquery.policy.decide import Decision, decide, require_valid


def require_still_given(
    catalog: Catalog, principal: Principal, grant: Grant, decisions: Mapping[ResourceName, Decision], today: dt.date
) -> None:
    """What ``grant`` gave when the query was planned, it gives under the catalogue in force. Raises GrantProblem.

    A resource that the query does not read may change meanwhile; what it reads may not, even if the change gives more:
    the rest of the answer would be one of another slice.
    """
    now = next((g for g in catalog.grants_of(principal.id, principal.department) if g.id == grant.id), None)
    if now is None or not principal.may_query():
        raise GrantProblem(
            f"The grant {grant.id} was withdrawn while the query ran; what was sent is not the whole answer.",
            hint="GET /v1/me lists the grants that you have.",
            policy=grant.id,
        )
    require_valid(now, today)
    if (now.purpose, now.epoch) != (grant.purpose, grant.epoch) or now.lookup < grant.lookup:
        raise _changed(grant, "its purpose, its epoch or its right to look up")
    for name, then in decisions.items():
        try:
            given = decide(catalog, now, principal, name)
        except FedqueryError:
            raise _changed(grant, f"what it gives of {name}") from None
        if (given.digest, given.values) != (then.digest, then.values):
            raise _changed(grant, f"what it gives of {name}")


def _changed(grant: Grant, what: str) -> GrantProblem:
    return GrantProblem(
        f"The grant {grant.id} was changed while the query ran: {what}. What was sent is not the whole answer.",
        hint="Ask again; the answer is then made under the grant as it is now.",
        policy=grant.id,
    )
