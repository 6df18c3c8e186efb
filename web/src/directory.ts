/** The directory as the page needs it: what the server sends, seen under one grant. */
import type { Text } from "./i18n";

export interface DirectoryColumn {
  name: string;
  type: string;
  title: Text;
  form: string;
  /** What a masked column may be used for beyond being selected. */
  uses: string[];
  rules: string[];
}

export interface DirectoryResource {
  /** `department.resource`, as SQL names it. */
  name: string;
  title: Text;
  description: Text;
  cycle: string;
  sharing: string;
  granted: boolean;
  columns: DirectoryColumn[];
}

export interface DirectoryDepartment {
  id: string;
  title: Text;
  resources: DirectoryResource[];
}

interface SentForm {
  form: string;
  use: string[];
  rules: string[];
}

interface SentColumn {
  name: string;
  type: string;
  description: Text;
  /** What each of the caller's grants gives. */
  forms: Record<string, SentForm>;
}

export interface SentResource {
  name: string;
  department: { id: string; name: Text };
  title: Text;
  description: Text;
  update_cycle: string;
  sharing: { attribute: string };
  columns: SentColumn[];
}

/** Groups the entries of `GET /v1/directory` by department, each column in the form that `grant` gives. */
export function readDirectory(entries: SentResource[], grant: string): DirectoryDepartment[] {
  const departments = new Map<string, DirectoryDepartment>();
  for (const entry of entries) {
    const { id, name } = entry.department;
    if (!departments.has(id)) departments.set(id, { id, title: name, resources: [] });
    const columns = entry.columns.map((column) => readColumn(column, grant));
    departments.get(id)!.resources.push({
      name: entry.name,
      title: entry.title,
      description: entry.description,
      cycle: entry.update_cycle,
      sharing: entry.sharing.attribute,
      granted: columns.some(({ form }) => form !== "none"),
      columns,
    });
  }
  return [...departments.values()];
}

function readColumn(column: SentColumn, grant: string): DirectoryColumn {
  const { form, use, rules } = column.forms[grant] ?? { form: "none", use: [], rules: [] };
  return { name: column.name, type: column.type.toUpperCase(), title: column.description, form, uses: use, rules };
}

/** The part that a search finds: a name or a title, in either language, holding every word. */
export function searchDirectory(departments: DirectoryDepartment[], query: string, onlyGranted: boolean): DirectoryDepartment[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const holds = (...texts: string[]): boolean => words.every((word) => texts.some((text) => text.toLowerCase().includes(word)));
  return departments
    .map((department) => ({
      ...department,
      resources: department.resources
        .filter((resource) => resource.granted || !onlyGranted)
        .map((resource) => {
          const above = [department.id, department.title.zh, department.title.en, resource.name, resource.title.zh, resource.title.en];
          const columns = onlyGranted ? resource.columns.filter((column) => column.form !== "none") : resource.columns;
          const found = columns.filter((column) => holds(column.name, column.title.zh, column.title.en, ...above));
          return { resource: { ...resource, columns: holds(...above) ? columns : found }, found: found.length > 0 || holds(...above) };
        })
        .filter(({ found }) => found)
        .map(({ resource }) => resource),
    }))
    .filter((department) => department.resources.length > 0);
}
