/** Reads an Arrow stream from the network such that a broken one can never pass for a short one. */
import { RecordBatchReader, type RecordBatch, type Schema } from "apache-arrow";
import { Problem, type ProblemDocument } from "./problem";

/** The end-of-stream marker: a continuation, and a length of nothing. */
const END = [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
/** As much of the end as a server's poison frame, with its error in words, may take. */
const TAIL = 16 * 1024;

/** Remembers the last bytes that went by. */
class Tail {
  bytes = new Uint8Array(0);

  add(chunk: Uint8Array): void {
    const joined = new Uint8Array(this.bytes.length + Math.min(chunk.length, TAIL));
    joined.set(this.bytes);
    joined.set(chunk.subarray(-TAIL), this.bytes.length);
    this.bytes = joined.subarray(-TAIL);
  }

  isEnd(): boolean {
    const last = this.bytes.subarray(-END.length);
    return last.length === END.length && END.every((byte, at) => last[at] === byte);
  }

  /** The error that a server wrote after the last batch, if it did. */
  problem(): Problem | undefined {
    const text = new TextDecoder().decode(this.bytes);
    for (let at = text.lastIndexOf('{"'); at >= 0; at = at === 0 ? -1 : text.lastIndexOf('{"', at - 1)) {
      try {
        const document = JSON.parse(text.slice(at).replace(/[\0\s]+$/, "")) as ProblemDocument;
        if (typeof document.code === "string") return new Problem(document);
      } catch {
        // not where the document begins
      }
    }
    return undefined;
  }
}

/**
 * The body's chunks. Arrow's own adapters swallow a network error, and take a body that stops between two batches for a
 * complete one; this throws in both cases.
 */
async function* chunks(body: ReadableStream<Uint8Array>, tail: Tail): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      tail.add(value);
      yield value;
    }
    if (!tail.isEnd()) throw new Problem({ code: "truncated", retryable: true });
  } finally {
    reader.cancel().catch(() => undefined); // frees the connection when the reading stopped early
  }
}

/** Gives the schema, then each batch as it arrives. Rejects with a Problem; nothing given before then is complete. */
export async function readArrow(
  body: ReadableStream<Uint8Array>,
  onSchema: (schema: Schema) => void,
  onBatch: (batch: RecordBatch) => void,
): Promise<void> {
  const tail = new Tail();
  try {
    const reader = await RecordBatchReader.from(chunks(body, tail));
    await reader.open();
    onSchema(reader.schema);
    for await (const batch of reader) onBatch(batch as RecordBatch);
    if (!tail.isEnd()) throw new Problem({ code: "truncated", retryable: true });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw tail.problem() ?? Problem.of(error);
  }
}
