/** The one query of the page: start, receive, cancel; and the plan of it. */
import { signal } from "@preact/signals";
import * as api from "./api";
import { Problem } from "./problem";
import { Rows } from "./rows";
import { grantId, noticed } from "./session";
import { readArrow } from "./stream";

/** Rows that the page asks for; the whole result is what a download is for. */
export const SHOWN_ROWS = 10_000;

export interface Statement {
  sql: string;
  /** Where the text begins in the editor, in UTF-16 units. */
  offset: number;
  /** The lines of a selection; undefined for the whole text. */
  lines: { from: number; to: number } | undefined;
  parameters: Record<string, api.Parameter>;
}

export interface Run {
  statement: Statement;
  grant: string;
  state: "running" | "done" | "failed" | "cancelled";
  rows: Rows | undefined;
  received: number;
  capped: boolean;
  seconds: number;
  queryId: string | undefined;
  problem: Problem | undefined;
}

export interface Planned {
  statement: Statement;
  grant: string;
  explanation: api.Explanation | undefined;
  problem: Problem | undefined;
}

export const run = signal<Run | undefined>(undefined);
export const planned = signal<Planned | undefined>(undefined);

let running: AbortController | undefined;
let planning: AbortController | undefined;

function request({ sql, parameters }: Statement, grant: string): api.QueryRequest {
  return { sql, parameters, ...(grant ? { grant } : {}) };
}

export async function start(statement: Statement): Promise<void> {
  running?.abort();
  const abort = (running = new AbortController());
  const began = performance.now();
  let rows: Rows | undefined;
  let frame = 0;
  const update = (change: Partial<Run>): void => {
    if (running === abort && run.value) run.value = { ...run.value, seconds: (performance.now() - began) / 1000, ...change };
  };
  const show = (): void => {
    frame = 0;
    update({ rows, received: rows?.length ?? 0 });
  };
  run.value = {
    statement,
    grant: grantId.value,
    state: "running",
    rows: undefined,
    received: 0,
    capped: false,
    seconds: 0,
    queryId: undefined,
    problem: undefined,
  };
  try {
    const response = await api.query({ ...request(statement, grantId.value), max_rows: SHOWN_ROWS }, api.ARROW, abort.signal);
    const promised = response.headers.get("Fedquery-Row-Count");
    const capped = response.headers.has("Fedquery-Truncated-By");
    update({ queryId: response.headers.get("Fedquery-Query-Id") ?? undefined });
    if (!response.body) throw new Problem({ code: "truncated" });
    await readArrow(
      response.body,
      (schema) => {
        rows = new Rows(schema);
        show();
      },
      (batch) => {
        rows?.add(batch);
        frame ||= requestAnimationFrame(show); // one drawing for all the batches of a frame
      },
    );
    cancelAnimationFrame(frame);
    const received = rows?.length ?? 0;
    if (promised !== null && Number(promised) !== received) throw new Problem({ code: "truncated", retryable: true });
    update({ state: "done", rows, received, capped: capped || received >= SHOWN_ROWS });
  } catch (error) {
    cancelAnimationFrame(frame);
    const received = rows?.length ?? 0;
    if (abort.signal.aborted) update({ state: "cancelled", rows: undefined, received });
    else update({ state: "failed", rows: undefined, received, problem: noticed(error) });
  }
}

/** Ends the request; the server notices that its reader left and stops the departments' queries. */
export function cancel(): void {
  running?.abort();
}

/** The plan; with `analyze` the statement is run for what it costs, and its rows are dropped. */
export async function plan(statement: Statement, analyze = false): Promise<void> {
  planning?.abort();
  const abort = (planning = new AbortController());
  const now: Planned = { statement, grant: grantId.value, explanation: undefined, problem: undefined };
  planned.value = now;
  try {
    const explanation = await api.explain({ ...request(statement, now.grant), analyze }, abort.signal);
    if (planning === abort) planned.value = { ...now, explanation };
  } catch (error) {
    if (planning === abort) planned.value = { ...now, problem: noticed(error) };
  }
}

export const DOWNLOADS = {
  csv: { accept: "text/csv", extension: "csv" },
  json: { accept: "application/json", extension: "json" },
  arrow: { accept: api.ARROW, extension: "arrows" },
} as const;
export type DownloadFormat = keyof typeof DOWNLOADS;

/** Runs the statement again without a limit on rows and saves the answer. */
export async function download(statement: Statement, grant: string, format: DownloadFormat): Promise<void> {
  const { accept, extension } = DOWNLOADS[format];
  const response = await api.query(request(statement, grant), accept, new AbortController().signal);
  const id = response.headers.get("Fedquery-Query-Id") ?? "result";
  let content: Blob;
  if (format === "arrow" && response.body) {
    const [check, kept] = response.body.tee();
    const [blob] = await Promise.all([new Response(kept).blob(), readArrow(check, () => undefined, () => undefined)]);
    content = blob;
  } else {
    content = await response.blob();
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = `fedquery-${id}.${extension}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export function forget(): void {
  running?.abort();
  planning?.abort();
  running = planning = undefined;
  run.value = planned.value = undefined;
}
