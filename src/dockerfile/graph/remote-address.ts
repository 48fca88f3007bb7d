/** Whether a source of ADD is fetched over http(s). */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/**
 * Whether a source of ADD is a git repository: by its scheme, as `user@host:path`, or an http(s) address whose path ends
 * with `.git`. What follows `#` or `?` says which commit and directory.
 */
export function isGitAddress(text: string): boolean {
  if (/^(?:git|ssh):\/\//i.test(text)) return true;
  if (isWebAddress(text)) return /^[^?#]+\.git(?:[?#]|$)/.test(text);
  return /^[\w.-]+@[\w.-]+:(?!\/\/)[^?#]+/.test(text);
}
