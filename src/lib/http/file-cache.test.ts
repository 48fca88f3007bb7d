import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, type TestContext, test } from "node:test";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { FaultServer } from "../../../test/support/fault-server.ts";
import { type Digest, digestOf, hexOf } from "../digest.ts";
import { isDistillError } from "../errors.ts";
import { closeHttp } from "./agent.ts";
import { FileCache, type FileCacheOptions } from "./file-cache.ts";

const POLICY = { attempts: 3, firstDelay: 1, maxDelay: 2, headersTimeout: 400, idleTimeout: 400 };
const TEXT = "what the file holds".repeat(1000);
const OTHER = digestOf("other");

interface Scene {
  readonly served: string;
  readonly server: FaultServer;
  readonly directory: string;
  open(options?: Partial<FileCacheOptions>): FileCache;
}

async function scene(t: TestContext): Promise<Scene> {
  const served = temporaryDirectory(t);
  writeFileSync(join(served, "file"), TEXT);
  const server = await FaultServer.start(served);
  t.after(() => server.close());
  const directory = join(temporaryDirectory(t), "remote");
  return { served, server, directory, open: (more = {}) => new FileCache({ directory, policy: POLICY, ...more }) };
}

/** A server that answers everything with this. */
async function answering(t: TestContext, answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server: Server = createServer(answer as never);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
}

afterEach(() => closeHttp());

test("a file that is kept is asked about once and not sent again", async (t) => {
  const { server, open } = await scene(t);
  const first = await open().fetch(`${server.url}/file`);
  assert.equal(readFileSync(first.path, "utf8"), TEXT);
  assert.equal(first.digest, digestOf(TEXT));
  const second = await open().fetch(`${server.url}/file`);
  assert.deepEqual(second, first);
  assert.equal(server.requests.length, 2);
  assert.match(String(server.requests[1]?.headers["if-none-match"]), /^"/);
});

test("a file that has changed is fetched anew", async (t) => {
  const { served, server, open } = await scene(t);
  await open().fetch(`${server.url}/file`);
  writeFileSync(join(served, "file"), "new");
  assert.equal((await open().fetch(`${server.url}/file`)).digest, digestOf("new"));
});

test("Last-Modified alone serves as well", async (t) => {
  const date = "Tue, 14 Nov 2023 22:13:20 GMT";
  const seen: (string | undefined)[] = [];
  const url = await answering(t, (request, response) => {
    seen.push(request.headers["if-modified-since"]);
    if (request.headers["if-modified-since"] === date) response.writeHead(304).end();
    else response.writeHead(200, { "last-modified": date }).end("x");
  });
  const directory = temporaryDirectory(t);
  for (const _ of [1, 2]) {
    const { lastModified } = await new FileCache({ directory }).fetch(url);
    assert.equal(lastModified, date);
  }
  assert.deepEqual(seen, [undefined, date]);
});

test("with the right checksum nobody is asked; with another one the file is fetched and refused", async (t) => {
  const { server, directory, open } = await scene(t);
  const digest = digestOf(TEXT);
  await open().fetch(`${server.url}/file`, digest);
  await open().fetch(`${server.url}/file`, digest);
  await open({ offline: true }).fetch(`${server.url}/file`, digest);
  assert.equal(server.requests.length, 1);
  await assert.rejects(open().fetch(`${server.url}/file`, OTHER), (error) => {
    assert.ok(isDistillError(error, "DIGEST_MISMATCH"));
    assert.ok(error.message.includes(OTHER) && error.message.includes(digest));
    return true;
  });
  assert.deepEqual(readdirSync(join(directory, "partial")), []);
  assert.ok(!existsSync(join(directory, "files", hexOf(OTHER))));
});

test("offline, the cache serves, and what is not in it is an error", async (t) => {
  const { server, open } = await scene(t);
  await assert.rejects(open({ offline: true }).fetch(`${server.url}/file`), { code: "OFFLINE" });
  await open().fetch(`${server.url}/file`);
  assert.equal((await open({ offline: true }).fetch(`${server.url}/file`)).digest, digestOf(TEXT));
  assert.equal(server.requests.length, 1);
});

test("a damaged file is noticed by its length at once, by its digest when it is read", async (t) => {
  const { server, open } = await scene(t);
  const url = `${server.url}/file`;
  const file = await open().fetch(url);
  writeFileSync(file.path, "short");
  await open().fetch(url);
  assert.equal(readFileSync(file.path, "utf8"), TEXT);
  writeFileSync(file.path, TEXT.replace("w", "x"));
  const cache = open();
  await cache.verify(url, await cache.fetch(url));
  assert.equal(readFileSync(file.path, "utf8"), TEXT);
  writeFileSync(file.path, TEXT.replace("w", "x"));
  const offline = open({ offline: true });
  await assert.rejects(offline.verify(url, file), { code: "STORE_CORRUPT" });
});

test("a damaged file that the server has no longer is not replaced by another one", async (t) => {
  const { served, server, open } = await scene(t);
  const url = `${server.url}/file`;
  const file = await open().fetch(url);
  writeFileSync(file.path, TEXT.replace("w", "x"));
  writeFileSync(join(served, "file"), "new");
  await assert.rejects(open().verify(url, file), { code: "NETWORK" });
});

test("what goes wrong at a server is told with its address, and leaves nothing", async (t) => {
  const { server, directory, open } = await scene(t);
  const cases: readonly (readonly [Parameters<FaultServer["fault"]>[1], RegExp])[] = [
    [{ kind: "status", status: 404 }, /answers 404/],
    [{ kind: "status", status: 403 }, /answers 403/],
    [{ kind: "status", status: 500 }, /answers 500/],
    [{ kind: "status", status: 204 }, /answers 204/],
    [{ kind: "status", status: 206 }, /answers 206/],
    [{ kind: "status", status: 304 }, /answers 304/],
    [{ kind: "hang-up" }, /the connection was cut/],
    [{ kind: "stall", after: 10 }, /timed out/],
    [{ kind: "cut", after: 0 }, /the connection was cut/],
    [{ kind: "redirect", to: "/file" }, /circle/],
    [{ kind: "redirect", to: "file:///etc/passwd" }, /redirects to something else/],
  ];
  for (const [fault, message] of cases) {
    server.heal();
    server.fault("file", fault);
    const url = server.url.replace("//", "//user:topsecret@");
    await assert.rejects(open().fetch(`${url}/file?token=alsosecret`), (error) => {
      assert.ok(isDistillError(error, "NETWORK"), `${fault.kind}: ${error}`);
      assert.match(error.message, message);
      assert.ok(error.message.includes("/file"));
      assert.doesNotMatch(`${error.message}${error.hint}`, /secret/);
      return true;
    });
  }
  for (const name of ["partial", "files", "urls"]) {
    assert.deepEqual(existsSync(join(directory, name)) ? readdirSync(join(directory, name)) : [], [], name);
  }
});

test("a body that breaks off is resumed", async (t) => {
  const { server, open } = await scene(t);
  server.fault("file", { kind: "cut", after: 100, times: 1 });
  assert.equal((await open().fetch(`${server.url}/file`)).digest, digestOf(TEXT));
  assert.equal(server.requests[1]?.range, "bytes=100-");
});

test("a body without an end stops at the limit", async (t) => {
  const url = await answering(t, (_, response) => {
    const piece = Buffer.alloc(1 << 16);
    const more = (): void => {
      if (response.destroyed) return;
      if (response.write(piece)) setImmediate(more);
      else response.once("drain", more);
    };
    more();
  });
  const directory = temporaryDirectory(t);
  await assert.rejects(new FileCache({ directory, maxBytes: 1 << 20 }).fetch(url), { code: "LIMIT_EXCEEDED" });
  assert.deepEqual(readdirSync(join(directory, "partial")), []);
});

test("more or less than was announced is no file", async (t) => {
  const short = await answering(t, (_, response) => {
    response.writeHead(200, { "content-length": "100" });
    response.write("only this");
    response.socket?.end();
  });
  await assert.rejects(new FileCache({ directory: temporaryDirectory(t), policy: POLICY }).fetch(short), {
    code: "NETWORK",
  });
});

test("logins are shown to their own server, and not behind a redirect to another one", async (t) => {
  const seen: (string | undefined)[] = [];
  const far = await answering(t, (request, response) => {
    seen.push(request.headers.authorization);
    response.end("x");
  });
  const near = await answering(t, (request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(302, { location: far }).end();
  });
  await new FileCache({ directory: temporaryDirectory(t) }).fetch(near.replace("//", "//me:pw@"));
  assert.deepEqual(seen, [`Basic ${Buffer.from("me:pw").toString("base64")}`, undefined]);
});

test("addresses are not written into the cache", async (t) => {
  const { server, directory, open } = await scene(t);
  await open().fetch(`${server.url.replace("//", "//user:topsecret@")}/file?key=alsosecret`);
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
    assert.doesNotMatch(name, /secret/);
    const path = join(directory, name);
    if (name.endsWith(".json")) assert.doesNotMatch(readFileSync(path, "utf8"), /secret|127\.0\.0\.1/);
  }
});

test("what nobody used for a month goes when the cache is opened; what is used stays", async (t) => {
  const { served, server, directory, open } = await scene(t);
  writeFileSync(join(served, "other"), "o");
  const [one, two] = [await open().fetch(`${server.url}/file`), await open().fetch(`${server.url}/other`)];
  const old = new Date(Date.now() - 31 * 24 * 3600 * 1000);
  const age = (): void => {
    for (const name of ["files", "urls"]) {
      for (const file of readdirSync(join(directory, name))) utimesSync(join(directory, name, file), old, old);
    }
  };
  age();
  await open().fetch(`${server.url}/file`);
  assert.ok(existsSync(one.path) && !existsSync(two.path));
  open();
  assert.ok(existsSync(one.path));
});

test("records that are none are as good as missing", async (t) => {
  const { server, directory, open } = await scene(t);
  const url = `${server.url}/file`;
  await open().fetch(url);
  const [name = ""] = readdirSync(join(directory, "urls"));
  const path = join(directory, "urls", name);
  const good = JSON.parse(readFileSync(path, "utf8"));
  for (const text of [
    "",
    "{",
    "null",
    "[]",
    JSON.stringify({ ...good, version: 2 }),
    JSON.stringify({ ...good, digest: "../../etc/passwd" }),
    JSON.stringify({ ...good, size: "1" }),
    JSON.stringify({ ...good, etag: { a: 1 } }),
    "x".repeat(100_000),
  ]) {
    writeFileSync(path, text);
    assert.equal((await open().fetch(url)).digest, digestOf(TEXT) as Digest, text.slice(0, 50));
  }
});

test("many at once over one directory all get the whole file", async (t) => {
  const { server, open } = await scene(t);
  const files = await Promise.all(Array.from({ length: 8 }, () => open().fetch(`${server.url}/file`)));
  for (const { path } of files) assert.equal(readFileSync(path, "utf8"), TEXT);
});
