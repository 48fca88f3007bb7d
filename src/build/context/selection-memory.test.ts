import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { contextDirectory, type OpenedFiles, openFiles, writeFiles } from "../../../test/support/context-directory.ts";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { isDistillError } from "../../lib/errors.ts";
import { pathFromBytes, ROOT } from "../../rootfs/path.ts";
import type { JsonValue } from "../../store/steps.ts";
import { fingerprintOf } from "../transfer/fingerprint.ts";
import { FileDigests } from "./file-digests.ts";
import { KeptEntries } from "./kept-entries.ts";
import { scanPaths } from "./scan.ts";
import { ContextScanner } from "./scan-threads.ts";
import { type Memory, SelectionMemory } from "./selection-memory.ts";

const p = pathFromBytes;

/** What a build does with one directory of a context, over and over; `walks` counts those that made the tree. */
class Builds {
  walks = 0;
  readonly #t: TestContext;
  readonly #directory: string;
  readonly #digests: string;
  readonly #known = new Map<string, JsonValue>();

  constructor(t: TestContext, directory: string) {
    this.#t = t;
    this.#directory = directory;
    this.#digests = join(temporaryDirectory(t), "digests");
    // What was written a moment ago counts as old; what is changed between two builds has another change time all the same.
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 60_000 });
  }

  async fingerprint(path = "", options: OpenedFiles = {}): Promise<string> {
    await tick();
    const digests = FileDigests.open(this.#digests);
    const files = openFiles(this.#t, this.#directory, { ...options, digests });
    const scanner = new ContextScanner();
    const memory: Memory = {
      recall: (key) => this.#known.get(JSON.stringify(key)),
      remember: (key, value) => this.#known.set(JSON.stringify(key), value),
    };
    try {
      return await new SelectionMemory(files, scanner).fingerprint(p(path), memory, async () => {
        this.walks++;
        return fingerprint(files.tree.get(p(path)));
      });
    } finally {
      await digests.save();
      await scanner.close();
      files.close();
      await tick();
    }
  }

  /** Of what is there, without anything that is remembered. */
  async truth(path = "", options: OpenedFiles = {}): Promise<string> {
    const files = openFiles(this.#t, this.#directory, { ...options, keep: 0 });
    const found = await fingerprint(files.tree.get(p(path)));
    files.close();
    return found;
  }
}

function fingerprint(node: ReturnType<ReturnType<typeof openFiles>["tree"]["get"]>): Promise<string> {
  assert.ok(node !== undefined);
  return fingerprintOf([{ name: "", path: ROOT, node }], undefined);
}

/** Longer than file systems take to count times on. */
function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 12));
}

test("a directory that did not change is known without its tree", async (t) => {
  const { directory } = contextDirectory(t, { "a/b": "1", "a/c/d": "2", e: "3" });
  const builds = new Builds(t, directory);
  const first = await builds.fingerprint();
  assert.equal(await builds.fingerprint(), first);
  assert.equal(await builds.fingerprint("a"), await builds.truth("a"));
  await builds.fingerprint("a");
  assert.equal(builds.walks, 2);
});

test("whatever changes is noticed", async (t) => {
  const at = (directory: string, path: string): string => join(directory, path);
  const edits: Readonly<Record<string, (directory: string) => void>> = {
    bytes: (d) => writeFileSync(at(d, "a/b"), "9"),
    "bytes under the old time": (d) => {
      const { atime, mtime } = statSync(at(d, "a/old"));
      writeFileSync(at(d, "a/old"), "9");
      utimesSync(at(d, "a/old"), atime, mtime);
    },
    "mode of a file": (d) => chmodSync(at(d, "a/b"), 0o700),
    "mode of a directory": (d) => chmodSync(at(d, "a/c"), 0o700),
    "mode of the directory itself": (d) => chmodSync(at(d, "a"), 0o711),
    "a new file": (d) => writeFileSync(at(d, "a/new"), ""),
    "a new directory": (d) => mkdirSync(at(d, "a/c/new")),
    "a name": (d) => renameSync(at(d, "a/b"), at(d, "a/b2")),
    "a file that goes": (d) => rmSync(at(d, "a/b")),
    "a target": (d) => {
      rmSync(at(d, "a/l"));
      symlinkSync("y", at(d, "a/l"));
    },
    "a link for a file": (d) => {
      rmSync(at(d, "a/b"));
      symlinkSync("c/d", at(d, "a/b"));
    },
    "a hard link": (d) => {
      rmSync(at(d, "a/b2"), { force: true });
      rmSync(at(d, "a/twin"));
      linkSync(at(d, "a/b"), at(d, "a/twin"));
    },
    "files that change places": (d) => {
      renameSync(at(d, "a/b"), at(d, "a/swap"));
      renameSync(at(d, "a/c/d"), at(d, "a/b"));
      renameSync(at(d, "a/swap"), at(d, "a/c/d"));
    },
  };
  for (const [what, edit] of Object.entries(edits)) {
    const { directory } = contextDirectory(t, { "a/b": "1", "a/c/d": "2", "a/twin": "1", "a/old": "1" });
    utimesSync(join(directory, "a/old"), 1000, 1000);
    symlinkSync("x", join(directory, "a/l"));
    const builds = new Builds(t, directory);
    const before = await builds.fingerprint("a");
    edit(directory);
    const after = await builds.fingerprint("a");
    assert.notEqual(after, before, what);
    assert.equal(after, await builds.truth("a"), what);
    t.mock.timers.reset();
  }
});

test("what rules leave out may change, and what they take back in may not", async (t) => {
  const { directory } = contextDirectory(t, { "out/x": "1", "out/in/y": "2", "a.log": "3", b: "4" });
  const builds = new Builds(t, directory);
  const options = { rules: "out\n*.log\n!out/in/y\n", without: ["lock"] };
  const before = await builds.fingerprint("", options);
  writeFiles(directory, { "out/x": "9", "out/new": "9", "a.log": "9", lock: "9" });
  assert.equal(await builds.fingerprint("", options), before);
  assert.equal(builds.walks, 1);
  writeFiles(directory, { "out/in/y": "9" });
  assert.notEqual(await builds.fingerprint("", options), before);
  const other = { rules: "out\n" };
  assert.equal(await builds.fingerprint("", other), await builds.truth("", other));
});

test("files that had just been written are looked at again", async (t) => {
  const { directory } = contextDirectory(t, { a: "1" });
  const builds = new Builds(t, directory);
  t.mock.timers.reset();
  await builds.fingerprint();
  await builds.fingerprint();
  assert.equal(builds.walks, 2);
});

test("a directory that is reached through a link, a file and what is missing are left to the tree", async (t) => {
  const { directory, outside } = contextDirectory(t, { "a/b/c": "1" });
  const builds = new Builds(t, directory);
  await builds.fingerprint("a/b");
  await builds.fingerprint("a/b/c");
  await builds.fingerprint("a/b/c");
  assert.equal(builds.walks, 3);
  renameSync(join(directory, "a"), join(outside, "a"));
  symlinkSync(join(outside, "a"), join(directory, "a"));
  await assert.rejects(builds.fingerprint("a/b"));
  assert.equal(builds.walks, 4, "the same inodes, outside of the context");
});

test("what no image can hold is told of each time", async (t) => {
  const { directory } = contextDirectory(t, { "a/b": "1" });
  const builds = new Builds(t, directory);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(directory, "a/s"), resolve));
  t.after(() => server.close());
  const told: string[] = [];
  for (let round = 0; round < 2; round++) await builds.fingerprint("", { onSocket: (path) => told.push(path) });
  assert.deepEqual(told, ["a/s", "a/s"]);
});

test("a fifo is refused each time", { skip: unlessTools("mkfifo") }, async (t) => {
  const { directory } = contextDirectory(t, { "a/b": "1" });
  const builds = new Builds(t, directory);
  await builds.fingerprint();
  assert.equal(spawnSync("mkfifo", [join(directory, "a/f")]).status, 0);
  for (let round = 0; round < 2; round++) {
    await assert.rejects(builds.fingerprint(), (error) => isDistillError(error, "UNSUPPORTED"));
  }
});

test("a scan finds what the tree found, on any number of threads, with odd names and rules", async (t) => {
  const { directory } = contextDirectory(t, {
    "x/y/z": "1",
    "é/ü": "2",
    "out/back/in": "3",
    "out/gone": "4",
    "x/a\nb": "5",
  });
  writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xff, 0xfe])]), "5");
  symlinkSync(Buffer.from([0x2e, 0xff]), join(directory, "x/odd"));
  for (let d = 0; d < 70; d++) writeFiles(directory, { [`many/d${d}/f`]: "1", [`many/d${d}/e/f`]: "1" });
  for (const rules of [undefined, "out\n!out/back\n**/e\n", "**\n!x/y\n"]) {
    const files = openFiles(t, directory, rules === undefined ? {} : { rules });
    const { rules: matcher } = files.options;
    const context = { directory, patterns: matcher?.patterns, without: [] };
    for (const workers of ["1", "3"]) {
      process.env.DISTILL_WORKERS = workers;
      t.after(() => delete process.env.DISTILL_WORKERS);
      const scanner = new ContextScanner();
      for (const expected of [0, 1_000_000]) {
        const found = await scanner.scan(context, KeptEntries.of(matcher, new Set()), expected, undefined);
        assert.equal(`755:${found?.digest}`, files.print(ROOT)?.digest, `${rules} ${workers} ${expected}`);
        assert.equal(found?.entries, [...files.tree.entries()].length);
      }
      await scanner.close();
    }
  }
});

test("what fails in a thread is left to the tree", async (t) => {
  const { directory } = contextDirectory(t, { "a/b": "1" });
  const scanner = new ContextScanner();
  t.after(() => scanner.close());
  const context = { directory, patterns: undefined, without: [] };
  rmSync(join(directory, "a"), { recursive: true });
  const kept = KeptEntries.of(undefined, new Set()).enter("a");
  await assert.rejects(scanner.scan(context, kept, 0, undefined), /ENOENT/);
  assert.equal(await scanPaths({ context, paths: [p("a")] }), undefined);
});

test("after any edits, what is remembered gives the fingerprint that there is", async (t) => {
  const name = fc.constantFrom("a", "b", "a-b", "c.d", "é");
  const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
  const edit = fc.oneof(
    fc.record({ kind: fc.constant("write" as const), path, text: fc.constantFrom("", "1", "2", "33") }),
    fc.record({ kind: fc.constant("remove" as const), path }),
    fc.record({ kind: fc.constant("chmod" as const), path, mode: fc.constantFrom(0o755, 0o700, 0o644) }),
    fc.record({ kind: fc.constant("link" as const), path, target: name }),
    fc.record({ kind: fc.constant("twin" as const), path, of: path }),
    fc.record({ kind: fc.constant("move" as const), path, of: path }),
  );
  const rules = fc.constantFrom(undefined, "a\n!a/b\n", "**/b\n", "c.d\né\n!é/a/b\n");
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(edit, { maxLength: 6 }), { minLength: 2, maxLength: 4 }),
      rules,
      async (rounds, text) => {
        const { directory } = contextDirectory(t);
        const builds = new Builds(t, directory);
        const options = text === undefined ? {} : { rules: text };
        for (const edits of rounds) {
          for (const each of edits) apply(directory, each);
          assert.equal(await builds.fingerprint("", options), await builds.truth("", options));
          assert.equal(await builds.fingerprint("", options), await builds.truth("", options));
        }
        assert.ok(builds.walks <= rounds.length, "the second build of a round knew it");
        t.mock.timers.reset();
      },
    ),
    { numRuns: 25 },
  );
});

type Edit =
  | { readonly kind: "write"; readonly path: string; readonly text: string }
  | { readonly kind: "remove"; readonly path: string }
  | { readonly kind: "chmod"; readonly path: string; readonly mode: number }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | { readonly kind: "twin"; readonly path: string; readonly of: string }
  | { readonly kind: "move"; readonly path: string; readonly of: string };

/** Does what can be done, and passes over the rest. */
function apply(directory: string, edit: Edit): void {
  const path = join(directory, edit.path);
  try {
    if (edit.kind === "write") writeFiles(directory, { [edit.path]: edit.text });
    else if (edit.kind === "remove") rmSync(path, { recursive: true });
    else if (edit.kind === "link") symlinkSync(edit.target, path);
    else if (edit.kind === "twin") linkSync(join(directory, edit.of), path);
    else if (edit.kind === "move") renameSync(join(directory, edit.of), path);
    else chmodSync(path, statSync(path).isDirectory() ? edit.mode | 0o700 : edit.mode);
  } catch (error) {
    assert.ok(error instanceof Error && "code" in error, String(error));
  }
}
