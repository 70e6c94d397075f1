// A title -> the short name that run ids, branches and folders carry. Pure.

/** Most characters of a slug. Branch names hold it beside a run's and a task's name; 40 keeps them readable. */
const maxLength = 40

/** Words in front of a title that say only what kind of text it is. */
const label = /^\s*(feature(\s+(specification|spec|request))?|implementation\s+plan|specification|spec|rfc)\s*[:–—-]\s+/iu

/** Without a remark in brackets at the end. Lower case `[a-z0-9-]`, at most 40 characters, cut between words; `feature` for a title without a Latin letter or digit. */
export function slugOf(title: string): string {
  const words = title
    .replace(label, '')
    .replace(/(?<=\S)\s+(specification|spec)\s*$/iu, '')
    .replace(/(?<=\S)\s*\([^()]*\)\s*$/u, '')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/['’]/gu, '')
    .split(/[^a-z0-9]+/u)
    .filter((word) => word !== '')
  const fitting = words.reduce((slug, word) => {
    const longer = slug === '' ? word : `${slug}-${word}`
    return longer.length <= maxLength ? longer : slug
  }, '')
  return fitting || (words[0] ?? 'feature').slice(0, maxLength)
}
