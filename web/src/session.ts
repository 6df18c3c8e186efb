/** Who is here, under which grant, and what the directory shows them. */
import { computed, effect, signal } from "@preact/signals";
import * as api from "./api";
import { readDirectory, type SentResource } from "./directory";
import { EXAMPLE_GRANTS } from "./examples";
import { Problem } from "./problem";

const KEPT = "fedquery.grant";

export type SessionState = "starting" | "out" | "ended" | "in";
export const sessionState = signal<SessionState>("starting");
export const account = signal<api.Account | undefined>(undefined);
export const grants = signal<api.Grant[]>([]);
export const grantId = signal(localStorage.getItem(KEPT) ?? "");
export const grant = computed(() => grants.value.find(({ id }) => id === grantId.value));

const sentDirectory = signal<SentResource[] | undefined>(undefined);
export const directoryProblem = signal<Problem | undefined>(undefined);
export const departments = computed(() =>
  sentDirectory.value === undefined ? undefined : readDirectory(sentDirectory.value, grantId.value),
);

effect(() => {
  if (grantId.value) localStorage.setItem(KEPT, grantId.value);
});

async function enter(): Promise<void> {
  const answer = await api.me();
  account.value = answer.account;
  grants.value = answer.grants;
  if (!grant.value) grantId.value = first(answer.grants)?.id ?? "";
  sessionState.value = "in";
  await loadDirectory();
}

/** Of the grants in force the one with the best example, else the one over most departments. */
function first(all: api.Grant[]): api.Grant | undefined {
  const inForce = all.filter((one) => validity(one).state === "valid");
  const shown = EXAMPLE_GRANTS.map((id) => inForce.find((one) => one.id === id)).find((one) => one !== undefined);
  if (shown) return shown;
  const span = (one: api.Grant): number => new Set(one.resources.map((name) => name.split(".")[0])).size;
  return (inForce.length ? inForce : all).reduce<api.Grant | undefined>((best, one) => (best && span(best) >= span(one) ? best : one), undefined);
}

export async function loadDirectory(): Promise<void> {
  directoryProblem.value = undefined;
  try {
    sentDirectory.value = await api.directory();
  } catch (error) {
    directoryProblem.value = noticed(error);
  }
}

/** On loading the page: a session may still be open. */
export async function resume(): Promise<Problem | undefined> {
  try {
    await enter();
  } catch (error) {
    sessionState.value = "out";
    const problem = Problem.of(error);
    return problem.status === 401 ? undefined : problem;
  }
  return undefined;
}

export async function signIn(key: string): Promise<void> {
  await api.signIn(key);
  await enter();
}

export async function signOut(): Promise<void> {
  try {
    await api.signOut();
  } finally {
    leave("out");
  }
}

function leave(state: SessionState): void {
  sessionStorage.clear();
  account.value = undefined;
  grants.value = [];
  sentDirectory.value = undefined;
  sessionState.value = state;
}

/** The Problem of an error; one that says the session is over leads back to signing in. */
export function noticed(error: unknown): Problem {
  const problem = Problem.of(error);
  if (problem.status === 401) leave("ended");
  return problem;
}

export interface Validity {
  state: "valid" | "expired" | "future";
  days: number;
}

/** Days left count from today in the reader's own zone; the last day itself counts as valid. */
export function validity(one: api.Grant, now = new Date()): Validity {
  const today = Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
  const days = Math.round((Date.parse(`${one.valid_to}T00:00:00Z`) - today) / 86_400_000);
  if (days < 0) return { state: "expired", days };
  if (Date.parse(`${one.valid_from}T00:00:00Z`) > today) return { state: "future", days };
  return { state: "valid", days };
}
