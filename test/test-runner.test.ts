import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";

const RUNNER = join(dirname(fileURLToPath(import.meta.url)), "../scripts/test.ts");
const IMPORT = 'import { describe, test } from "node:test"; import assert from "node:assert/strict";\n';

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "test-runner-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

interface Run {
  readonly status: number | null;
  readonly text: string;
  readonly lastLine: string;
}

async function runnerOver(files: Readonly<Record<string, string>>, timeout = "60"): Promise<Run> {
  for (const [name, body] of Object.entries(files)) await writeFile(join(folder, name), IMPORT + body);
  const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
  const child = spawn(process.execPath, [RUNNER, folder], {
    env: { ...environment, DISTILL_TEST_TIMEOUT: timeout },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const status = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { status, text, lastLine: text.trimEnd().split("\n").at(-1) ?? "" };
}

test("passed, failed and skipped tests are counted, the last two with their reasons", async () => {
  const { status, text, lastLine } = await runnerOver({
    "a.test.ts": `
      test("good", () => {});
      test("no tool", { skip: "needs xz" }, () => {});
      describe("group", () => { test("inner", () => {}); test("bad", () => { assert.equal(1, 2); }); });`,
    "b.test.ts": 'test("later", { todo: "not yet" }, () => { throw new Error("no"); });',
  });
  assert.equal(lastLine, "2 passed, 1 failed, 2 skipped");
  assert.equal(status, 1);
  assert.match(text, /no tool \(needs xz\)/);
  assert.match(text, /later \(not yet\)/);
  assert.match(text, /not ok: bad .*a\.test\.ts:\d+\)[\s\S]*1 !== 2/);
});

test("only passed tests end with status 0", async () => {
  const { status, lastLine } = await runnerOver({ "a.test.ts": 'test("good", () => {});' });
  assert.equal(lastLine, "1 passed, 0 failed, 0 skipped");
  assert.equal(status, 0);
});

for (const [what, body] of [
  ["holds no test", "console.log(assert.equal.length, describe.length, test.length);"],
  ["ends its process during a test", 'test("one", () => {}); test("two", () => process.exit(0));'],
  ["throws while it is loaded", 'test("one", () => {}); throw new Error("at load");'],
  ["is no TypeScript", "const ="],
] as const) {
  test(`a file that ${what} is a failure`, async () => {
    const { status, lastLine } = await runnerOver({ "a.test.ts": body });
    assert.match(lastLine, /, 1 failed, 0 skipped$/);
    assert.equal(status, 1);
  });
}

test("a file that hangs is killed and the running test named", async () => {
  const { status, text, lastLine } = await runnerOver(
    {
      "a.test.ts": 'test("one", () => {}); test("endless", () => new Promise(() => { setInterval(() => {}, 1000); }));',
    },
    "1",
  );
  assert.equal(lastLine, "1 passed, 1 failed, 0 skipped");
  assert.match(text, /killed after 1 s, while running: endless/);
  assert.equal(status, 1);
});

test("a process that outlives its test is named", async () => {
  const { text, status } = await runnerOver({
    "a.test.ts": `
      import { spawn } from "node:child_process";
      test("good", () => { spawn("sleep", ["3.21"], { detached: true, stdio: "ignore" }).unref(); });`,
  });
  assert.match(text, /Still running, started by a test:\n {2}\d+ sleep 3\.21/);
  assert.equal(status, 0);
});

test("a filter that matches nothing is a failure", async () => {
  const { status, lastLine } = await runnerOver({});
  assert.equal(lastLine, "0 passed, 0 failed, 0 skipped");
  assert.equal(status, 1);
});
