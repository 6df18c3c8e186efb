/** The page's two languages: one flat JSON file each, with equal keys. */
import { computed, effect, signal } from "@preact/signals";
import en from "./locales/en.json";
import zh from "./locales/zh-CN.json";

export type Locale = "zh-CN" | "en";
export type Key = keyof typeof zh;
/** A text that the server gives in both languages. */
export interface Text {
  zh: string;
  en: string;
}

const KEPT = "fedquery.locale";
const texts: Record<Locale, Record<Key, string>> = { "zh-CN": zh, en };

export const locale = signal<Locale>(localStorage.getItem(KEPT) === "en" ? "en" : "zh-CN");
const numbers = computed(() => new Intl.NumberFormat(locale.value));
const dates = computed(() => new Intl.DateTimeFormat(locale.value, { dateStyle: "medium", timeZone: "UTC" }));
const lists = computed(() => new Intl.ListFormat(locale.value));

effect(() => {
  document.documentElement.lang = locale.value;
  localStorage.setItem(KEPT, locale.value);
});

/** The text of `key` in the reader's language, with `{name}` places filled; numbers are grouped as the language does. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return texts[locale.value][key].replace(/\{(\w+)\}/g, (place, name: string) => {
    const value = values[name];
    return value === undefined ? place : typeof value === "number" ? numbers.value.format(value) : value;
  });
}

/** Like `t` for a key that only the server knows, such as an error's code; undefined where there is no such text. */
export function optional(key: string): string | undefined {
  return key in zh ? t(key as Key) : undefined;
}

/** The reader's half of what there is in both languages. */
export function pick<T>(both: { zh: T; en: T }): T {
  return locale.value === "en" ? both.en : both.zh;
}

/** `2026-12-31` as the language writes a day. */
export function day(iso: string): string {
  const at = Date.parse(`${iso.slice(0, 10)}T00:00:00Z`);
  return Number.isNaN(at) ? iso : dates.value.format(at);
}

export function list(items: Iterable<string>): string {
  return lists.value.format(items);
}
