/** The rows as a real table of which only what is in view exists. */
import "regular-table";
import type { RegularTableElement } from "regular-table/dist/esm/regular-table";
import { useEffect, useRef } from "preact/hooks";
import { formKind, formName, formReason } from "./forms";
import { locale, t } from "./i18n";
import type { OutputColumn, Rows } from "./rows";

/** A cell of text, or an element where a text could be mistaken for a value. */
type Cell = string | HTMLElement;

/** A long value is shortened where it is shown; its whole text is the cell's title, and downloads have it. */
const SHOWN_LENGTH = 300;

function element(tag: string, className: string, text: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function header(column: OutputColumn): HTMLElement {
  const head = element("span", "head", "");
  const about = element("span", "head-about", "");
  about.append(element("span", "head-type", column.type));
  const kind = formKind(column.form);
  if (kind !== "clear") {
    const badge = element("span", `badge form-${kind}`, formName(column.form));
    about.append(badge);
  }
  const origins = column.origins.length ? ` (${t("form.origins", { origins: column.origins.join(", ") })})` : "";
  head.title = formReason(column.form) + origins;
  head.append(element("span", "head-name", column.name), about);
  return head;
}

function cell(rows: Rows, row: number, column: number): Cell {
  const text = rows.text(row, column);
  if (text === undefined) return element("span", "null", "NULL");
  if (text.length <= SHOWN_LENGTH) return text;
  const shortened = element("span", "", `${text.slice(0, SHOWN_LENGTH)}…`);
  shortened.title = text;
  return shortened;
}

function range<T>(from: number, to: number, make: (at: number) => T): T[] {
  return Array.from({ length: Math.max(to - from, 0) }, (_, at) => make(from + at));
}

export function Grid({ rows, received }: { rows: Rows; received: number }) {
  const host = useRef<HTMLDivElement>(null);
  const grid = useRef<RegularTableElement>(null);
  const spoken = locale.value;

  useEffect(() => {
    const table = document.createElement("regular-table") as RegularTableElement;
    grid.current = table;
    host.current!.replaceChildren(table);
    table.setAttribute("role", "region");
    table.setDataListener(
      async (x0, y0, right, bottom) => {
        const [x1, y1] = [Math.min(right, rows.columns.length), Math.min(bottom, rows.length)];
        return {
          num_rows: rows.length,
          num_columns: rows.columns.length,
          column_headers: range(x0, x1, (x) => [header(rows.columns[x]!)]) as never,
          row_headers: range(y0, y1, (y) => [String(y + 1)]),
          data: range(x0, x1, (x) => range(y0, y1, (y) => cell(rows, y, x))) as never,
        };
      },
      { virtual_mode: "both" },
    );
    table.addStyleListener(() => describe(table, rows));
    void table.draw();
    return () => table.remove();
  }, [rows, spoken]);

  useEffect(() => {
    grid.current?.setAttribute("aria-label", t("results.grid", { rows: received, columns: rows.columns.length }));
    void grid.current?.draw();
  }, [rows, received, spoken]);

  return <div class="grid" ref={host} />;
}

/** Says to assistive technology where in the whole result the visible cells stand, and which hold numbers. */
function describe(table: RegularTableElement, rows: Rows): void {
  const inside = table.querySelector("table");
  inside?.setAttribute("aria-rowcount", String(rows.length + 1));
  inside?.setAttribute("aria-colcount", String(rows.columns.length + 1));
  for (const th of table.querySelectorAll<HTMLElement>("thead th")) {
    const meta = table.getMeta(th);
    const x = meta?.type === "column_header" ? meta.x : undefined;
    th.setAttribute("scope", "col");
    if (x === undefined) th.setAttribute("aria-label", "#");
    else th.removeAttribute("aria-label");
    th.setAttribute("aria-colindex", x === undefined ? "1" : String(x + 2));
    th.classList.toggle("numeric", x !== undefined && rows.columns[x]?.numeric === true);
  }
  for (const line of table.querySelectorAll("thead tr")) line.setAttribute("aria-rowindex", "1");
  for (const line of table.querySelectorAll("tbody tr")) {
    for (const td of line.children) {
      const meta = table.getMeta(td as HTMLElement);
      if (meta?.type === "row_header") {
        td.setAttribute("scope", "row");
        td.setAttribute("aria-colindex", "1");
        line.setAttribute("aria-rowindex", String(meta.y + 2));
      } else if (meta?.type === "body") {
        td.setAttribute("aria-colindex", String(meta.x + 2));
        td.classList.toggle("numeric", rows.columns[meta.x]?.numeric === true);
      }
    }
  }
}
