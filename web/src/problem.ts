/** A failure in words: RFC 9457 problem details as the server sends them, or one of the page's own. */

export interface Span {
  start: number;
  end: number;
}

export interface ProblemDocument {
  code?: string;
  status?: number;
  title?: string;
  detail?: string;
  message?: string;
  hint?: string | null;
  span?: Span | null;
  source?: string | null;
  policy?: string | null;
  reasons?: string[];
  suggestions?: string[];
  retryable?: boolean;
  query_id?: string | null;
}

export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly hint: string | undefined;
  /** Offsets in code points of the text that was sent. */
  readonly span: Span | undefined;
  readonly source: string | undefined;
  readonly reasons: string[];
  readonly suggestions: string[];
  readonly retryable: boolean;
  readonly queryId: string | undefined;

  constructor(document: ProblemDocument) {
    super(document.detail ?? document.message ?? document.title ?? "");
    this.code = document.code ?? "unexpected";
    this.status = document.status ?? 0;
    this.hint = document.hint ?? undefined;
    this.span = document.span ?? undefined;
    this.source = document.source ?? undefined;
    this.reasons = document.reasons ?? [];
    this.suggestions = document.suggestions ?? [];
    this.retryable = document.retryable ?? false;
    this.queryId = document.query_id ?? undefined;
  }

  /** What any thrown value means to the reader. */
  static of(error: unknown): Problem {
    if (error instanceof Problem) return error;
    if (error instanceof DOMException && error.name === "AbortError") return new Problem({ code: "limit.cancelled" });
    if (error instanceof TypeError) return new Problem({ code: "network", retryable: true });
    return new Problem({ code: "damaged" });
  }

  static async ofResponse(response: Response): Promise<Problem> {
    const text = await response.text();
    try {
      return new Problem({ status: response.status, ...(JSON.parse(text) as ProblemDocument) });
    } catch {
      return new Problem({ status: response.status, code: "unexpected", detail: `HTTP ${response.status} ${response.statusText}` });
    }
  }
}
