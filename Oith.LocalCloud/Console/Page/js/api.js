// Calls of AWS's own operations by name, over the console's one door.

/** What a service refused, under AWS's error code. */
export class AwsError extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** LocalCloud does not answer. */
export class ConnectionError extends Error { }

/**
 * @param {string} service the signing name: sqs, monitoring, states…
 * @param {string} operation AWS's name of it
 * @param {object} [input] its members
 * @param {AbortSignal} [signal]
 * @returns {Promise<any>} the answer's members
 */
export async function call(service, operation, input = {}, signal) {
  let response;
  try {
    response = await fetch(`api/${service}/${operation}`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(input), signal,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') {
      throw error;
    }

    throw new ConnectionError('LocalCloud does not answer.');
  }

  const answer = await response.json();
  if (!response.ok) {
    throw new AwsError(String(answer.__type ?? response.status).split('#').pop() ?? '', answer.message ?? 'The call failed.');
  }

  return answer;
}

/**
 * All items of a paged operation, up to `limit`.
 * @param {string} service @param {string} operation @param {object} input
 * @param {string} member the list's name @param {{ token?: string, limit?: number, signal?: AbortSignal }} [options] token: the paging member's name
 * @returns {Promise<any[]>}
 */
export async function list(service, operation, input, member, { token = 'NextToken', limit = 1000, signal } = {}) {
  /** @type {any[]} */
  const items = [];
  let next;
  do {
    const answer = await call(service, operation, next === undefined ? input : { ...input, [token]: next }, signal);
    items.push(...answer[member] ?? []);
    next = answer[token];
  } while (next !== undefined && items.length < limit);
  return items;
}

/** The answer, or `otherwise` when the service refuses. @template T @param {Promise<T>} promise @param {any} otherwise @returns {Promise<T>} */
export const orElse = (promise, otherwise) => promise.catch(error => {
  if (error instanceof AwsError) {
    return otherwise;
  }

  throw error;
});

/** The last part of an ARN or URL. @param {string} arn */
export const nameOf = arn => arn.split(/[:/]/).pop() ?? arn;
