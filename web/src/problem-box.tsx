/** A problem in words: what happened, why, and what to do next. */
import type { ComponentChildren } from "preact";
import { optional, t } from "./i18n";
import { Warning } from "./icons";
import type { Problem } from "./problem";

interface Props {
  problem: Problem;
  /** The editor's line that carries the mark. */
  line?: number | undefined;
  /** Above the problem's own words. */
  lead?: string | undefined;
  onSuggestion?: (name: string) => void;
  children?: ComponentChildren;
}

export function ProblemBox({ problem, line, lead, onSuggestion, children }: Props) {
  const title = optional(`error.${problem.code}`) ?? t("error.unexpected");
  const said = problem.said;
  const detail = said.detail || optional(`error.${problem.code}.detail`);
  return (
    <div class="problem" role="alert">
      <Warning />
      <div>
        <h3>{title}</h3>
        {lead && <p>{lead}</p>}
        {detail && <p class="detail">{detail}</p>}
        {line !== undefined && <p class="quiet">{t("problem.position", { line: String(line) })}</p>}
        {said.hint && (
          <p>
            <b>{t("problem.hint")}</b> {said.hint}
          </p>
        )}
        {said.reasons.length > 0 && (
          <>
            <b>{t("problem.reasons")}</b>
            <ul>
              {said.reasons.map((reason) => (
                <li key={reason}>{reason}</li>
              ))}
            </ul>
          </>
        )}
        {problem.suggestions.length > 0 && (
          <p class="suggestions">
            <b>{t("problem.suggestions")}</b>
            {problem.suggestions.map((name) => (
              <button key={name} type="button" class="name" onClick={() => onSuggestion?.(name)} disabled={!onSuggestion}>
                {name}
              </button>
            ))}
          </p>
        )}
        <p class="quiet">
          {problem.source && <span>{t("problem.source", { source: problem.source })} </span>}
          {problem.retryable && <span>{t("problem.retry")} </span>}
          {problem.queryId && <span class="id">{t("results.query", { id: problem.queryId })}</span>}
        </p>
        {children}
      </div>
    </div>
  );
}
