/** Who was asked what: the plan as a picture, and the same as a table. */
import { useEffect, useState } from "preact/hooks";
import type { Explanation, Fragment } from "./api";
import { insert, mark } from "./editor";
import { pick, t } from "./i18n";
import { Marks } from "./marks";
import { Picture } from "./picture";
import { ProblemBox } from "./problem-box";
import { plan, planned, type Planned } from "./run";
import { departments } from "./session";

/** The name of a department, where the directory shows it. */
export function departmentName(id: string): string {
  const found = departments.value?.find((department) => department.id === id);
  return found ? pick(found.title) : id;
}

export function ExplainView() {
  const now = planned.value;
  const [line, setLine] = useState<number>();
  useEffect(() => {
    if (now?.problem) setLine(mark(now.statement, now.problem));
  }, [now?.problem]);
  if (!now) return <p class="blank">{t("explain.idle")}</p>;
  if (now.problem) return <ProblemBox problem={now.problem} line={line} onSuggestion={insert} />;
  if (!now.explanation) {
    return (
      <p class="blank" role="status">
        <span class="spinner" aria-hidden="true" /> {t("explain.loading")}
      </p>
    );
  }
  return <Explained now={now} explanation={now.explanation} />;
}

function Explained({ now, explanation }: { now: Planned; explanation: Explanation }) {
  const { fragments, residual, handed_on, marks, run } = explanation;
  return (
    <div class="scroll explain" tabIndex={0} role="region" aria-label={t("results.tab.explain")}>
      <p class="quiet">{t("explain.lead")}</p>
      {run ? (
        <p class="measured" role="status">
          {t("explain.run", { fetched: run.fetched_rows, size: size(run.fetched_bytes), rows: run.rows, ms: run.milliseconds })}
        </p>
      ) : (
        <p>
          <button type="button" onClick={() => void plan(now.statement, true)} title={t("explain.measure.hint")}>
            {t("explain.measure")}
          </button>
        </p>
      )}
      <div class="picture-frame" tabIndex={0} role="group" aria-label={t("explain.table")}>
        <Picture explanation={explanation} />
      </div>
      {marks.length > 0 && <Marks marks={marks} />}
      <table class="plain asked">
        <caption>{t("explain.table")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("explain.department")}</th>
            <th scope="col">{t("explain.asked")}</th>
            {run && <th scope="col">{t("explain.brought")}</th>}
            <th scope="col">{t("explain.pushed.title")}</th>
            <th scope="col">{t("explain.keptback.title")}</th>
            <th scope="col">{t("explain.policies")}</th>
          </tr>
        </thead>
        <tbody>
          {fragments.map((fragment) => (
            <Asked key={fragment.id} fragment={fragment} />
          ))}
        </tbody>
      </table>
      <h3>{t(handed_on ? "explain.handedOn" : "explain.residual")}</h3>
      <pre>{residual}</pre>
    </div>
  );
}

function Asked({ fragment }: { fragment: Fragment }) {
  const nothing = <span class="quiet">{t("explain.nothing")}</span>;
  const en = {
    pushed: fragment.pushed,
    kept_back: fragment.kept_back.map((kept) => kept.reason),
    policies: fragment.policies,
  };
  const said = pick({ zh: fragment.zh ?? en, en });
  return (
    <tr>
      <th scope="row">
        {departmentName(fragment.department)}
        <code>{fragment.source}</code>
        {fragment.resources.map((name) => (
          <span class="quiet" key={name}>
            {name}
          </span>
        ))}
      </th>
      <td>
        <pre>{fragment.logical}</pre>
        {fragment.keys.map((key) => (
          <p class="quiet" key={key.origin + key.from}>
            {t(key.ends ? "explain.keys.ends" : "explain.keys", { origin: key.origin, most: key.at_most })}
          </p>
        ))}
      </td>
      {fragment.rows !== undefined && (
        <td>
          {t("explain.brought.rows", { rows: fragment.rows, size: size(fragment.bytes ?? 0) })}
          <br />
          {t("explain.brought.ms", { ms: fragment.milliseconds ?? 0 })}
          {(fragment.shipped ?? []).map((sent) => (
            <p class="quiet" key={sent.origin}>
              {t(sent.ends ? "explain.shipped.ends" : "explain.shipped", { keys: sent.keys, origin: sent.origin })}
            </p>
          ))}
        </td>
      )}
      <td>
        {fragment.pushed.length ? (
          <ul>
            {fragment.pushed.map((done, at) => (
              <li key={done.text}>
                <code>{said.pushed[at]?.text}</code>{" "}
                <span class="quiet">
                  {t(`explain.class.${done.class}`)}: {said.pushed[at]?.rule}
                </span>
              </li>
            ))}
          </ul>
        ) : (
          nothing
        )}
      </td>
      <td>
        {fragment.kept_back.length ? (
          <ul>
            {fragment.kept_back.map((kept, at) => (
              <li key={kept.text}>
                <code>{kept.text}</code> <span class="quiet">{said.kept_back[at]}</span>
              </li>
            ))}
          </ul>
        ) : (
          nothing
        )}
      </td>
      <td>{said.policies.length ? <Items items={said.policies} /> : nothing}</td>
    </tr>
  );
}

/** Bytes for people: 1.5 MiB. */
function size(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB"];
  let at = 0;
  while (bytes >= 1024 && at < units.length - 1) {
    bytes /= 1024;
    at++;
  }
  return `${at === 0 ? bytes : bytes.toFixed(1)} ${units[at]}`;
}

function Items({ items }: { items: string[] }) {
  return (
    <ul>
      {items.map((item) => (
        <li key={item}>
          <code>{item}</code>
        </li>
      ))}
    </ul>
  );
}
