import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { sliceOf } from "../../src/compose/packages/slices.ts";
import type { PackageRecord } from "../../src/compose/record.ts";
import { parseControl } from "../../src/debian/package/control.ts";
import { readElf } from "../../src/formats/elf/read.ts";
import type { Digest } from "../../src/lib/digest.ts";
import type { Node } from "../../src/rootfs/node.ts";
import { comparePaths, parentOf, pathFromBytes, type RootPath } from "../../src/rootfs/path.ts";
import { Store } from "../../src/store/store.ts";
import { mustDistill } from "../support/cli.ts";
import { LayeredTree } from "../support/layered-tree.ts";
import { unlessMirror } from "../support/mirror.ts";
import { unlessTools } from "../support/tools.ts";

/** Beside python3: one with modules that others import (cffi), one with libraries under update-alternatives (BLAS). */
const PACKAGES = ["python3-cryptography", "python3-numpy"];

/** Files that distill writes; those of packages that are among them are replaced. */
const WRITTEN: readonly string[] = [
  "etc/alternatives/libblas.so.3-x86_64-linux-gnu",
  "etc/alternatives/liblapack.so.3-x86_64-linux-gnu",
  "etc/group",
  "etc/ld.so.cache",
  "etc/nsswitch.conf",
  "etc/passwd",
  "etc/ssl/certs/ca-certificates.crt",
  "usr/bin/python",
  "usr/lib/os-release",
  "usr/lib/ssl/cert.pem",
  "usr/lib/x86_64-linux-gnu/libblas.so.3",
  "usr/lib/x86_64-linux-gnu/liblapack.so.3",
  "var/lock",
  "var/run",
];
const REPLACED = "usr/lib/os-release";
const RECORDS = "var/lib/dpkg/status.d/";
const X86_64 = 62;
const MB = 1_000_000;

const skip = unlessTools("dpkg-deb") || (await unlessMirror());

interface Report {
  readonly layers: readonly { readonly diffID: Digest; readonly uncompressed: number; readonly compressed: number }[];
  readonly packages: readonly PackageRecord[];
}

/** An entry as dpkg-deb unpacked it. */
interface Unpacked {
  readonly package: string;
  readonly path: RootPath;
  /** On disk; names of files are bytes. */
  readonly file: Buffer;
}

describe("what composing makes of Debian's packages, beside what dpkg-deb makes of them", { skip }, () => {
  const home = mkdtempSync(join(tmpdir(), "distill-content-"));
  const env = { DISTILL_HOME: join(home, "distill") };
  const entries: Unpacked[] = [];
  const debs = new Map<string, string>();
  let report: Report;
  let store: Store;
  let image: LayeredTree;

  const compose = async (base: string, ...packages: readonly string[]): Promise<Report> => {
    const args = ["compose", base, ...packages.flatMap((name) => ["--package", name]), "--format", "json"];
    return JSON.parse((await mustDistill(args, { env })).stdout) as Report;
  };

  before(async () => {
    report = await compose("python3", ...PACKAGES);
    const cache = join(env.DISTILL_HOME, "cache/debs");
    const kept = new Set(report.packages.map(({ name }) => name));
    for (const name of readdirSync(cache)) {
      const deb = join(cache, name);
      const { stdout } = spawnSync("dpkg-deb", ["--field", deb, "Package"], { encoding: "utf8" });
      const directory = join(home, "unpacked", stdout.trim());
      if (!kept.has(stdout.trim())) continue;
      debs.set(stdout.trim(), deb);
      mkdirSync(directory, { recursive: true });
      assert.equal(spawnSync("dpkg-deb", ["-x", deb, directory]).status, 0);
      for (const path of listBelow(directory)) {
        entries.push({
          package: stdout.trim(),
          path: merged(path),
          file: Buffer.from(`${directory}/${path}`, "latin1"),
        });
      }
    }
    store = Store.open(join(env.DISTILL_HOME, "store"));
    image = await LayeredTree.of(
      store,
      report.layers.map(({ diffID }) => diffID),
    );
  });

  after(async () => {
    await image?.[Symbol.asyncDispose]();
    await store?.close();
    rmSync(home, { recursive: true, force: true });
  });

  it("has tiers that are the same layers in every base, within their sizes", async () => {
    const [fixed, base] = [await compose("static"), await compose("base")];
    const diffIDs = (of: Report, count?: number) => of.layers.slice(0, count).map(({ diffID }) => diffID);
    assert.deepEqual(diffIDs(fixed), diffIDs(report, 1));
    assert.deepEqual(diffIDs(base), diffIDs(report, 3));
    const upTo = (count: number) => report.layers.slice(0, count).reduce((sum, { compressed }) => sum + compressed, 0);
    assert.ok(upTo(1) <= 0.55 * MB, `static: ${upTo(1)} bytes compressed`);
    assert.ok(upTo(3) <= 8.67 * MB, `base: ${upTo(3)} bytes compressed`);
    assert.ok(upTo(4) <= 15 * MB, `python3: ${upTo(4)} bytes compressed`);
  });

  it("ships files and links with the bytes and modes of their package", async () => {
    assert.ok(entries.length > 3000);
    const wrong: string[] = [];
    for (const { path, file, package: name } of entries) {
      const node = image.tree.get(path);
      const stats = lstatSync(file);
      if (node === undefined || stats.isDirectory() || path === REPLACED) continue;
      const same =
        stats.isSymbolicLink() === (node.type === "symlink") &&
        (stats.isSymbolicLink()
          ? node.type === "symlink" && node.target === readlinkSync(file, { encoding: "latin1" })
          : (stats.mode & 0o7777) === node.attributes.mode && readFileSync(file).equals(await bytesOf(node)));
      if (!same) wrong.push(`${name}: ${path}`);
    }
    assert.deepEqual(wrong, []);
  });

  it("ships directories with the mode that their packages give them", () => {
    const wrong = entries.flatMap(({ path, file }) => {
      const [node, stats] = [image.tree.get(path), lstatSync(file)];
      if (node?.type !== "directory" || !stats.isDirectory() || path === "") return [];
      const mode = stats.mode & 0o7777;
      return node.attributes.mode === mode ? [] : [`${path}: ${node.attributes.mode.toString(8)}, ${mode.toString(8)}`];
    });
    assert.deepEqual(wrong, []);
  });

  it("leaves out nothing but what belongs to a slice, or is in the certificate bundle", async () => {
    const bundle = (await bytesOf(image.tree.get(pathFromBytes("etc/ssl/certs/ca-certificates.crt")))).toString();
    const missing = entries.filter(({ path, file }) => {
      if (image.tree.get(path) !== undefined) return false;
      if (/^usr\/share\/ca-certificates\/.*\.crt$/.test(path)) {
        return !bundle.includes(readFileSync(file, "utf8").trim());
      }
      return sliceOf(lstatSync(file).isDirectory() ? (`${path}/` as RootPath) : path) === undefined;
    });
    assert.deepEqual(
      missing.map(({ path }) => path),
      [],
    );
    const copyrights = entries.filter(({ path }) => /^usr\/share\/doc\/[^/]+\/copyright$/.test(path));
    assert.deepEqual(
      copyrights.filter(({ path }) => image.tree.get(path) === undefined),
      [],
    );
  });

  it("holds nothing that is neither a package's, nor a record, nor written by distill", () => {
    const known = new Set<string>([...entries.map(({ path }) => path), ...WRITTEN]);
    const unknown = [...image.tree.entries()].filter(
      ([path, node]) => node.type !== "directory" && !known.has(path) && !path.startsWith(RECORDS),
    );
    assert.deepEqual(
      unknown.map(([path]) => path),
      [],
    );
    for (const path of WRITTEN) assert.ok(image.tree.get(pathFromBytes(path)) !== undefined, path);
  });

  it("has a copyright for every package, where tools look for it", () => {
    const without = report.packages.filter(({ name }) => {
      const found = image.tree.find(`/usr/share/doc/${name}/copyright`);
      return found?.node.type !== "file";
    });
    assert.deepEqual(
      without.map(({ name }) => name),
      [],
    );
  });

  it("has no link that leads nowhere but one that tzdata has so", () => {
    const dangling = [...image.tree.entries()].filter(([path, node]) => {
      if (node.type !== "symlink") return false;
      return (
        image.tree.find(node.target.startsWith("/") ? node.target : `${parentOf(path)}/${node.target}`) === undefined
      );
    });
    assert.deepEqual(
      dangling.map(([path]) => path),
      ["usr/share/zoneinfo/localtime"],
    );
  });

  it("holds ELF files for x86-64 only, and every library that one needs", async () => {
    const unresolved: string[] = [];
    let count = 0;
    for (const [path, node] of image.tree.entries()) {
      const elf = node.type === "file" ? await readElf(node.content) : undefined;
      if (elf === undefined) continue;
      count++;
      assert.equal(elf.machine.number, X86_64, path);
      const directories = [...elf.runpath, ...elf.rpath].map((each) => each.replace("$ORIGIN", `/${parentOf(path)}`));
      directories.push("/usr/lib/x86_64-linux-gnu", "/usr/lib");
      for (const name of [...elf.needed, ...(elf.interpreter === undefined ? [] : [elf.interpreter])]) {
        const candidates = name.startsWith("/") ? [name] : directories.map((directory) => `${directory}/${name}`);
        if (!candidates.some((each) => image.tree.find(each)?.node.type === "file"))
          unresolved.push(`${path}: ${name}`);
      }
    }
    assert.ok(count > 100);
    assert.deepEqual(unresolved, []);
  });

  it("records every package as its .deb does, byte for byte, and no other", async () => {
    const records = [...image.tree.entries()].filter(([path]) => path.startsWith(RECORDS));
    const names = records.map(([path]) => path.slice(RECORDS.length)).filter((name) => !name.endsWith(".md5sums"));
    assert.deepEqual(names, report.packages.map(({ name }) => name).sort(comparePaths));
    for (const { name, version, architecture } of report.packages) {
      const control = await bytesOf(image.tree.get(pathFromBytes(RECORDS + name)));
      const theirs = spawnSync("dpkg-deb", ["--info", debs.get(name) ?? "", "control"]).stdout;
      assert.deepEqual(control, theirs, name);
      const [paragraph, ...more] = parseControl(control.toString("utf8"), name);
      assert.deepEqual(more, []);
      const fields = ["Package", "Version", "Architecture"].map((field) => paragraph?.get(field));
      assert.deepEqual(fields, [name, version, architecture]);
    }
  });

  it("has md5sums that agree with the files, but for the one that distill replaces", async () => {
    const wrong = new Set<string>();
    let agreed = 0;
    for (const [path, record] of image.tree.entries()) {
      if (!path.startsWith(RECORDS) || !path.endsWith(".md5sums")) continue;
      for (const line of (await bytesOf(record)).toString("latin1").trim().split("\n")) {
        const [, sum, name = ""] = /^([0-9a-f]{32}) {2}(.*)$/.exec(line) ?? [];
        const node = image.tree.get(merged(name));
        if (node?.type !== "file") continue;
        if (
          createHash("md5")
            .update(await bytesOf(node))
            .digest("hex") === sum
        )
          agreed++;
        else wrong.add(merged(name));
      }
    }
    assert.ok(agreed > 1000);
    assert.deepEqual([...wrong], [REPLACED]);
  });
});

async function bytesOf(node: Node | undefined): Promise<Buffer> {
  return node?.type === "file" ? Buffer.from(await node.content.read(0, node.content.size)) : Buffer.alloc(0);
}

/** Where a path of a package lies in a usr-merged system. */
function merged(path: string): RootPath {
  return pathFromBytes(path.replace(/^(bin|sbin|lib|lib64)\//, "usr/$1/"));
}

/** Every entry below a directory, as bytes. */
function listBelow(directory: string, path = ""): string[] {
  return readdirSync(`${directory}/${path}`, { withFileTypes: true, encoding: "latin1" as BufferEncoding }).flatMap(
    (entry) => {
      const at = path === "" ? entry.name : `${path}/${entry.name}`;
      return entry.isDirectory() ? [at, ...listBelow(directory, at)] : [at];
    },
  );
}
