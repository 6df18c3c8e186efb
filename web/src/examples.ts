/** First queries: those made for the demo city where its names are there, else one made from the directory. */
import type { DirectoryDepartment, DirectoryResource } from "./directory";
import type { Text } from "./i18n";

export interface Example {
  title: Text;
  sql: string;
}

interface DemoExample extends Example {
  grant: string;
}

/** Shown only under the grant they were written for. */
const DEMO: DemoExample[] = [];

export function examples(departments: DirectoryDepartment[], grant: string): Example[] {
  const made = departments
    .flatMap(({ resources }) => resources)
    .map(firstRows)
    .find((example) => example !== undefined);
  const demo = DEMO.filter((example) => example.grant === grant);
  return made ? [...demo, made] : demo;
}

function firstRows(resource: DirectoryResource): Example | undefined {
  const columns = resource.columns.filter(({ form }) => !["none", "join"].includes(form)).slice(0, 6);
  if (columns.length === 0) return undefined;
  return {
    title: { zh: `${resource.title.zh}：前 100 行`, en: `${resource.title.en}: the first 100 rows` },
    sql: `SELECT ${columns.map(({ name }) => name).join(", ")}\nFROM ${resource.name}\nLIMIT 100`,
  };
}
