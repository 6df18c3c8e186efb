/** A failure in words: RFC 9457 problem details as the server sends them, or one of the page's own. */
import { pick } from "./i18n";

export interface Span {
  start: number;
  end: number;
}

/** What is wrong, what to do next, and why. */
export interface Words {
  detail: string;
  hint?: string | null;
  reasons: string[];
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
  zh?: Partial<Words>;
  retryable?: boolean;
  query_id?: string | null;
}

export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  /** Offsets in code points of the text that was sent. */
  readonly span: Span | undefined;
  readonly source: string | undefined;
  readonly suggestions: string[];
  readonly retryable: boolean;
  readonly queryId: string | undefined;
  private readonly words: { zh: Words; en: Words };

  constructor(document: ProblemDocument) {
    super(document.detail ?? document.message ?? document.title ?? "");
    this.code = document.code ?? "unexpected";
    this.status = document.status ?? 0;
    this.span = document.span ?? undefined;
    this.source = document.source ?? undefined;
    this.suggestions = document.suggestions ?? [];
    this.retryable = document.retryable ?? false;
    this.queryId = document.query_id ?? undefined;
    const en: Words = { detail: this.message, hint: document.hint ?? null, reasons: document.reasons ?? [] };
    this.words = { en, zh: { ...en, ...document.zh } };
  }

  /** Its words in the reader's language, as far as the server has them. */
  get said(): Words {
    return pick(this.words);
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
