/**
 * Names under which a note on the security support of a source package can stand, the most specific first: its own, and the
 * beginnings of it followed by `.*` as Debian writes them (`golang.*` for golang-1.19).
 */
export function supportNames(source: string): readonly string[] {
  return [source, ...Array.from(source, (_, index) => `${source.slice(0, source.length - index)}.*`)];
}
