import assert from "node:assert/strict";
import { chmodSync, mkdirSync, statSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { lendAgent } from "./lent-agent.ts";

test("a lent agent answers under a socket of its own, however long its path, and ends with the loan", async (t) => {
  const directory = temporaryDirectory(t);
  const agent = join(directory, "agent");
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    text(socket).then((said) => socket.end(`heard ${said}`));
  });
  await new Promise<void>((done) => server.listen(agent, done));
  t.after(() => server.close());
  chmodSync(agent, 0o640);
  const deep = join(directory, "d".repeat(120));
  mkdirSync(deep);
  const lent = await lendAgent(agent, deep, "lent");
  assert.equal(lent.path, join(deep, "lent"));
  chmodSync(lent.path, 0o666);
  assert.equal(statSync(agent).mode & 0o777, 0o640);
  const said = await askThrough(deep, "lent", "a question");
  assert.equal(said, "heard a question");
  await lent[Symbol.asyncDispose]();
  await assert.rejects(askThrough(deep, "lent", "anybody?"), /ENOENT|ECONNREFUSED/);
});

async function askThrough(directory: string, name: string, question: string): Promise<string> {
  const before = process.cwd();
  process.chdir(directory);
  try {
    const client = createConnection({ path: name, allowHalfOpen: true });
    await new Promise((resolve, reject) => client.once("connect", resolve).once("error", reject));
    client.end(question);
    return await text(client);
  } finally {
    process.chdir(before);
  }
}
