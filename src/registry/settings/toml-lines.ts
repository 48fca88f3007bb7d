/** Where the tables of a registries.conf begin, as far as that can be seen without taking the whole format apart. */
export interface TomlTables {
  /** The line, from 1 on, of a registry by its number, of a mirror in it, or of a key in one of them. */
  lineOf(place: readonly (number | string)[]): number | undefined;
}

interface TableLines {
  readonly line: number;
  readonly keys: Map<string, number>;
  readonly mirrors: TableLines[];
}

/** Reads the headers and keys of a text that is TOML. A key that is not found has the line of its table. */
export function tablesOf(text: string): TomlTables {
  const registries: TableLines[] = [];
  let current: TableLines | undefined;
  for (const [index, content] of text.split("\n").entries()) {
    const header = /^\s*(\[\[?)\s*([\w.\s"'-]+?)\s*\]/.exec(content);
    if (header !== null) {
      const name = (header[2] ?? "").replaceAll(/[\s"']/g, "");
      const table = { line: index + 1, keys: new Map<string, number>(), mirrors: [] };
      current = header[1] === "[[" ? table : undefined;
      if (current !== undefined && name === "registry") registries.push(table);
      else if (current !== undefined && name === "registry.mirror") registries.at(-1)?.mirrors.push(table);
      else current = undefined;
      continue;
    }
    const key = /^\s*["']?([\w-]+)["']?\s*=/.exec(content)?.[1];
    if (key !== undefined && current?.keys.has(key) === false) current.keys.set(key, index + 1);
  }
  return { lineOf: (place) => lineIn(registries, place) };
}

function lineIn(registries: readonly TableLines[], place: readonly (number | string)[]): number | undefined {
  let tables: readonly TableLines[] = registries;
  let found: TableLines | undefined;
  for (const part of place) {
    if (typeof part === "string") return found?.keys.get(part) ?? found?.line;
    found = tables[part];
    tables = found?.mirrors ?? [];
  }
  return found?.line;
}
