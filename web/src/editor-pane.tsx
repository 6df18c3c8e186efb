/** The editor with its buttons: run, cancel, explain, examples, and a field for each parameter. */
import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Parameter } from "./api";
import { current, mark, openEditor, replaceAll, selectedLines, text } from "./editor";
import { examples } from "./examples";
import { pick, t, type Key } from "./i18n";
import { Play, Shape, Stop } from "./icons";
import { RUN_KEY } from "./help";
import { cancel, plan, run, start, type Statement } from "./run";
import { departments, grantId } from "./session";
import { parameterNames } from "./sql";
import { tab } from "./view";

const TYPES = ["text", "number", "boolean", "null"] as const;
type ParameterType = (typeof TYPES)[number];
interface Field {
  type: ParameterType;
  value: string;
}
const fields = signal<Record<string, Field>>({});
const blank: Field = { type: "text", value: "" };

function statement(): Statement | undefined {
  const found = current();
  if (!found) return undefined;
  const names = parameterNames(found.sql);
  return { ...found, parameters: Object.fromEntries(names.map((name) => [name, typed(fields.value[name] ?? blank)])) };
}

/** A long number stays text, which the server reads exactly. */
function typed({ type, value }: Field): Parameter {
  if (type === "null") return null;
  if (type === "boolean") return value === "true";
  const number = Number(value);
  return type === "number" && value.trim() !== "" && String(number) === value.trim() ? number : value;
}

export function launch(): void {
  const now = statement();
  if (!now) return;
  mark(undefined, undefined);
  tab.value = "results";
  void start(now);
}

export function explainNow(): void {
  const now = statement();
  if (!now) return;
  mark(undefined, undefined);
  tab.value = "explain";
  void plan(now);
}

/** The examples that this grant has. */
export const offered = () => examples(departments.value ?? [], grantId.value);

export function takeExample(sql: string): void {
  replaceAll(sql);
}

export function EditorPane() {
  const box = useRef<HTMLDivElement>(null);
  useEffect(
    () =>
      openEditor(box.current!, {
        run: launch,
        cancel: () => {
          if (run.value?.state !== "running") return false;
          cancel();
          return true;
        },
      }),
    [],
  );
  const running = run.value?.state === "running";
  const empty = text.value.trim() === "";
  return (
    <section class="editor" id="editor" aria-label={t("editor.label")}>
      <div class="editor-box" ref={box} />
      <Parameters />
      <div class="tools">
        <button type="button" class="primary" onClick={launch} disabled={empty} aria-keyshortcuts="Control+Enter Meta+Enter">
          <Play />
          {runLabel()}
          <kbd>{RUN_KEY}</kbd>
        </button>
        <button type="button" onClick={explainNow} disabled={empty}>
          <Shape />
          {t("editor.explain")}
        </button>
        <button type="button" onClick={cancel} disabled={!running} aria-keyshortcuts="Escape">
          <Stop />
          {t("editor.cancel")}
        </button>
        <Examples />
      </div>
    </section>
  );
}

function runLabel(): string {
  const lines = selectedLines.value;
  if (!lines) return t("editor.run");
  const words = { from: String(lines.from), to: String(lines.to) };
  return lines.from === lines.to ? t("editor.run.selection.one", words) : t("editor.run.selection", words);
}

function Examples() {
  const list = offered();
  if (list.length === 0) return null;
  return (
    <label class="examples">
      <span class="hidden">{t("editor.examples")}</span>
      <select
        value=""
        onChange={(event) => {
          const example = list[Number(event.currentTarget.value)];
          event.currentTarget.value = "";
          if (example) takeExample(example.sql);
        }}
      >
        <option value="">{t("editor.examples.pick")}</option>
        {list.map((example, at) => (
          <option key={example.sql} value={String(at)}>
            {pick(example.title)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Parameters() {
  const names = parameterNames(text.value);
  if (names.length === 0) return null;
  const set = (name: string, change: Partial<Field>) =>
    (fields.value = { ...fields.value, [name]: { ...(fields.value[name] ?? blank), ...change } });
  return (
    <fieldset class="parameters">
      <legend>{t("parameters.title")}</legend>
      {names.map((name) => {
        const { type, value } = fields.value[name] ?? blank;
        const spoken = { name: `$${name}` };
        return (
          <span class="parameter" key={name}>
            <code>${name}</code>
            {type === "boolean" ? (
              <select aria-label={t("parameters.value", spoken)} value={value} onChange={(event) => set(name, { value: event.currentTarget.value })}>
                <option value="true">true</option>
                <option value="false">false</option>
              </select>
            ) : (
              <input
                aria-label={t("parameters.value", spoken)}
                value={type === "null" ? "" : value}
                disabled={type === "null"}
                inputMode={type === "number" ? "decimal" : "text"}
                onInput={(event) => set(name, { value: event.currentTarget.value })}
              />
            )}
            <select
              aria-label={t("parameters.type", spoken)}
              value={type}
              onChange={(event) => {
                const chosen = event.currentTarget.value as ParameterType;
                set(name, { type: chosen, ...(chosen === "boolean" ? { value: "true" } : {}) });
              }}
            >
              {TYPES.map((one) => (
                <option key={one} value={one}>
                  {t(`parameters.type.${one}` as Key)}
                </option>
              ))}
            </select>
          </span>
        );
      })}
    </fieldset>
  );
}
