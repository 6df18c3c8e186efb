"""The console against the demo city: every example, refusals with their reason, regions, downloads, signing out."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from accessibility import axe
from playwright.sync_api import Browser, Page, expect

EXAMPLES = json.loads((Path(__file__).parents[2] / "web/src/demo-examples.json").read_text("utf-8"))
#: Grants whose example shows a column in another form than clear, and whose answer is of the visible rows only.
MASKED = {"birth-service", "licence-supervision", "interprovincial-service", "housing-approval", "credit-supervision"}
MARKED = {"birth-service", "pension-certification", "elderly-allowance", "social-assistance", "statistics", "backflow"}


@pytest.fixture(scope="module")
def analyst(browser: Browser, city: dict[str, Any]) -> Iterator[Page]:
    """The city's analyst, signed in, Chinese."""
    yield from signed_in(browser, city, "analyst")


@pytest.fixture
def fresh(browser: Browser, city: dict[str, Any]) -> Iterator[Page]:
    """The same, for tests that change the page's state for good."""
    yield from signed_in(browser, city, "analyst")


def signed_in(browser: Browser, city: dict[str, Any], account: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1400, "height": 900}, color_scheme="light")
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(city["url"])
    page.fill("#key", city["accounts"][account]["key"])
    page.keyboard.press("Enter")
    expect(page.locator(".blank .primary")).to_be_visible()
    yield page
    context.close()
    assert not faults


def take(page: Page, example: dict[str, Any], language: str = "zh") -> None:
    """Choose an example under its grant, and run it."""
    page.get_by_role("tab").first.click()
    page.locator(".grant-choice select").select_option(example["grant"])
    page.locator(".examples select").select_option(label=example["title"][language])
    run(page)


def run(page: Page) -> None:
    with page.expect_response("**/v1/query"):
        page.locator(".tools .primary").click()
    expect(page.locator(".status.done, .status.failed")).to_be_visible()


def ask(page: Page, grant: str, sql: str) -> None:
    page.get_by_role("tab").first.click()
    page.locator(".grant-choice select").select_option(grant)
    page.locator(".cm-content").fill(sql)
    run(page)


def row_count(page: Page) -> int:
    return int(page.locator("regular-table table").get_attribute("aria-rowcount") or "0") - 1


@pytest.mark.parametrize("example", [pytest.param(one, id=one["title"]["en"]) for one in EXAMPLES])
def test_every_example_answers_with_rows(analyst: Page, example: dict[str, Any]) -> None:
    take(analyst, example)
    expect(analyst.locator(".status.done")).to_be_visible()
    expect(analyst.locator("regular-table tbody td").first).to_be_visible()
    assert row_count(analyst) > 0
    if example["grant"] in MASKED and example["title"]["en"] != "Licensed, not registered for tax":
        expect(analyst.locator("regular-table thead .badge").first).to_be_visible()
    if example["grant"] in MARKED:
        expect(analyst.locator(".marks")).to_contain_text("此结果只涵盖您有权看到的数据")
    analyst.get_by_role("tab").nth(2).click()
    expect(analyst.locator("svg.picture .box.department").first).to_be_visible()


def test_the_first_impression(fresh: Page) -> None:
    expect(fresh.locator(".whoami")).to_contain_text("市级分析员")
    expect(fresh.locator(".whoami")).to_contain_text("数据局")
    expect(fresh.locator(".grant")).to_contain_text("《政务数据共享条例》")
    with fresh.expect_response("**/v1/query"):
        fresh.locator(".blank .primary").click()
    expect(fresh.locator(".status.done")).to_be_visible()
    expect(fresh.locator("regular-table thead .badge.form-mask")).to_have_count(3)
    expect(fresh.locator("regular-table thead")).to_contain_text("VARCHAR")
    expect(fresh.locator(".marks")).to_contain_text("psb.resident")
    fresh.get_by_role("tab").nth(2).click()
    for department in ("公安局", "卫生健康委员会"):
        expect(fresh.locator("svg.picture")).to_contain_text(department)


def test_a_statement_is_measured(analyst: Page) -> None:
    ask(analyst, "pension-certification", "SELECT count(*) AS n FROM hrss.pension_benefit WHERE pay_status = 'paying'")
    analyst.get_by_role("tab").nth(2).click()
    with analyst.expect_response("**/v1/explain"):
        analyst.get_by_role("button", name="运行并计量").click()
    expect(analyst.locator(".measured")).to_contain_text("结果 1 行")
    expect(analyst.locator("table.asked")).to_contain_text("返回情况")
    expect(analyst.locator("svg.picture .box.department").first).to_contain_text("1 行")


def test_a_withheld_column_is_marked_and_refused_with_its_reason(analyst: Page) -> None:
    ask(analyst, "pension-certification", "SELECT person_id,\n  cause_code\nFROM health.death_certificate")
    expect(analyst.locator(".problem")).to_contain_text("该授权不允许")
    expect(analyst.locator(".problem")).to_contain_text("health.death_certificate.cause_code")
    expect(analyst.locator(".problem")).to_contain_text("见编辑器第 2 行标记处")
    expect(analyst.locator(".problem")).to_contain_text("请去掉它：任何授权都不能提供。")
    expect(analyst.locator(".cm-lintRange-error")).to_have_text("cause_code")


#: Statement -> the grant it is asked under, and what a Chinese reader is told: what is wrong, then what to do.
TOLD = {
    "SELECT person_id FORM health.death_certificate": (
        "pension-certification",
        "有语法错误（第 1 行）",
        "请检查标记处之前的内容",
    ),
    "SELECT persn_id FROM health.death_certificate": ("pension-certification", "没有列 persn_id。", "您是否想写 person_id？"),
    "SELECT * FROM health.nothing": ("pension-certification", "没有表 health.nothing。", "数据目录"),
    "SELECT sum(hukou_district) FROM psb.resident": (
        "pension-certification",
        "没有适用于 sum(VARCHAR) 的函数或运算符。",
        "请把参数转换为其接受的类型",
    ),
    "SELECT hukou_district, count(*) FROM psb.resident": (
        "pension-certification",
        "列 hukou_district 既未分组也未汇总。",
        "请将其加入 GROUP BY",
    ),
    "SELECT foo(hukou_district) FROM psb.resident": ("pension-certification", "允许的语言中没有函数 foo。", "docs/sql.md"),
    "INSERT INTO psb.resident VALUES (1)": ("pension-certification", "这里不能使用 INSERT。", "请以 SELECT"),
    "SELECT person_id FROM psb.resident WHERE full_name = '张*'": (
        "pension-certification",
        "以遮盖形式（keep(1,0)）提供；可以查看，不能用于筛选。",
        "filter 权",
    ),
}


@pytest.mark.parametrize("sql", TOLD)
def test_a_chinese_reader_is_told_in_chinese_and_an_english_one_in_english(fresh: Page, sql: str) -> None:
    grant, what, then = TOLD[sql]
    ask(fresh, grant, sql)
    box = fresh.locator(".problem")
    expect(box).to_contain_text(what)
    expect(box).to_contain_text(then)
    assert not re.search(r"[a-z]{3,} [a-z]{2,} [a-z]{2,}", box.inner_text()), box.inner_text()
    fresh.get_by_role("button", name="Switch to English").click()
    expect(box).not_to_contain_text(what)
    assert not re.search(r"[\u4e00-\u9fff]", box.inner_text()), box.inner_text()


KEPT_AND_PUSHED = (
    "SELECT person_id FROM psb.resident WHERE split_part(hukou_district, '0', 1) = '99' AND cancel_reason = 'death'"
)


def test_what_is_asked_and_kept_back_and_the_policies_are_told_in_the_reader_s_language(fresh: Page) -> None:
    ask(fresh, "pension-certification", KEPT_AND_PUSHED)
    fresh.get_by_role("tab").nth(2).click()
    row = fresh.locator("table.asked tbody tr")
    expect(row).to_contain_text("与 DuckDB 完全一致")
    expect(row).to_contain_text("筛选：")
    expect(row).to_contain_text("varchar 上的 =")
    expect(row).to_contain_text("授权 pension-certification：pension_certification（《")
    fresh.get_by_role("button", name="Switch to English").click()
    expect(row).to_contain_text("is not declared exact at this source")
    expect(row).to_contain_text("filter: ")
    expect(row).to_contain_text("= on varchar")
    expect(row).to_contain_text("grant pension-certification: pension_certification (")


def test_marks_are_in_the_reader_s_language(fresh: Page) -> None:
    ask(fresh, "pension-certification", "SELECT count(*) AS n FROM hrss.pension_benefit")
    expect(fresh.locator(".marks li")).to_contain_text("hrss.pension_benefit：汇总")
    expect(fresh.locator(".marks li")).to_contain_text("只含满足")
    fresh.get_by_role("button", name="Switch to English").click()
    expect(fresh.locator(".marks li")).to_contain_text("rows where")


def test_a_district_sees_its_own_row(analyst: Page, browser: Browser, city: dict[str, Any]) -> None:
    backflow = next(one for one in EXAMPLES if one["grant"] == "backflow")
    take(analyst, backflow)
    assert row_count(analyst) == 3
    for page in signed_in(browser, city, "district_analyst"):
        take(page, backflow)
        assert row_count(page) == 1
        expect(page.locator("regular-table tbody")).to_contain_text("990102")


def test_downloads_are_complete(analyst: Page) -> None:
    ask(analyst, "backflow", "SELECT person_id, full_name, birth_date FROM psb.resident ORDER BY person_id")
    rows = row_count(analyst)
    assert rows > 1000
    got: dict[str, bytes] = {}
    for kind in ("CSV", "JSON", "ARROW"):
        with analyst.expect_download() as download:
            analyst.locator(f".downloads button[aria-label$='{kind}']").click()
        got[kind] = download.value.path().read_bytes()
    lines = list(csv.reader(io.StringIO(got["CSV"].decode("utf-8-sig"))))
    document = json.loads(got["JSON"])
    table = pa.ipc.open_stream(got["ARROW"]).read_all()
    assert lines[0] == ["person_id", "full_name", "birth_date"] == table.column_names
    assert len(lines) - 1 == len(document["rows"]) == document["row_count"] == table.num_rows == rows
    assert [line[0] for line in lines[1:]] == [row[0] for row in document["rows"]] == table["person_id"].to_pylist()


@pytest.mark.parametrize(("kind", "value", "rows"), [("text", "990102", True), ("null", None, False)])
def test_parameters_are_bound(analyst: Page, kind: str, value: str | None, rows: bool) -> None:
    sql = "SELECT hukou_district, count(*) AS n FROM psb.resident WHERE hukou_district = $district GROUP BY 1"
    analyst.get_by_role("tab").first.click()
    analyst.locator(".grant-choice select").select_option("backflow")
    analyst.locator(".cm-content").fill(sql)
    analyst.get_by_label("$district").last.select_option(kind)
    if value:
        analyst.get_by_label("$district").first.fill(value)
    run(analyst)
    expect(analyst.locator(".status.done")).to_be_visible()
    assert row_count(analyst) == int(rows)
    if rows:
        expect(analyst.locator("regular-table tbody")).to_contain_text("990102")


def test_names_are_completed_by_their_chinese_titles(analyst: Page) -> None:
    analyst.locator(".grant-choice select").select_option("birth-service")
    analyst.locator(".cm-content").fill("SELECT 1 FROM ")
    analyst.keyboard.press("Control+End")
    analyst.keyboard.type("户籍人口")
    option = analyst.locator(".cm-tooltip-autocomplete li", has_text="psb.resident").first
    expect(option).to_be_visible()
    option.click()
    expect(analyst.locator(".cm-content")).to_have_text("SELECT 1 FROM psb.resident")


@pytest.mark.parametrize(("grant", "options"), [("housing-approval", 1), ("birth-service", 0)])
def test_lookup_is_completed_where_the_grant_gives_it(analyst: Page, grant: str, options: int) -> None:
    analyst.locator(".grant-choice select").select_option(grant)
    analyst.locator(".cm-content").fill("SELECT 1 FROM psb.resident WHERE person_id = lo")
    analyst.keyboard.press("Control+End")
    analyst.keyboard.press("Control+Space")
    expect(analyst.locator(".cm-tooltip-autocomplete li", has_text="lower").first).to_be_visible()
    expect(analyst.locator(".cm-tooltip-autocomplete li", has_text="lookup")).to_have_count(options)
    analyst.keyboard.press("Escape")


@pytest.mark.parametrize("width", [1400, 420])
def test_english_dark_and_accessible(fresh: Page, width: int) -> None:
    fresh.set_viewport_size({"width": width, "height": 900})
    fresh.get_by_role("button", name="Switch to English").click()
    fresh.locator(".theme-choice select").select_option("dark")
    expect(fresh.locator("html")).to_have_attribute("data-theme", "dark")
    take(fresh, EXAMPLES[0], "en")
    expect(fresh.locator(".marks")).to_contain_text("This result covers only what you may see")
    findings = axe(fresh)
    fresh.get_by_role("tab", name="Who was asked what").click()
    expect(fresh.locator("svg.picture")).to_contain_text("Public Security Bureau")
    assert findings + axe(fresh) == []
    assert fresh.evaluate("document.documentElement.scrollWidth") <= width


def test_signing_out_ends_the_session(fresh: Page) -> None:
    take(fresh, EXAMPLES[0])
    fresh.get_by_role("button", name="退出登录").click()
    expect(fresh.locator("#key")).to_be_visible()
    fresh.reload()
    expect(fresh.locator("#key")).to_be_visible()
    expect(fresh.locator("regular-table")).to_have_count(0)
