/** Speaks to the server. Every failure comes back as a Problem. */
import { Problem } from "./problem";
import type { SentResource } from "./directory";
import type { Text } from "./i18n";

export const ARROW = "application/vnd.apache.arrow.stream";

export interface Account {
  id: string;
  name: Text;
  department: string;
  department_name: Text;
  roles: string[];
}

export interface Grant {
  id: string;
  title: Text;
  purpose: string;
  legal_basis: Text;
  scenario: Text;
  scope: Text;
  valid_from: string;
  valid_to: string;
  /** Whether written values may be turned into tokens: `column = lookup('…')`. */
  lookup: boolean;
  resources: string[];
}

export interface Me {
  account: Account;
  grants: Grant[];
}

export type Parameter = string | number | boolean | null;

export interface QueryRequest {
  sql: string;
  grant?: string;
  parameters?: Record<string, Parameter>;
  analyze?: boolean;
  max_rows?: number;
}

export interface Pushed {
  text: string;
  class: "exact" | "superset";
  rule: string;
}

export interface KeptBack {
  text: string;
  reason: string;
}

export interface Fragment {
  id: string;
  source: string;
  department: string;
  resources: string[];
  logical: string;
  pushed: Pushed[];
  kept_back: KeptBack[];
  policies: string[];
  /** What was pushed, the reasons of what was kept back, and the policies in Chinese, in the same order. */
  zh?: { pushed: { text: string; rule: string }[]; kept_back: string[]; policies: string[] };
  /** Fragments whose keys narrow this one, if they bring few enough; `ends`: else the least and the greatest of them may. */
  keys: { from: string; origin: string; at_most: number; ends?: boolean }[];
  /** What it brought; only where the statement was run to be measured. */
  rows?: number;
  bytes?: number;
  milliseconds?: number;
  shipped?: { origin: string; keys: number; ends?: boolean }[];
}

export interface Mark {
  resource: string;
  operator: string;
  reason: string;
  /** The policy's condition that cuts the resource. */
  condition?: string;
}

export interface Explanation {
  fragments: Fragment[];
  residual: string;
  handed_on: boolean;
  marks: Mark[];
  columns: { name: string }[];
  run?: { rows: number; fetched_rows: number; fetched_bytes: number; milliseconds: number };
}

/** Sent with everything that changes or asks; the session's cookie alone is not enough. */
let csrf = "";

async function call(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (init.method && csrf) headers.set("X-CSRF-Token", csrf);
  if (init.body) headers.set("Content-Type", "application/json");
  const response = await fetch(path, { ...init, headers, credentials: "same-origin", cache: "no-store" });
  if (!response.ok) throw await Problem.ofResponse(response);
  return response;
}

async function json<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await call(path, { ...init, headers: { Accept: "application/json" } });
  const answer = (await response.json()) as T & { csrf?: string | null };
  if (answer.csrf) csrf = answer.csrf;
  return answer;
}

export async function signIn(key: string): Promise<void> {
  await json("/v1/session", { method: "POST", body: JSON.stringify({ key }) });
}

export async function signOut(): Promise<void> {
  await call("/v1/session", { method: "DELETE" });
  csrf = "";
}

export const me = (): Promise<Me> => json("/v1/me");

export const directory = (): Promise<SentResource[]> => json("/v1/directory");

export const explain = (request: QueryRequest, signal: AbortSignal): Promise<Explanation> =>
  json("/v1/explain", { method: "POST", body: JSON.stringify(request), signal });

/** The answer as `accept`: its body has not been read yet. */
export const query = (request: QueryRequest, accept: string, signal: AbortSignal): Promise<Response> =>
  call("/v1/query", { method: "POST", body: JSON.stringify(request), headers: { Accept: accept }, signal });
