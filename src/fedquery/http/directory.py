"""What this caller may find in the directory, and who the caller is to it."""

from __future__ import annotations

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel, Field
from werkzeug.exceptions import NotFound

from fedquery.catalog.model import Text
from fedquery.http import auth
from fedquery.http.formats import JSON, json_bytes
from fedquery.http.models import AccountShape, GrantShape, Me
from fedquery.http.services import services
from fedquery.identity import Principal

api = APIBlueprint("directory", __name__, url_prefix="/v1", abp_tags=[Tag(name="directory")])
api.before_request(auth.enter)

_ENTRY = {"schema": {"type": "object"}}


class ResourcePath(BaseModel):
    """A directory name, ``department.resource``."""

    resource: str = Field(pattern=r"^[a-z0-9_.]{1,140}$")


@api.get(
    "/directory",
    summary="Every entry that you may find",
    responses={200: {"content": {JSON: {"schema": {"type": "array", "items": {"type": "object"}}}}}},
)
def directory() -> Response:
    """With columns, the form of each under each of your grants, sharing attribute, conditions and update cycle."""
    return _json(services().gateway.directory(auth.principal()))


@api.get("/directory/<resource>", summary="One entry", responses={200: {"content": {JSON: _ENTRY}}})
def entry(path: ResourcePath) -> Response:
    """Hidden and missing entries give the same 404."""
    for found in services().gateway.directory(auth.principal()):
        if found["name"] == path.resource:
            return _json(found)
    raise NotFound(f"There is no entry {path.resource} that you may find.")


@api.get("/me", summary="Who you are, and your grants", responses={200: Me})
def me() -> Response:
    """Expired grants are listed too: ``valid_to`` says until when each could be used."""
    return _json(about(auth.principal()))


def about(who: Principal, session: str | None = None) -> dict[str, object]:
    """The ``Me`` of a caller; ``session`` is the token of a session that starts with this answer."""
    token = session or (auth.session_token() if auth.by_cookie() else None)
    catalog = services().gateway.catalog()
    entry, department = catalog.accounts.get(who.id), catalog.departments.get(who.department)
    account = AccountShape(
        id=who.id,
        name=entry.title.model_dump() if entry else {"zh": who.name, "en": who.name},
        kind=who.kind,
        department=who.department,
        department_name=(department.name if department else Text(zh=who.department, en=who.department)).model_dump(),
        roles=sorted(who.roles),
    )
    grants = [
        GrantShape(
            id=grant.id,
            title=grant.title.model_dump(),
            purpose=grant.purpose,
            legal_basis=grant.legal_basis.model_dump(),
            scenario=grant.scenario.model_dump(),
            scope=grant.scope.model_dump(),
            valid_from=grant.valid_from.isoformat(),
            valid_to=grant.valid_to.isoformat(),
            lookup=grant.lookup,
            resources=sorted(grant.resources),
        )
        for grant in catalog.grants_of(who.id, who.department)
    ]
    return Me(account=account, grants=grants, csrf=auth.csrf_token(token) if token else None).model_dump()


def _json(document: object) -> Response:
    return Response(json_bytes(document), content_type=JSON)
