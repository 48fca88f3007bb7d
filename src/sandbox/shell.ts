/** A word of sh(1) that stands for exactly this text. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** A command line of sh(1). */
export function command(...words: readonly string[]): string {
  return words.map(quoted).join(" ");
}
