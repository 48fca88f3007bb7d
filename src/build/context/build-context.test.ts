import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import fc from "fast-check";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { isDistillError } from "../../lib/errors.ts";
import { streamContent } from "../../rootfs/content.ts";
import { textOfBytes } from "../../rootfs/path.ts";
import { BuildContext, type ContextEntry, type ContextSource } from "./build-context.ts";

/** A directory with these files, beside one that must never be read. */
function files(
  t: TestContext,
  contents: Readonly<Record<string, string>> = {},
): { directory: string; outside: string } {
  const parent = temporaryDirectory(t);
  const [directory, outside] = [join(parent, "context"), join(parent, "outside")];
  for (const path of [directory, outside]) mkdirSync(path);
  writeFileSync(join(outside, "secret"), "secret");
  for (const [path, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return { directory, outside };
}

function open(t: TestContext, directory: string): BuildContext {
  const context = BuildContext.open(directory);
  t.after(() => context.close());
  return context;
}

async function contentsOf(entry: ContextEntry | undefined): Promise<string> {
  assert.ok(entry?.type === "file");
  return Buffer.concat(await Array.fromAsync(streamContent(entry.content))).toString();
}

/** "dir/" for directories, "file=contents", "link>target". */
async function listed({ entries }: ContextSource): Promise<readonly string[]> {
  return Promise.all(
    entries.map(async (entry) => {
      const path = textOfBytes(entry.path);
      if (entry.type === "directory") return `${path}/`;
      return entry.type === "symlink" ? `${path}>${textOfBytes(entry.target)}` : `${path}=${await contentsOf(entry)}`;
    }),
  );
}

function refusal(code: string, message: RegExp) {
  return (error: unknown) => {
    assert.ok(isDistillError(error), String(error));
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
}

function openDescriptors(): number {
  return readdirSync("/proc/self/fd").length;
}

test("a directory is read with all below it, parents first, names in byte order", async (t) => {
  const { directory } = files(t, {
    "app/b/x": "1",
    "app/B": "2",
    "app/b-": "3",
    "app/b.py": "4",
    "app/é": "5",
    "app/z": "6",
  });
  const source = await open(t, directory).read("app");
  assert.deepEqual(await listed(source), ["/", "B=2", "b/", "b/x=1", "b-=3", "b.py=4", "z=6", "é=5"]);
  assert.deepEqual([source.name, source.path], ["app", "app"]);
});

test("the context itself is read as a directory without name", async (t) => {
  const { directory } = files(t, { a: "1" });
  for (const source of [".", "/", "./", "a/..", "../../"]) {
    const { name, path, entries } = await open(t, directory).read(source);
    assert.deepEqual([name, path, entries.length], ["", "", 2], source);
  }
});

test("a source cannot climb out: .. stops at the root, and an absolute path begins there", async (t) => {
  const { directory } = files(t, { "outside/secret": "mine" });
  const context = open(t, directory);
  for (const source of ["../outside/secret", "/outside/secret", "../../../outside/./secret", "x/../outside//secret"]) {
    assert.deepEqual(await listed(await context.read(source)), ["=mine"]);
  }
  await assert.rejects(context.read(join(directory, "outside")), refusal("NO_SUCH_PATH", /does not exist/));
});

test("links of a named source are followed inside the context, as a chroot would", async (t) => {
  const { directory, outside } = files(t, { "real/file": "inside", "etc/passwd": "mine" });
  symlinkSync("real", join(directory, "relative"));
  symlinkSync("/real", join(directory, "absolute"));
  symlinkSync("../../../../etc", join(directory, "real/climbing"));
  symlinkSync("absolute/climbing/passwd", join(directory, "chain"));
  symlinkSync(outside, join(directory, "leaving"));
  symlinkSync("loop", join(directory, "loop"));
  const context = open(t, directory);
  assert.deepEqual(await listed(await context.read("relative/file")), ["=inside"]);
  assert.deepEqual(await listed(await context.read("real/climbing/passwd")), ["=mine"]);
  const chain = await context.read("chain");
  assert.deepEqual([await listed(chain), chain.name, chain.path], [["=mine"], "chain", "etc/passwd"]);
  const absolute = await context.read("absolute");
  assert.deepEqual([absolute.name, absolute.path, absolute.entries.length], ["absolute", "real", 3]);
  await assert.rejects(
    context.read("leaving"),
    refusal("NO_SUCH_PATH", /^leaving does not exist in the build context/),
  );
  await assert.rejects(context.read("leaving/secret"), refusal("NO_SUCH_PATH", /does not exist/));
  await assert.rejects(context.read("loop"), refusal("FORMAT_INVALID", /loop leads through too many symbolic links/));
});

test("links below a source stay links, wherever they lead", async (t) => {
  const { directory, outside } = files(t, { "app/file": "1" });
  symlinkSync(outside, join(directory, "app/out"));
  symlinkSync("../nowhere", join(directory, "app/dangling"));
  symlinkSync(Buffer.from([0x2e, 0xff]), join(directory, "app/odd"));
  const { entries } = await open(t, directory).read("app");
  const targets = entries.flatMap((entry) => (entry.type === "symlink" ? [[entry.path, entry.target]] : []));
  assert.deepEqual(targets, [
    ["dangling", "../nowhere"],
    ["odd", ".\xff"],
    ["out", outside],
  ]);
});

test("a directory that a link replaced is never read through", async (t) => {
  const { directory, outside } = files(t, { "app/sub/secret": "mine", "app/other/x": "1" });
  const context = open(t, directory);
  const before = await context.read("app");
  const file = before.entries.find((entry) => entry.path === "sub/secret");
  await listed(await context.read("app/other"));
  renameSync(join(directory, "app/sub"), join(directory, "app/moved"));
  symlinkSync(outside, join(directory, "app/sub"));
  await assert.rejects(contentsOf(file), refusal("IO", /app\/sub\/secret changed while it was read/));
  await assert.rejects(context.read("app/sub/secret"), refusal("NO_SUCH_PATH", /does not exist/));
  assert.deepEqual(await listed(await context.read("app")), [
    "/",
    "moved/",
    "moved/secret=mine",
    "other/",
    "other/x=1",
    `sub>${outside}`,
  ]);
});

test("a link that is swapped for a directory again and again never shows what it leads to", async (t) => {
  const { directory, outside } = files(t, { "app/sub/secret": "mine" });
  const script = `
    const fs = require("node:fs"); const [sub, away, outside] = process.argv.slice(1); const until = Date.now() + 700;
    while (Date.now() < until) { fs.renameSync(sub, away); fs.symlinkSync(outside, sub); fs.unlinkSync(sub); fs.renameSync(away, sub); }`;
  const swapping = spawnAsync(script, [join(directory, "app/sub"), join(directory, "app/away"), outside]);
  const context = open(t, directory);
  let [read, refused] = [0, 0];
  while (swapping.running()) {
    try {
      for (const entry of (await context.read("app")).entries) {
        if (entry.type !== "file") continue;
        assert.equal(await contentsOf(entry), "mine");
        read++;
      }
    } catch (error) {
      assert.ok(isDistillError(error, "IO", "NO_SUCH_PATH"), String(error));
      refused++;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(await swapping.ended, 0);
  assert.ok(read + refused > 0);
});

test("a file that is a link or a fifo by the time it is read is refused", async (t) => {
  const { directory, outside } = files(t, { secret: "secret" });
  const context = open(t, directory);
  const [entry] = (await context.read("secret")).entries;
  unlinkSync(join(directory, "secret"));
  symlinkSync(join(outside, "secret"), join(directory, "secret"));
  await assert.rejects(contentsOf(entry), refusal("IO", /secret changed while it was read/));
  unlinkSync(join(directory, "secret"));
  await assert.rejects(contentsOf(entry), refusal("IO", /secret changed/));
  mkdirSync(join(directory, "secret"));
  await assert.rejects(contentsOf(entry), refusal("IO", /secret changed/));
});

test("a file that changes between hashing and reading is refused, whatever changed", async (t) => {
  const { directory } = files(t, { app: "original" });
  const context = open(t, directory);
  for (const changed of ["modified", "original and more", "orig", ""]) {
    writeFileSync(join(directory, "app"), "original");
    const [entry] = (await context.read("app")).entries;
    assert.equal(await contentsOf(entry), "original");
    writeFileSync(join(directory, "app"), changed);
    utimesSync(join(directory, "app"), 0, 0);
    await assert.rejects(contentsOf(entry), refusal("IO", /app changed while it was read/), JSON.stringify(changed));
  }
});

test("a change in the last piece of a large file is noticed", async (t) => {
  const { directory } = files(t, { big: "a".repeat(2_500_000) });
  const [entry] = (await open(t, directory).read("big")).entries;
  assert.equal((await contentsOf(entry)).length, 2_500_000);
  writeFileSync(join(directory, "big"), `${"a".repeat(2_499_999)}b`);
  await assert.rejects(contentsOf(entry), refusal("IO", /big changed/));
});

test("reads by position do not disturb the check of a later read of the whole", async (t) => {
  const { directory } = files(t, { file: "0123456789" });
  const [entry] = (await open(t, directory).read("file")).entries;
  assert.ok(entry?.type === "file");
  for (const [offset, length, text] of [
    [0, 4, "0123"],
    [8, 100, "89"],
    [10, 5, ""],
    [20, 1, ""],
    [4, 6, "456789"],
  ] as const) {
    assert.equal(Buffer.from(await entry.content.read(offset, length)).toString(), text);
  }
  assert.equal(await contentsOf(entry), "0123456789");
  assert.equal((await entry.content.read(10, 5)).length, 0);
});

test("sockets, fifos and devices are refused by name", async (t) => {
  const { directory } = files(t, { "app/a": "1" });
  const context = open(t, directory);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(join(directory, "app/s"), resolve));
  await assert.rejects(context.read("app"), refusal("UNSUPPORTED", /app\/s is a socket, and cannot be copied/));
  await assert.rejects(context.read("app/s"), refusal("UNSUPPORTED", /app\/s is a socket/));
  await new Promise((resolve) => server.close(resolve));
  rmSync(join(directory, "app/s"), { force: true });
  assert.equal((await context.read("app")).entries.length, 2);
});

test("a fifo is refused at once", { skip: unlessTools("mkfifo") }, async (t) => {
  const { directory } = files(t);
  assert.equal(spawnSync("mkfifo", [join(directory, "f")]).status, 0);
  await assert.rejects(open(t, directory).read("."), refusal("UNSUPPORTED", /context\/f is a fifo/));
});

test("a device is refused", { skip: process.getuid?.() === 0 ? unlessTools("mknod") : "needs root" }, async (t) => {
  const { directory } = files(t);
  const made = spawnSync("mknod", [join(directory, "d"), "c", "1", "3"]);
  if (made.status !== 0) return t.skip("mknod is not allowed here");
  await assert.rejects(open(t, directory).read("."), refusal("UNSUPPORTED", /context\/d is a device/));
});

const cannotBeRefused = process.getuid?.() === 0 ? unlessTools("setpriv") : false;

test("an unreadable file is named, with the reason and no path of distill's own", { skip: cannotBeRefused }, (t) => {
  const { directory } = files(t, { "app/locked": "1" });
  chmodSync(join(directory, "app/locked"), 0);
  for (let at = directory; at !== dirname(at) && at.includes("distill-test-"); at = dirname(at)) chmodSync(at, 0o755);
  const script = `
    const { BuildContext } = await import(process.argv[1]);
    await BuildContext.open(process.argv[2]).read("app").catch((error) => console.log(error.code, error.message));`;
  const node = [
    process.execPath,
    "--input-type=module",
    "-e",
    script,
    join(import.meta.dirname, "context.ts"),
    directory,
  ];
  const [program = "", ...rest] =
    process.getuid?.() === 0 ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", ...node] : node;
  const { stdout, stderr } = spawnSync(program, rest, { encoding: "utf8" });
  if (/EACCES|ERR_MODULE_NOT_FOUND|Permission denied|permission denied/.test(stderr) && stdout === "") {
    return t.skip("an ordinary user cannot read this checkout");
  }
  assert.equal(stdout, `IO reading ${directory}/app/locked failed: permission denied (EACCES)\n`, stderr);
});

test("what version control and Python's compiler keep is left out, unless it is named", async (t) => {
  const { directory } = files(t, {
    "app/.git/config": "1",
    "app/__pycache__/a.pyc": "2",
    "app/.gitignore": "3",
    ".git/HEAD": "4",
  });
  writeFileSync(join(directory, "app/sub"), "");
  const context = open(t, directory);
  assert.deepEqual(await listed(await context.read(".")), ["/", "app/", "app/.gitignore=3", "app/sub="]);
  assert.deepEqual(await listed(await context.read(".git")), ["/", "HEAD=4"]);
});

test("names are bytes: newlines, control characters and invalid UTF-8 come through", async (t) => {
  const { directory } = files(t, { "app/a\nb": "1", "app/\x1b[2J": "2", "app/ leading ": "3" });
  writeFileSync(Buffer.concat([Buffer.from(`${directory}/app/`), Buffer.from([0xff, 0xfe])]), "4");
  const { entries } = await open(t, directory).read("app");
  assert.deepEqual(
    entries.map(({ path }) => path),
    ["", "\x1b[2J", " leading ", "a\nb", "\xff\xfe"],
  );
  assert.equal(await contentsOf(entries[4]), "4");
});

test("hard links are files of their own", async (t) => {
  const { directory } = files(t, { a: "1" });
  linkSync(join(directory, "a"), join(directory, "b"));
  assert.deepEqual(await listed(await open(t, directory).read(".")), ["/", "a=1", "b=1"]);
});

test("what is missing is said with a hint, and a link's missing target is named", async (t) => {
  const { directory } = files(t, { "a.py": "1" });
  symlinkSync("gone", join(directory, "link"));
  const context = open(t, directory);
  await assert.rejects(
    context.read("b"),
    refusal("NO_SUCH_PATH", /^b does not exist in the build context \S+context$/),
  );
  await assert.rejects(context.read("a.py/x"), refusal("NO_SUCH_PATH", /^a\.py\/x does not exist/));
  await assert.rejects(
    context.read("link"),
    refusal("NO_SUCH_PATH", /^link does not .*: there is no \S+context\/gone$/),
  );
  await assert.rejects(context.read("*.py"), (error) => isDistillError(error) && /patterns/.test(error.hint ?? ""));
  await assert.rejects(context.read("a\0b"), refusal("FORMAT_INVALID", /NUL/));
});

test("a context that is no directory is refused", (t) => {
  const { directory } = files(t, { file: "1" });
  assert.throws(() => BuildContext.open(join(directory, "gone")), refusal("NO_SUCH_PATH", /gone is not a directory/));
  assert.throws(() => BuildContext.open(join(directory, "file")), refusal("NO_SUCH_PATH", /file is not a directory/));
});

test("a context may be a link to a directory, and closing it twice is closing it once", async (t) => {
  const { directory } = files(t, { a: "1" });
  symlinkSync(directory, `${directory}-link`);
  const context = BuildContext.open(`${directory}-link`);
  assert.deepEqual(await listed(await context.read("a")), ["=1"]);
  context.close();
  const other = open(t, directory);
  context.close();
  assert.deepEqual(await listed(await other.read("a")), ["=1"]);
});

test("no descriptor is left open, by reading or by failing", async (t) => {
  const { directory } = files(t, { "a/b/c/d": "1", "a/b/e": "2" });
  symlinkSync("a/b", join(directory, "link"));
  const before = openDescriptors();
  const context = BuildContext.open(directory);
  for (let round = 0; round < 20; round++) {
    await listed(await context.read("."));
    await listed(await context.read("link/c/d"));
    await assert.rejects(context.read("a/b/c/d/e/f"));
    await assert.rejects(context.read("a/x/y/z"));
  }
  assert.ok(openDescriptors() <= before + 2, "one for the context, one for the directory that was read last");
  context.close();
  assert.equal(openDescriptors(), before);
});

test("a very deep directory is read", async (t) => {
  const { directory } = files(t);
  const deep = `${"d/".repeat(250)}`;
  mkdirSync(join(directory, deep), { recursive: true });
  writeFileSync(join(directory, `${deep}f`), "1");
  const { entries } = await open(t, directory).read(".");
  assert.equal(await contentsOf(entries.at(-1)), "1");
  assert.equal(entries.length, 252);
});

test("thousands of files are read in seconds while other work has its turn", async (t) => {
  const { directory } = files(t);
  for (let d = 0; d < 40; d++) {
    mkdirSync(join(directory, `a/b/c/d${d}`), { recursive: true });
    for (let f = 0; f < 50; f++) writeFileSync(join(directory, `a/b/c/d${d}/f${f}`), `${d} ${f}`);
  }
  const started = Date.now();
  const { entries } = await open(t, directory).read(".");
  assert.equal(entries.length, 2044);
  assert.ok(Date.now() - started < 3000, `${Date.now() - started} ms`);
});

test("nothing is read once it is cancelled", async (t) => {
  const { directory } = files(t, { a: "1" });
  await assert.rejects(open(t, directory).read(".", AbortSignal.abort()), refusal("CANCELLED", /interrupted/));
});

test("any tree of names comes back as it was written", async (t) => {
  const name = fc.stringMatching(/^[a-zA-Z0-9 ._é\n-]{1,8}$/).filter((each) => !/^\.{1,2}$/.test(each));
  const tree = fc.dictionary(
    name,
    fc.oneof(fc.string({ maxLength: 40 }), fc.dictionary(name, fc.string({ maxLength: 5 }))),
  );
  await fc.assert(
    fc.asyncProperty(tree, async (contents) => {
      const { directory } = files(t);
      const expected: string[] = [];
      for (const [path, value] of Object.entries(contents)) {
        if (typeof value === "string") expected.push(`${path}=${value}`);
        else {
          mkdirSync(join(directory, path));
          expected.push(`${path}/`, ...Object.entries(value).map(([child, text]) => `${path}/${child}=${text}`));
          for (const [child, text] of Object.entries(value)) writeFileSync(join(directory, path, child), text);
        }
        if (typeof value === "string") writeFileSync(join(directory, path), value);
      }
      const context = BuildContext.open(directory);
      try {
        const found = await listed(await context.read("."));
        assert.deepEqual([...found].sort(), ["/", ...expected].sort());
      } finally {
        context.close();
      }
    }),
    { numRuns: 30 },
  );
});

function spawnAsync(script: string, args: readonly string[]) {
  const child = spawn(process.execPath, ["-e", script, "--", ...args], { stdio: "inherit" });
  const ended = new Promise<number | null>((resolve) => child.on("exit", resolve));
  return { ended, running: () => child.exitCode === null && child.signalCode === null };
}

test("a file that is no part of the context is left out wherever it lies, unless it is named itself", async (t) => {
  const { directory, outside } = files(t, { a: "1", "distill.lock": "l", "in/distill.lock": "m" });
  symlinkSync(directory, join(outside, "link"));
  const paths = async (without: readonly string[], source: string) => {
    const context = BuildContext.open(directory, without);
    t.after(() => context.close());
    return (await context.read(source)).entries.map(({ path }) => textOfBytes(path));
  };
  assert.deepEqual(await paths([join(directory, "distill.lock")], "."), ["", "a", "in", "in/distill.lock"]);
  assert.deepEqual(await paths([join(outside, "link/in/distill.lock")], "."), ["", "a", "distill.lock", "in"]);
  assert.deepEqual(await paths([join(directory, "in/distill.lock")], "in"), [""]);
  assert.deepEqual(await paths([join(directory, "distill.lock")], "distill.lock"), [""]);
  assert.equal((await paths([join(outside, "secret"), join(directory, "none/x")], ".")).length, 5);
});
