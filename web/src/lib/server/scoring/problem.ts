/** One field that cannot be taken, and why. */
export interface FieldProblem {
  readonly field: string;
  readonly problem: string;
}

/**
 * An error as application/problem+json (RFC 9457). It always suggests review: an error never
 * releases a payment.
 */
export function problem(
  status: number,
  title: string,
  detail: string,
  extra: { errors?: readonly FieldProblem[]; headers?: Record<string, string> } = {},
): Response {
  const { errors, headers = {} } = extra;
  return new Response(
    JSON.stringify({
      type: 'about:blank',
      title,
      status,
      detail,
      suggestion: 'review',
      ...(errors === undefined ? {} : { errors }),
    }),
    {
      status,
      headers: {
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        ...headers,
      },
    },
  );
}
