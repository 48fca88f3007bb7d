const MAX_LENGTH = 1024;

/**
 * True for what can be a ref or a part of its name (git-check-ref-format(1)), "HEAD" and hashes among them. What passes is
 * neither an option nor a revision expression nor a refspec to git.
 */
export function isRefName(name: string): boolean {
  if (name === "" || name.length > MAX_LENGTH || name.startsWith("-") || name === "@") return false;
  if (/[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|^\/|[/.]$/.test(name)) return false;
  return name.split("/").every((part) => !part.startsWith(".") && !part.endsWith(".lock"));
}
