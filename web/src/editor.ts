/** The SQL editor: CodeMirror with the directory's names, our keys, and problems marked where they are. */
import { autocompletion, closeBrackets, closeCompletion, closeBracketsKeymap, completionKeymap, completionStatus } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { sql } from "@codemirror/lang-sql";
import { bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap, setDiagnostics } from "@codemirror/lint";
import { Compartment, EditorSelection, EditorState, Prec, type Extension } from "@codemirror/state";
import {
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  placeholder,
} from "@codemirror/view";
import { signal } from "@preact/signals";
import { classHighlighter } from "@lezer/highlight";
import { complete } from "./completion";
import { locale, t } from "./i18n";
import type { Problem } from "./problem";
import type { Statement } from "./run";
import { DuckDB, utf16 } from "./sql";

const KEPT = "fedquery.sql";

/** The whole text, and the selected lines if any: what the buttons speak of. */
export const text = signal(sessionStorage.getItem(KEPT) ?? "");
export const selectedLines = signal<{ from: number; to: number } | undefined>(undefined);

let view: EditorView | undefined;
const spoken = new Compartment();

/** What the editor says in words, in the language of the page. */
function words(): Extension {
  return [
    placeholder(t("editor.placeholder")),
    EditorView.contentAttributes.of({ "aria-label": t("editor.label"), lang: "en", spellcheck: "false", tabindex: "0" }),
    EditorState.phrases.of(locale.value === "en" ? {} : { Completions: "补全", "No diagnostics": "没有问题", close: "关闭" }),
  ];
}

export interface Keys {
  run: () => void;
  /** False when there is nothing to cancel, so that Escape keeps its other meanings. */
  cancel: () => boolean;
}

export function openEditor(parent: HTMLElement, keys: Keys): () => void {
  const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
  view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text.value,
      extensions: [
        EditorView.cspNonce.of(nonce),
        Prec.highest(
          keymap.of([
            { key: "Mod-Enter", run: (editor) => (closeCompletion(editor), keys.run(), true) },
            { key: "Escape", run: (editor) => completionStatus(editor.state) === null && keys.cancel() },
          ]),
        ),
        lineNumbers(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        history(),
        drawSelection(),
        indentOnInput(),
        indentUnit.of("  "),
        bracketMatching(),
        closeBrackets(),
        autocompletion({ override: [complete], icons: false }),
        sql({ dialect: DuckDB }),
        syntaxHighlighting(classHighlighter),
        EditorView.lineWrapping,
        spoken.of(words()),
        keymap.of([...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...historyKeymap, ...defaultKeymap]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) {
            text.value = update.state.doc.toString();
            sessionStorage.setItem(KEPT, text.value);
          }
          if (update.docChanged || update.selectionSet) selectedLines.value = linesOf(update.state);
        }),
      ],
    }),
  });
  const stop = locale.subscribe(() => view?.dispatch({ effects: spoken.reconfigure(words()) }));
  return () => {
    stop();
    view?.destroy();
    view = undefined;
  };
}

function linesOf(state: EditorState): { from: number; to: number } | undefined {
  const { from, to } = state.selection.main;
  if (!state.sliceDoc(from, to).trim()) return undefined;
  return { from: state.doc.lineAt(from).number, to: state.doc.lineAt(to).number };
}

/** What Run runs now: the selection if there is one, else everything. Undefined when it is blank. */
export function current(): Omit<Statement, "parameters"> | undefined {
  if (!view) return undefined;
  const { from, to } = view.state.selection.main;
  const lines = linesOf(view.state);
  const sqlText = lines ? view.state.sliceDoc(from, to) : view.state.doc.toString();
  return sqlText.trim() ? { sql: sqlText, offset: lines ? from : 0, lines } : undefined;
}

export function insert(name: string): void {
  if (!view) return;
  const { from, to } = view.state.selection.main;
  const before = view.state.sliceDoc(Math.max(0, from - 1), from);
  const spaced = /[\w"]/.test(before) ? ` ${name}` : name;
  view.dispatch({
    changes: { from, to, insert: spaced },
    selection: EditorSelection.cursor(from + spaced.length),
    scrollIntoView: true,
  });
  view.focus();
}

export function replaceAll(sqlText: string): void {
  if (!view) return;
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: sqlText }, selection: EditorSelection.cursor(0) });
  view.focus();
}

/** Underlines where the problem is, if the text that ran still stands there; returns the line (from 1). */
export function mark(statement: Statement | undefined, problem: Problem | undefined): number | undefined {
  if (!view) return undefined;
  const { state } = view;
  const span = problem?.span;
  const stands = statement && state.sliceDoc(statement.offset, statement.offset + statement.sql.length) === statement.sql;
  if (!span || !statement || !stands) {
    view.dispatch(setDiagnostics(state, []));
    return undefined;
  }
  const from = statement.offset + utf16(statement.sql, span.start);
  const to = Math.max(statement.offset + utf16(statement.sql, span.end), from);
  // A fault at the end of the text has no width of its own: the character before it carries the mark.
  const shown = from === to ? { from: Math.max(from - 1, 0), to: Math.max(to, Math.min(1, state.doc.length)) } : { from, to };
  view.dispatch(setDiagnostics(state, [{ ...shown, severity: "error", message: problem.said.detail }]), {
    effects: EditorView.scrollIntoView(shown.from),
  });
  return state.doc.lineAt(shown.from).number;
}

export function focusEditor(): void {
  view?.focus();
}
