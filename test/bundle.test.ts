import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { bundle } from "../scripts/bundle.ts";

describe("the bundle", () => {
  let folder = "";
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "bundle-"));
    await bundle(join(folder, "first"));
    await bundle(join(folder, "second"));
  });
  after(() => rm(folder, { recursive: true }));

  const contents = async (directory: string): Promise<ReadonlyMap<string, string>> => {
    const names = (await readdir(join(folder, directory))).sort();
    return new Map(
      await Promise.all(
        names.map(async (name) => [name, await readFile(join(folder, directory, name), "utf8")] as const),
      ),
    );
  };

  test("has the same bytes each time", async () => {
    assert.deepEqual(await contents("first"), await contents("second"));
  });

  test("starts", async () => {
    const { version } = JSON.parse(await readFile(join(import.meta.dirname, "../package.json"), "utf8"));
    const program = join(folder, "first/distill.js");
    assert.equal((await stat(program)).mode & 0o777, 0o755);
    const environment = { ...process.env, DISTILL_HOME: join(folder, "home") };
    assert.equal(
      execFileSync(process.execPath, [program, "--version"], { env: environment, encoding: "utf8" }),
      `${version}\n`,
    );
  });

  test("loads no more at the start than the command line needs; the rest comes with the verb", async () => {
    const files = await contents("first");
    const program = /import\("\.\/(program-[^"]+)"\)/.exec(files.get("main.js") ?? "")?.[1] ?? "";
    const loaded = new Set(["main.js", program]);
    for (const name of loaded) {
      for (const [, next] of (files.get(name) ?? "").matchAll(/^import .*"\.\/([^"]+)";$/gm)) loaded.add(next ?? "");
    }
    const text = [...loaded].map((name) => files.get(name)).join("\n");
    const packages = [...text.matchAll(/^\/\/ node_modules\/((?:@[^/]+\/)?[^/]+)/gm)].map((match) => match[1]);
    assert.ok(packages.includes("commander"));
    assert.deepEqual(
      new Set(packages).intersection(
        new Set(["@cyclonedx/cyclonedx-library", "openpgp", "undici", "xz-decompress", "yaml", "zod"]),
      ),
      new Set(),
    );
  });

  test("keeps each worker under its own name, beside the chunks", async () => {
    assert.ok((await contents("first")).has("unpack-worker.js"));
  });

  test("depends on what it does not contain, and brings the licence of what it does", async () => {
    const files = await contents("first");
    const { dependencies, optionalDependencies } = JSON.parse(files.get("package.json") ?? "");
    assert.deepEqual(Object.keys(dependencies), ["openpgp", "xz-decompress"]);
    assert.equal(optionalDependencies, undefined);
    for (const name of ["@cyclonedx/cyclonedx-library", "commander", "undici", "yaml", "zod"]) {
      assert.match(files.get("THIRD-PARTY-LICENSES.txt") ?? "", new RegExp(`^${name} \\d`, "m"));
    }
    const chunks = [...files].filter(([name]) => name.endsWith(".js")).map(([, text]) => text);
    assert.ok(chunks.some((text) => /import\("openpgp"\)|from "openpgp"/.test(text)));
    assert.ok(chunks.some((text) => /import\("xz-decompress"\)|from "xz-decompress"/.test(text)));
  });
});
