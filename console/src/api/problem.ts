import type { ProblemBody } from './types';

/** An answer of the API that is no success (RFC 9457); further members, such as `ownerId`, stay in `body`. */
export class Problem extends Error {
  override name = 'Problem';

  constructor(
    readonly body: ProblemBody & Record<string, unknown>,
    /** Seconds, as `Retry-After` says. */
    readonly retryAfter: number | null = null,
    /** The answer's `request-id`, under which the server's log has it. */
    readonly requestId: string | null = null,
  ) {
    super(body.detail);
  }

  get status() {
    return this.body.status;
  }

  get code() {
    return this.body.code;
  }

  /** The rule that a field breaks. */
  field(name: string): string | undefined {
    return this.body.errors?.find((error) => error.field === name)?.detail;
  }
}

/** No answer came: offline, or the server is away. What was asked may have been done. */
export class Unreachable extends Error {
  override name = 'Unreachable';

  constructor(cause: unknown) {
    super('the server cannot be reached', { cause });
  }
}

/** The problem that a response tells; one that is no problem document (a proxy's page) is told by its status. */
export function problemOf(response: Response, body: unknown): Problem {
  const seconds = Number.parseInt(response.headers.get('retry-after') ?? '', 10);
  const retryAfter = Number.isNaN(seconds) ? null : seconds;
  return new Problem(
    isProblem(body) ? body : untold(response),
    retryAfter,
    response.headers.get('request-id'),
  );
}

function isProblem(body: unknown): body is ProblemBody & Record<string, unknown> {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body && 'status' in body;
}

function untold({ status, statusText }: Response): ProblemBody {
  const title = statusText || `HTTP ${status}`;
  return { type: 'about:blank', title, status, code: 'untold', detail: `the server answered ${status}` };
}

/** Whether asking again, with the same Idempotency-Key, may come to another end. */
export function isPassing(error: unknown): boolean {
  if (error instanceof Unreachable) return true;
  return error instanceof Problem && (error.status >= 500 || error.status === 429 || error.status === 408);
}

/** Whether it is not there, or not for this person to see. */
export function isMissing(error: unknown): boolean {
  return error instanceof Problem && error.status === 404;
}

/** What went wrong, as a sentence for people. */
export function reasonOf(error: unknown): string {
  if (error instanceof Unreachable) return 'The server cannot be reached.';
  if (!(error instanceof Problem)) return 'Something went wrong in this page.';
  const [first] = error.body.errors ?? [];
  const text = first ? `${first.field} ${first.detail}` : error.body.detail;
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
