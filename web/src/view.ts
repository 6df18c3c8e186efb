/** What of the page is open. */
import { signal } from "@preact/signals";

export const helpOpen = signal(false);
/** On a narrow page the directory lies over the rest and is closed at first. */
export const directoryOpen = signal(false);

export const TABS = ["results", "columns", "explain"] as const;
export type Tab = (typeof TABS)[number];
export const tab = signal<Tab>("results");
