import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { writeLayout } from "../../src/image/layout-sink.ts";
import { type Identity, makeRoot, makeServer } from "../support/certificates.ts";
import { type CliOptions, type CliRun, distill, MAIN, NODE } from "../support/cli.ts";
import { MemoryBlobs } from "../support/contents.ts";
import { writeHelper } from "../support/credential-helper.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { runProgram } from "../support/engine.ts";
import { Registry, unlessRegistry } from "../support/registry.ts";
import { TokenServer } from "../support/token-server.ts";
import { unlessTools } from "../support/tools.ts";

const PASSWORD = "pass wörd";
const directory = makeTemporaryDirectory();
const at = (name: string): string => join(directory.path, name);
const config = at("docker/config.json");
const env = {
  ...{ DISTILL_HOME: at("home"), DOCKER_CONFIG: at("docker"), HOME: at("user"), XDG_RUNTIME_DIR: at("run") },
  ...{ REGISTRY_AUTH_FILE: undefined, XDG_CONFIG_HOME: undefined, PATH: `${at("bin")}:${process.env.PATH}` },
};
const saved = (): { auths?: Record<string, { auth?: string; identitytoken?: string }> } =>
  JSON.parse(readFileSync(config, "utf8"));

/** Runs distill with something to read; `PATH` and the files are the test's own. */
async function signIn(args: readonly string[], input: string, more: CliOptions["env"] = {}): Promise<CliRun> {
  const file = at("input");
  writeFileSync(file, input);
  const through = ["sh", "-c", `exec "$@" <'${file}'`, "sh"];
  const run = await distill(args, { env: { ...env, ...more }, through });
  for (const secret of [PASSWORD, "wrong one", "wrong%20one"]) {
    assert.ok(!`${run.stdout}${run.stderr}`.includes(secret), "a password was printed");
  }
  return run;
}

beforeEach(() => {
  for (const name of ["docker", "user", "run", "bin"]) {
    rmSync(at(name), { recursive: true, force: true });
    mkdirSync(at(name), { recursive: true });
  }
});
after(() => directory.remove());

describe("a registry with TLS and passwords", { skip: unlessRegistry("openssl", "perl") }, () => {
  let registry: Registry;
  let trusting: Record<string, string>;

  before(async () => {
    makeRoot(directory.path, "root");
    const tls = makeServer(directory.path, "root");
    registry = await Registry.start({ tls, htpasswd: { me: PASSWORD } });
    trusting = { NODE_EXTRA_CA_CERTS: at("root.crt") };
  });
  after(() => registry.stop());

  const login = (password: string, ...args: readonly string[]): Promise<CliRun> =>
    signIn(["login", "-u", "me", "--password-stdin", ...args, registry.host], password, trusting);

  test("lets the right password in, and it is kept in docker's file", async () => {
    const run = await login(`${PASSWORD}\n`);
    assert.equal(run.status, 0, run.stderr);
    assert.equal(run.stdout, `${registry.host}: signed in as me\n`);
    assert.match(run.stderr, /docker\/config\.json, not encrypted/);
    const auth = Buffer.from(`me:${PASSWORD}`).toString("base64");
    assert.deepEqual(saved(), { auths: { [registry.host]: { auth } } });

    const again = await signIn(["login", `https://${registry.host}/`], "", trusting);
    assert.equal(again.stdout, `${registry.host}: signed in already as me\n`);
    const out = await signIn(["logout", registry.host], "");
    assert.equal(out.stdout, `${registry.host}: signed out\n`);
    assert.deepEqual(saved(), { auths: {} });
    const nobody = await signIn(["logout", registry.host], "");
    assert.equal(nobody.status, 0);
    assert.equal(nobody.stdout, `${registry.host}: was not signed in\n`);
  });

  test("refuses a wrong one: status 4, what to do, and nothing is kept", async () => {
    const run = await login("wrong one", "--tls-verify=true");
    assert.equal(run.status, 4);
    assert.match(run.stderr, /does not accept/);
    assert.match(run.stderr, new RegExp(`hint: .*distill login ${registry.host}`));
    assert.match(run.stderr, /code: UNAUTHORIZED/);
    assert.throws(saved);
  });

  test("is not trusted without its authority, unless that is asked for", async () => {
    const args = ["login", "-u", "me", "--password-stdin", registry.host];
    const run = await signIn(args, PASSWORD);
    assert.equal(run.status, 4);
    assert.match(run.stderr, /code: NETWORK/);
    assert.equal((await signIn([...args, "--tls-verify=false"], PASSWORD)).status, 0);
  });

  test("is signed in to with the helper that docker's file names", async () => {
    writeHelper(at("bin"), "keeper");
    writeFileSync(config, JSON.stringify({ credsStore: "keeper" }));
    const run = await login(PASSWORD);
    assert.equal(run.status, 0, run.stderr);
    assert.match(run.stderr, /kept by docker-credential-keeper/);
    assert.deepEqual(saved(), { credsStore: "keeper", auths: { [registry.host]: {} } });
    const again = await signIn(["login", registry.host], "", trusting);
    assert.match(again.stdout, /signed in already as me/);
    assert.match((await signIn(["logout", "--all"], "")).stdout, /: signed out\n$/);
    assert.deepEqual(saved(), { credsStore: "keeper", auths: {} });
  });

  test("an old login that is refused now ends in status 4 where nobody can be asked", async () => {
    const auth = Buffer.from("me:old").toString("base64");
    writeFileSync(config, JSON.stringify({ auths: { [registry.host]: { auth } } }));
    const run = await signIn(["login", registry.host], "", trusting);
    assert.equal(run.status, 4);
    assert.match(run.stderr, /UNAUTHORIZED/);
  });

  const PTY = { skip: unlessTools("python3") };

  test("asks at a terminal, and does not show the password", PTY, async () => {
    const { status, shown } = await atTerminal(
      [registry.host],
      [
        ["user name: ", "me\n"],
        ["password of me: ", `x\x7f${PASSWORD}\x1b[D\r`],
      ],
      trusting,
    );
    assert.equal(status, 0, shown);
    assert.match(shown, /signed in as me/);
    assert.ok(!shown.includes(PASSWORD));
    assert.deepEqual(Object.keys(saved().auths ?? {}), [registry.host]);
  });

  test("ends with 130 at Ctrl-C, and the terminal is as it was", PTY, async () => {
    const { status, shown } = await atTerminal(["-u", "me", registry.host], [["password of me: ", "\x03"]], trusting);
    assert.equal(status, 130, shown);
    assert.match(shown, /echo is on/);
  });
});

/** Runs `distill login` on a terminal of its own and types answers to what it asks. */
async function atTerminal(
  args: readonly string[],
  answers: readonly (readonly [question: string, answer: string])[],
  more: Readonly<Record<string, string>>,
): Promise<{ readonly status: number; readonly shown: string }> {
  const script = `
import os, pty, sys, json, termios
args, answers = json.loads(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    os.execv(args[0], args)
shown, at = b"", 0
while True:
    try:
        part = os.read(fd, 4096)
    except OSError:
        break
    if not part:
        break
    shown += part
    if answers and answers[0][0].encode() in shown[at:]:
        at = len(shown)
        os.write(fd, answers.pop(0)[1].encode())
    if b"code: CANCELLED" in shown and termios.tcgetattr(fd)[3] & termios.ECHO:
        shown += b" echo is on"
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(json.dumps([os.waitstatus_to_exitcode(status), shown.decode()]).encode())
`;
  const command = [NODE, MAIN, "login", ...args];
  const child = spawn("python3", ["-c", script, JSON.stringify([command, answers])], {
    env: { ...process.env, ...env, ...more, TERM: "xterm" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
  });
  await new Promise((resolve) => child.on("close", resolve));
  const [status, shown] = JSON.parse(text) as [number, string];
  return { status, shown };
}

describe("a registry with a token server", { skip: unlessRegistry("openssl") }, () => {
  let signer: Identity;
  let tokens: TokenServer;
  let registry: Registry;

  before(async () => {
    signer = makeRoot(directory.path, "tokens");
    tokens = await TokenServer.start({ signer, users: { me: PASSWORD }, refreshTokens: { "identity-of-me": "me" } });
    registry = await Registry.start({ token: tokens.trust });
  });
  after(async () => {
    await registry.stop();
    await tokens.stop();
  });
  beforeEach(() => {
    tokens.asked.length = 0;
  });

  test("lets the right password in and refuses a wrong one", async () => {
    const args = ["login", "-u", "me", "--password-stdin", registry.host];
    const wrong = await signIn(args, "wrong one");
    assert.equal(wrong.status, 4);
    assert.match(wrong.stderr, /does not accept/);
    assert.throws(saved);
    const right = await signIn(args, PASSWORD);
    assert.equal(right.status, 0, right.stderr);
    assert.deepEqual(
      tokens.asked.map(({ method, user, status }) => [method, user, status]),
      [
        ["GET", undefined, 401],
        ["GET", "me", 200],
      ],
    );
  });

  test("lets strangers pull and not push, where its token server says so", async () => {
    const open = await TokenServer.start({ signer, users: { me: PASSWORD }, anonymous: ["pull"] });
    const half = await Registry.start({ token: open.trust });
    try {
      const blobs = new MemoryBlobs();
      await writeLayout(blobs.content(blobs.image("gzip", [1, 2])), at("layout"), { tag: "x" });
      const push = ["copy", "-q", `oci:${at("layout")}:x`, `docker://${half.host}/team/app:1`];
      const refused = await signIn(push, "");
      assert.equal(refused.status, 4, refused.stderr);
      assert.match(refused.stderr, new RegExp(`distill login ${half.host}[^]*code: UNAUTHORIZED`));
      await signIn(["login", "-u", "me", "--password-stdin", half.host], PASSWORD);
      const pushed = await signIn(push, "");
      assert.equal(pushed.status, 0, pushed.stderr);
      await signIn(["logout", half.host], "");
      const pulled = await signIn(["copy", "-q", `docker://${half.host}/team/app:1`, `oci:${at("back")}:x`], "");
      assert.equal(pulled.status, 0, pulled.stderr);
      assert.equal(pulled.stdout, pushed.stdout);
      assert.equal(open.asked.at(-1)?.user, undefined);
    } finally {
      await half.stop();
      await open.stop();
    }
  });

  test("is used with the identity token that docker login has kept", { skip: unlessTools("docker") }, async () => {
    const docker = await runProgram("sh", [
      "-c",
      `printf %s '${PASSWORD}' | DOCKER_HOST=unix:///nonexistent DOCKER_CONFIG='${at("docker")}' docker login -u me --password-stdin ${registry.host}`,
    ]);
    assert.equal(docker.status, 0, docker.stderr);
    assert.equal(saved().auths?.[registry.host]?.identitytoken, "identity-of-me");
    tokens.asked.length = 0;
    const run = await signIn(["login", registry.host], "");
    assert.equal(run.status, 0, run.stderr);
    assert.deepEqual(
      tokens.asked.map(({ method, user }) => [method, user]),
      [["POST", "me"]],
    );
  });
});

describe("logins are shared", { skip: unlessRegistry("skopeo", "perl") }, () => {
  let registry: Registry;

  before(async () => {
    registry = await Registry.start({ htpasswd: { me: PASSWORD } });
  });
  after(() => registry.stop());

  /** Without DOCKER_CONFIG skopeo has a file of its own. */
  const own = { DOCKER_CONFIG: undefined, HOME: at("user") };
  const shell = (script: string, more: Readonly<Record<string, string | undefined>> = {}) =>
    runProgram("sh", ["-c", script], { env: { ...process.env, ...env, HOST: registry.host, PASSWORD, ...more } });

  test("distill is signed in where skopeo is, and says so when it signs out", async () => {
    const command = 'printf %s "$PASSWORD" | skopeo login --tls-verify=false -u me --password-stdin "$HOST"';
    const ran = await shell(command, own);
    assert.equal(ran.status, 0, ran.stderr);
    const again = await signIn(["login", registry.host], "", own);
    assert.equal(again.stdout, `${registry.host}: signed in already as me\n`);
    const out = await signIn(["logout", registry.host], "", own);
    assert.equal(out.stdout, `${registry.host}: was not signed in\n`);
    assert.match(out.stderr, /another file has a login .* skopeo logout/);
  });

  test("skopeo and docker are signed in where distill is", { skip: unlessTools("docker") }, async () => {
    const nobody = await shell('docker manifest inspect --insecure "$HOST/none:1"');
    assert.match(nobody.stderr, /unauthorized|authentication required|no basic auth/i);
    const run = await signIn(["login", "-u", "me", "--password-stdin", registry.host], PASSWORD);
    assert.equal(run.status, 0, run.stderr);
    const asked = await shell('skopeo login --get-login "$HOST"');
    assert.equal(asked.stdout.trim(), "me", asked.stderr);
    const tags = await shell('skopeo list-tags --tls-verify=false "docker://$HOST/none"');
    assert.match(tags.stderr, /repository name not known|name unknown|404/i);
    const docker = await shell('docker manifest inspect --insecure "$HOST/none:1"');
    assert.match(docker.stderr, /no such manifest|manifest unknown/i);
    const out = await shell('docker logout "$HOST"');
    assert.equal(out.status, 0, out.stderr);
    assert.equal((await signIn(["logout", registry.host], "")).stdout, `${registry.host}: was not signed in\n`);
  });
});

describe("the command line", () => {
  const refused: readonly (readonly [args: readonly string[], why: RegExp])[] = [
    [["login", "-u", "me", "-p", "wrong one", "ghcr.io"], /can be read by everybody/],
    [["login", "--password-stdin", "ghcr.io"], /whose password/],
    [["login", "-u", "me", "ghcr.io"], /no terminal/],
    [["login", "-u", "me", "--password-stdin", "ghcr.io"], /no password on standard input/],
    [["login", "ghcr.io/me"], /whole registry/],
    [["login", "ubuntu"], /no host name/],
    [["login", "https://me:wrong%20one@ghcr.io"], /holds a user name/],
    [["login", "bad host"], /no host name/],
    [["login"], /missing required argument/],
    [["logout"], /no registry is named/],
    [["logout", "--all", "ghcr.io"], /a registry are named/],
  ];
  for (const [args, why] of refused) {
    test(`distill ${args.join(" ")} is refused with status 2`, async () => {
      const run = await signIn(args, "");
      assert.equal(run.status, 2, run.stderr);
      assert.match(run.stderr, why);
    });
  }

  test("a damaged file of docker's is named", async () => {
    writeFileSync(config, '{"auths": {"ghcr.io": {"auth": "wrong one"');
    const run = await signIn(["--trace", "logout", "ghcr.io"], "");
    assert.equal(run.status, 2);
    assert.match(run.stderr, /docker\/config\.json is not JSON: line 1, column \d+/);
  });
});

test("a registry that lets everybody in is told from one that checked", { skip: unlessRegistry() }, async () => {
  const registry = await Registry.start();
  try {
    const run = await signIn(["login", "-u", "me", "--password-stdin", registry.host], PASSWORD);
    assert.equal(run.status, 0);
    assert.match(run.stderr, /warning: .* lets everybody in/);
  } finally {
    await registry.stop();
  }
});
