/** The directory as the page needs it: what the server sends, seen under one grant. */
import type { Text } from "./i18n";

export interface DirectoryColumn {
  name: string;
  type: string;
  title: Text;
  form: string;
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
  rules?: string[];
}

interface SentColumn {
  name: string;
  type: string;
  description: Text;
  grants?: Record<string, SentForm | string>;
}

interface SentResource {
  name: string;
  title: Text;
  description: Text;
  update_cycle: string;
  sharing: { attribute: string };
  columns: SentColumn[];
}

interface SentDepartment {
  id: string;
  name: Text;
  resources: SentResource[];
}

/** Reads `GET /v1/directory`: `{departments: [{resources: [{columns: [{grants: {grant: {form, rules}}}]}]}]}`. */
export function readDirectory(document: unknown, grant: string | undefined): DirectoryDepartment[] {
  const { departments } = document as { departments: SentDepartment[] };
  return departments.map((department) => ({
    id: department.id,
    title: department.name,
    resources: department.resources.map((resource) => {
      const columns = resource.columns.map((column) => readColumn(column, grant));
      return {
        name: resource.name.includes(".") ? resource.name : `${department.id}.${resource.name}`,
        title: resource.title,
        description: resource.description,
        cycle: resource.update_cycle,
        sharing: resource.sharing.attribute,
        granted: columns.some((column) => column.form !== "none"),
        columns,
      };
    }),
  }));
}

function readColumn(column: SentColumn, grant: string | undefined): DirectoryColumn {
  const given = grant === undefined ? undefined : column.grants?.[grant];
  const { form, rules = [] }: SentForm = typeof given === "string" ? { form: given } : (given ?? { form: "none" });
  return { name: column.name, type: column.type, title: column.description, form, rules };
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
