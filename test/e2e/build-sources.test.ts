import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readTar } from "../../src/formats/tar/reader.ts";
import { once } from "../../src/image/image.ts";
import { collect } from "../support/bytes.ts";
import { type CliRun, distill } from "../support/cli.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { GitServer, WorkRepository } from "../support/git-server.ts";
import { unlessTools } from "../support/tools.ts";

const DOCKERFILE = "FROM scratch\nCOPY . /all/\n";
const MODIFIED = new Date("2021-02-03T04:05:06Z");

/** The files of a context, those that its rules leave out among them. */
const FILES = {
  Dockerfile: DOCKERFILE,
  ".dockerignore": "*.log\n.dockerignore\n",
  "other/Dockerfile": "FROM scratch\nCOPY a.txt /other\n",
  "a.txt": "a\n",
  "x.log": "x\n",
} as const;

const WHOLE = ["/all/Dockerfile", "/all/a.txt", "/all/other/Dockerfile"];

describe("a build takes its files", { skip: unlessTools("tar", "bzip2", "git") }, () => {
  const directory = makeTemporaryDirectory();
  const context = join(directory.path, "context");
  const archive = join(directory.path, "context.tar");
  const env = { DISTILL_HOME: join(directory.path, "home") };
  const served = new Map<string, Uint8Array>();
  let git: GitServer;
  let web: Server;
  let site = "";
  let commit = "";

  /** The files of what is built, by path; `input` is a file for the standard input. */
  async function build(args: readonly string[], input?: string): Promise<readonly string[]> {
    const { built, run } = await tried(args, input);
    assert.equal(run.status, 0, run.stderr);
    return built.map(({ path }) => path);
  }

  async function tried(args: readonly string[], input?: string) {
    const output = join(directory.path, "out.tar");
    const all = ["build", ...args, "--timestamps", "keep", "-o", `type=tar,dest=${output}`];
    const through = input === undefined ? [] : ["sh", "-c", `exec "$@" < '${input}'`, "sh"];
    const run: CliRun = await distill(all, { env, through });
    const built = run.status === 0 ? await filesOf(output) : [];
    return { run, built };
  }

  before(async () => {
    for (const [path, text] of Object.entries(FILES)) {
      mkdirSync(join(context, path, ".."), { recursive: true });
      writeFileSync(join(context, path), text);
    }
    execFileSync("tar", ["-C", context, "-cf", archive, "."]);
    const repositories = join(directory.path, "git");
    mkdirSync(repositories);
    git = await GitServer.start(repositories);
    const repository = new WorkRepository(join(repositories, "app.git"));
    for (const place of ["", "part/"]) {
      for (const [path, text] of Object.entries(FILES)) {
        mkdirSync(join(repository.path, place, path, ".."), { recursive: true });
        writeFileSync(join(repository.path, place, path), place === "" ? text : text.replace("/all/", "/part/"));
      }
    }
    commit = repository.commit();
    web = createServer((request, response) => {
      const found = served.get(request.url ?? "");
      const headers = { "last-modified": MODIFIED.toUTCString() };
      if (found === undefined) response.writeHead(404).end();
      else response.writeHead(200, headers).end(found);
    });
    await new Promise<void>((done) => web.listen(0, "127.0.0.1", done));
    site = `http://127.0.0.1:${(web.address() as AddressInfo).port}`;
    served.set("/context.tar", readFileSync(archive));
    served.set("/Dockerfile", Buffer.from("FROM scratch\nCOPY <<here /alone\ntext\nhere\n"));
    served.set("/dir/file.bin", Buffer.from("served"));
  });
  after(async () => {
    await git.close();
    web.close();
    directory.remove();
  });

  it("from a directory, an archive, and an archive on the standard input: the same image", async () => {
    assert.deepEqual(await build([context]), WHOLE);
    assert.deepEqual(await build([archive]), WHOLE);
    assert.deepEqual(await build(["-"], archive), WHOLE);
    const packed = `${archive}.bz2`;
    writeFileSync(packed, execFileSync("bzip2", ["-c", archive]));
    assert.deepEqual(await build(["-"], packed), WHOLE);
    const ids = await Promise.all([context, archive, packed].map((place) => distill(["build", place, "-q"], { env })));
    assert.equal(new Set(ids.map(({ stdout }) => stdout)).size, 1);
  });

  it("by a Dockerfile that -f names in it, or that comes on the standard input", async () => {
    assert.deepEqual(await build([archive, "-f", "other/Dockerfile"]), ["/other"]);
    assert.deepEqual(await build([context, "-f", join(context, "other/Dockerfile")]), ["/other"]);
    const alone = join(context, "other/Dockerfile");
    for (const place of [context, archive]) assert.deepEqual(await build([place, "-f", "-"], alone), ["/other"]);
    const { run } = await tried(["-"], alone);
    assert.match(run.stderr, /Dockerfile:2: \/a\.txt is not in the build context, which is empty/);
    assert.equal(run.status, 2);
    const both = await tried(["-", "-f", "-"], alone);
    assert.match(both.run.stderr, /cannot be both the context and the Dockerfile/);
  });

  it("from a repository, a directory of it, and the web", async () => {
    const address = `${git.url}/app.git`;
    const inPart = [".dockerignore", "Dockerfile", "a.txt", "other/Dockerfile", "x.log"].map(
      (name) => `/all/part/${name}`,
    );
    const all = [...WHOLE, ...inPart].sort();
    assert.deepEqual(await build([address]), all);
    const part = ["/part/Dockerfile", "/part/a.txt", "/part/other/Dockerfile"];
    assert.deepEqual(await build([`${address}#main:part`]), part);
    assert.deepEqual(await build([`${address}#${commit}`]), all);
    assert.deepEqual(await build([`${site}/context.tar`]), WHOLE);
    assert.deepEqual(await build([`${site}/Dockerfile`]), ["/alone"]);
  });

  it("with the time of the commit, where SOURCE_DATE_EPOCH asks for that of the context", async () => {
    const args = ["build", `${git.url}/app.git`, "--build-arg", "SOURCE_DATE_EPOCH=context", "-t", "timed"];
    assert.equal((await distill(args, { env })).status, 0);
    const { stdout } = await distill(["inspect", "--config", "timed"], { env });
    assert.equal(JSON.parse(stdout).created, "2023-11-14T22:13:21Z");
  });

  it("from what --build-context names: a directory with rules of its own, an archive, a repository", async () => {
    const file = join(directory.path, "named");
    writeFileSync(file, "FROM scratch\nCOPY --from=more . /more/\n");
    const wanted = ["/more/Dockerfile", "/more/a.txt", "/more/other/Dockerfile"];
    const named = (location: string) => build([context, "-f", file, "--build-context", `more=${location}`]);
    assert.deepEqual(await named(context), wanted);
    const everything = ["/more/.dockerignore", ...wanted, "/more/x.log"].sort();
    assert.deepEqual(await named(`${site}/context.tar`), everything);
    const fromGit = await named(`${git.url}/app.git`);
    assert.deepEqual(
      fromGit.filter((path) => !path.startsWith("/more/part/")),
      everything,
    );
  });

  it("from addresses that ADD names: for its owner only, dated as the server says, not unpacked unless asked for", async () => {
    const file = join(directory.path, "add");
    const digest = createHash("sha256").update("served").digest("hex");
    const lines = (...add: readonly string[]) => writeFileSync(file, `FROM scratch\n${add.join("\n")}\n`);
    lines(
      `ADD --checksum=sha256:${digest} ${site}/dir/file.bin /d/`,
      `ADD --chmod=644 --chown=4:5 ${site}/dir/file.bin /named`,
      `ADD ${site}/context.tar /packed/`,
      `ADD --unpack ${site}/context.tar /unpacked/`,
    );
    const { run, built } = await tried([context, "-f", file]);
    assert.equal(run.status, 0, run.stderr);
    const facts = new Map(built.map(({ path, ...each }) => [path, each]));
    const mtime = MODIFIED.getTime() / 1000;
    assert.deepEqual(facts.get("/d/file.bin"), { mode: 0o600, owner: "0:0", mtime, text: "served" });
    assert.deepEqual(facts.get("/named"), { mode: 0o644, owner: "4:5", mtime, text: "served" });
    assert.equal(facts.get("/packed/context.tar")?.mode, 0o600);
    assert.equal(facts.get("/unpacked/a.txt")?.text, "a\n");
    lines(`ADD --checksum=sha256:${"0".repeat(64)} ${site}/dir/file.bin /`);
    const wrong = await tried([context, "-f", file]);
    assert.match(wrong.run.stderr, /add:2: [\s\S]*code: DIGEST_MISMATCH/);
    lines(`ADD ${site}/missing /`);
    const missing = await tried([context, "-f", file]);
    assert.match(missing.run.stderr, /add:2: [\s\S]*404/);
    assert.equal(missing.run.status, 4);
  });

  it("from repositories that ADD names, with .git where it is to stay", async () => {
    const file = join(directory.path, "add-git");
    const address = `${git.url}/app.git`;
    writeFileSync(
      file,
      `FROM scratch\nADD ${address}#main:part /part\nADD --keep-git-dir=true --checksum=${commit} ${address} /whole\n`,
    );
    const built = await build([context, "-f", file]);
    assert.ok(built.includes("/part/a.txt") && !built.includes("/part/.git/HEAD"));
    assert.ok(built.includes("/whole/part/a.txt") && built.includes("/whole/.git/HEAD"));
    writeFileSync(file, `FROM scratch\nADD --checksum=${"1".repeat(40)} ${address} /whole\n`);
    const { run } = await tried([context, "-f", file]);
    assert.match(run.stderr, /add-git:2: [\s\S]*code: DIGEST_MISMATCH/);
  });

  it("with what compose: in its distill.yaml says, read from the context whatever that is", async () => {
    const yaml = join(directory.path, "wish");
    mkdirSync(yaml);
    writeFileSync(join(yaml, "Dockerfile"), "FROM gcr.io/distroless/static-debian13\n");
    writeFileSync(join(yaml, "distill.yaml"), "compose: [gcr.io/distroless/static-*]\n");
    const packed = join(directory.path, "wish.tar");
    execFileSync("tar", ["-C", yaml, "-cf", packed, "."]);
    for (const place of [yaml, packed]) {
      // Offline nothing can be composed, but it is tried in place of the registry.
      const { run } = await tried([place, "--offline"]);
      assert.match(run.stderr, /static-debian13\S* is composed from Debian trixie, not pulled/);
    }
  });
});

async function filesOf(path: string) {
  const files = [];
  for await (const { header, body } of readTar(once(readFileSync(path)))) {
    const text = (await collect(body)).toString();
    const { mode, uid, gid, mtime } = header;
    if (header.type === "file") files.push({ path: `/${header.path}`, mode, owner: `${uid}:${gid}`, mtime, text });
  }
  return files;
}
