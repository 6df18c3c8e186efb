/** Completes names from the directory that the page already has, Chinese titles included; nothing is asked of the server. */
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { DirectoryDepartment, DirectoryResource } from "./directory";
import { formName } from "./forms";
import { pick, type Text } from "./i18n";
import { departments, grant } from "./session";
import { COMPLETED_FUNCTIONS, COMPLETED_KEYWORDS, LOOKUP, usedResources } from "./sql";

const WORD = /[\w\u3400-\u9fff]*/;
const PATH = /(?:[\w\u3400-\u9fff]+\.)?[\w\u3400-\u9fff]*/;
const VALID = /^[\w\u3400-\u9fff]*$/;
const MOST = 200;

export function complete(context: CompletionContext): CompletionResult | null {
  const node = context.matchBefore(PATH);
  const word = context.matchBefore(WORD);
  if (!word || !node || (node.from === node.to && !context.explicit)) return null;
  const directory = departments.value ?? [];
  const dot = node.text.indexOf(".");
  const options =
    dot >= 0
      ? afterDot(directory, node.text.slice(0, dot).toLowerCase(), context)
      : anywhere(directory, context, /[\u3400-\u9fff]/.test(word.text));
  return options.length ? { from: word.from, options: options.slice(0, MOST), validFor: VALID } : null;
}

const all = (directory: DirectoryDepartment[]): Map<string, DirectoryResource> =>
  new Map(directory.flatMap(({ resources }) => resources.map((resource) => [resource.name, resource])));

const used = (directory: Map<string, DirectoryResource>, context: CompletionContext): { alias: string; resource: DirectoryResource }[] =>
  usedResources(context.state.doc.toString(), new Set(directory.keys())).map(({ resource, alias }) => ({
    alias,
    resource: directory.get(resource)!,
  }));

/** After `psb.` its resources; after an alias or a resource's own name the columns that the grant gives. */
function afterDot(directory: DirectoryDepartment[], before: string, context: CompletionContext): Completion[] {
  const department = directory.find(({ id }) => id === before);
  const aliased = used(all(directory), context).filter(({ alias }) => alias === before);
  return [
    ...aliased.flatMap(({ resource }) => columns(resource)),
    ...(department?.resources.map((resource) => named(resource.name.slice(before.length + 1), resource, "class")) ?? []),
  ];
}

function anywhere(directory: DirectoryDepartment[], context: CompletionContext, chinese: boolean): Completion[] {
  const resources = all(directory);
  const near = used(resources, context);
  const columnsHere = near.flatMap(({ alias, resource }) =>
    columns(resource).map((column) => (near.length > 1 ? { ...column, apply: `${alias}.${column.label}` } : column)),
  );
  const options = [...columnsHere, ...[...resources.values()].map((resource) => named(resource.name, resource, "class"))];
  if (chinese) return [...new Map(options.map((one) => [one.apply ?? one.label, byTitle(one)])).values()];
  return [
    ...options,
    ...directory.map((department): Completion => ({ label: department.id, detail: pick(department.title), type: "namespace" })),
    ...COMPLETED_KEYWORDS.map((keyword): Completion => ({ label: keyword.toUpperCase(), type: "keyword", boost: -1 })),
    ...[...COMPLETED_FUNCTIONS, ...(grant.value?.lookup ? [LOOKUP] : [])].map(
      (name): Completion => ({ label: name, type: "function", boost: -2 }),
    ),
  ];
}

interface Titled extends Completion {
  title: Text;
}

function named(label: string, { title, granted }: DirectoryResource, type: string): Titled {
  return { label, title, type, detail: pick(title), boost: granted ? 1 : 0 };
}

function columns(resource: DirectoryResource): Titled[] {
  return resource.columns
    .filter(({ form }) => form !== "none")
    .map(({ name, title, form }) => ({
      label: name,
      title,
      type: "property",
      detail: form === "clear" ? pick(title) : `${pick(title)} · ${formName(form)}`,
      boost: 2,
    }));
}

/** Found by its Chinese title, inserted by its name. */
function byTitle(option: Titled): Completion {
  const apply = typeof option.apply === "string" ? option.apply : option.label;
  return { ...option, label: option.title.zh, apply, detail: apply };
}
