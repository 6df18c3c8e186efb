"""The directory as a whole: each fault with file, line, what is wrong and what to do; the demo's has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from fedquery._paths import CATALOG
from fedquery.catalog.check import check, load_checked, require
from fedquery.catalog.load import Texts, parse
from fedquery.catalog.model import SourceDef
from fedquery.errors import CatalogProblem
from fedquery.spi import Capabilities, Connector, connectors

PSB, HEALTH, GRANT, OPEN = (
    "departments/psb.toml", "departments/health.toml", "grants/pension-check.toml", "grants/open-directory.toml",
)  # fmt: skip
RESIDENT = "resources.resident"


def warnings_of(files: dict[str, str]) -> tuple[str, ...]:
    return require(parse(Texts(files)), connectors(), Texts(files))


def faults_of(files: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(CatalogProblem) as caught:
        warnings_of(files)
    return caught.value.problems


def test_a_right_directory_has_no_fault_and_no_warning(files: dict[str, str]) -> None:
    assert check(parse(Texts(files)), connectors()) == ()


def test_the_demo_has_no_fault_and_no_warning() -> None:
    assert load_checked(CATALOG / "demo", connectors())[1] == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        # sources
        (PSB, 'kind = "postgres"', 'kind = "postgre"',
         "sources.main.kind: no connector of the kind postgre is installed; did you mean postgres?"),
        (PSB, "uri =", "url =", "sources.main.options.uri: missing; the kind postgres needs it"),
        (PSB, '"env:PSB_PASSWORD"', '"hunter2-hunter2"',
         "sources.main.options.password: a secret does not belong into the directory; put it behind env:NAME or file:PATH"),
        (PSB, "fedquery_ro@", "fedquery_ro:hunter2@",
         "sources.main.options.uri: a secret does not belong into the directory; put it behind env:NAME or file:PATH"),
        (HEALTH, 'path = "health.db"', 'path = "health.db"\ntimeout = 3',
         "sources.registers.options.timeout: unknown option of the kind sqlite; known are path"),
        (PSB, 'source = "main"', 'source = "mian"', f"{RESIDENT}.source: psb has no source mian; did you mean main?"),
        # columns and forms
        (PSB, 'identifier = "person_id"\n', "",
         f"{RESIDENT}.columns.person_id.forms.0: token needs the kind of identifier; add identifier"),
        (PSB, '"keep(1,1)"', '"keep(6,4)"',
         f"{RESIDENT}.columns.person_id.forms.2: keep(6,4) shows 10 characters of a person_id, so that the rest can be "
         "guessed; show at most 7, or use token"),
        (PSB, '"truncate(month)"', '"keep(1,1)"',
         f"{RESIDENT}.columns.birth_date.forms.0: the mask keep(1,1) does not fit the type date; use another form"),
        (HEALTH, 'type = "date"', 'type = "date"\nidentifier = "day"\nforms = ["clear", "token"]',
         "resources.death.columns.died_on.forms.1: token needs varchar, and the type is date"),
        (HEALTH, 'type = "date"', 'type = "date"\ncodes = { a = "b" }',
         "resources.death.columns.died_on.codes: codes unify text, and the type is date"),
        (PSB, "nullable = false\n", "", f"{RESIDENT}.columns.person_id.key: a key is never NULL"),
        (HEALTH, 'type = "date"', 'type = "date"\negress = ["psb", "hrs"]',
         "resources.death.columns.died_on.egress.1: there is no department hrs; did you mean hrss?"),
        (HEALTH, 'physical = "died_on"', 'physical = "died_on"\nsharing = { attribute = "unconditional" }',
         "resources.death.columns.died_on.sharing: the column is shared unconditionally and its resource shared "
         "conditionally; a column cannot be shared more widely than its resource"),
        # row filters and rules
        (PSB, "starts_with(district, :region)", "starts_with(distrct, :region)",
         f"{RESIDENT}.row_filter: there is no column distrct; the columns are person_id"),
        (PSB, "starts_with(district, :region)", "starts_with(district, :area)",
         f"{RESIDENT}.row_filter: nothing is bound to :area; known are"),
        (GRANT, "district = ANY(:case)", "lower(district) = 'x'",
         "resources.psb.resident.row_filter: LOWER(district) and 'x': one side must be a column or a :parameter"),
        (GRANT, "birth_date <= DATE '1946-10-01'", "district = 'x'",
         "resources.psb.resident.columns.birth_date.rules.0: the rule is about district; a rule compares birth_date itself"),
        (GRANT, "birth_date <= DATE '1946-10-01'", "birth_date IS NULL",
         "resources.psb.resident.columns.birth_date.rules.0: 'birth_date IS NULL' is no rule"),
        # grants
        (GRANT, '"health.death"', '"health.deaths"',
         "resources.health.deaths: there is no resource health.deaths; did you mean health.death?"),
        (GRANT, 'died_on = "clear"', 'died_at = "clear"',
         "resources.health.death.columns.died_at: health.death has no column died_at; did you mean died_on?"),
        (GRANT, 'district = "clear"', 'district = "null"',
         "resources.psb.resident.columns.district: psb.resident.district is not offered as null; "
         "the forms of its entry are clear"),
        (GRANT, 'district = "clear"', 'ethnicity = "clear"',
         "resources.psb.resident.columns.ethnicity: psb.resident.ethnicity is not shared: no duty needs it; "
         "legal basis: Personal Information Protection Law, Art. 28. No grant can give it"),
        (GRANT, '"zhang"', '"zang"', "grantees.1: there is no account zang; did you mean zhang?"),
        (GRANT, "department:hrss", "department:hrs", "grantees.0: there is no department hrs; did you mean hrss?"),
        (GRANT, "psb sharing office", " ", "resources.psb.resident.approval.by: who approved it for psb is missing"),
        (OPEN, "health.facility", "psb.resident", "resources.psb.resident.columns.name: psb.resident has no column name"),
        ("accounts.toml", 'department = "psb"', 'department = "pbs"',
         "accounts.zhang.department: there is no department pbs; did you mean psb?"),
    ],
)  # fmt: skip
def test_each_fault_is_told_with_its_place(files: dict[str, str], file: str, old: str, new: str, problem: str) -> None:
    assert old in files[file]
    files[file] = files[file].replace(old, new)
    found = [told for told in faults_of(files) if f": {problem}" in told]
    assert len(found) == 1, faults_of(files)
    name, line, _ = found[0].split(":", 2)
    assert name == file
    written = files[file].splitlines()[int(line) - 1]
    key = problem.split(":", 1)[0].removesuffix(".0").removesuffix(".1").removesuffix(".2").split(".")
    assert any(part in written for part in key[-2:])


def test_a_plain_secret_is_never_shown(files: dict[str, str]) -> None:
    files[PSB] = files[PSB].replace("env:PSB_PASSWORD", "hunter2").replace("fedquery_ro@", "fedquery_ro:hunter3@")
    assert "hunter" not in "".join(faults_of(files))


def test_a_resource_that_is_not_shared_is_in_no_grant(files: dict[str, str]) -> None:
    files[HEALTH] = files[HEALTH].replace(
        'attribute = "conditional"\nscope = "city departments"\nuse = "stopping benefits"',
        'attribute = "not_shared"\nreason = "under seal."\nlegal_basis = { kind = "law", citation = "Archives Law, Art. 27" }',
    )
    (found,) = faults_of(files)
    assert found.endswith(
        "health.death is not shared: under seal; legal basis: Archives Law, Art. 27. No grant can give it; take it out"
    )


def test_all_is_for_unconditional_resources_and_columns_only(files: dict[str, str]) -> None:
    files[OPEN] = files[OPEN].replace("health.facility", "health.death").replace('name = "clear"', 'died_on = "clear"')
    (found,) = faults_of(files)
    assert "health.death is shared conditionally, so it cannot be given to all; name accounts or departments" in found
    files[OPEN] = files[OPEN].replace("health.death", "health.facility").replace("died_on", "name")
    files[HEALTH] += '\nsharing = { attribute = "conditional", scope = "city", use = "inspection" }\n'
    (found,) = faults_of(files)
    assert "health.facility.name is shared conditionally" in found


def test_a_filter_needs_its_list_under_every_grant(files: dict[str, str]) -> None:
    files[HEALTH] = files[HEALTH].replace(":purpose IN ('pension_certification')", "person_id IN (:case)")
    assert warnings_of(files) == ()
    files[GRANT] = files[GRANT].replace("[lists]\ncase = ", "[lists]\ncases = ").replace(":case", ":cases")
    (found,) = faults_of(files)
    assert "resources.death.row_filter: nothing is bound to :case" in found
    files[OPEN] = files[OPEN].replace('[resources."health.facility"]', '[lists]\ncase = []\n\n[resources."health.facility"]')
    (found,) = faults_of(files)
    assert found.startswith(GRANT)
    assert "the row filter of health.death cannot be bound under this grant: nothing is bound to :case" in found


def test_tokens_here_and_clear_there_will_not_join(files: dict[str, str]) -> None:
    head, tail = files[GRANT].split('[resources."health.death".columns]')
    files[GRANT] = head + '[resources."health.death".columns]' + tail.replace('person_id = "token"', 'person_id = "clear"')
    (told,) = warnings_of(files)
    line = files[GRANT].splitlines().index('person_id = "clear"') + 1
    assert told == (
        f"{GRANT}:{line}: resources.health.death.columns.person_id: health.death.person_id is given clear and "
        "psb.resident.person_id as a token of person_id: they will not join; give both in one form"
    )


def test_a_right_to_look_up_needs_a_token(files: dict[str, str]) -> None:
    files[OPEN] = files[OPEN].replace("scenario = ", "lookup = true\nscenario = ")
    (told,) = warnings_of(files)
    assert "lookup: no column is given as token or join, so that nothing can be looked up; leave it out" in told
    files[GRANT] = files[GRANT].replace("scenario = ", "lookup = true\nscenario = ")
    assert warnings_of(files) == (told,)


def test_a_purpose_for_which_there_is_no_row_is_a_warning(files: dict[str, str]) -> None:
    files[HEALTH] = files[HEALTH].replace("IN ('pension_certification')", "= 'flu'")
    (told,) = warnings_of(files)
    assert "for the purpose pension_certification there are none" in told


def test_all_faults_come_together_and_a_catalogue_without_files_names_them_too(files: dict[str, str]) -> None:
    files[GRANT] = files[GRANT].replace('"zhang"', '"zang"').replace('district = "clear"', 'district = "null"')
    files[PSB] = files[PSB].replace('source = "main"', 'source = "mian"')
    assert [told.split(":")[0] for told in faults_of(files)] == [PSB, GRANT, GRANT]
    with pytest.raises(CatalogProblem) as caught:
        require(parse(Texts(files)), connectors())
    assert caught.value.problems[1] == f"{GRANT}: grantees.1: there is no account zang; did you mean zhang?"


def test_what_a_connector_cannot_do_is_refused(files: dict[str, str]) -> None:
    """Over a connector that is installed, with less declared."""
    postgres = connectors()["postgres"]
    weak = Weak(postgres)
    found = [problem.message for problem in check(parse(Texts(files)), {**connectors(), "postgres": weak})]
    assert any("sources of the kind postgres cannot apply keep, and enforce is 'source'" in message for message in found)
    assert any("< on birth_date (date) is not exact at this kind of source" in message for message in found)


@pytest.mark.parametrize(
    ("filter", "operators", "functions", "told"),
    [
        ("district IN ('a', 'b')", {"="}, set(), ""),  # two equalities
        ("district = ANY(:case)", {"="}, set(), "in on district (varchar)"),
        ("starts_with(district, :region)", {"="}, set(), "starts_with on district (varchar)"),
        ("starts_with(:region, district)", {"="}, set(), "starts_with on district (varchar)"),
        ("district LIKE 'a%'", {"="}, {"starts_with"}, ""),
        ("district LIKE 'a%'", {"in"}, {"starts_with"}, "= on district (varchar)"),
    ],
)
def test_a_row_filter_needs_what_it_is_sent_as(
    files: dict[str, str], filter: str, operators: set[str], functions: set[str], told: str
) -> None:
    assert "starts_with(district, :region)" in files[PSB]
    files[PSB] = files[PSB].replace("starts_with(district, :region)", filter)
    files[GRANT] = files[GRANT].replace("district = ANY(:case)", "TRUE")
    weak = Weak(connectors()["postgres"], Capabilities({"varchar": frozenset(operators)}, frozenset(functions)))
    found = check(parse(Texts(files)), {**connectors(), "postgres": weak})
    said = [problem.message for problem in found if "on district" in problem.message]
    assert said == ([f"{told} is not exact at this kind of source; use another condition"] if told else [])


class Weak:
    """A connector that declares less, or nothing."""

    def __init__(self, real: Connector, capabilities: Capabilities | None = None) -> None:
        self.kind, self.options, self.dialect = "postgres", real.options, real.dialect
        self.capabilities = capabilities or Capabilities()

    def open(self, config: object) -> object:
        raise AssertionError("the check opens nothing")


def test_a_source_that_runs_beside_its_data_needs_no_scratch(files: dict[str, str], tmp_path: Path) -> None:
    files[HEALTH] = files[HEALTH].replace('kind = "sqlite"', 'kind = "sqlite"\nscratch = true')
    (told,) = warnings_of(files)
    assert "sources.registers.scratch: sources of the kind sqlite need no temporary tables" in told
    assert SourceDef(kind="sqlite").scratch is False


def test_a_kind_that_can_make_no_temporary_tables_is_not_asked_to(files: dict[str, str]) -> None:
    files[HEALTH] = files[HEALTH].replace('kind = "sqlite"', 'kind = "mysql"\nscratch = true', 1)
    (told,) = [fault for fault in faults_of(files) if "scratch" in fault]
    assert (
        "health.toml:" in told and "sources.registers.scratch: sources of the kind mysql can make no temporary tables" in told
    )
