// What the set-up server shows, as HTML without scripts. Pure; everything from outside is escaped.

/** What a person says before the App is made. */
export interface SetUpAnswers {
  readonly name: string
  /** Where GitHub reaches this machine: `https://dce.example.com`. */
  readonly address: string
  /** Login of the organisation that is to own it; '' for the person. */
  readonly organization: string
}

/** The first page. `fault`: what was wrong with the answers of the last try. */
export function questionsPage(request: { readonly key: string; readonly answers: SetUpAnswers; readonly fault?: string }): string {
  const { key, answers, fault } = request
  return page(
    'Set up dce',
    `${fault === undefined ? '' : `<p class="fault">${escaped(fault)}</p>`}
<form method="post" action="/set-up">
<input type="hidden" name="key" value="${escaped(key)}">
<label>Address at which GitHub reaches this machine<input name="address" required placeholder="https://dce.example.com" value="${escaped(answers.address)}"></label>
<label>Organisation that owns the App; empty: you<input name="organization" value="${escaped(answers.organization)}"></label>
<label>Name of the App; no other on this GitHub may have it<input name="name" required maxlength="34" value="${escaped(answers.name)}"></label>
<button>Go on</button>
</form>`,
  )
}

/** The second page: what will be made, and the button that takes the manifest to GitHub. */
export function manifestPage(request: { readonly action: string; readonly manifest: Readonly<Record<string, unknown>> }): string {
  const text = JSON.stringify(request.manifest)
  return page(
    'Make the App on GitHub',
    `<p>GitHub shows a page on which you make the App, and sends you back here. You have an hour.</p>
<pre>${escaped(JSON.stringify(request.manifest, null, 2))}</pre>
<form method="post" action="${escaped(request.action)}">
<input type="hidden" name="manifest" value="${escaped(text)}">
<button>Make it on GitHub</button>
</form>`,
  )
}

/** The last page. `path`: the file that holds its settings. `secretMissing`: GitHub made no webhook secret. */
export function madePage(request: { readonly pageUrl: string; readonly path: string; readonly secretMissing: boolean }): string {
  return page(
    'The App is made',
    `<ol>
${request.secretMissing ? `<li>GitHub made no webhook secret, and without one the App does not start. Set one on <a href="${escaped(request.pageUrl)}">its page</a>, and as WEBHOOK_SECRET in the file below.</li>` : ''}
<li>Its id, key and secret are in <code>${escaped(request.path)}</code>, for its owner alone. GitHub shows the key to nobody again.</li>
<li><a href="${escaped(request.pageUrl)}/installations/new">Install it</a> on the repositories that it should work on.</li>
<li>Start <code>dce serve</code> again; <code>dce doctor</code> in a clone says what is missing.</li>
</ol>`,
  )
}

/** What went wrong and what to do. */
export function faultPage(problem: string, todo: string): string {
  return page('The App is not set up', `<p class="fault">${escaped(problem)}</p><p>${escaped(todo)}</p>`)
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><meta name="viewport" content="width=device-width">
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}label{display:block;margin:1rem 0}input{display:block;width:100%;padding:.4rem;font:inherit;box-sizing:border-box}button{padding:.5rem 1rem;font:inherit}pre{overflow:auto;background:#f3f3f3;padding:1rem}.fault{background:#fee;padding:.5rem 1rem}</style>
</head><body><h1>${escaped(title)}</h1>
${body}
</body></html>
`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;')
}
