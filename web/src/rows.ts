/** A growing result: Arrow batches under one row number, and what the schema says about each column. */
import type { Data, RecordBatch, Schema } from "apache-arrow";
import type { Mark } from "./api";
import { cellText, isNumeric, typeName } from "./cell";

export interface OutputColumn {
  name: string;
  type: string;
  numeric: boolean;
  form: string;
  origins: string[];
}

export class Rows {
  readonly columns: OutputColumn[];
  readonly marks: Mark[];
  length = 0;
  private readonly batches: RecordBatch[] = [];
  private readonly starts: number[] = [];

  constructor(schema: Schema) {
    this.columns = schema.fields.map((field) => {
      const origins = words(field.metadata.get("fedquery.origins"));
      return {
        name: field.name,
        type: typeName(field.type).toUpperCase(),
        numeric: isNumeric(field.type),
        form: field.metadata.get("fedquery.form") ?? (origins.length ? "clear" : "derived"),
        origins,
      };
    });
    this.marks = JSON.parse(schema.metadata.get("fedquery.marks") ?? "[]") as Mark[];
  }

  add(batch: RecordBatch): void {
    if (batch.numRows === 0) return;
    this.starts.push(this.length);
    this.batches.push(batch);
    this.length += batch.numRows;
  }

  text(row: number, column: number): string | undefined {
    let [low, high] = [0, this.starts.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= row) low = middle;
      else high = middle - 1;
    }
    return cellText(this.batches[low]!.data.children[column] as Data, row - this.starts[low]!);
  }
}

/** A JSON list, or names with commas between. */
function words(text: string | undefined): string[] {
  if (!text) return [];
  return text.startsWith("[") ? (JSON.parse(text) as string[]) : text.split(",").map((word) => word.trim());
}
