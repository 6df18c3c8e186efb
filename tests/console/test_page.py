"""The console's main path in a real Chromium: run, read, refuse, explain, switch, and no serious accessibility finding."""

from __future__ import annotations

import pytest
from accessibility import axe
from playwright.sync_api import Page, expect


def ask(page: Page, sql: str) -> None:
    page.locator(".cm-content").fill(sql)
    page.keyboard.press("Control+Enter")


def test_rows_masks_marks_and_null(page: Page) -> None:
    ask(page, "SELECT * FROM psb.resident")
    expect(page.locator(".status.done")).to_contain_text("3,000 行")
    expect(page.locator("regular-table table")).to_have_attribute("aria-rowcount", "3001")
    expect(page.locator("regular-table thead")).to_contain_text("假名")
    expect(page.locator("regular-table .null").first).to_have_text("NULL")
    expect(page.locator(".marks")).to_contain_text("psb.resident")


def test_values_are_exact(page: Page) -> None:
    ask(page, "SELECT * FROM exact")
    grid = page.locator("regular-table tbody")
    for text in ("12345678901234567890.12", "-0.05", "9007199254740993", "18446744073709551615", "2026-02-28 01:02:03.000450"):
        expect(grid).to_contain_text(text)


def test_a_cap_is_said(page: Page) -> None:
    ask(page, "SELECT * FROM many")
    expect(page.locator(".capped")).to_contain_text("10,000")


def test_an_error_is_marked_where_it_is(page: Page) -> None:
    ask(page, "SELECT *\nFORM psb.resident")
    expect(page.locator(".problem")).to_contain_text("语法有误")
    expect(page.locator(".cm-lintRange-error")).to_have_text("FORM")


def test_a_stream_that_breaks_shows_no_rows(page: Page) -> None:
    def cut(route) -> None:  # type: ignore[no-untyped-def]
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.body()[:-8], headers={"Content-Type": answer.headers["content-type"]})

    page.route("**/v1/query", cut)
    ask(page, "SELECT * FROM psb.resident")
    expect(page.locator(".problem")).to_contain_text("传输中断开")
    expect(page.locator("regular-table")).to_have_count(0)


def test_a_department_that_fails_midway_is_named(page: Page) -> None:
    ask(page, "SELECT * FROM breaks")
    expect(page.locator(".problem")).to_contain_text("psb.main did not answer in time.")
    expect(page.locator(".status.failed")).to_be_visible()
    expect(page.locator("regular-table")).to_have_count(0)


def test_cancel_by_escape(page: Page) -> None:
    ask(page, "SELECT * FROM silent")
    expect(page.locator(".status.running")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".status.cancelled")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_plan_language_theme_and_axe(page: Page, theme: str) -> None:
    page.locator(".theme-choice select").select_option(theme)
    page.get_by_role("button", name="Switch to English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("html")).to_have_attribute("data-theme", theme)
    ask(page, "SELECT * FROM psb.resident")
    expect(page.locator(".status.done")).to_be_visible()
    findings = axe(page)
    page.get_by_role("tab", name="Who was asked what").click()
    expect(page.locator("svg.picture")).to_contain_text("Health Commission")
    expect(page.locator("table.asked")).to_contain_text("full_name is masked")
    assert findings + axe(page) == []
