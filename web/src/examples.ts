/** First queries: those made for the demo city where its names are there, else one made from the directory. */
import demo from "./demo-examples.json";
import type { DirectoryDepartment, DirectoryResource } from "./directory";
import type { Text } from "./i18n";

export interface Example {
  title: Text;
  sql: string;
}

/** The grants of the written examples; the first makes the best first impression. */
export const EXAMPLE_GRANTS: readonly string[] = demo.map(({ grant }) => grant);

/** The demo's are written for one grant each, and offered where the directory has all that they name. */
export function examples(departments: DirectoryDepartment[], grant: string): Example[] {
  const resources = departments.flatMap((department) => department.resources).filter(({ granted }) => granted);
  const names = new Set(resources.map(({ name }) => name));
  const written = demo.filter(
    ({ sql, grant: own }) => own === grant && Array.from(sql.matchAll(/(?<!DISTINCT )(?:FROM|JOIN) (\w+\.\w+)/g)).every((found) => names.has(found[1]!)),
  );
  const made = resources.map(firstRows).find((example) => example !== undefined);
  return made ? [...written, made] : written;
}

function firstRows(resource: DirectoryResource): Example | undefined {
  const columns = resource.columns.filter(({ form }) => !["none", "join"].includes(form)).slice(0, 6);
  if (columns.length === 0) return undefined;
  return {
    title: { zh: `${resource.title.zh}：前 100 行`, en: `${resource.title.en}: the first 100 rows` },
    sql: `SELECT ${columns.map(({ name }) => name).join(", ")}\nFROM ${resource.name}\nLIMIT 100`,
  };
}
