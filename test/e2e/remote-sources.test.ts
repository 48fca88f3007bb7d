import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { inspect } from "node:util";
import { NetworkSources, type RemoteSourcesOptions } from "../../src/app/remote-sources.ts";
import type { RemoteTree } from "../../src/build/collaborators.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { isDistillError } from "../../src/lib/errors.ts";
import { readContent } from "../../src/rootfs/content.ts";
import { pathFromText } from "../../src/rootfs/path.ts";
import { NODE } from "../support/cli.ts";
import { temporaryDirectory } from "../support/directories.ts";
import { FaultServer } from "../support/fault-server.ts";
import { GitServer, type GitServerOptions, WorkRepository } from "../support/git-server.ts";
import { SmallDisk, unlessSmallDisk } from "../support/small-disk.ts";
import { unlessTools } from "../support/tools.ts";

const ROOT = join(import.meta.dirname, "../..");
const skip = unlessTools("git");

interface Scene {
  readonly directory: string;
  readonly server: GitServer;
  readonly cacheDirectory: string;
  open(options?: Partial<RemoteSourcesOptions>): NetworkSources;
}

async function scene(context: TestContext, options: GitServerOptions = {}): Promise<Scene> {
  const directory = temporaryDirectory(context);
  const server = await GitServer.start(directory, options);
  context.after(() => server.close());
  const cacheDirectory = join(temporaryDirectory(context), "cache");
  const open = (more: Partial<RemoteSourcesOptions> = {}): NetworkSources =>
    new NetworkSources({ cacheDirectory, ...more });
  return { directory, server, cacheDirectory, open };
}

function write(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(directory, path, ".."), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
}

/** One line an entry: what a person would want to compare. */
async function listing({ tree }: RemoteTree): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const [path, node] of tree.entries()) {
    const { mode, uid, gid, mtime } = node.attributes;
    assert.deepEqual([uid, gid], [0, 0]);
    assert.equal(mtime, 1700000001);
    const what =
      node.type === "file"
        ? (await readContent(node.content, 1 << 20)).toString()
        : node.type === "symlink"
          ? `-> ${node.target}`
          : "/";
    lines.push(`${mode.toString(8)} ${Buffer.from(path, "latin1").toString()} ${what}`);
  }
  return lines;
}

const KEEP_NOTHING = { keepGitDirectory: false };

test("a repository is what was committed: modes, links, odd names, bytes", { skip }, async (t) => {
  const { directory, server, open } = await scene(t);
  const repository = new WorkRepository(join(directory, "a.git"));
  write(repository.path, {
    "plain.txt": "plain",
    "dir/run.sh": "#!",
    "dir/ümlaut and space": "ü",
    "-dash": "-",
    empty: "",
  });
  chmodSync(join(repository.path, "dir/run.sh"), 0o755);
  chmodSync(join(repository.path, "plain.txt"), 0o600);
  symlinkSync("/etc/passwd", join(repository.path, "link"));
  writeFileSync(Buffer.concat([Buffer.from(`${repository.path}/`), Buffer.from("z\xff\n", "latin1")]), "bytes");
  const commit = repository.commit();
  await using sources = open();
  const got = await sources.fetchRepository(`${server.url}/a.git`, KEEP_NOTHING);
  assert.equal(got.commit, commit);
  assert.equal(got.time, 1700000001);
  assert.deepEqual(await listing(got), [
    "644 -dash -",
    "755 dir /",
    "755 dir/run.sh #!",
    "644 dir/ümlaut and space ü",
    "644 empty ",
    "777 link -> /etc/passwd",
    "644 plain.txt plain",
    "644 z\ufffd\n bytes",
  ]);
  assert.ok([...got.tree.entries()].some(([path]) => path === "z\xff\n"));
});

test("what an address names is what is fetched: branches, tags, commits, other refs, both forms", {
  skip,
}, async (t) => {
  const { directory, server, open } = await scene(t);
  const repository = new WorkRepository(join(directory, "a.git"));
  const commits: string[] = [];
  for (const name of ["first", "second", "third"]) {
    write(repository.path, { file: name });
    commits.push(repository.commit(name));
    if (name === "first") repository.git("tag", "light");
    if (name === "second") repository.git("tag", "--annotate", "--message=x", "heavy");
  }
  const [first = "", second = "", third = ""] = commits;
  repository.git("branch", "old/er", first);
  repository.git("update-ref", "refs/pull/7/head", second);
  // One name for a branch and a tag: the branch counts.
  repository.git("branch", "both", first);
  repository.git("tag", "both", third);
  const tag = repository.git("rev-parse", "refs/tags/heavy");
  await using sources = open();
  for (const [suffix, commit] of [
    ["", third],
    ["#main", third],
    ["#light", first],
    ["#heavy", second],
    ["#refs/tags/heavy", second],
    ["#old/er", first],
    ["#pull/7/head", second],
    [`#${first}`, first],
    ["#both", first],
    ["#HEAD", third],
    ["?branch=both", first],
    ["?tag=both", third],
    ["?ref=heavy", second],
    [`?commit=${first}`, first],
    [`?ref=heavy&checksum=${second.slice(0, 7)}`, second],
    [`?ref=heavy&checksum=${tag.slice(0, 12)}`, second],
    [`?checksum=${second}`, second],
  ] as const) {
    const got = await sources.fetchRepository(`${server.url}/a.git${suffix}`, KEEP_NOTHING);
    assert.equal(got.commit, commit, suffix);
    const text = ["first", "second", "third"][commits.indexOf(commit)];
    assert.deepEqual(await listing(got), [`644 file ${text}`], suffix);
  }
  const checksum = first.slice(0, 9);
  await assert.rejects(sources.fetchRepository(`${server.url}/a.git`, { ...KEEP_NOTHING, checksum }), (error) => {
    assert.ok(isDistillError(error, "DIGEST_MISMATCH"));
    assert.ok(error.message.includes(checksum) && error.message.includes(third));
    return true;
  });
  for (const [suffix, code] of [
    ["#nothing", "NETWORK"],
    [`#${"0".repeat(40)}`, "NETWORK"],
    [`#${first.slice(0, 8)}`, "NETWORK"],
    ["#main:nowhere", "NO_SUCH_PATH"],
    ["#main:file", "NO_SUCH_PATH"],
  ] as const) {
    await assert.rejects(sources.fetchRepository(`${server.url}/a.git${suffix}`, KEEP_NOTHING), (error) => {
      assert.ok(isDistillError(error, code), `${suffix}: ${error}`);
      return true;
    });
  }
});

test("servers that give no single commits, and those of protocol 0, serve as well", { skip }, async (t) => {
  const { directory, server, open } = await scene(t, { old: true });
  const repository = new WorkRepository(join(directory, "a.git"));
  write(repository.path, { file: "first" });
  const first = repository.commit();
  write(repository.path, { file: "second" });
  repository.commit();
  await using sources = open();
  for (const suffix of ["#main", `#${first}`]) {
    const got = await sources.fetchRepository(`${server.url}/a.git${suffix}`, KEEP_NOTHING);
    assert.deepEqual(await listing(got), [`644 file ${suffix === "#main" ? "second" : "first"}`]);
  }
});

test("a commit that is known costs one question, a full hash none; offline serves the latter", { skip }, async (t) => {
  const { directory, server, open } = await scene(t);
  const repository = new WorkRepository(join(directory, "a.git"));
  write(repository.path, { file: "x" });
  const commit = repository.commit();
  const asked = async (suffix: string, options: Partial<RemoteSourcesOptions> = {}): Promise<readonly string[]> => {
    server.requests.length = 0;
    await using sources = open(options);
    await listing(await sources.fetchRepository(`${server.url}/a.git${suffix}`, KEEP_NOTHING));
    return [...server.requests];
  };
  assert.ok((await asked("#main")).length > 2);
  assert.deepEqual(await asked("#main"), [
    "GET /a.git/info/refs?service=git-upload-pack",
    "POST /a.git/git-upload-pack",
  ]);
  assert.deepEqual(await asked(`#${commit}`), []);
  assert.deepEqual(await asked(`#${commit}`, { offline: true }), []);
  await assert.rejects(asked("#main", { offline: true }), { code: "OFFLINE" });
  await assert.rejects(asked(`#${"1".repeat(40)}`, { offline: true }), { code: "OFFLINE" });
});

test("submodules come along, relative and nested ones, each at its commit; or are left out", { skip }, async (t) => {
  const { directory, server, open } = await scene(t);
  const inner = new WorkRepository(join(directory, "libs/inner.git"));
  write(inner.path, { deep: "deep" });
  const innerCommit = inner.commit();
  const middle = new WorkRepository(join(directory, "libs/middle.git"));
  write(middle.path, { code: "code" });
  middle.git("submodule", "--quiet", "add", "--name", "a.b", inner.path, "sub/inner");
  middle.git("config", "--file", ".gitmodules", "submodule.a.b.url", `${server.url}/libs/inner.git`);
  middle.commit();
  write(middle.path, { code: "later" });
  const outer = new WorkRepository(join(directory, "outer.git"));
  write(outer.path, { top: "top" });
  outer.git("submodule", "--quiet", "add", middle.path, "vendor/middle");
  outer.git("config", "--file", ".gitmodules", "submodule.vendor/middle.url", "../libs/middle.git");
  outer.commit();
  middle.commit();
  await using sources = open();
  const address = `${server.url}/outer.git`;
  const all = await listing(await sources.fetchRepository(address, KEEP_NOTHING));
  const names = all.map((line) => line.replace(/ \[submodule[\s\S]*/, ""));
  assert.deepEqual(names, [
    "644 .gitmodules",
    "644 top top",
    "755 vendor /",
    "755 vendor/middle /",
    "644 vendor/middle/.gitmodules",
    "644 vendor/middle/code code",
    "755 vendor/middle/sub /",
    "755 vendor/middle/sub/inner /",
    "644 vendor/middle/sub/inner/deep deep",
  ]);
  const below = await listing(await sources.fetchRepository(`${address}#:vendor/middle/sub`, KEEP_NOTHING));
  assert.deepEqual(below, ["755 inner /", "644 inner/deep deep"]);
  const without = await listing(await sources.fetchRepository(`${address}?submodules=0`, KEEP_NOTHING));
  assert.deepEqual(without.slice(1), ["644 top top", "755 vendor /", "755 vendor/middle /"]);
  assert.equal(innerCommit.length, 40);
});

test("submodules lead nowhere but to the network, and not out of their place", { skip }, async (t) => {
  const { directory, server, open } = await scene(t);
  const secret = new WorkRepository(join(temporaryDirectory(t), "secret"));
  write(secret.path, { secret: "s" });
  const commit = secret.commit();
  const hostile: readonly (readonly [string, string])[] = [
    [secret.path, "CONFIG_INVALID"],
    ["ext::sh -c 'touch /tmp/distill-was-here'", "CONFIG_INVALID"],
    ["--upload-pack=touch /tmp/distill-was-here", "CONFIG_INVALID"],
  ];
  for (const [index, [url, code]] of hostile.entries()) {
    const repository = new WorkRepository(join(directory, `h${index}.git`));
    write(repository.path, { ".gitmodules": `[submodule "../../x"]\n\tpath = sub\n\turl = "${url}"\n` });
    repository.git("update-index", "--add", "--cacheinfo", `160000,${commit},sub`);
    repository.git("add", ".gitmodules");
    repository.git("commit", "--quiet", "--message", "x");
    await using sources = open();
    await assert.rejects(sources.fetchRepository(`${server.url}/h${index}.git`, KEEP_NOTHING), (error) => {
      assert.ok(isDistillError(error, code as "CONFIG_INVALID"), `${url}: ${error}`);
      return true;
    });
  }
  assert.ok(!existsSync("/tmp/distill-was-here"));
  const linked = new WorkRepository(join(directory, "linked.git"));
  const target = linked.pipe("/etc/passwd", "hash-object", "-w", "--stdin");
  const tree = linked.pipe(`120000 blob ${target}\t.gitmodules\n160000 commit ${commit}\tsub\n`, "mktree", "--missing");
  linked.git("update-ref", "refs/heads/main", linked.pipe("x", "commit-tree", tree));
  await using sources = open();
  await assert.rejects(sources.fetchRepository(`${server.url}/linked.git`, KEEP_NOTHING), { code: "FORMAT_INVALID" });
});

for (const format of ["sha1", "sha256"] as const) {
  test(`a kept .git directory is one to git, and the same each time (${format})`, { skip }, async (t) => {
    const { directory, server } = await scene(t);
    const repository = new WorkRepository(join(directory, "a.git"), format);
    write(repository.path, { file: "first" });
    repository.commit();
    write(repository.path, { file: "second", "dir/x": "", "dir/big": "b".repeat(200_000), "a/b/c": "c" });
    chmodSync(join(repository.path, "file"), 0o755);
    symlinkSync("file", join(repository.path, "link"));
    const commit = repository.commit();
    repository.git("tag", "--annotate", "--message=x", "v1.2");
    const seen = new Set<string>();
    for (const suffix of ["#v1.2", "#v1.2", "#main", "?keep-git-dir=0"]) {
      await using sources = new NetworkSources({ cacheDirectory: temporaryDirectory(t) });
      const got = await sources.fetchRepository(`${server.url}/a.git${suffix}`, { keepGitDirectory: true });
      if (suffix.startsWith("?")) {
        assert.equal(got.tree.get(pathFromText(".git")), undefined);
        continue;
      }
      const place = temporaryDirectory(t);
      await writeTree(got, place);
      if (suffix === "#v1.2") {
        const files = [".git/index", ".git/config", ".git/packed-refs", ".git/HEAD"];
        const packs = readdirSync(join(place, ".git/objects/pack")).map((name) => `.git/objects/pack/${name}`);
        seen.add(digestOf(Buffer.concat([...files, ...packs].map((name) => readFileSync(join(place, name))))));
      }
      const git = (...args: readonly string[]): string =>
        execFileSync("git", args, {
          cwd: place,
          encoding: "utf8",
          env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null" },
        }).trim();
      assert.equal(git("rev-parse", "HEAD"), commit);
      assert.equal(git("status", "--porcelain"), "");
      git("fsck", "--strict");
      assert.equal(git("log", "--format=%H"), commit);
      assert.equal(git("remote", "get-url", "origin"), `${server.url}/a.git`);
      if (suffix === "#v1.2") assert.equal(git("describe"), "v1.2");
      else assert.equal(git("rev-parse", "main"), commit);
    }
    assert.equal(seen.size, 1);
  });
}

test("logins of an address are shown to its server and to nobody else, and stand in no message", {
  skip,
}, async (t) => {
  const login = "me:se%3acret";
  const { directory, server, open } = await scene(t, { login: "me:se:cret" });
  const other = await scene(t);
  const repository = new WorkRepository(join(directory, "a.git"));
  write(repository.path, { file: "x" });
  repository.commit();
  const address = `http://${login}@${server.host}/a.git`;
  await using sources = open();
  const got = await sources.fetchRepository(address, { keepGitDirectory: true });
  const config = got.tree.get(pathFromText(".git/config"));
  assert.ok(config?.type === "file");
  assert.ok(!Buffer.from(await readContent(config.content, 1000)).includes("cret"), "a password in .git/config");
  for (const wrong of [`${server.url}/a.git`, `http://me:wrong-one@${server.host}/a.git`]) {
    await assert.rejects(sources.fetchRepository(wrong, KEEP_NOTHING), (error) => {
      assert.ok(isDistillError(error, "UNAUTHORIZED"), String(error));
      assert.doesNotMatch(inspect(error), /wrong-one/);
      return true;
    });
  }
  await using lent = open({
    credentials: (origin) => (origin === server.url ? { user: "me", password: "se:cret" } : undefined),
  });
  assert.deepEqual(await listing(await lent.fetchRepository(`${server.url}/a.git`, KEEP_NOTHING)), ["644 file x"]);
  // A redirect to another server: what the first was told stays with the first.
  const seen: (string | undefined)[] = [];
  const thief = await GitServer.start(directory, {
    intercept: (request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
      return true;
    },
  });
  t.after(() => thief.close());
  const redirecting = await GitServer.start(directory, {
    intercept: (request, response) => {
      if (request.headers.authorization === undefined) {
        response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
      } else response.writeHead(302, { location: `${thief.url}${request.url}` }).end();
      return true;
    },
  });
  t.after(() => redirecting.close());
  await assert.rejects(sources.fetchRepository(`http://${login}@${redirecting.host}/a.git`, KEEP_NOTHING));
  assert.ok(seen.length > 0);
  assert.deepEqual(new Set(seen), new Set([undefined]));
  assert.equal(other.server.requests.length, 0);
});

test("a cache that was damaged is noticed and fetched again; offline it is an error", { skip }, async (t) => {
  const { directory, server, cacheDirectory, open } = await scene(t);
  const repository = new WorkRepository(join(directory, "a.git"));
  write(repository.path, { file: "a file with some length, so that there is something to damage".repeat(20) });
  const commit = repository.commit();
  const address = `${server.url}/a.git#${commit}`;
  const read = async (options: Partial<RemoteSourcesOptions> = {}): Promise<number> => {
    await using sources = open(options);
    return (await listing(await sources.fetchRepository(address, KEEP_NOTHING))).length;
  };
  const damage = (): void => {
    const packs = execFileSync("find", [join(cacheDirectory, "git"), "-name", "*.pack"], { encoding: "utf8" });
    const [pack = ""] = packs.trim().split("\n");
    const bytes = readFileSync(pack);
    bytes.fill(0, bytes.length / 2, bytes.length - 30);
    chmodSync(pack, 0o644);
    writeFileSync(pack, bytes);
  };
  assert.equal(await read(), 1);
  damage();
  assert.equal(await read(), 1);
  damage();
  await assert.rejects(read({ offline: true }), { code: "STORE_CORRUPT" });
});

test("Ctrl-C ends git and what it started, and leaves nothing half", { skip }, async (t) => {
  const held: ServerResponse[] = [];
  const { directory, server, cacheDirectory, open } = await scene(t, {
    intercept: (request, response) => {
      if (request.method !== "POST" || held.length === 0) {
        if (request.method === "POST") held.push(response);
        return false;
      }
      held.push(response);
      return true;
    },
  });
  new WorkRepository(join(directory, "a.git")).commit();
  const control = new AbortController();
  await using sources = open({ signal: control.signal });
  const fetching = sources.fetchRepository(`${server.url}/a.git`, KEEP_NOTHING);
  const failed = assert.rejects(fetching, { code: "CANCELLED" });
  while (held.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  control.abort();
  await failed;
  assert.deepEqual(readdirSync(join(cacheDirectory, "git", "partial")), []);
  const still = execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }).split("\n");
  assert.deepEqual(
    still.filter((line) => line.includes(server.host)),
    [],
  );
});

test("a few objects that unfold to millions of files are refused, and so are paths without an end", {
  skip,
}, async (t) => {
  const { directory, server, open } = await scene(t);
  const blob = (repository: WorkRepository): string => repository.pipe("x", "hash-object", "-w", "--stdin");
  const wide = new WorkRepository(join(directory, "wide.git"));
  let line = `100644 blob ${blob(wide)}`;
  for (let level = 0; level < 4; level++) {
    const names = Array.from({ length: 40 }, (_, index) => `${line}\tf${index}\n`).join("");
    line = `040000 tree ${wide.pipe(names, "mktree")}`;
  }
  wide.git("update-ref", "refs/heads/main", wide.pipe("x", "commit-tree", line.slice(-40)));
  const deep = new WorkRepository(join(directory, "deep.git"));
  line = `100644 blob ${blob(deep)}`;
  for (let level = 0; level < 20; level++) line = `040000 tree ${deep.pipe(`${line}\t${"d".repeat(250)}\n`, "mktree")}`;
  deep.git("update-ref", "refs/heads/main", deep.pipe("x", "commit-tree", line.slice(-40)));
  await using sources = open();
  for (const name of ["wide", "deep"]) {
    await assert.rejects(sources.fetchRepository(`${server.url}/${name}.git`, KEEP_NOTHING), {
      code: "LIMIT_EXCEEDED",
    });
  }
});

test("two builds that want the same commit at once fetch it once", { skip }, async (t) => {
  const { directory, server, open } = await scene(t);
  const repository = new WorkRepository(join(directory, "a.git"));
  write(repository.path, { file: "x" });
  const commit = repository.commit();
  const address = `${server.url}/a.git#${commit}`;
  await using one = open();
  await using two = open();
  const both = await Promise.all([one, two].map((each) => each.fetchRepository(address, KEEP_NOTHING)));
  for (const each of both) assert.deepEqual(await listing(each), ["644 file x"]);
  assert.equal(server.requests.filter((line) => line.startsWith("GET")).length, 1);
});

test("nothing of a user's configuration of git counts", { skip }, async (t) => {
  const { directory, server, open } = await scene(t);
  const repository = new WorkRepository(join(directory, "a.git"));
  write(repository.path, { ".gitattributes": "* filter=evil text eol=crlf ident\n", file: "$Id$\na\n" });
  repository.commit();
  const home = temporaryDirectory(t);
  const ran = join(home, "ran");
  write(home, {
    ".gitconfig": `[filter "evil"]\n\tsmudge = touch ${ran}; cat\n\trequired = true\n[url "http://127.0.0.1:1/"]\n\tinsteadOf = ${server.url}/\n[core]\n\thooksPath = ${home}/hooks\n`,
  });
  const saved = process.env.HOME;
  process.env.HOME = home;
  t.after(() => {
    process.env.HOME = saved;
  });
  await using sources = open();
  const got = await listing(await sources.fetchRepository(`${server.url}/a.git`, KEEP_NOTHING));
  assert.deepEqual(got.slice(1), ["644 file $Id$\na\n"]);
  assert.ok(!existsSync(ran));
});

test("of a branch that moves on, the difference alone is fetched", { skip }, async (t) => {
  const { directory, server, cacheDirectory, open } = await scene(t);
  const repository = new WorkRepository(join(directory, "a.git"));
  writeFileSync(join(repository.path, "large"), randomBytes(1 << 20));
  write(repository.path, { file: "first" });
  repository.commit();
  const fetched: number[] = [];
  for (const text of ["first", "second", "third"]) {
    write(repository.path, { file: text });
    const commit = repository.commit(text);
    await using sources = open();
    const got = await sources.fetchRepository(`${server.url}/a.git#main`, KEEP_NOTHING);
    const node = got.tree.get(pathFromText("file"));
    assert.ok(node?.type === "file");
    assert.equal(Buffer.from(await readContent(node.content, 100)).toString(), text);
    const packs = execFileSync("find", [
      join(cacheDirectory, "git"),
      "-path",
      `*${commit}*`,
      "-name",
      "*.pack",
      "-printf",
      "%s ",
    ]);
    fetched.push(Math.min(...packs.toString().trim().split(" ").map(Number)));
  }
  assert.ok((fetched[0] ?? 0) > 1 << 20, String(fetched));
  assert.ok((fetched[1] ?? 0) < 2000 && (fetched[2] ?? 0) < 2000, String(fetched));
});

test("a repository that is larger than allowed is not fetched to its end", { skip }, async (t) => {
  const { directory, server, cacheDirectory, open } = await scene(t);
  const repository = new WorkRepository(join(directory, "a.git"));
  writeFileSync(join(repository.path, "large"), randomBytes(4 << 20));
  repository.commit();
  await using sources = open({ maxBytes: 1 << 20 });
  await assert.rejects(sources.fetchRepository(`${server.url}/a.git`, KEEP_NOTHING), { code: "LIMIT_EXCEEDED" });
  assert.deepEqual(readdirSync(join(cacheDirectory, "git", "partial")), []);
});

test("git:// and ssh serve as well; ssh is lent an agent or nothing", { skip }, async (t) => {
  const { directory, open } = await scene(t);
  const repository = new WorkRepository(join(directory, "a.git"));
  write(repository.path, { file: "x" });
  repository.commit();
  // Stands for ssh and for the server behind it: git-upload-pack runs where sshd would run it.
  const bin = temporaryDirectory(t);
  const log = join(bin, "log");
  write(bin, {
    ssh: `#!/bin/sh\necho "$@ agent=$SSH_AUTH_SOCK" >> ${log}\nfor last; do :; done\nexec sh -c "$last"\n`,
  });
  chmodSync(join(bin, "ssh"), 0o755);
  const saved = process.env.PATH;
  process.env.PATH = `${bin}:${saved}`;
  t.after(() => {
    process.env.PATH = saved;
  });
  for (const [address, options] of [
    [`me@host:${directory}/a.git`, {}],
    [`ssh://me@host:2222${directory}/a.git#main`, { sshAgent: "/lent" }],
  ] as const) {
    await using sources = open(options);
    assert.deepEqual(await listing(await sources.fetchRepository(address, KEEP_NOTHING)), ["644 file x"]);
  }
  const lines = readFileSync(log, "utf8").trim().split("\n");
  assert.match(lines[0] ?? "", /^-F \/dev\/null .*IdentityFile=none -o IdentityAgent=none .*me@host .* agent=$/);
  assert.match(lines.at(-1) ?? "", /IdentityAgent=SSH_AUTH_SOCK .*-p 2222 me@host .* agent=\/lent$/);
  const daemon = await startDaemon(t, directory);
  await using sources = open();
  const got = await sources.fetchRepository(`${daemon}/a.git`, KEEP_NOTHING);
  assert.deepEqual(await listing(got), ["644 file x"]);
});

/** `git daemon`, on a port of its own; its address. */
async function startDaemon(t: TestContext, directory: string): Promise<string> {
  const port = await freePort();
  const options = ["--export-all", "--reuseaddr", "--listen=127.0.0.1", `--port=${port}`, `--base-path=${directory}`];
  const config = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "safe.directory", GIT_CONFIG_VALUE_0: "*" };
  const child = spawn("git", ["daemon", ...options], {
    env: { ...process.env, ...config },
    stdio: "ignore",
    detached: true,
  });
  t.after(() => process.kill(-(child.pid ?? 0), "SIGTERM"));
  for (let tries = 0; tries < 200; tries++) {
    const connected = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true));
      socket.on("error", () => resolve(false));
      socket.unref();
    });
    if (connected) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return `git://127.0.0.1:${port}`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("a full disk is told as one, and leaves nothing half", { skip: skip || unlessSmallDisk() }, async (t) => {
  const { directory, server } = await scene(t);
  const repository = new WorkRepository(join(directory, "a.git"));
  writeFileSync(join(repository.path, "large"), randomBytes(2 << 20));
  repository.commit();
  const files = await FaultServer.start(repository.path);
  t.after(() => files.close());
  const disk = await SmallDisk.mount(t, 1000);
  const program = `
    import { readdirSync } from "node:fs";
    import { NetworkSources } from ${JSON.stringify(join(ROOT, "src/app/remote-sources.ts"))};
    const [cacheDirectory, url, repository] = process.argv.slice(1);
    const sources = new NetworkSources({ cacheDirectory });
    for (const work of [() => sources.fetchFile(url), () => sources.fetchRepository(repository, { keepGitDirectory: false })]) {
      await work().then(() => console.log("done"), (error) => console.log(error.code));
    }
    console.log(readdirSync(cacheDirectory + "/remote/partial").length, readdirSync(cacheDirectory + "/git/partial").length);
    process.exit(0);`;
  const [file = "", ...through] = disk.through;
  const args = [...through, NODE, "--input-type=module", "-e", program];
  const child = spawn(file, [...args, disk.path, `${files.url}/large`, `${server.url}/a.git`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  assert.equal(Buffer.concat(await child.stdout.toArray()).toString(), "DISK_FULL\nDISK_FULL\n0 0\n");
});

/** Writes a tree where the real git can look at it. */
async function writeTree({ tree }: RemoteTree, place: string): Promise<void> {
  for (const [path, node] of tree.entries()) {
    const target = Buffer.concat([Buffer.from(`${place}/`), Buffer.from(path, "latin1")]);
    if (node.type === "directory") mkdirSync(target);
    else if (node.type === "symlink") symlinkSync(Buffer.from(node.target, "latin1"), target);
    else if (node.type === "file") {
      writeFileSync(target, await readContent(node.content, 1 << 24));
      chmodSync(target, node.attributes.mode);
    }
  }
}
