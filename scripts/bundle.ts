/**
 * `npm run build`: makes dist/, the package that is published, out of src/.
 *
 * One chunk for each verb's lazily imported module, and one for what several share; each worker is an entry of its own,
 * in the same folder, where workerUrl() looks for it. Dependencies are bundled because that starts faster (median of 12,
 * warm compile cache: `compose` 165 ms against 180, `--version` 45 against 49; from the sources 279 and 95; minifying
 * gains nothing). Not bundled: openpgp, which is under the LGPL and stays a dependency that users can replace, and
xz-decompress, whose package brings no licence text to pass on.
 */
import { globSync } from "node:fs";
import { chmod, cp, readdir, readFile, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/** Dependencies that the published package declares instead of containing. */
const EXTERNAL: readonly string[] = ["openpgp", "xz-decompress"];

/** What a dependency asks for when it does what distill never asks of it: @cyclonedx/cyclonedx-library, to write XML. */
const NEVER_ASKED_FOR: readonly string[] = ["xmlbuilder2"];

const LAUNCHER = `#!/usr/bin/env node
const version = process.versions.node;
if (Number(version.split(".")[0]) < 24) {
  process.stderr.write(\`distill: Node 24 or newer is needed, this is Node \${version}\\n\`);
  process.exitCode = 3;
} else {
  await import("./main.js");
}
`;

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Writes the package into `directory`, which is emptied first; the same sources give the same bytes. */
export async function bundle(directory: string): Promise<void> {
  const workers = globSync("src/**/*-worker.ts", { cwd: ROOT }).sort();
  const build = await rolldown({
    cwd: ROOT,
    platform: "node",
    input: {
      main: "./src/cli/main.ts",
      ...Object.fromEntries(workers.map((path) => [basename(path, ".ts"), `./${path}`])),
    },
    external: (id) =>
      id.startsWith("node:") ||
      NEVER_ASKED_FOR.includes(id) ||
      EXTERNAL.some((name) => id === name || id.startsWith(`${name}/`)),
  });
  const { output } = await build.write({
    dir: directory,
    cleanDir: true,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
  });
  await build.close();

  await writeFile(join(directory, "distill.js"), LAUNCHER);
  await chmod(join(directory, "distill.js"), 0o755);
  const manifest: Manifest = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  await writeFile(join(directory, "package.json"), publishedManifest(manifest));
  const modules = output.flatMap((chunk) => (chunk.type === "chunk" ? chunk.moduleIds : []));
  await writeFile(join(directory, "THIRD-PARTY-LICENSES.txt"), await licensesOf(modules));
  for (const file of globSync(["LICENSE", "README.md"], { cwd: ROOT }))
    await cp(join(ROOT, file), join(directory, file));
}

function publishedManifest({ name, version, description, license, engines, dependencies }: Manifest): string {
  const external = Object.fromEntries(
    Object.entries(dependencies).filter(([dependency]) => EXTERNAL.includes(dependency)),
  );
  const published = {
    ...{ name, version, description, license, type: "module", engines },
    bin: { distill: "distill.js" },
    dependencies: external,
  };
  return `${JSON.stringify(published, null, 2)}\n`;
}

/** The licence texts and notices of the packages that these modules come from. Throws for a package that brings none. */
async function licensesOf(modules: readonly string[]): Promise<string> {
  const folders = new Set(modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []));
  const texts: string[] = [];
  for (const folder of [...folders].sort()) {
    const files = (await readdir(folder)).sort();
    const file = files.find((name) => /^licen[cs]e/i.test(name));
    const notices = files.filter((name) => /^notice/i.test(name));
    const { name, version, license }: Manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
    if (file === undefined) throw new Error(`${name} brings no licence text`);
    const read = await Promise.all([file, ...notices].map((each) => readFile(join(folder, each), "utf8")));
    texts.push(`${name} ${version} (${license})\n\n${read.map((text) => text.trim()).join("\n\n")}\n`);
  }
  return `distill contains these packages:\n\n${texts.join(`\n${"-".repeat(80)}\n\n`)}`;
}

if (import.meta.main) await bundle(join(ROOT, "dist"));
