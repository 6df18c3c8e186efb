"""Settings: order of precedence, origins, unknown keys, wrong values, and the generated page."""

from __future__ import annotations

from pathlib import Path

import pytest

from fedquery.errors import SettingProblem
from fedquery.settings import PREFIX, Settings, load, reference
from fedquery.testing.plugin import Snapshot

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty working directory and no variable of ours."""
    import os

    for variable in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(variable)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_later_sources_win_and_say_so(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (clean / "fedquery.toml").write_text('port = 1\nhost = "a"\nthreads = 3\n')
    monkeypatch.setenv("FEDQUERY_PORT", "2")
    monkeypatch.setenv("FEDQUERY_HOST", "b")
    settings = load({"host": "c"})
    assert (settings.threads, settings.port, settings.host, settings.concurrency) == (3, 2, "c", 8)
    origins = settings.origins()
    assert (origins["threads"], origins["port"]) == ("fedquery.toml", "environment FEDQUERY_PORT")
    assert (origins["host"], origins["concurrency"]) == ("flag --host", "default")
    assert set(origins) == set(Settings.model_fields)


def test_folders_follow_the_data_folder() -> None:
    settings = load({"data_dir": "/var/lib/fedquery"})
    assert settings.secrets_dir == Path("/var/lib/fedquery/secrets")
    assert settings.store_url == "sqlite:////var/lib/fedquery/fedquery.db"
    assert load({"data_dir": "/a", "spill_dir": "/b"}).spill_dir == Path("/b")


def test_sizes_are_read_in_words() -> None:
    assert load({"memory_limit": "512MiB"}).memory_limit == 512 * 2**20


def test_it_is_frozen_and_its_constructor_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEDQUERY_PORT", "2")
    settings = Settings()
    assert settings.port == 8080
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 3


@pytest.mark.parametrize(
    ("file", "variable", "message"),
    [
        ("prot = 1", None, "There is no setting prot (fedquery.toml). Did you mean port?"),
        ("[database]\nx = 1", None, "There is no setting database (fedquery.toml). The settings are data_dir"),
        ("", ("FEDQUERY_TREADS", "1"), "There is no setting treads (environment FEDQUERY_TREADS). Did you mean threads?"),
        ("port = \n", None, "fedquery.toml is not TOML: Invalid value (at line 1"),
        ("port = true", None, "port (fedquery.toml): a number is needed."),
        ("port = 0", None, "port (fedquery.toml): Input should be greater than or equal to 1."),
        ("bytes_limit = -1", None, "bytes_limit (fedquery.toml): "),
        ('log_level = "loud"', None, "log_level (fedquery.toml): Input should be 'debug', 'info', 'warning' or 'error'."),
        ('time_zone = "Mars/Base"', None, "time_zone (fedquery.toml): not a time zone"),
        ('time_zone = "../../etc/passwd"', None, "time_zone (fedquery.toml): not a time zone"),
        ("data_dir = 3", None, "data_dir (fedquery.toml): "),
    ],
)
def test_wrong_settings_are_named(
    clean: Path, monkeypatch: pytest.MonkeyPatch, file: str, variable: tuple[str, str] | None, message: str
) -> None:
    (clean / "fedquery.toml").write_text(file)
    if variable:
        monkeypatch.setenv(*variable)
    with pytest.raises(SettingProblem) as caught:
        load()
    assert message in str(caught.value)


@pytest.mark.parametrize(
    "flags", [{"master_key": "hunter2-the-key"}, {"store_url": "postgresql://fedquery:hunter2@db/fedquery"}]
)
def test_a_secret_is_refused_and_not_repeated(flags: dict[str, object]) -> None:
    with pytest.raises(SettingProblem) as caught:
        load(flags)
    assert "env:NAME" in caught.value.message
    assert "hunter2" not in str(caught.value)


def test_a_named_file_must_exist(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingProblem, match=r"other\.toml does not exist"):
        load(file=clean / "other.toml")
    monkeypatch.setenv("FEDQUERY_CONFIG", str(clean / "third.toml"))
    with pytest.raises(SettingProblem, match=r"third\.toml does not exist"):
        load()
    (clean / "third.toml").write_text("port = 9")
    assert load().port == 9


def test_variables_of_the_build_and_of_tests_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FEDQUERY_CONSOLE", "skip")
    monkeypatch.setenv("FEDQUERY_TEST_POSTGRES", "x")
    assert load().origins()["port"] == "default"


def test_the_page_is_what_the_fields_say(snapshot: Snapshot) -> None:
    snapshot(ROOT / "docs" / "settings.md", reference())
