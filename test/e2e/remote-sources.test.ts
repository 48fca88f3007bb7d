import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RemoteSources, type RemoteSourcesOptions, type RemoteTree } from "../../src/app/remote-sources.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { readContent } from "../../src/rootfs/content.ts";
import { temporaryDirectory } from "../support/directories.ts";
import { FaultServer } from "../support/fault-server.ts";
import { GitServer, type GitServerOptions, WorkRepository } from "../support/git-server.ts";
import { unlessTools } from "../support/tools.ts";

const skip = unlessTools("git");

interface Scene {
  readonly directory: string;
  readonly server: GitServer;
  readonly cacheDirectory: string;
  open(options?: Partial<RemoteSourcesOptions>): RemoteSources;
}

async function scene(context: TestContext, options: GitServerOptions = {}): Promise<Scene> {
  const directory = temporaryDirectory(context);
  const server = await GitServer.start(directory, options);
  context.after(() => server.close());
  const cacheDirectory = join(temporaryDirectory(context), "cache");
  const open = (more: Partial<RemoteSourcesOptions> = {}): RemoteSources =>
    new RemoteSources({ cacheDirectory, ...more });
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
  ]);
});

test("a file of the web: name, bytes, time; asked for again without being sent again", async (t) => {
  const directory = temporaryDirectory(t);
  write(directory, { "some file.txt": "hello" });
  const server = await FaultServer.start(directory);
  t.after(() => server.close());
  const cacheDirectory = temporaryDirectory(t);
  for (const _ of [1, 2]) {
    await using sources = new RemoteSources({ cacheDirectory });
    const file = await sources.fetchFile(`${server.url}/some%20file.txt?x=1`);
    assert.equal(file.name, "some file.txt");
    assert.equal((await readContent(file.content, 100)).toString(), "hello");
    assert.equal(file.digest, digestOf("hello"));
  }
});
