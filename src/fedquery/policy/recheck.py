"""Whether a running query is still allowed: asked again before each part of its answer is handed over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from fedquery import sentences as say
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
            say.GRANT_WITHDRAWN(grant=grant.id),
            hint=say.YOUR_GRANTS(),
            policy=grant.id,
        )
    require_valid(now, today)
    if (now.purpose, now.epoch) != (grant.purpose, grant.epoch) or now.lookup < grant.lookup:
        raise _changed(grant, say.ITS_TERMS())
    for name, then in decisions.items():
        try:
            given = decide(catalog, now, principal, name)
        except FedqueryError:
            raise _changed(grant, say.WHAT_IT_GIVES(name=name)) from None
        if (given.digest, given.values) != (then.digest, then.values):
            raise _changed(grant, say.WHAT_IT_GIVES(name=name))


def _changed(grant: Grant, what: str) -> GrantProblem:
    return GrantProblem(
        say.GRANT_CHANGED(grant=grant.id, what=what),
        hint=say.ASK_AGAIN(),
        policy=grant.id,
    )
