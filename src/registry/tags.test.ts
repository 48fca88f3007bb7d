import assert from "node:assert/strict";
import { after, type TestContext, test } from "node:test";
import { type Fault, LyingRegistry } from "../../test/support/lying-registry.ts";
import { clientFor, SizedImage } from "../../test/support/registry-scene.ts";
import { closeHttp } from "../lib/http/agent.ts";
import { tagsOf } from "./tags.ts";

const { content } = new SizedImage(4, 1000);
const TAGS = ["1.0", "1.1", "2.0", "_x", "latest"];

after(() => closeHttp());

async function open(t: TestContext, page?: number) {
  const registry = await LyingRegistry.start(page === undefined ? {} : { page });
  t.after(() => registry.close());
  for (const tag of TAGS) await registry.hold("app", tag, content);
  return { registry, client: clientFor(registry.host) };
}

test("tags come in one answer or in several", async (t) => {
  for (const page of [undefined, 1, 2, 5]) {
    const { registry, client } = await open(t, page);
    assert.deepEqual(await tagsOf(client), TAGS);
    assert.equal(registry.asked.length, Math.ceil(TAGS.length / (page ?? TAGS.length)));
  }
});

test("a registry that gives fewer than it is asked for, and whole addresses, is followed", async (t) => {
  const { registry, client } = await open(t);
  const link = `<${registry.url}/v2/app/tags/list?n=2&last=1.1>; rel="next"`;
  registry.fault(/n=1000$/, { kind: "change", headers: { link } });
  assert.deepEqual(await tagsOf(client), TAGS);
});

test("no repository is NO_SUCH_IMAGE, and one without tags has none", async (t) => {
  const { registry, client } = await open(t);
  registry.fault("", { kind: "change", body: () => '{"name":"app","tags":null}', times: 1 });
  assert.deepEqual(await tagsOf(client), []);
  await assert.rejects(tagsOf(clientFor(registry.host, { remote: { path: "other" } })), { code: "NO_SUCH_IMAGE" });
});

const link = (to: string): Fault => ({ kind: "change", headers: { link: `<${to}>; rel="next"` } });
const body = (text: string): Fault => ({ kind: "change", body: () => text });

for (const [what, lie] of [
  ["links that lead in a circle", link("/v2/app/tags/list?n=1000")],
  ["a link to another host", link("http://127.0.0.2:1/v2/app/tags/list")],
  ["a link to https, where it was http", link("https://127.0.0.1/v2/app/tags/list")],
  ["a list that is no JSON", body("<html>")],
  ["a list of numbers", body('{"tags":[1]}')],
  ["no list", body('{"tags":"latest"}')],
  ["nothing", body("")],
  ["a tag that drives a terminal", body(JSON.stringify({ tags: ["\x1b[2J"] }))],
  ["a tag of 200 letters", body(JSON.stringify({ tags: ["x".repeat(200)] }))],
  ["a list of 5 MiB", body(" ".repeat(5 << 20))],
  ["a list without an end", { kind: "endless" }],
] as const) {
  test(`${what} in place of tags is REGISTRY`, async (t) => {
    const { registry, client } = await open(t);
    registry.fault("", lie);
    await assert.rejects(tagsOf(client), { code: "REGISTRY" });
  });
}

test("links that mean nothing are no links", async (t) => {
  for (const value of ["", "<>", '</x>; rel="prev"', "</x>", '<http://[>; rel="next"', "rel=next"]) {
    const { registry, client } = await open(t);
    registry.fault("", { kind: "change", headers: { link: value } });
    assert.deepEqual(await tagsOf(client), TAGS, value);
    assert.equal(registry.asked.length, 1);
  }
});
