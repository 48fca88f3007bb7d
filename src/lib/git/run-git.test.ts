import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { test } from "node:test";
import { unlessTools } from "../../../test/support/tools.ts";
import { isDistillError } from "../errors.ts";
import { gitEnvironment } from "./environment.ts";
import { remoteFailure } from "./failure.ts";
import { parseRemote } from "./remote.ts";
import { Git, GitFailure } from "./run-git.ts";

const skip = unlessTools("git");
const REMOTE = parseRemote("https://me:hunter2@h/a.git");

function withVariable(name: string, value: string, use: () => Promise<void>): Promise<void> {
  const saved = process.env[name];
  process.env[name] = value;
  return use().finally(() => {
    if (saved === undefined) delete process.env[name];
    else process.env[name] = saved;
  });
}

test("output is given, failures carry what git said", { skip }, async () => {
  const git = new Git();
  assert.match((await git.output(["--version"])).toString(), /^git version/);
  await assert.rejects(git.output(["no-such-command"]), (error) => {
    assert.ok(error instanceof GitFailure);
    assert.match(error.said, /no-such-command/);
    return true;
  });
});

test("input goes in, also more than a pipe holds", { skip }, async () => {
  const input = Buffer.alloc(1 << 20, "a");
  const hash = await new Git().output(["hash-object", "--stdin"], { input });
  assert.match(hash.toString(), /^[0-9a-f]{40}\n$/);
});

test("without git, the package that has it is named", async () => {
  await withVariable("PATH", "/nonexistent", async () => {
    await assert.rejects(new Git().output(["--version"]), (error) => {
      assert.ok(isDistillError(error, "ENVIRONMENT"));
      assert.match(error.hint ?? "", /apt-get install git/);
      return true;
    });
  });
});

test("more output than is read ends git", { skip }, async () => {
  await assert.rejects(new Git().output(["help", "-a"], { maxOutput: 10 }), { code: "LIMIT_EXCEEDED" });
});

test("a server that says nothing is given up, and one that is aborted ends at once", { skip }, async (t) => {
  const sockets: { destroy(): void }[] = [];
  const server = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = `git://127.0.0.1:${(server.address() as AddressInfo).port}/a`;
  await assert.rejects(new Git().output(["ls-remote", address], { silence: 200 }), { code: "NETWORK" });
  const signal = AbortSignal.timeout(200);
  await assert.rejects(new Git().output(["ls-remote", address], { signal }), { code: "CANCELLED" });
});

test("transports that were not allowed are refused by git as well", { skip }, async () => {
  for (const address of ["file:///etc", "/etc", "ext::true"]) {
    await assert.rejects(new Git().output(["ls-remote", address]), (error) => {
      assert.ok(error instanceof GitFailure);
      assert.match(error.said, /not allowed|does not appear to be a git repository/);
      return true;
    });
  }
});

test("git sees no configuration, no agent and no prompt unless it is lent one", async () => {
  await withVariable("SSH_AUTH_SOCK", "/agent", async () => {
    await withVariable("GIT_SSH_COMMAND", "evil", async () => {
      const plain = gitEnvironment({});
      assert.equal(plain.SSH_AUTH_SOCK, undefined);
      assert.match(plain.GIT_SSH_COMMAND ?? "", /^ssh -F .*IdentityFile=none.*IdentityAgent=none/);
      assert.equal(plain.GIT_TERMINAL_PROMPT, "0");
      assert.equal(plain.GIT_ALLOW_PROTOCOL, "http:https:git:ssh");
      const lent = gitEnvironment({ sshAgent: "/lent" });
      assert.equal(lent.SSH_AUTH_SOCK, "/lent");
      assert.match(lent.GIT_SSH_COMMAND ?? "", /IdentityAgent=SSH_AUTH_SOCK/);
    });
  });
});

test("failures are told as what they mean, without passwords", () => {
  for (const [said, code] of [
    ["fatal: unable to access 'https://h/': Could not resolve host: h", "NETWORK"],
    ["fatal: could not read Username for 'https://h': terminal prompts disabled", "UNAUTHORIZED"],
    ["fatal: Authentication failed for 'https://h/a.git/'", "UNAUTHORIZED"],
    ["git@h: Permission denied (publickey).", "UNAUTHORIZED"],
    ["fatal: unable to access 'x': The requested URL returned error: 403", "UNAUTHORIZED"],
    ["fatal: write error: No space left on device", "DISK_FULL"],
    ["error: cannot run ssh: No such file or directory", "ENVIRONMENT"],
    ["Host key verification failed.", "NETWORK"],
    ["remote: you sent hunter2, and that is wrong", "NETWORK"],
    ["", "NETWORK"],
  ] as const) {
    const error = remoteFailure(new GitFailure(128, said), REMOTE);
    assert.ok(isDistillError(error, code), said);
    assert.ok(error.message.includes("https://h/a.git"));
    assert.doesNotMatch(`${error.message}${error.hint}`, /hunter2/);
  }
  const other = new Error("x");
  assert.equal(remoteFailure(other, REMOTE), other);
});
