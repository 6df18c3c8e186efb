"""Reading the directory: exact faults with file and line, nothing half-loaded, exact round trip."""

from __future__ import annotations

from pathlib import Path

import pytest

from fedquery.catalog.digest import canonical, digest, from_canonical
from fedquery.catalog.export import export, write
from fedquery.catalog.lines import line_of
from fedquery.catalog.load import Texts, load, parse
from fedquery.errors import CatalogProblem
from fedquery.names import ResourceName


def test_a_folder_is_read_whole(folder: Path) -> None:
    catalog = load(folder)
    assert sorted(catalog.departments) == ["health", "hrss", "psb"]
    resident = catalog.resource(ResourceName("psb", "resident"))
    assert resident is not None
    assert list(resident.columns) == ["person_id", "birth_date", "district", "ethnicity"]
    assert catalog.accounts["zhang"].attributes == {"region": "9901", "districts": ("990102", "990103")}
    assert [grant.id for grant in catalog.grants_of("zhang", "psb")] == ["open-directory", "pension-check"]
    assert [grant.id for grant in catalog.grants_of("root", "health")] == ["open-directory"]


def broken(files: dict[str, str], file: str, old: str, new: str) -> tuple[str, ...]:
    assert old in files.get(file, "") or not old
    files[file] = files[file].replace(old, new, 1) if old else new
    with pytest.raises(CatalogProblem) as caught:
        parse(Texts(files))
    return caught.value.problems


PSB, GRANT = "departments/psb.toml", "grants/pension-check.toml"


@pytest.mark.parametrize(
    ("file", "old", "new", "at", "problem"),
    [
        (PSB, "nullable = false", "nullabel = false", "nullabel",
         "resources.resident.columns.person_id.nullabel: unknown key; did you mean nullable?"),
        (PSB, "[sources.main.options]", "[sources.main.option]", "[sources.main.option]",
         "sources.main.option: unknown key; did you mean options?"),
        (PSB, "[resources.resident.columns.district]", "[resources.resident.columns.Bezirk]", "Bezirk",
         "resources.resident.columns.Bezirk: a name is lower-case letters"),
        (PSB, 'update_cycle = "daily"\n', "", "[resources.resident]", "resources.resident.update_cycle: missing"),
        (PSB, '"truncate(month)"', '"blur(3)"', "blur",
         "resources.resident.columns.birth_date.forms.0: 'blur(3)' is not a form; the forms are clear"),
        (PSB, 'type = "date"', 'type = "datum"', "datum",
         "resources.resident.columns.birth_date.type: 'datum' is not a type; the types are"),
        (PSB, 'use = "approval of benefits"\n', "", "[resources.resident.sharing]",
         "resources.resident.sharing: conditional sharing lists its scope and its use (Art. 15)"),
        (PSB, 'legal_basis = { kind = "law"', 'legal_basis = { kind = "circular"', "circular",
         "resources.resident.columns.ethnicity.sharing.legal_basis.kind: Input should be 'law'"),
        (PSB, "grade = 4\nrow", 'grade = 4\nsecrecy = "secret"\nrow', "secrecy",
         "resources.resident.secrecy: state secrets and work secrets are outside data sharing (Art. 3)"),
        (PSB, 'id = "psb"', 'id = "police"', "police", "id: 'police' must be 'psb', as the file is named"),
        (PSB, "seconds = 30", "seconds = thirty", "thirty", "not TOML: Invalid value"),
        (PSB, "seconds = 30", 'seconds = 30\nkind = "mysql"', "mysql", "not TOML: Cannot overwrite a value"),
        (GRANT, "2027-01-01", "2025-01-01", "valid_to", "valid_to: it is before valid_from"),
        (GRANT, "rules = [\"birth_date <= DATE '1946-10-01'\"]", "rules = []", "rules = []",
         "resources.psb.resident.columns.birth_date: the form verify, and only it, lists rules"),
        ("accounts.toml", 'roles = ["analyst"]', 'roles = ["king"]', "king", "accounts.zhang.roles.0: Input should be"),
        ("accounts.toml", "[accounts.root]", "[account.root]", "account.root", "account: unknown key"),
        ("accounts.toml", 'name = "Operator"', 'name = "Operator"\nid = "x"', "accounts.root",
         "accounts.root: an account is a table [accounts.ID], without a key id"),
    ],
)  # fmt: skip
def test_each_fault_is_located(files: dict[str, str], file: str, old: str, new: str, at: str, problem: str) -> None:
    (found,) = broken(files, file, old, new)
    line = files[file][: files[file].index(at)].count("\n") + 1
    assert found.startswith(f"{file}:{line}: {problem}")


@pytest.mark.parametrize("file", ["grants/extra/x.toml", "settings.toml", "departmets/psb.toml"])
def test_a_file_in_no_known_place_is_a_fault(files: dict[str, str], file: str) -> None:
    (found,) = broken(files, file, "", "a = 1")
    assert found.startswith(f"{file}: not a place for a file; the directory is departments/<id>.toml")


def test_all_faults_of_all_files_come_together(files: dict[str, str]) -> None:
    files[GRANT] = files[GRANT].replace('purpose = "pension_certification"\n', "").replace("by =", "buy =")
    problems = broken(files, PSB, 'type = "date"', 'type = "datum"')
    assert [problem.split(":")[0] for problem in problems] == [PSB, GRANT, GRANT, GRANT, GRANT, GRANT]
    assert any(problem.endswith("approval.buy: unknown key; did you mean by?") for problem in problems)


def test_a_missing_folder_and_a_file_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(CatalogProblem, match="There is no directory folder"):
        load(tmp_path / "nowhere")
    (tmp_path / "accounts.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(CatalogProblem) as caught:
        load(tmp_path)
    assert caught.value.problems == ("accounts.toml: not UTF-8",)


@pytest.mark.parametrize(
    ("path", "line"),
    [(("a",), 1), (("t", "x", "y"), 3), (("t", "x", "y", "z"), 3), (("t", "text"), 4), (("t", "q.r", "s"), 9), (("no",), 1)],
)
def test_lines(path: tuple[str, ...], line: int) -> None:
    text = 'a = 1\n[t] # header\nx.y = { z = 1 }\ntext = """\nx.y = 2\n[z]\n"""\n[t."q.r"]\n s = 1\n'
    assert line_of(text, path) == line


def test_the_version_is_the_content(files: dict[str, str], tmp_path: Path) -> None:
    catalog = parse(Texts(files))
    again = parse(Texts(export(catalog)))
    assert again == catalog
    assert digest(again) == digest(catalog)
    assert export(again) == export(catalog)
    assert from_canonical(canonical(catalog)) == catalog
    write(catalog, tmp_path / "out")
    assert digest(load(tmp_path / "out")) == digest(catalog)
    with pytest.raises(FileExistsError):
        write(catalog, tmp_path / "out")


def test_layout_and_order_of_entries_do_not_matter_but_the_order_of_columns_does(files: dict[str, str]) -> None:
    version = digest(parse(Texts(files)))
    files["accounts.toml"] = "# a comment\n" + files["accounts.toml"].replace("region = ", "region   =   ")
    assert digest(parse(Texts(dict(reversed(files.items()))))) == version
    head, column = files["departments/health.toml"].split("[resources.death.columns.died_on]")
    column, tail = column.split("[resources.facility]")
    start, person = head.split("[resources.death.columns.person_id]")
    files["departments/health.toml"] = (
        f"{start}[resources.death.columns.died_on]{column}[resources.death.columns.person_id]{person}[resources.facility]{tail}"
    )
    assert digest(parse(Texts(files))) != version
