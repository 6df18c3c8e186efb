/** The SQL that the editor colours and completes: DuckDB's, as far as one SELECT goes. */
import { SQLDialect } from "@codemirror/lang-sql";

export const KEYWORDS =
  "all and anti any as asc asof between by case cast cross current_date current_timestamp desc distinct else end except exclude " +
  "exists extract false fetch filter first following from full group grouping having ilike in inner intersect interval is join " +
  "last lateral left like limit natural not null nulls offset on or order outer over partition pivot positional preceding " +
  "qualify range recursive replace right rollup rows select semi sets similar some then ties true try_cast unbounded union " +
  "unnest unpivot using values when where window with within";

const TYPES =
  "bigint blob bool boolean char date decimal double float hugeint int integer numeric real smallint text time timestamp " +
  "timestamptz tinyint ubigint uinteger usmallint utinyint varchar";

const FUNCTIONS =
  "abs array_agg avg bool_and bool_or ceil coalesce concat count cume_dist date_diff date_part date_trunc day dense_rank " +
  "first_value floor greatest hour lag last_value lead least length lower lpad ltrim max median min minute mode month " +
  "nullif percent_rank quantile_cont quarter rank regexp_matches round row_number rpad rtrim sqrt stddev " +
  "strftime string_agg strptime substr substring sum trim trunc upper var_samp week year";

/** The gateway's own: the token of a written value, where the grant gives that right. */
export const LOOKUP = "lookup";

export const DuckDB = SQLDialect.define({
  keywords: KEYWORDS,
  types: TYPES,
  builtin: `${FUNCTIONS} ${LOOKUP}`,
  doubleDollarQuotedStrings: true,
  spaceAfterDashes: false,
  specialVar: "$",
  operatorChars: "+-*/<>=~!@#%^&|",
});

export const COMPLETED_FUNCTIONS = FUNCTIONS.split(" ");
export const COMPLETED_KEYWORDS = KEYWORDS.split(" ");

/** The statement with comments and quoted text blanked out, every offset kept. */
export function skeleton(sql: string): string {
  return sql.replace(/--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)/g, (text) => text.replace(/[^\n]/g, " "));
}

/** The `$name` parameters, in order of appearance. */
export function parameterNames(sql: string): string[] {
  return [...new Set(Array.from(skeleton(sql).matchAll(/\$([A-Za-z_]\w*)/g), (found) => found[1]!))];
}

export interface Used {
  resource: string;
  alias: string;
}

/** The resources that the text names, each with the alias it goes by. */
export function usedResources(sql: string, known: ReadonlySet<string>): Used[] {
  const names = /\b([a-z]\w*\.[a-z]\w*)(?:\s+(?:as\s+)?([a-z_]\w*))?/gi;
  return Array.from(skeleton(sql).matchAll(names))
    .map((found) => ({ resource: found[1]!.toLowerCase(), alias: found[2]?.toLowerCase() ?? "" }))
    .filter(({ resource }) => known.has(resource))
    .map(({ resource, alias }) => ({
      resource,
      alias: alias && !COMPLETED_KEYWORDS.includes(alias) ? alias : resource.slice(resource.indexOf(".") + 1),
    }));
}

/** UTF-16 offset of a code-point offset: the server counts characters, the editor counts units. */
export function utf16(text: string, codePoints: number): number {
  let units = 0;
  for (let seen = 0; seen < codePoints && units < text.length; seen++) units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  return units;
}
