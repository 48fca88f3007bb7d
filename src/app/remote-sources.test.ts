import assert from "node:assert/strict";
import { readdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { FaultServer } from "../../test/support/fault-server.ts";
import { digestOf } from "../lib/digest.ts";
import { closeHttp } from "../lib/http/agent.ts";
import { readContent } from "../rootfs/content.ts";
import { NetworkSources } from "./remote-sources.ts";

afterEach(() => closeHttp());

test("a file of the web: bytes, digest, asked for once in a build and once in the next", async (t) => {
  const served = temporaryDirectory(t);
  writeFileSync(join(served, "some file.txt"), "hello");
  const server = await FaultServer.start(served);
  t.after(() => server.close());
  const cacheDirectory = temporaryDirectory(t);
  for (const asked of [1, 2]) {
    await using sources = new NetworkSources({ cacheDirectory });
    const url = `${server.url}/some%20file.txt?x=1`;
    const [file, again] = await Promise.all([sources.fetchFile(url), sources.fetchFile(url)]);
    assert.equal(file, again);
    assert.equal(file.name, "some file.txt");
    assert.equal(file.modified, undefined);
    assert.equal(file.digest, digestOf("hello"));
    assert.equal(file.content.size, 5);
    assert.equal(Buffer.from(await readContent(file.content, 100)).toString(), "hello");
    assert.equal(Buffer.from(await file.content.read(1, 3)).toString(), "ell");
    assert.equal(server.requests.length, asked);
  }
});

test("files are called by their addresses, whatever the server says, and have its time", async (t) => {
  const server = createServer((_, response) => {
    const headers = {
      "content-disposition": "attachment; filename=evil",
      "last-modified": "Tue, 14 Nov 2023 22:13:20 GMT",
    };
    response.writeHead(200, headers).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await using sources = new NetworkSources({ cacheDirectory: temporaryDirectory(t) });
  for (const [path, name] of [
    ["/a.tar?b=c/d#e", "a.tar"],
    ["/dir/", "dir"],
    ["/dir//", "dir"],
    ["/", "__unnamed__"],
    ["", "__unnamed__"],
    ["/%2e%2e", "__unnamed__"],
    ["/a%2Fb", "b"],
    ["/..%2f..%2f", "__unnamed__"],
    ["/a%00b", "__unnamed__"],
    ["/%zz", "%zz"],
    ["/%C3%BC", "ü"],
  ] as const) {
    const file = await sources.fetchFile(`${base}${path}`);
    assert.equal(file.name, name, path);
    assert.equal(file.modified, 1700000000);
  }
});

test("a checksum in another form is refused before anybody is asked", async (t) => {
  await using sources = new NetworkSources({ cacheDirectory: temporaryDirectory(t) });
  for (const checksum of [
    "",
    "sha256:",
    "sha256:xyz",
    `sha512:${"a".repeat(128)}`,
    "a".repeat(64),
    `SHA256:${"a".repeat(64)}`,
  ]) {
    await assert.rejects(sources.fetchFile("http://127.0.0.1:1/x", { checksum }), { code: "CONFIG_INVALID" });
  }
});

test("what was damaged in the cache is fetched again when it is read", async (t) => {
  const served = temporaryDirectory(t);
  writeFileSync(join(served, "file"), "right");
  const server = await FaultServer.start(served);
  t.after(() => server.close());
  const cacheDirectory = temporaryDirectory(t);
  await using first = new NetworkSources({ cacheDirectory });
  await first.fetchFile(`${server.url}/file`);
  const files = join(cacheDirectory, "remote", "files");
  writeFileSync(join(files, readdirSync(files)[0] ?? ""), "wrong");
  await using second = new NetworkSources({ cacheDirectory });
  const { content } = await second.fetchFile(`${server.url}/file`);
  assert.equal(Buffer.from(await readContent(content, 100)).toString(), "right");
});

test("only http(s) is fetched as a file", async (t) => {
  await using sources = new NetworkSources({ cacheDirectory: temporaryDirectory(t) });
  for (const url of ["file:///etc/passwd", "ftp://h/x", "data:,x", "/etc/passwd", ""]) {
    await assert.rejects(sources.fetchFile(url), { code: "NETWORK" });
  }
});
