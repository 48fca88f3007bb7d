import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { type Scripted, ScriptedRegistry } from "../../test/support/scripted-registry.ts";
import { isDistillError } from "../lib/errors.ts";
import { closeHttp } from "../lib/http/agent.ts";
import { readPages } from "./pages.ts";
import { tagsOf } from "./tags.ts";

let registry: ScriptedRegistry;

before(async () => {
  registry = await ScriptedRegistry.start();
});
beforeEach(() => {
  registry.requests.length = 0;
});
after(async () => {
  await closeHttp();
  registry.stop();
});

const next = (target: string): Record<string, string> => ({ link: `<${target}>; rel="next"` });
const list = (tags: unknown, headers: Record<string, string> = {}): Scripted => ({
  ...{ headers: { "content-type": "application/json", ...headers } },
  body: JSON.stringify({ name: "app", tags }),
});

/** Answers the n-th request with the n-th of these, and then with the last. */
function inTurn(...answers: readonly Scripted[]): void {
  let turn = 0;
  registry.answer = () => answers[Math.min(turn++, answers.length - 1)];
}

const fails = (message: RegExp) => (error: unknown) => isDistillError(error, "REGISTRY") && message.test(error.message);

describe("tags on several pages", () => {
  test("are put together, each once", async () => {
    inTurn(list(["c", "a"], next("/v2/app/tags/list?last=a&n=2")), list(["b", "a"], next("?last=b")), list([]));
    assert.deepEqual(await tagsOf(registry.client()), ["a", "b", "c"]);
    assert.deepEqual(
      registry.requests.map(({ path }) => path),
      ["/v2/app/tags/list?n=1000", "/v2/app/tags/list?last=a&n=2", "/v2/app/tags/list?last=b"],
    );
  });

  test("go on at an absolute address of the same registry", async () => {
    inTurn(list(["a"], next(`http://${registry.host}/elsewhere?n=1`)), list(["b"]));
    assert.deepEqual(await tagsOf(registry.client()), ["a", "b"]);
  });

  test("end at a page without tags", async () => {
    inTurn(list(["a"], next("?last=a")), list(null));
    assert.deepEqual(await tagsOf(registry.client()), ["a"]);
  });

  test("do not go on for a link that only looks like one", async () => {
    inTurn(list(["a"], { link: '</v2/app/tags/list?last=a>; rel="next-page"' }), list(["b"]));
    assert.deepEqual(await tagsOf(registry.client()), ["a"]);
  });
});

describe("pages are refused", () => {
  for (const [title, target] of [
    ["at another port", "http://127.0.0.1:1/v2/app/tags/list"],
    ["at another host", "//registry.example/v2/app/tags/list"],
    ["of another scheme", "file:///etc/passwd"],
  ] as const) {
    test(`that go on ${title}, which is never asked`, async () => {
      inTurn(list(["a"], next(target)));
      await assert.rejects(tagsOf(registry.client()), fails(/leads on to another host/));
      assert.equal(registry.requests.length, 1);
    });
  }

  test("that lead to themselves, without being asked again", async () => {
    inTurn(list(["a"], next("/v2/app/tags/list?n=1000")));
    await assert.rejects(tagsOf(registry.client()), fails(/in a circle/));
    assert.equal(registry.requests.length, 1);
  });

  test("that lead in a circle", async () => {
    inTurn(list(["a"], next("?p=1")), list(["b"], next("?p=2")), list(["c"], next("?p=1")));
    await assert.rejects(tagsOf(registry.client()), fails(/in a circle/));
    assert.equal(registry.requests.length, 3);
  });

  test("that have more than 4 MiB", async () => {
    inTurn({ body: `{"tags":["${"x".repeat(4 << 20)}"]}` });
    await assert.rejects(tagsOf(registry.client()), fails(/more than 4 MiB|too long/));
  });

  test("that have more than 64 MiB together", async () => {
    const body = Buffer.from(`{"tags":[${" ".repeat((4 << 20) - 100)}]}`);
    let page = 0;
    registry.answer = () => ({ headers: next(`?p=${++page}`), body });
    await assert.rejects(tagsOf(registry.client()), fails(/more than 64 MiB/));
    assert.equal(registry.requests.length, 17);
  });

  for (const [title, body] of [
    ["no JSON", "<html>"],
    ["a list", "[]"],
    ["without tags", "{}"],
    ["with a number among the tags", '{"tags":["a",1]}'],
    ["with a map of tags", '{"tags":{"a":1}}'],
  ] as const) {
    test(`that are ${title}`, async () => {
      inTurn({ headers: { "content-type": "application/json" }, body });
      await assert.rejects(tagsOf(registry.client()), fails(/not JSON|no list of tags/));
    });
  }
});

test("a failure in the middle is told, and not taken for the end", async () => {
  inTurn(list(["a"], next("?p=1")), { status: 403 });
  await assert.rejects(tagsOf(registry.client()), (error) => isDistillError(error, "UNAUTHORIZED"));
});

test("pages that nobody wants any more are not asked for", async () => {
  let page = 0;
  registry.answer = () => list([], next(`?p=${++page}`));
  for await (const { response } of readPages(registry.client(), "tags/list")) {
    await response.discard();
    if (registry.requests.length === 3) break;
  }
  assert.equal(registry.requests.length, 3);
});
