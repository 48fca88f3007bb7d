import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, request as httpRequest } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, it } from "node:test";
import { FaultServer, type ServerOptions } from "../../../test/support/fault-server.ts";
import { isDistillError } from "../errors.ts";
import { closeHttp } from "./agent.ts";
import { type DownloadRequest, download } from "./download.ts";
import { httpStatusOf } from "./errors.ts";

const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) % 251));
const POLICY = { firstDelay: 1, maxDelay: 2, headersTimeout: 400, idleTimeout: 400 };

/** Of the machine that the tests run on; the tests set their own. */
const VARIABLES = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY"];
const saved = new Map(VARIABLES.map((name) => [name, process.env[name]]));

function forgetProxies(): void {
  for (const name of VARIABLES) delete process.env[name];
}

let directory: string;
const servers: { close(): Promise<void> }[] = [];

before(async () => {
  forgetProxies();
  directory = await mkdtemp(join(tmpdir(), "distill-http-"));
  await writeFile(join(directory, "file"), CONTENT);
});

after(async () => {
  for (const [name, value] of saved) if (value !== undefined) process.env[name] = value;
  await rm(directory, { recursive: true });
});

afterEach(async () => {
  await closeHttp();
  for (const server of servers.splice(0)) await server.close();
});

async function serve(options: ServerOptions = {}): Promise<FaultServer> {
  const server = await FaultServer.start(directory, options);
  servers.push(server);
  return server;
}

async function get(url: string, options: Partial<DownloadRequest> = {}): Promise<Buffer> {
  const response = await download({ url, maxBytes: 1_000_000, policy: POLICY, ...options });
  assert.equal(response.status, 200);
  return Buffer.concat(await Array.fromAsync(response.body));
}

describe("download", () => {
  it("fetches the whole where a part of it is refused with 416, and gives the part", async () => {
    const server = await serve();
    server.fault("/file", { kind: "status", status: 416, times: 1 });
    const body = await get(`${server.url}/file`, { immutable: true, from: 1000 });
    assert.deepEqual(body, CONTENT.subarray(1000));
  });

  it("does not wait for what drips where nobody wants it", { timeout: 10_000 }, async () => {
    const server = createServer((_, response) => {
      response.writeHead(200, { "content-length": "1000000" });
      const drip = setInterval(() => response.write("x"), 50);
      response.on("close", () => clearInterval(drip));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    servers.push({ close: async () => void server.close() });
    const { port } = server.address() as AddressInfo;
    const response = await download({ url: `http://127.0.0.1:${port}/`, maxBytes: 1_000_000, policy: POLICY });
    await response.discard();
  });

  it("gives status, headers, body and progress", async () => {
    const server = await serve();
    const seen: [number, number | undefined][] = [];
    const response = await download({
      url: `${server.url}/file`,
      maxBytes: 1_000_000,
      onProgress: (received, total) => seen.push([received, total]),
    });
    assert.equal(response.status, 200);
    assert.equal(response.headers["content-length"], "300000");
    assert.deepEqual(Buffer.concat(await Array.fromAsync(response.body)), CONTENT);
    assert.deepEqual(seen.at(-1), [300_000, 300_000]);
  });

  it("returns 404 as an answer, whose body may be discarded", async () => {
    const server = await serve();
    const response = await download({ url: `${server.url}/none`, maxBytes: 1000 });
    assert.equal(response.status, 404);
    await response.discard();
  });

  it("lets the reader stop in the middle", async () => {
    const server = await serve();
    const response = await download({ url: `${server.url}/file`, maxBytes: 1_000_000 });
    for await (const chunk of response.body) {
      assert.ok(chunk.length > 0);
      break;
    }
  });

  it("follows redirects", async () => {
    const server = await serve();
    server.fault("/moved", { kind: "redirect", to: "/file" });
    assert.deepEqual(await get(`${server.url}/moved`), CONTENT);
  });

  it("names a circle of redirects", async () => {
    const server = await serve();
    server.fault("/a", { kind: "redirect", to: "/b" });
    server.fault("/b", { kind: "redirect", to: "/a" });
    await assert.rejects(get(`${server.url}/a`), (error) => {
      assert.ok(isDistillError(error, "NETWORK"));
      assert.match(error.message, /redirects in a circle: .*\/a -> .*\/b -> .*\/a$/);
      return true;
    });
    assert.equal(server.requests.length, 2);
  });

  it("gives up after 10 redirects", async () => {
    const server = await serve();
    for (let step = 0; step < 20; step++) {
      server.fault(new RegExp(`/step${step}$`), { kind: "redirect", to: `/step${step + 1}` });
    }
    await assert.rejects(get(`${server.url}/step0`), /redirects more than 10 times/);
  });

  it("does not tell another origin what was meant for the first", async () => {
    const [first, second] = [await serve(), await serve()];
    first.fault("/moved", { kind: "redirect", to: `${second.url}/file` });
    await get(`${first.url}/moved`, { headers: { authorization: "Bearer abc", "x-other": "1" } });
    assert.equal(first.requests[0]?.headers.authorization, "Bearer abc");
    assert.equal(second.requests[0]?.headers.authorization, undefined);
    assert.equal(second.requests[0]?.headers["x-other"], "1");
  });

  it("tries again after 500 twice", async () => {
    const server = await serve();
    server.fault("/file", { kind: "status", status: 500, times: 2 });
    assert.deepEqual(await get(`${server.url}/file`), CONTENT);
    assert.equal(server.requests.length, 3);
  });

  it("says what the server answered when it never recovers", async () => {
    const server = await serve();
    server.fault("/file", { kind: "status", status: 503 });
    await assert.rejects(get(`${server.url}/file`), (error) => {
      assert.ok(isDistillError(error, "NETWORK"));
      assert.match(error.message, /\/file answers 503 Service Unavailable \(tried 5 times\)$/);
      assert.equal(httpStatusOf(error), 503);
      return true;
    });
  });

  it("does not wait for a server that asks for an hour", async () => {
    const server = await serve();
    server.fault("/file", { kind: "status", status: 429, headers: { "retry-after": "3600" } });
    await assert.rejects(get(`${server.url}/file`), /429 Too Many Requests/);
    assert.equal(server.requests.length, 1);
  });

  it("resumes a body that was cut, where the server can", async () => {
    const server = await serve();
    server.fault("/file", { kind: "cut", after: 100_000, times: 2 });
    assert.deepEqual(await get(`${server.url}/file`), CONTENT);
    assert.match(String(server.requests[1]?.headers["if-range"]), /^"[0-9a-f]{16}"$/);
    assert.match(server.requests[1]?.range ?? "", /^bytes=[1-9]\d*-$/);
  });

  it("resumes without a validator only what never changes", async () => {
    const server = await serve({ etags: false });
    server.fault("/file", { kind: "cut", after: 100_000, times: 1 });
    assert.deepEqual(await get(`${server.url}/file`), CONTENT);
    assert.equal(server.requests[1]?.range, undefined);
    server.fault("/file", { kind: "cut", after: 100_000, times: 1 });
    assert.deepEqual(await get(`${server.url}/file`, { immutable: true }), CONTENT);
    assert.match(server.requests[3]?.range ?? "", /^bytes=/);
  });

  it("starts over where the server serves no ranges, and delivers nothing twice", async () => {
    const server = await serve({ ranges: false });
    server.fault("/file", { kind: "cut", after: 100_000, times: 2 });
    assert.deepEqual(await get(`${server.url}/file`), CONTENT);
  });

  it("notices that the file is another one after a cut", async () => {
    const server = await serve({ ranges: false });
    server.fault("/file", { kind: "cut", after: 100_000, times: 1 });
    server.fault("/file", { kind: "flip", at: 5 });
    await assert.rejects(get(`${server.url}/file`), /changed while it was being downloaded/);
  });

  it("gives up on a body that is cut again and again", async () => {
    const server = await serve();
    server.fault("/file", { kind: "cut", after: 10 });
    await assert.rejects(get(`${server.url}/file`), /cannot get .*\/file: the connection was cut \(tried 5 times\)/);
  });

  it("does not wait for ever for a server that falls silent", async () => {
    const server = await serve();
    server.fault("/file", { kind: "stall", after: 1000 });
    await assert.rejects(
      get(`${server.url}/file`, { policy: { ...POLICY, attempts: 1, idleTimeout: 50 } }),
      /timed out/,
    );
  });

  it("refuses more bytes than allowed, announced or not", async () => {
    const server = await serve();
    await assert.rejects(get(`${server.url}/file`, { maxBytes: 299_999 }), (error) =>
      isDistillError(error, "LIMIT_EXCEEDED"),
    );
    const chunked = await listen((_, response) => {
      for (let count = 0; count < 20; count++) response.write(Buffer.alloc(1000));
      response.end();
    });
    await assert.rejects(get(chunked, { maxBytes: 10_000 }), (error) => isDistillError(error, "LIMIT_EXCEEDED"));
  });

  it("names host and reason of a server that is not there, and how to set a proxy", async () => {
    const server = await serve();
    const { url } = server;
    await server.close();
    await assert.rejects(get(`${url}/file`), (error) => {
      assert.ok(isDistillError(error, "NETWORK"));
      assert.match(error.message, /cannot get http:\/\/127\.0\.0\.1:\d+\/file: connection refused/);
      assert.match(error.hint ?? "", /http_proxy/);
      return true;
    });
  });

  it("sends the credentials of a URL and shows them nowhere", async () => {
    const server = await serve();
    const url = server.url.replace("http://", "http://user:s%3Acret@");
    await get(`${url}/file`);
    const expected = `Basic ${Buffer.from("user:s:cret").toString("base64")}`;
    assert.equal(server.requests[0]?.headers.authorization, expected);
    await server.close();
    await assert.rejects(get(`${url}/file?token=cret`), (error) => {
      assert.ok(isDistillError(error, "NETWORK"));
      assert.doesNotMatch(`${error.message} ${error.hint}`, /cret/);
      return true;
    });
  });

  it("ends with CANCELLED when its signal is aborted: while waiting, while reading", async () => {
    const server = await serve();
    server.fault("/file", { kind: "stall", after: 1000 });
    const controller = new AbortController();
    const reading = get(`${server.url}/file`, { signal: controller.signal, policy: { idleTimeout: 60_000 } });
    setTimeout(() => controller.abort(), 30);
    await assert.rejects(reading, (error) => isDistillError(error, "CANCELLED"));
    await assert.rejects(get(`${server.url}/file`, { signal: AbortSignal.abort() }), (error) =>
      isDistillError(error, "CANCELLED"),
    );
  });
});

describe("proxies", () => {
  afterEach(forgetProxies);

  for (const variable of ["http_proxy", "HTTP_PROXY"]) {
    it(`are taken from ${variable}`, async () => {
      const server = await serve();
      const seen: string[] = [];
      process.env[variable] = await proxy(seen);
      assert.deepEqual(await get(`${server.url}/file`), CONTENT);
      assert.deepEqual(seen, [`${server.url}/file`]);
    });
  }

  it("are left out for what no_proxy lists", async () => {
    const server = await serve();
    const seen: string[] = [];
    process.env.http_proxy = await proxy(seen);
    process.env.no_proxy = "example.org,127.0.0.1";
    assert.deepEqual(await get(`${server.url}/file`), CONTENT);
    assert.deepEqual(seen, []);
  });

  it("are asked for a tunnel to https addresses", async () => {
    const seen: string[] = [];
    process.env.https_proxy = await proxy(seen);
    await assert.rejects(get("https://localhost:1/file", { policy: { attempts: 1 } }), (error) =>
      isDistillError(error, "NETWORK"),
    );
    assert.deepEqual(seen, ["CONNECT localhost:1"]);
  });

  it("are named without their credentials when a request fails", async () => {
    process.env.http_proxy = "http://user:secret@127.0.0.1:1";
    await assert.rejects(get("http://example.org/file"), (error) => {
      assert.ok(isDistillError(error, "NETWORK"));
      assert.match(error.hint ?? "", /http_proxy=http:\/\/127\.0\.0\.1:1/);
      assert.doesNotMatch(`${error.message} ${error.hint}`, /secret/);
      return true;
    });
  });

  it("that are no address are refused by the variable's name", async () => {
    process.env.http_proxy = "socks5://127.0.0.1:1";
    await assert.rejects(get("http://example.org/file"), /http_proxy is not the address of an HTTP proxy/);
  });
});

async function listen(handler: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(handler);
  servers.push({
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A forward proxy that notes what it is asked for. */
async function proxy(seen: string[]): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    seen.push(incoming.url ?? "");
    httpRequest(incoming.url ?? "", { headers: incoming.headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    }).end();
  });
  server.on("connect", (incoming, socket) => {
    seen.push(`CONNECT ${incoming.url}`);
    const [host, port] = (incoming.url ?? "").split(":");
    const upstream = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n"));
    socket.on("error", () => upstream.destroy());
  });
  servers.push({
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
