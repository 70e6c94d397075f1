// What the App asks GitHub for: the least that its steps need. app.yml is made from this; the tests' fake GitHub refuses everything else.

/** Permissions by GitHub's names. No `workflows`, no administration: what they guard is nobody's to change by a run. */
export const appPermissions = {
  metadata: 'read',
  contents: 'write',
  issues: 'write',
  pull_requests: 'write',
  checks: 'write',
  actions: 'read',
} as const

/** Events that mean something to a run. Source: signal.ts. */
export const appEvents = [
  'issues',
  'issue_comment',
  'pull_request',
  'pull_request_review',
  'pull_request_review_comment',
  'check_run',
  'workflow_run',
] as const

/** Where webhooks go, below the address at which GitHub reaches us. */
export const webhookPath = '/api/github/webhooks'

/** The manifest as GitHub reads it. `address`: where GitHub reaches us; app.yml has an example's. */
export function appManifest({ name, address } = { name: 'dce', address: 'https://example.com' }): Readonly<Record<string, unknown>> {
  return {
    name,
    url: address,
    description: 'Turns a feature specification into a reviewed pull request on a Go repository.',
    public: false,
    hook_attributes: { url: `${address}${webhookPath}`, active: true },
    default_permissions: appPermissions,
    default_events: appEvents,
  }
}
