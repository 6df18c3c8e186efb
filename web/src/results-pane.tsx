/** What came of the query: its rows, its columns in words, and who was asked what. */
import { useEffect, useState } from "preact/hooks";
import { mark, insert, text } from "./editor";
import { launch, offered, takeExample } from "./editor-pane";
import { ExplainView } from "./explain-view";
import { FormBadge } from "./form-badge";
import { formReason } from "./forms";
import { Grid } from "./grid";
import { RUN_KEY } from "./help";
import { pick, t, type Key } from "./i18n";
import { Check, Down, Partial, Play, Warning } from "./icons";
import { Marks } from "./marks";
import { Problem } from "./problem";
import { ProblemBox } from "./problem-box";
import { DOWNLOADS, download, plan, planned, run, type DownloadFormat, type Run } from "./run";
import type { Rows } from "./rows";
import { TABS, tab, type Tab } from "./view";

const TAB_NAMES: Record<Tab, Key> = { results: "results.tab", columns: "results.tab.columns", explain: "results.tab.explain" };

export function ResultsPane() {
  const shown = tab.value;
  const now = run.value;
  const columns = now?.rows?.columns.length ?? 0;
  return (
    <section class="results" aria-label={t("results.title")}>
      <div class="results-head">
        <div role="tablist" aria-label={t("results.title")} onKeyDown={moveTab}>
          {TABS.map((one) => (
            <button
              key={one}
              type="button"
              role="tab"
              id={`tab-${one}`}
              aria-selected={one === shown}
              aria-controls="panel"
              tabIndex={one === shown ? 0 : -1}
              onClick={() => choose(one)}
            >
              {t(TAB_NAMES[one])}
              {one === "columns" && columns > 0 && <span class="count">{columns}</span>}
            </button>
          ))}
        </div>
        <Status run={now} />
        {now?.state === "done" && <Downloads run={now} />}
      </div>
      <div class="panel" role="tabpanel" id="panel" aria-labelledby={`tab-${shown}`} tabIndex={-1}>
        {shown === "results" ? <Answer run={now} /> : shown === "columns" ? <Columns rows={now?.rows} /> : <ExplainView />}
      </div>
    </section>
  );
}

/** The plan of the query that ran is asked for when someone looks. */
function choose(one: Tab): void {
  tab.value = one;
  const now = run.value;
  if (one === "explain" && now && planned.value?.statement !== now.statement) void plan(now.statement);
}

function moveTab(event: KeyboardEvent): void {
  const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
  if (step === 0) return;
  event.preventDefault();
  choose(TABS[(TABS.indexOf(tab.value) + step + TABS.length) % TABS.length]!);
  document.getElementById(`tab-${tab.value}`)?.focus();
}

function Status({ run: now }: { run: Run | undefined }) {
  return (
    <p class={`status ${now?.state ?? "idle"}`} role="status">
      {now && <StatusWords run={now} />}
    </p>
  );
}

function StatusWords({ run: now }: { run: Run }) {
  if (now.state === "running") {
    return (
      <>
        <span class="spinner" aria-hidden="true" />
        {now.received > 0 ? t("results.running.rows", { rows: now.received }) : t("results.running")}
      </>
    );
  }
  if (now.state === "failed") return <><Warning />{t("results.failed")}</>;
  if (now.state === "cancelled") return <><Partial />{t("results.cancelled")}</>;
  const seconds = now.seconds < 10 ? now.seconds.toFixed(2) : now.seconds.toFixed(0);
  return (
    <>
      <Check />
      {t("results.done", { rows: now.received, seconds })}
    </>
  );
}

function Downloads({ run: now }: { run: Run }) {
  const [busy, setBusy] = useState<DownloadFormat>();
  const [problem, setProblem] = useState<Problem>();
  const get = async (format: DownloadFormat) => {
    setBusy(format);
    setProblem(undefined);
    try {
      await download(now.statement, now.grant, format);
    } catch (error) {
      setProblem(Problem.of(error));
    }
    setBusy(undefined);
  };
  return (
    <div class="downloads" role="group" aria-label={t("download.label")} title={t("download.why")}>
      <span class="quiet wide-only">
        <Down />
        {t("download.label")}
      </span>
      {(Object.keys(DOWNLOADS) as DownloadFormat[]).map((format) => (
        <button
          key={format}
          type="button"
          class="small"
          aria-label={`${t("download.label")}: ${format.toUpperCase()}`}
          aria-description={t("download.why")}
          disabled={busy !== undefined}
          onClick={() => void get(format)}
        >
          {format === "arrow" ? "Arrow" : format.toUpperCase()}
        </button>
      ))}
      <span role="status" class="quiet">
        {busy ? t("download.busy") : problem ? t("download.failed", { message: problem.said.detail || problem.code }) : ""}
      </span>
    </div>
  );
}

function Answer({ run: now }: { run: Run | undefined }) {
  if (!now) return <FirstSteps />;
  if (now.state === "failed" && now.problem) return <Failure run={now} problem={now.problem} />;
  if (now.state === "cancelled") return <p class="blank">{t("results.cancelled.rows")}</p>;
  if (!now.rows) return <p class="blank" aria-hidden="true" />;
  return (
    <>
      {now.rows.marks.length > 0 && <Marks marks={now.rows.marks} />}
      {now.capped && (
        <p class="notice capped" role="status">
          <Partial />
          {t("results.capped", { rows: now.received })}
        </p>
      )}
      {now.received === 0 && now.state === "done" && (
        <p class="notice" role="status">
          {t("results.none")}
        </p>
      )}
      <Grid rows={now.rows} received={now.received} />
    </>
  );
}

function Failure({ run: now, problem }: { run: Run; problem: Problem }) {
  const [line, setLine] = useState<number>();
  useEffect(() => setLine(mark(now.statement, problem)), [problem]);
  const lead = now.received > 0 ? t("results.failed.rows", { rows: now.received }) : undefined;
  return (
    <ProblemBox problem={problem} line={line} lead={lead} onSuggestion={insert}>
      {problem.retryable && (
        <button type="button" onClick={launch}>
          {t("problem.again")}
        </button>
      )}
    </ProblemBox>
  );
}

function FirstSteps() {
  const example = offered()[0];
  const blank = text.value.trim() === "";
  return (
    <div class="blank">
      <h2>{t("results.idle")}</h2>
      <p>
        {t("results.idle.lead", { key: RUN_KEY })}
      </p>
      {example && (
        <button
          type="button"
          class={blank ? "primary" : ""}
          onClick={() => {
            takeExample(example.sql);
            launch();
          }}
        >
          <Play />
          {t("results.idle.example", { title: pick(example.title) })}
        </button>
      )}
    </div>
  );
}

function Columns({ rows }: { rows: Rows | undefined }) {
  if (!rows) return <p class="blank">{t("results.idle")}</p>;
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t("results.tab.columns")}>
      <table class="plain">
        <thead>
          <tr>
            {(["name", "type", "form", "why", "origins"] as const).map((one) => (
              <th key={one} scope="col">
                {t(`columns.${one}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.columns.map((column, at) => (
            <tr key={at}>
              <th scope="row">
                <code>{column.name}</code>
              </th>
              <td>{column.type}</td>
              <td>
                <FormBadge form={column.form} />
              </td>
              <td>{formReason(column.form)}</td>
              <td>{column.origins.join(", ") || "—"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
