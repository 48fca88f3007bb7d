import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { contextDirectory, listedFiles, openFiles, textOf } from "../../../test/support/context-directory.ts";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { isDistillError } from "../../lib/errors.ts";
import { digestOfContent } from "../../rootfs/content.ts";
import { pathFromBytes } from "../../rootfs/path.ts";
import type { ContextFiles } from "./context-files.ts";
import { FileDigests } from "./file-digests.ts";

const p = pathFromBytes;

const changed = (path: string) => (error: unknown) => {
  assert.ok(isDistillError(error, "IO"), String(error));
  assert.match(error.message, new RegExp(`${path} changed while it was read$`));
  return true;
};

/** Files that were written a moment ago count as old, as they do in most builds. */
function laterOn(t: TestContext): void {
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 60_000 });
}

function identityOf(files: ContextFiles, path: string): string | undefined {
  const node = files.tree.get(p(path));
  assert.ok(node?.type === "file");
  return node.content.identity?.();
}

test("a directory is a tree: everything is root's, and modes are those on disk", async (t) => {
  const { directory } = contextDirectory(t, { "a/b": "1", "a-b": "2", "a.c/d": "", é: "3" });
  chmodSync(join(directory, "a/b"), 0o4751);
  chmodSync(join(directory, "a"), 0o1777);
  symlinkSync("../x", join(directory, "a/l"));
  const { tree } = openFiles(t, directory);
  assert.deepEqual(await listedFiles(tree), ["a/", "a-b=2", "a.c/", "a.c/d=", "a/b=1", "a/l>../x", "é=3"]);
  const modes = ["a", "a/b", "a/l"].map((path) => tree.get(p(path))?.attributes);
  assert.deepEqual(
    modes.map((each) => [each?.mode, each?.uid, each?.gid, each?.mtime]),
    [
      [0o1777, 0, 0, 0],
      [0o4751, 0, 0, 0],
      [0o777, 0, 0, 0],
    ],
  );
  assert.deepEqual(tree.get(p("a/b"))?.attributes.owner, { kind: "context", path: "a" });
});

test("times are those on disk, to the microsecond, where they are to be kept", (t) => {
  const { directory } = contextDirectory(t, { a: "1", b: "2", c: "3" });
  utimesSync(join(directory, "a"), 1, 1_700_000_000.123456);
  utimesSync(join(directory, "b"), 1, 0);
  utimesSync(join(directory, "c"), 1, 4_000_000_000.5);
  const { tree } = openFiles(t, directory, { keepTimes: true });
  assert.deepEqual(
    ["a", "b", "c"].map((path) => tree.get(p(path))?.attributes.mtime),
    [1_700_000_000.123456, 0, 4_000_000_000.5],
  );
});

test("an identity is the SHA-256 of the bytes, for small and large files, kept or not", async (t) => {
  const { directory } = contextDirectory(t, { empty: "", small: "small", other: "other" });
  writeFileSync(join(directory, "large"), Buffer.alloc(3_000_000, "large"));
  for (const keep of [0, 8, 1 << 20]) {
    const { tree } = openFiles(t, directory, { keep });
    for (const name of ["empty", "small", "other", "large"]) {
      const node = tree.get(p(name));
      assert.ok(node?.type === "file");
      assert.equal(node.content.identity?.(), await digestOfContent(node.content), `${name} ${keep}`);
    }
    assert.equal(await textOf(tree.get(p("other"))), "other");
  }
});

test("contents are read by position, within their bounds", async (t) => {
  const { directory } = contextDirectory(t, { file: "0123456789" });
  for (const keep of [0, 100]) {
    const node = openFiles(t, directory, { keep }).tree.get(p("file"));
    assert.ok(node?.type === "file");
    for (const [offset, length, text] of [
      [0, 4, "0123"],
      [8, 100, "89"],
      [10, 5, ""],
      [20, 1, ""],
    ] as const) {
      assert.equal(Buffer.from(await node.content.read(offset, length)).toString(), text);
    }
  }
});

test("bytes of a file that was named are those that it was named for, or it is refused", async (t) => {
  for (const [name, keep, isLate] of [
    ["kept", 100, false],
    ["fresh", 0, false],
    ["old", 0, true],
  ] as const) {
    for (const change of ["modified", "original and more", "orig", ""]) {
      const { directory } = contextDirectory(t, { app: "original" });
      if (isLate) laterOn(t);
      const files = openFiles(t, directory, { keep });
      identityOf(files, "app");
      writeFileSync(join(directory, "app"), change);
      utimesSync(join(directory, "app"), 0, 0);
      const node = files.tree.get(p("app"));
      if (keep > 0) assert.equal(await textOf(node), "original");
      else await assert.rejects(textOf(node), changed("context/app"), `${name}: ${change}`);
      t.mock.timers.reset();
    }
  }
});

test("a file of another size than it was listed with is refused", async (t) => {
  const { directory } = contextDirectory(t, { longer: "1", shorter: "22", gone: "3" });
  const { tree } = openFiles(t, directory);
  assert.equal(tree.root.children.size, 3);
  writeFileSync(join(directory, "longer"), "12");
  truncateSync(join(directory, "shorter"), 1);
  unlinkSync(join(directory, "gone"));
  for (const name of ["longer", "shorter", "gone"]) {
    await assert.rejects(textOf(tree.get(p(name))), changed(`context/${name}`));
  }
});

test("a change in the last piece of a large file is noticed", async (t) => {
  for (const isLate of [false, true]) {
    const { directory } = contextDirectory(t, { big: "a".repeat(2_500_000) });
    if (isLate) laterOn(t);
    const files = openFiles(t, directory);
    identityOf(files, "big");
    writeFileSync(join(directory, "big"), `${"a".repeat(2_499_999)}b`);
    await assert.rejects(textOf(files.tree.get(p("big"))), changed("context/big"));
    t.mock.timers.reset();
  }
});

test("what is remembered is not read again, until one of its numbers is another one", async (t) => {
  const { directory } = contextDirectory(t, { a: "one", b: "two" });
  laterOn(t);
  const path = join(temporaryDirectory(t), "digests");
  const first = FileDigests.open(path);
  const [a, b] = ["a", "b"].map((name) => identityOf(openFiles(t, directory, { digests: first }), name));
  await first.save();
  // Only root, or who owns the file, sets its mode; what cannot be opened was not opened.
  const before = openFiles(t, directory, { digests: FileDigests.open(path) });
  assert.equal(before.tree.root.children.size, 2);
  renameSync(join(directory, "a"), join(directory, "gone"));
  assert.deepEqual([identityOf(before, "a"), identityOf(before, "b")], [a, b]);
  renameSync(join(directory, "gone"), join(directory, "a"));
  writeFileSync(join(directory, "a"), "six");
  utimesSync(join(directory, "a"), 5, 5);
  const after = openFiles(t, directory, { digests: FileDigests.open(path) });
  assert.notEqual(identityOf(after, "a"), a);
  assert.equal(identityOf(after, "b"), b);
});

test("a directory that a link replaced is never read through", async (t) => {
  const { directory, outside } = contextDirectory(t, {
    "app/sub/secret": "mine",
    "app/late/secret": "mine",
    "other/x": "1",
  });
  const { tree } = openFiles(t, directory);
  const file = tree.get(p("app/sub/secret"));
  const late = tree.get(p("app/late"));
  assert.equal(await textOf(tree.get(p("other/x"))), "1");
  for (const name of ["sub", "late"]) {
    renameSync(join(directory, "app", name), join(directory, `moved-${name}`));
    symlinkSync(outside, join(directory, "app", name));
  }
  await assert.rejects(textOf(file), changed("app/sub/secret"));
  assert.throws(() => late?.type === "directory" && late.children, changed("app/late"));
});

test("a file that is a link, a fifo or a directory by the time it is read is refused", async (t) => {
  const { directory, outside } = contextDirectory(t, { secret: "secret" });
  const path = join(directory, "secret");
  const node = openFiles(t, directory).tree.get(p("secret"));
  unlinkSync(path);
  symlinkSync(join(outside, "secret"), path);
  await assert.rejects(textOf(node), changed("context/secret"));
  unlinkSync(path);
  if (spawnSync("mkfifo", [path]).status === 0) {
    await assert.rejects(textOf(node), changed("context/secret"));
    unlinkSync(path);
  }
  mkdirSync(path);
  await assert.rejects(textOf(node), changed("context/secret"));
});

test("a link that is swapped for a directory again and again never shows what it leads to", async (t) => {
  const { directory, outside } = contextDirectory(t, { "app/sub/secret": "mine" });
  const script = `
    const fs = require("node:fs"); const [sub, away, outside] = process.argv.slice(1); const until = Date.now() + 700;
    while (Date.now() < until) { fs.renameSync(sub, away); fs.symlinkSync(outside, sub); fs.unlinkSync(sub); fs.renameSync(away, sub); }`;
  const args = [join(directory, "app/sub"), join(directory, "app/away"), outside];
  const child = spawn(process.execPath, ["-e", script, "--", ...args], { stdio: "inherit" });
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  let rounds = 0;
  while (child.exitCode === null) {
    const files = openFiles(t, directory, { keep: rounds % 2 === 0 ? 0 : 1000 });
    try {
      for (const line of await listedFiles(files.tree)) assert.doesNotMatch(line, /=secret/);
    } catch (error) {
      assert.ok(isDistillError(error, "IO", "NO_SUCH_PATH"), String(error));
    } finally {
      files.close();
    }
    rounds++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(await ended, 0);
  assert.ok(rounds > 0);
});

test("names are bytes: newlines, control characters and invalid UTF-8 come through", async (t) => {
  const { directory } = contextDirectory(t, {
    "app/a\nb": "1",
    "app/\x1b[2J": "2",
    "app/ leading ": "3",
    "app/\\": "4",
  });
  writeFileSync(Buffer.concat([Buffer.from(`${directory}/app/`), Buffer.from([0xff, 0xfe])]), "5");
  mkdirSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xe9])]));
  writeFileSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xe9]), Buffer.from("/in")]), "6");
  symlinkSync(Buffer.from([0x2e, 0xff]), Buffer.concat([Buffer.from(`${directory}/`), Buffer.from([0xfa])]));
  const { tree } = openFiles(t, directory);
  const app = tree.get(p("app"));
  assert.ok(app?.type === "directory");
  assert.deepEqual([...app.children.keys()], ["\x1b[2J", " leading ", "\\", "a\nb", "\xff\xfe"]);
  assert.equal(await textOf(tree.get(p("app/\xff\xfe"))), "5");
  assert.equal(await textOf(tree.get(p("\xe9/in"))), "6");
  const link = tree.get(p("\xfa"));
  assert.equal(link?.type === "symlink" && link.target, ".\xff");
});

test(".dockerignore leaves out; what is taken back in brings the directories above it, and only those", async (t) => {
  const { directory } = contextDirectory(t, {
    "keep/a": "1",
    "out/a": "2",
    "out/deep/b": "3",
    "out/deep/c": "4",
    "out/empty/d": "5",
    "x.log": "6",
  });
  const { tree } = openFiles(t, directory, { rules: "out\n*.log\n!out/deep/b\n" });
  assert.deepEqual(await listedFiles(tree), ["keep/", "keep/a=1", "out/", "out/deep/", "out/deep/b=3"]);
});

test("a directory that is left out is not even opened", {
  skip: process.getuid?.() === 0 && "root opens everything",
}, (t) => {
  const { directory } = contextDirectory(t, { "locked/a": "1", b: "2" });
  chmodSync(join(directory, "locked"), 0);
  t.after(() => chmodSync(join(directory, "locked"), 0o755));
  assert.deepEqual([...openFiles(t, directory, { rules: "locked\n" }).tree.root.children.keys()], ["b"]);
});

test("paths that are no part of the context are not there, whatever the rules say", async (t) => {
  const { directory } = contextDirectory(t, { "distill.lock": "1", "in/distill.lock": "2", a: "3" });
  const { tree } = openFiles(t, directory, { rules: "!**\n", without: ["distill.lock"] });
  assert.deepEqual(await listedFiles(tree), ["a=3", "in/", "in/distill.lock=2"]);
});

test("hard links are one file behind their names, also where they lie apart", (t) => {
  const { directory } = contextDirectory(t, { "a/x": "1", "b/z": "1" });
  linkSync(join(directory, "a/x"), join(directory, "b/y"));
  const { tree } = openFiles(t, directory);
  const [x, y, z] = ["a/x", "b/y", "b/z"].map((path) => tree.get(p(path)));
  assert.ok(x?.type === "file" && y?.type === "file" && z?.type === "file");
  assert.ok(x.inode !== undefined && x.inode === y.inode && x.content === y.content);
  assert.equal(z.inode, undefined);
});

test("a socket is passed over, and told of", async (t) => {
  const { directory } = contextDirectory(t, { "app/a": "1" });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(directory, "app/s"), resolve));
  t.after(() => server.close());
  const told: string[] = [];
  const { tree } = openFiles(t, directory, { onSocket: (path) => told.push(path) });
  assert.deepEqual(await listedFiles(tree), ["app/", "app/a=1"]);
  assert.deepEqual(told, ["app/s"]);
});

test("a fifo is an entry that nobody opens", { skip: unlessTools("mkfifo") }, async (t) => {
  const { directory } = contextDirectory(t);
  assert.equal(spawnSync("mkfifo", [join(directory, "f")]).status, 0);
  assert.deepEqual(await listedFiles(openFiles(t, directory).tree), ["f|fifo"]);
});

test("a very deep directory is read, and a path that is longer than Linux has is refused", async (t) => {
  const { directory } = contextDirectory(t);
  mkdirSync(join(directory, "d/".repeat(1000)), { recursive: true });
  writeFileSync(join(directory, "d/".repeat(1000), "f"), "1");
  const lines = await listedFiles(openFiles(t, directory).tree);
  assert.deepEqual([lines.length, lines.at(-1)], [1001, `${"d/".repeat(1000)}f=1`]);
  // Longer than the kernel takes at once: made step by step.
  const script = `import os,sys
os.chdir(sys.argv[1])
for _ in range(20):
    os.mkdir("n" * 250); os.chdir("n" * 250)`;
  if (spawnSync("python3", ["-c", script, directory]).status !== 0) return t.skip("needs python3");
  t.after(() => spawnSync("rm", ["-rf", directory]));
  await assert.rejects(listedFiles(openFiles(t, directory).tree), (error) => {
    assert.ok(isDistillError(error, "FORMAT_INVALID"), String(error));
    assert.match(error.message, /a path longer than 4096 bytes/);
    return true;
  });
});

test("no descriptor is left open, by reading or by failing", async (t) => {
  const { directory } = contextDirectory(t, { "a/b/c/d": "1", "a/b/e": "2" });
  const open = (): number => readdirSync("/proc/self/fd").length;
  const before = open();
  for (let round = 0; round < 20; round++) {
    const files = openFiles(t, directory, { keep: 0 });
    const [d, e] = [files.tree.get(p("a/b/c/d")), files.tree.get(p("a/b/e"))];
    assert.equal(await textOf(d), "1");
    renameSync(join(directory, "a/b"), join(directory, "a/x"));
    await assert.rejects(textOf(e));
    assert.ok(open() <= before + 2, "one for the context, one for the directory that was read last");
    renameSync(join(directory, "a/x"), join(directory, "a/b"));
    files.close();
  }
  assert.equal(open(), before);
});

test("what is no directory is refused", (t) => {
  const { directory } = contextDirectory(t, { file: "1" });
  for (const name of ["file", "gone"]) {
    assert.throws(
      () => openFiles(t, join(directory, name)),
      (error) => isDistillError(error, "NO_SUCH_PATH"),
    );
  }
});
