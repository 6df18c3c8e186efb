"""The unified directory as values: departments, sources, resources, columns, grants, accounts.

Frozen pydantic models, so that each fault is located, editors get a JSON Schema, and settings, API and directory share
one way of saying what is allowed. Names of fields follow the Regulation's vocabulary where it has one.
"""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)

from fedquery.arrow import TYPE_NAMES, LogicalType
from fedquery.masks import EXAMPLES, USES, Form
from fedquery.names import IDENTIFIER, ResourceName


def _type_text(text: str) -> str:
    return str(LogicalType.parse(text))


def _form_text(text: str) -> str:
    return str(Form.parse(text))


def _no_secrets(value: Any) -> Any:
    if value != "none":
        raise ValueError("state secrets and work secrets are outside data sharing (Art. 3); only secrecy = 'none' is entered")
    return value


def _form_entry(value: Any) -> Any:
    return {"form": value} if isinstance(value, str) else value


Identifier = Annotated[str, Field(pattern=f"^{IDENTIFIER}$")]
TypeText = Annotated[str, AfterValidator(_type_text), Field(examples=[*TYPE_NAMES[:-1], "decimal(10,2)", "varchar[]"])]
FormText = Annotated[str, AfterValidator(_form_text), Field(examples=list(EXAMPLES))]
Use = Literal["filter", "join", "group", "order", "aggregate"]
assert set(USES) == {"filter", "join", "group", "order", "aggregate"}

Size = Literal["small", "medium", "large", "huge"]
Level = Literal["core", "important", "general"]
UpdateCycle = Literal["real_time", "daily", "weekly", "monthly", "quarterly", "yearly", "irregular"]
BasisKind = Literal["law", "administrative_regulation", "state_council_decision"]


class Model(BaseModel):
    """Frozen, and no field that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(Model):
    """A text for people, in Chinese and English."""

    zh: str = Field(min_length=1, description="In Chinese")
    en: str = Field(min_length=1, description="In English")


class Statement(Text):
    """A text that must say something, in both languages."""

    zh: str = Field(min_length=4, description="In Chinese")
    en: str = Field(min_length=4, description="In English")


class SourceDef(Model):
    """One system of a department. Its options are validated by the connector of its kind; secrets by reference only."""

    kind: Identifier = Field(description="Its connector: postgres, mysql, sqlite, files, or another that is installed")
    options: dict[str, Any] = Field({}, description="What the connector needs to reach it; secrets as env:NAME or file:PATH")
    concurrency: int = Field(4, ge=1, le=64, description="Connections that all queries together may hold, set by the owner")
    seconds: float = Field(60, gt=0, le=3600, description="Time limit of one fragment, set by the owner")
    scratch: bool = Field(False, description="Whether temporary tables may be created for shipped keys")


class LegalBasis(Model):
    """Why a resource is not shared. A department's own circular is no basis (Art. 14)."""

    kind: BasisKind = Field(description="What it is; anything lower is no basis")
    citation: str = Field(min_length=4, description="Title and article")


class Sharing(Model):
    """The sharing attribute and method (Art. 14, 15)."""

    attribute: Literal["unconditional", "conditional", "not_shared"] = Field(description="The sharing attribute (Art. 14)")
    method: Literal["api", "batch", "file"] = Field("api", description="How it is provided")
    scope: str | None = Field(None, description="With whom it is shared: required for conditional")
    use: str | None = Field(None, description="What it may be used for: required for conditional")
    reason: str | None = Field(None, description="Why it is not shared: required for not_shared")
    legal_basis: LegalBasis | None = Field(None, description="Which rule forbids it: required for not_shared")

    @model_validator(mode="after")
    def _complete(self) -> Sharing:
        if self.attribute == "conditional" and not (self.scope and self.use):
            raise ValueError("conditional sharing lists its scope and its use (Art. 15)")
        if self.attribute == "not_shared" and not (self.reason and self.legal_basis):
            raise ValueError("'not shared' states its reason and its legal basis (Art. 14, 15)")
        if self.attribute != "not_shared" and self.legal_basis:
            raise ValueError("a legal basis belongs to 'not shared' only; other conditions may not be invented (Art. 15)")
        return self


class Column(Model):
    """A data item: where it is, what it is, and in which forms it may be had.

    ``invalid`` says what becomes of a source value that ``type`` cannot hold. ``codes`` unifies coded values: a value
    outside the list is NULL. ``enforce = "source"`` (default): raw values never leave the department; under ``"gateway"``
    the gateway applies the masks that the kind of source cannot (:mod:`fedquery.plan.masking`). ``egress`` names
    departments to whose systems values of this column may be shipped.
    """

    physical: str = Field(min_length=1, description="The column's name at the source")
    type: TypeText = Field(description="What a query sees it as")
    declared: str = Field("", description="The source's own type text, as `fedquery source describe` gave it")
    nullable: bool = Field(True, description="Whether a value may be missing")
    key: bool = Field(False, description="Whether it is, or is part of, the key")
    unique: bool = Field(False, description="Whether no value occurs twice")
    identifier: Identifier | None = Field(None, description="The kind of identifier it holds, such as person_id or uscc")
    codes: dict[str, str] | None = Field(None, description="Code at the source = unified value; anything else is NULL")
    level: Level = Field("general", description="Class of the data (Data Security Law, Art. 21)")
    grade: int = Field(1, ge=1, le=4, description="Grade of the column, 1 the least, 4 the most sensitive")
    sensitive: bool = Field(False, description="Sensitive personal information")
    forms: tuple[FormText, ...] = Field(("clear",), description="The forms that a grant may choose from; none: it stays")
    enforce: Literal["source", "gateway"] = Field(
        "source", description="source: raw values never leave; gateway: it may apply the masks that this kind of source cannot"
    )
    egress: tuple[Identifier, ...] = Field((), description="Departments whose systems may be sent values of this column")
    invalid: Literal["error", "null"] = Field("error", description="What becomes of a value that the type cannot hold")
    sharing: Sharing | None = Field(None, description="Where it differs from the resource's: a column that is not shared")
    description: Text = Field(description="What it is, for who looks for it")

    @cached_property
    def logical(self) -> LogicalType:
        return LogicalType.parse(self.type)

    @cached_property
    def allowed(self) -> tuple[Form, ...]:
        return tuple(Form.parse(text) for text in self.forms)


class Resource(Model):
    """A directory entry. Its nine required fields (Art. 13): title, columns, the department, format, update_cycle,
    sharing.attribute, sharing.method, sharing.scope/use (conditions of use), level and grade."""

    title: Text = Field(description="Its name for people")
    source: Identifier = Field(description="One of the department's sources")
    table: tuple[str, ...] = Field(min_length=1, description="The path at the source, such as ['public', 'T_CZRK']")
    format: Literal["table", "view", "file", "stream"] = Field("table", description="What it is at the source")
    update_cycle: UpdateCycle = Field(description="How often the department refreshes it")
    sharing: Sharing = Field(description="The sharing attribute, method and conditions")
    level: Level = Field(description="Class of the data (Data Security Law, Art. 21)")
    grade: int = Field(ge=1, le=4, description="Grade of the entry, 1 the least, 4 the most sensitive")
    description: Text = Field(description="What it is, for who looks for it")
    secrecy: Annotated[Literal["none"], BeforeValidator(_no_secrets)] = Field(
        "none", description="What the secrecy-risk assessment found (Art. 13); anything but none is not entered (Art. 3)"
    )
    listed: bool = Field(True, description="Whether callers without a grant may find the entry")
    row_filter: str | None = Field(
        None, description="Row-local condition; :name binds an attribute of the caller or a list of the grant"
    )
    hide_order: bool = Field(
        False, description="Whether rows come in the order of their visible values, not in the source's own"
    )
    size: Size | None = Field(
        None, description="Rows that a plan may assume: small, up to 10 000; medium, a million; large, 100 million; huge, more"
    )
    columns: dict[Identifier, Column] = Field(min_length=1, description="Its data items, in the order of SELECT *")


class Department(Model):
    """A department with its systems and its directory entries."""

    id: Identifier = Field(description="The file's name; the first part of its entries' names in SQL")
    name: Text = Field(description="Its official name")
    sources: dict[Identifier, SourceDef] = Field({}, description="Its systems")
    resources: dict[Identifier, Resource] = Field({}, description="Its directory entries")


class GrantColumn(Model):
    """How the grant gives one column: the form, the uses beyond selecting (for masks), the rules (for ``verify``)."""

    form: FormText = Field(description="One of the forms that the entry lists")
    use: tuple[Use, ...] = Field((), description="For masks: what may be done with the masked value besides selecting it")
    rules: tuple[str, ...] = Field((), description="For verify: comparisons such as 'wage_total > 60000'")

    @cached_property
    def parsed(self) -> Form:
        return Form.parse(self.form)

    @model_validator(mode="after")
    def _fits(self) -> GrantColumn:
        if (self.form == "verify") != bool(self.rules):
            raise ValueError("the form verify, and only it, lists rules")
        if self.use and self.parsed.kind != "mask":
            raise ValueError(f"use rights are for masked columns; {self.form} needs none")
        return self


class Approval(Model):
    """The department's own consent to its part of the grant."""

    by: str = Field(description="Who approved it")
    on: dt.date = Field(description="The day of the approval")


class GrantResource(Model):
    """What a grant gives of one resource, as its department approved it."""

    columns: dict[
        Identifier, Annotated[GrantColumn, BeforeValidator(_form_entry, json_schema_input_type=FormText | GrantColumn)]
    ] = Field(min_length=1, description="Column = form, or { form, use, rules }; a column that is not named does not exist")
    row_filter: str | None = Field(None, description="ANDed with the resource's own")
    approval: Approval = Field(description="The providing department's consent")


class Grant(Model):
    """One purpose, its legal basis, scenario, scope and time limit, over resources of several departments (Art. 20)."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="The file's name")]
    title: Text = Field(description="Its name for people")
    purpose: Identifier = Field(description="The one purpose; row filters read it as :purpose")
    legal_basis: Statement = Field(description="The rule that gives the duty")
    scenario: Statement = Field(description="In which business it is used")
    scope: Statement = Field(description="Over whom or what")
    valid_from: dt.date = Field(description="The first day on which it may be used")
    valid_to: dt.date = Field(description="The last day on which it may be used")
    epoch: int = Field(1, ge=1, description="Raise it to change every token of this grant")
    grantees: tuple[str, ...] = Field(
        min_length=1, description="Account ids, department:ID for all of a department, or all for everyone"
    )
    lists: dict[Identifier, tuple[str, ...]] = Field({}, description="Named lists that row filters bind, such as case")
    lookup: bool = Field(False, description="Whether written values may be turned into tokens, by lookup('…')")
    resources: dict[str, GrantResource] = Field(min_length=1, description="What it gives of each department.resource")

    @field_validator("valid_to")
    @classmethod
    def _period(cls, last: dt.date, given: ValidationInfo) -> dt.date:
        if last < given.data.get("valid_from", last):
            raise ValueError("it is before valid_from")
        return last


class Account(Model):
    """A person or an application. Keys are issued by `fedquery`, hashed in the store, never here."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,62}$", description="The table's name")]
    name: str | Text = Field(description="Who it is, for people: a person's name, or a text in both languages")
    kind: Literal["person", "application"] = Field("person", description="Who uses it")
    department: Identifier = Field(description="The department that it belongs to")
    roles: tuple[Literal["analyst", "application", "steward", "platform"], ...] = Field(
        min_length=1, description="analyst and application query; steward and platform do not"
    )
    attributes: dict[Identifier, str | tuple[str, ...]] = Field({}, description="What row filters bind, such as region")

    @property
    def title(self) -> Text:
        """The name in both languages; a person's is the same in both."""
        return self.name if isinstance(self.name, Text) else Text(zh=self.name, en=self.name)


class Catalog(Model):
    """The whole directory: one value, versioned by its content (:mod:`fedquery.catalog.digest`)."""

    departments: dict[Identifier, Department] = {}
    grants: dict[str, Grant] = {}
    accounts: dict[str, Account] = {}

    def resource(self, name: ResourceName) -> Resource | None:
        """The entry, published or not listed; None when there is none."""
        department = self.departments.get(name.department)
        return department.resources.get(name.name) if department else None

    def resources(self) -> tuple[tuple[ResourceName, Resource], ...]:
        """Every entry with its name, in name order."""
        return tuple(
            (ResourceName(d, r), self.departments[d].resources[r])
            for d in sorted(self.departments)
            for r in sorted(self.departments[d].resources)
        )

    def sources(self) -> tuple[tuple[str, SourceDef], ...]:
        """Every source as ``department.source``."""
        return tuple(
            (f"{d}.{s}", self.departments[d].sources[s])
            for d in sorted(self.departments)
            for s in sorted(self.departments[d].sources)
        )

    def grants_of(self, account: str, department: str) -> tuple[Grant, ...]:
        """The grants whose grantees include the account, its whole department or all, expired ones too, in id order."""
        names = {account, f"department:{department}", "all"}
        return tuple(self.grants[g] for g in sorted(self.grants) if names & set(self.grants[g].grantees))
