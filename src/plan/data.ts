// Text that others wrote -> the same between marks that it cannot close: material for a model, never instructions.
/** Fences untrusted text; empty for a text that says nothing. */
export function data(name: string, text: string): string {
  if (text.trim() === '') return ''
  return `<data name="${name}">\n${text.replace(/<(?=\/?data\b)/giu, '&lt;').trim()}\n</data>`
}
