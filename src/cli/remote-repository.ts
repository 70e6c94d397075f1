// The address of a git remote -> host, owner and name. Pure.

/** A repository on some host. `host`: with its port where the address is one of the web. */
export interface RemoteRepository {
  readonly host: string
  readonly owner: string
  readonly name: string
}

/** Reads `https://HOST/OWNER/NAME.git`, `ssh://git@HOST/…` and `git@HOST:OWNER/NAME`. undefined: a path, or something else. */
export function remoteRepository(address: string): RemoteRepository | undefined {
  const scp = /^(?:[^@/]+@)?(?<host>[^:/]+):(?<path>[^/].*)$/u.exec(address)?.groups
  if (scp !== undefined && !address.includes('://')) return named(scp['host'] ?? '', scp['path'] ?? '')
  if (!URL.canParse(address)) return undefined
  const { protocol, host, hostname, pathname } = new URL(address)
  if (!/^(?:https?|ssh|git):$/u.test(protocol)) return undefined
  return named(protocol.startsWith('http') ? host : hostname, pathname)
}

function named(host: string, path: string): RemoteRepository | undefined {
  const [owner = '', name = '', ...more] = path
    .replace(/^\/+|\/+$/gu, '')
    .replace(/\.git$/u, '')
    .split('/')
  return host === '' || owner === '' || name === '' || more.length > 0 ? undefined : { host, owner, name }
}

/** Whether it is on the GitHub whose pages are at `webUrl`. */
export function isOn({ host }: RemoteRepository, webUrl: string): boolean {
  const web = new URL(webUrl)
  // github.com takes SSH on its own host too, for networks that let only port 443 through.
  return [web.host, web.hostname, `ssh.${web.hostname}`].includes(host.toLowerCase())
}
