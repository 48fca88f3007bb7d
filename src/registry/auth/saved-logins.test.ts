import assert from "node:assert/strict";
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { writeHelper } from "../../../test/support/credential-helper.ts";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { isDistillError } from "../../lib/errors.ts";
import { findCredential } from "./credentials.ts";
import { removeLogin, savedRegistries, saveLogin } from "./saved-logins.ts";

const LOGIN = { username: "me", password: "pass:wörd" };
const AUTH = Buffer.from("me:pass:wörd").toString("base64");
const NOBODY = { signal: undefined };

test("a first login makes docker's file, for its owner only, and is found again", async (t) => {
  const directory = join(temporaryDirectory(t), "a", "docker");
  const path = join(directory, "config.json");
  assert.deepEqual(await saveLogin(path, "host:5000", LOGIN, NOBODY), { kind: "file", path });
  assert.equal(
    readFileSync(path, "utf8"),
    `{\n\t"auths": {\n\t\t"host:5000": {\n\t\t\t"auth": "${AUTH}"\n\t\t}\n\t}\n}`,
  );
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(directory).mode & 0o777, 0o700);
  assert.deepEqual(readdirSync(directory), ["config.json"]);
  const environment = { DOCKER_CONFIG: directory, HOME: directory };
  const warn = (text: string): void => assert.fail(text);
  assert.deepEqual(await findCredential("host:5000/x", { warn, environment, signal: undefined }), {
    kind: "password",
    ...LOGIN,
  });
});

test("what else is in the file stays, in its order and with its indentation", async (t) => {
  const path = join(temporaryDirectory(t), "config.json");
  const before = {
    ...{ zebra: [1, { a: null }], auths: { "z.example": { auth: "eDp5", email: "x@y" }, "a.example": {} } },
    ...{ HttpHeaders: { "User-Agent": "x" }, plugins: {}, currentContext: "lab" },
  };
  writeFileSync(path, `${JSON.stringify(before, null, 3)}\n`, { mode: 0o644 });
  await saveLogin(path, "docker.io", LOGIN, NOBODY);
  const expected = { ...before, auths: { ...before.auths, "https://index.docker.io/v1/": { auth: AUTH } } };
  assert.equal(readFileSync(path, "utf8"), `${JSON.stringify(expected, null, 3)}\n`);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.deepEqual(savedRegistries(path), ["a.example", "docker.io", "z.example"]);
  assert.deepEqual(await removeLogin(path, "docker.io", NOBODY), [{ kind: "file", path }]);
  assert.equal(readFileSync(path, "utf8"), `${JSON.stringify(before, null, 3)}\n`);
  assert.deepEqual(await removeLogin(path, "docker.io", NOBODY), []);
});

test("other spellings of the registry do not outlive a new login or a logout", async (t) => {
  const path = join(temporaryDirectory(t), "config.json");
  const old = { auth: Buffer.from("old:old").toString("base64") };
  const write = (): void =>
    writeFileSync(
      path,
      JSON.stringify({ auths: { "docker.io": old, "https://index.docker.io/v1/": old, "docker.io/me": old } }),
    );
  write();
  await saveLogin(path, "docker.io", LOGIN, NOBODY);
  assert.deepEqual(JSON.parse(readFileSync(path, "utf8")).auths, {
    "https://index.docker.io/v1/": { auth: AUTH },
    "docker.io/me": old,
  });
  write();
  await removeLogin(path, "docker.io", NOBODY);
  assert.deepEqual(JSON.parse(readFileSync(path, "utf8")).auths, { "docker.io/me": old });
});

test("a helper keeps the secret where docker's file names one", async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, "config.json");
  const options = { signal: undefined, environment: { PATH: directory } };
  for (const name of ["own", "all"]) writeHelper(directory, name);
  writeFileSync(path, JSON.stringify({ credHelpers: { "own.example": "own" }, credsStore: "all" }));
  assert.deepEqual(await saveLogin(path, "own.example", LOGIN, options), { kind: "helper", name: "own" });
  assert.deepEqual(await saveLogin(path, "docker.io", LOGIN, options), { kind: "helper", name: "all" });
  assert.deepEqual(JSON.parse(readFileSync(path, "utf8")).auths, {
    "own.example": {},
    "https://index.docker.io/v1/": {},
  });
  const find = (key: string) =>
    findCredential(key, {
      ...{ warn: (text: string) => assert.fail(text), signal: undefined },
      environment: { PATH: directory, DOCKER_CONFIG: directory, HOME: directory },
    });
  assert.deepEqual(await find("own.example/x"), { kind: "password", ...LOGIN });
  assert.deepEqual(await find("docker.io/x"), { kind: "password", ...LOGIN });
  assert.deepEqual(await removeLogin(path, "docker.io", options), [{ kind: "helper", name: "all" }]);
  assert.equal(await find("docker.io/x"), undefined);
  assert.deepEqual(JSON.parse(readFileSync(path, "utf8")).auths, { "own.example": {} });
  // No call had anything beside its verb on the command line.
  assert.match(readFileSync(join(directory, "all.calls"), "utf8"), /^(?:store|get|erase|\n)+$/);
});

test("nothing is written where a helper fails", async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, "config.json");
  writeHelper(directory, "x", "exit 1");
  const text = JSON.stringify({ credsStore: "x" });
  writeFileSync(path, text);
  const options = { signal: undefined, environment: { PATH: directory } };
  await assert.rejects(saveLogin(path, "host", LOGIN, options), (error) => {
    assert.ok(isDistillError(error, "ENVIRONMENT"));
    assert.doesNotMatch(error.message, /wörd/);
    return true;
  });
  assert.equal(readFileSync(path, "utf8"), text);
});

test("a file that is not understood is not overwritten", async (t) => {
  const path = join(temporaryDirectory(t), "config.json");
  for (const text of ["{", "[]", '{"auths": []}']) {
    writeFileSync(path, text);
    await assert.rejects(saveLogin(path, "host", LOGIN, NOBODY), (error) => isDistillError(error, "CONFIG_INVALID"));
    assert.equal(readFileSync(path, "utf8"), text);
  }
});

test("a symbolic link stays one", async (t) => {
  const directory = temporaryDirectory(t);
  const [path, target] = [join(directory, "config.json"), join(directory, "dotfiles", "docker.json")];
  mkdirSync(join(directory, "dotfiles"));
  writeFileSync(target, "{}");
  symlinkSync("dotfiles/docker.json", path);
  await saveLogin(path, "host", LOGIN, NOBODY);
  assert.ok(lstatSync(path).isSymbolicLink());
  assert.deepEqual(JSON.parse(readFileSync(target, "utf8")), { auths: { host: { auth: AUTH } } });
});
