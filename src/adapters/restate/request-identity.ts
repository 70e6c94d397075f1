// A folder -> the key pair with which our own Restate server signs its requests to us: made once, kept there for us alone to read.
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** `pemPath`: the private key, for the server. `publicKey`: what an endpoint checks signatures by, `publickeyv1_…`. */
export interface RequestIdentity {
  readonly pemPath: string
  readonly publicKey: string
}

/** Finds it, else makes it. Source: Restate's documentation, "Security: locking down service access" (ed25519, PKCS #8). */
export function requestIdentity(folder: string): RequestIdentity {
  mkdirSync(folder, { recursive: true })
  const pemPath = join(folder, 'request-identity.pem')
  if (!existsSync(pemPath)) makeKey(pemPath)
  const { x = '' } = createPublicKey(createPrivateKey(readFileSync(pemPath))).export({ format: 'jwk' })
  return { pemPath, publicKey: `publickeyv1_${base58(Buffer.from(x, 'base64url'))}` }
}

// Whole or not at all, and never over another's: two processes may begin on the folder at once.
function makeKey(pemPath: string): void {
  const draft = `${pemPath}.${randomBytes(6).toString('hex')}`
  const { privateKey } = generateKeyPairSync('ed25519')
  writeFileSync(draft, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, pemPath)
  } catch (cause) {
    if (!existsSync(pemPath)) throw cause
  } finally {
    rmSync(draft, { force: true })
  }
}

const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** Bitcoin's base 58: no 0, O, I, l; a leading zero byte is a 1. */
export function base58(bytes: Uint8Array): string {
  const zeros = bytes.findIndex((byte) => byte !== 0)
  let rest = BigInt(`0x0${Buffer.from(bytes).toString('hex')}`)
  let digits = ''
  for (; rest > 0n; rest /= 58n) digits = `${alphabet[Number(rest % 58n)]}${digits}`
  return '1'.repeat(zeros < 0 ? bytes.length : zeros) + digits
}
