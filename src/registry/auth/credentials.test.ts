import assert from "node:assert/strict";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { writeHelper } from "../../../test/support/credential-helper.ts";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { Credential } from "./credential.ts";
import { findCredential, type LookupOptions } from "./credentials.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const password = (username: string, secret = "secret"): Credential => ({
  kind: "password",
  username,
  password: secret,
});

/** A home of the test's own, with docker's file or files by path below it. */
class Home {
  readonly path: string;
  readonly warnings: string[] = [];
  readonly environment: Record<string, string>;

  constructor(test: TestContext, files: object | Readonly<Record<string, object | string>>) {
    this.path = temporaryDirectory(test);
    const paths = Object.keys(files).some((key) => key.endsWith(".json")) ? files : { ".docker/config.json": files };
    for (const [path, content] of Object.entries(paths)) this.write(path, content);
    this.environment = { HOME: this.path, PATH: join(this.path, "bin"), XDG_RUNTIME_DIR: join(this.path, "run") };
    mkdirSync(join(this.path, "bin"));
  }

  write(path: string, content: object | string): void {
    const file = join(this.path, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
  }

  helper(name: string, body?: string): void {
    writeHelper(join(this.path, "bin"), name, body);
  }

  secret(helper: string, key: string, username: string, secret: string): void {
    this.write(`bin/${helper}.d/${key.replace(/[^A-Za-z0-9.]/g, "_")}`, {
      ServerURL: key,
      Username: username,
      Secret: secret,
    });
  }

  calls(name: string): readonly string[] {
    return readFileSync(join(this.path, "bin", `${name}.calls`), "utf8")
      .trim()
      .split("\n");
  }

  find(key: string, options: Partial<LookupOptions> = {}): Promise<Credential | undefined> {
    return findCredential(key, {
      ...{ warn: (text) => this.warnings.push(text), signal: undefined, environment: this.environment },
      ...options,
    });
  }
}

describe("an entry of a file", () => {
  const entries: readonly (readonly [what: string, entry: object | null, expected: Credential | undefined])[] = [
    ["has both in base64", { auth: base64("me:p:ä") }, password("me", "p:ä")],
    ["has them apart", { username: "me", password: "secret" }, password("me")],
    ["ends in zero bytes", { auth: base64("me:secret\0\0") }, password("me")],
    [
      "has an identity token",
      { auth: base64("me:"), identitytoken: "t" },
      { kind: "identity", username: "me", token: "t" },
    ],
    ["has nothing but one", { identitytoken: "t" }, { kind: "identity", username: undefined, token: "t" }],
    ["hides one in a password", { auth: base64("<token>:t") }, { kind: "identity", username: undefined, token: "t" }],
    ["has a registry token", { registrytoken: "r", auth: base64("me:x") }, { kind: "registry-token", token: "r" }],
    ["is empty", {}, undefined],
    ["is null", null, undefined],
  ];
  for (const [what, entry, expected] of entries) {
    test(what, async (t) => assert.deepEqual(await new Home(t, { auths: { host: entry } }).find("host/x"), expected));
  }
});

test("a file that may not be read is warned about, and the next is asked", async (t) => {
  const home = new Home(t, { "run/containers/auth.json": { auths: { host: { auth: base64("me:secret") } } } });
  // A link to itself: root may read everything else.
  mkdirSync(join(home.path, ".docker"));
  symlinkSync("config.json", join(home.path, ".docker", "config.json"));
  assert.deepEqual(await home.find("host"), password("me"));
  assert.match(home.warnings[0] ?? "", /config\.json failed: .*: its logins are not used/);
});

test("the most exact key wins", async (t) => {
  const auth = (name: string): object => ({ auth: base64(`${name}:secret`) });
  const home = new Home(t, {
    auths: {
      ...{ "host:5000": auth("registry"), "host:5000/team": auth("team"), "host:5000/team/app": auth("app") },
      ...{
        "https://old.example/v1/": auth("old"),
        "https://index.docker.io/v1/": auth("hub"),
        "docker.io/me": auth("mine"),
      },
    },
  });
  const named = async (key: string): Promise<string | undefined> => {
    const found = await home.find(key);
    return found?.kind === "password" ? found.username : undefined;
  };
  assert.equal(await named("host:5000/team/app"), "app");
  assert.equal(await named("host:5000/team/app/part"), "app");
  assert.equal(await named("host:5000/team/application"), "team");
  assert.equal(await named("host:5000/other"), "registry");
  assert.equal(await named("old.example/x"), "old");
  assert.equal(await named("docker.io/library/x"), "hub");
  assert.equal(await named("registry-1.docker.io"), "hub");
  assert.equal(await named("docker.io/me/x"), "mine");
  assert.equal(await named("host"), undefined);
  assert.equal(await named("host:50001"), undefined);
  assert.equal(await named("evil-host:5000"), undefined);
});

test("files are asked in docker's and containers' order, and a file that knows nothing is passed over", async (t) => {
  const file = (user: string, ...hosts: readonly string[]): object => ({
    auths: Object.fromEntries(hosts.map((host) => [host, { auth: base64(`${user}:secret`) }])),
  });
  const home = new Home(t, {
    "docker/config.json": file("docker", "a"),
    "named.json": file("named", "a", "b"),
    "run/containers/auth.json": file("run", "a", "b", "c"),
    ".config/containers/auth.json": file("config", "a", "b", "c", "d"),
    "xdg/containers/auth.json": file("xdg", "d"),
    ".docker/config.json": file("default", "a", "e"),
  });
  const environment = {
    ...home.environment,
    ...{ DOCKER_CONFIG: join(home.path, "docker"), REGISTRY_AUTH_FILE: join(home.path, "named.json") },
  };
  const users = async (changes: Record<string, string> = {}): Promise<readonly unknown[]> =>
    Promise.all(
      ["a", "b", "c", "d", "e"].map(async (key) => {
        const found = await home.find(key, { environment: { ...environment, ...changes } });
        return found?.kind === "password" ? found.username : found;
      }),
    );
  assert.deepEqual(await users(), ["docker", "named", "run", "config", undefined]);
  assert.deepEqual(await users({ XDG_CONFIG_HOME: join(home.path, "xdg") }), [
    "docker",
    "named",
    "run",
    "xdg",
    undefined,
  ]);
  assert.deepEqual(await users({ DOCKER_CONFIG: "" }), ["default", "named", "run", "config", "default"]);
  assert.deepEqual(await users({ DOCKER_CONFIG: "/nowhere", REGISTRY_AUTH_FILE: "" }), [
    "run",
    "run",
    "run",
    "config",
    undefined,
  ]);
});

describe("a credential helper", () => {
  test("for the registry comes before the one for all, and that before the file", async (t) => {
    const home = new Home(t, {
      credHelpers: { "own.example": "own" },
      credsStore: "all",
      auths: {
        "own.example": { auth: base64("file:x") },
        "file.example": { auth: base64("file:x") },
        "all.example": {},
      },
    });
    for (const name of ["own", "all"]) home.helper(name);
    home.secret("own", "own.example", "own", "secret");
    home.secret("all", "own.example", "all", "secret");
    home.secret("all", "all.example", "all", "secret");
    home.secret("all", "https://index.docker.io/v1/", "<token>", "t");
    assert.deepEqual(await home.find("own.example/x"), password("own"));
    assert.deepEqual(await home.find("all.example/x/y"), password("all"));
    assert.deepEqual(await home.find("file.example"), password("file", "x"));
    assert.deepEqual(await home.find("docker.io/x"), { kind: "identity", username: undefined, token: "t" });
    assert.equal(await home.find("other.example"), undefined);
    assert.deepEqual(home.warnings, []);
    assert.deepEqual(home.calls("own"), ["get"]);
  });

  const failures: readonly (readonly [what: string, body: string, warning: RegExp])[] = [
    ["fails", 'echo "the secret is locked"; exit 3', /docker-credential-x ended with status 3/],
    ["is killed", "kill -9 $$", /ended with a signal/],
    ["answers with nonsense", "echo secret", /no credential/],
    ["answers with something else", "echo '[\"secret\"]'", /no credential/],
    ["answers with half", 'echo \'{"Username":"secret"}\'', /no credential/],
    ["never ends", "sleep 100", /within 0.5 seconds/],
    ["leaves something behind that holds its output", "sleep 100 & exit 0", /within 0.5 seconds/],
    ["leaves something behind that cannot be killed with it", "setsid sleep 3 & exit 0", /within 0.5 seconds/],
    ["never stops talking", "yes secret", /more than 262144 bytes/],
  ];
  for (const [what, body, warning] of failures) {
    test(`that ${what} is warned about, and nobody is signed in`, async (t) => {
      const home = new Home(t, { credsStore: "x" });
      home.helper("x", body);
      assert.equal(await home.find("host", { timeout: 500 }), undefined);
      assert.equal(home.warnings.length, 1);
      assert.match(home.warnings[0] ?? "", warning);
      assert.doesNotMatch(home.warnings[0] ?? "", /secret/);
    });
  }

  test("that is missing is warned about, and the file counts", async (t) => {
    const home = new Home(t, { credsStore: "missing", auths: { host: { auth: base64("me:secret") } } });
    assert.deepEqual(await home.find("host"), password("me"));
    assert.match(home.warnings[0] ?? "", /docker-credential-missing is not on PATH/);
  });

  for (const name of ["../../bin/x", "a/b", "..", "x\0", "a b", "-x", "x".repeat(100)]) {
    test(`is never run under the name ${JSON.stringify(name.slice(0, 20))}`, async (t) => {
      const home = new Home(t, { credsStore: name });
      assert.equal(await home.find("host"), undefined);
      assert.match(home.warnings[0] ?? "", /no name of a credential helper/);
    });
  }

  test("is not sought in the working directory", async (t) => {
    const home = new Home(t, { credsStore: "x" });
    home.helper("x");
    const before = process.cwd();
    process.chdir(join(home.path, "bin"));
    t.after(() => process.chdir(before));
    for (const PATH of ["", ":", ".", "../bin"]) {
      assert.equal(await home.find("host", { environment: { ...home.environment, PATH } }), undefined);
    }
    assert.equal(home.warnings.length, 4);
  });

  test("gets the host on standard input, no argument beside the verb, and need not read it", async (t) => {
    const home = new Home(t, { credsStore: "x" });
    home.helper("x", `printf '{"Username":"%s %s","Secret":"%s"}' "$#" "$1" "$(cat)"`);
    assert.deepEqual(await home.find("host:5000/a"), password("1 get", "host:5000"));
    home.helper("x", `exec <&-; echo '{"Username":"u","Secret":"secret"}'`);
    assert.deepEqual(await home.find("host"), password("u"));
  });

  test("is killed with what it started by Ctrl-C", async (t) => {
    const home = new Home(t, { credsStore: "x" });
    const pid = join(home.path, "pid");
    home.helper("x", `sleep 100 & echo $! >'${pid}.new'; mv '${pid}.new' '${pid}'; wait`);
    const abort = new AbortController();
    const found = home.find("host", { signal: abort.signal });
    const seen = async (): Promise<number> => {
      for (;;) {
        try {
          return Number(readFileSync(pid, "utf8"));
        } catch {
          await sleep(5);
        }
      }
    };
    const sleeper = await seen();
    abort.abort();
    await assert.rejects(found, (error) => isDistillError(error, "CANCELLED"));
    assert.ok(await isGone(sleeper));
  });
});

async function isGone(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 100; attempt++) {
    try {
      process.kill(pid, 0);
      // It may wait for somebody to ask how it ended.
      if (/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"))) return true;
    } catch {
      return true;
    }
    await sleep(10);
  }
  return false;
}

describe("a file that is damaged is named, with the place and without its content:", () => {
  const damaged: readonly (readonly [what: string, text: string, message: RegExp])[] = [
    [
      "no JSON",
      '{\n  "auths": {\n    "host": { "auth": "secret" "x" }\n',
      /is not JSON: line 3, column 32: expected a comma/,
    ],
    ["an unfinished text", '{"auths": {"host": {"auth": "secret', /is not JSON: line 1, column \d+/],
    ["a list", "[]", /is not a JSON object/],
    ["auths that is a text", '{"auths": "secret"}', /"auths" that is not an object/],
    ["an entry that is a text", '{"auths": {"host": "secret"}}', /entry in auths that is not an object: "host"/],
    ["auth that is a number", '{"auths": {"host": {"auth": 5}}}', /no text at "auths", "host", "auth"/],
    ["auth without a colon", `{"auths": {"host": {"auth": "${base64("secret")}"}}}`, /not user:password in base64/],
    ["auth in no base64", '{"auths": {"host": {"auth": "secret:secret"}}}', /not user:password in base64/],
    [
      "a token with a line end",
      '{"auths": {"host": {"registrytoken": "secret\\r\\nx: y"}}}',
      /broken registrytoken for "host"/,
    ],
    ["a helper that is a number", '{"credHelpers": {"host": 1}}', /no text at "credHelpers", "host"/],
    ["a store that is a list", '{"credsStore": []}', /no text at "credsStore"/],
  ];
  for (const [what, text, message] of damaged) {
    test(what, async (t) => {
      const home = new Home(t, { ".docker/config.json": text });
      await assert.rejects(home.find("host"), (error) => {
        assert.ok(isDistillError(error, "CONFIG_INVALID"), String(error));
        assert.match(error.message, message);
        assert.ok(error.message.startsWith(join(home.path, ".docker/config.json")));
        assert.equal(error.cause, undefined);
        assert.doesNotMatch(error.message, new RegExp(`secret|${base64("secret")}`));
        return true;
      });
    });
  }

  test("none of it where it is empty, missing, or below a file", async (t) => {
    const home = new Home(t, { ".docker/config.json": "\n", "x.json": "{}" });
    assert.equal(await home.find("host"), undefined);
    const environment = { ...home.environment, DOCKER_CONFIG: join(home.path, "x.json") };
    assert.equal(await home.find("host", { environment }), undefined);
  });

  test("a directory, and one without an end", async (t) => {
    const home = new Home(t, { ".docker/config.json/x.json": "{}" });
    await assert.rejects(home.find("host"), (error) => isDistillError(error, "CONFIG_INVALID"));
    const large = new Home(t, { ".docker/config.json": " ".repeat(5 << 20) });
    await assert.rejects(large.find("host"), (error) => isDistillError(error, "CONFIG_INVALID"));
  });
});
