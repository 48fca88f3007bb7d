import { globSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { parseSync } from "rolldown/experimental";

/** One import of a module: `import`, `export from`, `import()` of a literal, `import type` or `import("x").Type`. */
export interface Import {
  /** As written: "./x.ts", "node:fs", "zod". */
  readonly specifier: string;
  /** True for `import type`, `export type` and `import("x").T`, which leave no trace at run time (`import { type T }` does). */
  readonly typeOnly: boolean;
}

/** Imports by file; paths are relative to the folder that was read, with forward slashes. */
export type ImportGraph = ReadonlyMap<string, readonly Import[]>;

/** Reads the imports of every .ts file below the given folders of `root`, those of installed packages left out. */
export function readImports(root: string, ...folders: readonly string[]): ImportGraph {
  const found = folders.flatMap((folder) => globSync(`${folder}/**/*.ts`, { cwd: root, exclude: ["**/node_modules"] }));
  const files = found.sort();
  return new Map(files.map((file) => [file, importsOf(readFileSync(join(root, file), "utf8"), file)]));
}

/** The imports of one source text. Throws on one that does not parse, and on `import()` of what is no literal. */
export function importsOf(text: string, file: string): readonly Import[] {
  const { program, errors } = parseSync(file, text, { lang: "ts", sourceType: "module" });
  if (errors[0] !== undefined) throw new Error(`${file}: ${errors[0].message}`);
  const found: Import[] = [];
  visit(program, (node) => {
    const { type, source } = node;
    if (type === "ImportDeclaration" || type === "ExportNamedDeclaration" || type === "ExportAllDeclaration") {
      const specifier = literal(source);
      if (specifier !== undefined)
        found.push({ specifier, typeOnly: node.importKind === "type" || node.exportKind === "type" });
    } else if (type === "ImportExpression" || type === "TSImportType") {
      const specifier = literal(source);
      if (specifier === undefined) throw new Error(`${file}: import() of something that is no string literal`);
      found.push({ specifier, typeOnly: type === "TSImportType" });
    }
  });
  return found;
}

/** Path of the file that a relative specifier names, or undefined for a package. */
export function targetOf(file: string, { specifier }: Import): string | undefined {
  return specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : undefined;
}

type Node = Readonly<Record<string, unknown>>;

function visit(value: unknown, see: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) visit(item, see);
  } else if (isNode(value)) {
    if (typeof value.type === "string") see(value);
    for (const child of Object.values(value)) visit(child, see);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null;
}

function literal(source: unknown): string | undefined {
  return isNode(source) && typeof source.value === "string" ? source.value : undefined;
}
