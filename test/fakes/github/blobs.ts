// Signed addresses of artifacts, as GitHub's storage has them: on another host, each good for a minute, and refused with credentials.
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Blobs {
  /** An address that answers with the bytes. */
  sign(bytes: Uint8Array): string
  close(): Promise<void>
}

const lifeMs = 60_000

/** Contract of `now`: ms; addresses expire by it. */
export async function openBlobs(now: () => number, faults: string[]): Promise<Blobs> {
  const signed = new Map<string, { readonly bytes: Uint8Array; readonly until: number }>()
  const server = createServer((request, response) => {
    const found = signed.get(new URL(request.url ?? '/', 'http://x').searchParams.get('sig') ?? '')
    if (request.headers.authorization !== undefined) {
      // GitHub's storage answers 400 to a token beside a signature; and whoever sends it gives it away.
      faults.push("the product sent credentials to the storage of artifacts, which is not GitHub's API")
      response.writeHead(400).end('InvalidAuthenticationInfo')
    } else if (found === undefined || found.until < now()) response.writeHead(403).end('AuthenticationFailed')
    else response.writeHead(200, { 'content-type': 'application/zip', 'content-length': found.bytes.length }).end(found.bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    sign: (bytes) => {
      const sig = randomBytes(12).toString('hex')
      signed.set(sig, { bytes, until: now() + lifeMs })
      return `http://127.0.0.1:${port}/artifact.zip?sig=${sig}`
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
