/** What the form of a column is called, and what it means in words. */
import { list, optional, t, type Key } from "./i18n";

export type FormKind = "clear" | "mask" | "token" | "join" | "verify" | "derived" | "none";
const PLAIN: readonly string[] = ["clear", "token", "join", "verify", "derived", "none"];

export function formKind(form: string): FormKind {
  return PLAIN.includes(form) ? (form as FormKind) : "mask";
}

export function formName(form: string): string {
  return t(`form.${formKind(form)}` as Key);
}

/** One sentence: `keep(1,1)` is "The first 1 and last 1 characters are kept; …". */
export function formReason(form: string, rules: readonly string[] = [], uses: readonly string[] = []): string {
  const words = uses.map((use) => optional(`use.${use}`) ?? use);
  return words.length ? `${reason(form, rules)} ${t("form.uses", { uses: list(words) })}` : reason(form, rules);
}

function reason(form: string, rules: readonly string[]): string {
  const kind = formKind(form);
  if (kind === "verify") return t("form.verify.why", { 0: rules.join("; ") });
  if (kind !== "mask") return t(`form.${kind}.why` as Key);
  const found = /^(\w+)(?:\((.*)\))?$/.exec(form);
  const name = found?.[1] ?? "mask";
  const given = (found?.[2] ?? "").split(",").map((word) => optional(`unit.${word.trim()}`) ?? word.trim());
  const whole = name === "const" && /,\s*hide_null$/.test(found?.[2] ?? "");
  const half = whole ? ".always" : name === "keep" && given[1] === "0" ? ".first" : name === "keep" && given[0] === "0" ? ".last" : "";
  const key = `form.${name}${half}.why`;
  return optional(key) === undefined ? t("form.mask.why") : t(key as Key, Object.fromEntries(given.entries()));
}
