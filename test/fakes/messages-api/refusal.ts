// How the service says no. Wording is ours, types and statuses are the service's.

/** A refusal as the API words it. Source: API reference, "Errors": type by status. */
export interface Refusal {
  readonly status: 400 | 401 | 404 | 413
  readonly type: 'invalid_request_error' | 'authentication_error' | 'not_found_error' | 'request_too_large'
  readonly message: string
}

/** The refusal of a request that is not right. */
export function bad(message: string): Refusal {
  return { status: 400, type: 'invalid_request_error', message }
}
