import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_SETTINGS } from "../settings.ts";
import { containerConfig } from "./container-config.ts";

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const CERTIFICATES = "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt";
const STATIC = { base: "static", suite: "trixie", user: "nonroot", debug: false, settings: NO_SETTINGS } as const;

test("containers run as 65532 in its home", () => {
  assert.deepEqual(containerConfig(STATIC), {
    User: "65532",
    Env: [PATH, CERTIFICATES],
    WorkingDir: "/home/nonroot",
  });
});

test("containers that are asked to run as root begin in /", () => {
  const { User, WorkingDir } = containerConfig({ ...STATIC, base: "base", user: "root" });
  assert.deepEqual([User, WorkingDir], ["0", "/"]);
});

test("a base has the environment of its tiers and its own entrypoint, by release", () => {
  const { Env, Entrypoint } = containerConfig({ ...STATIC, base: "python3" });
  assert.deepEqual(Env, [PATH, CERTIFICATES, "LANG=C.UTF-8"]);
  assert.deepEqual(Entrypoint, ["/usr/bin/python3.13"]);
  const older = containerConfig({ ...STATIC, base: "python3", suite: "bookworm" });
  assert.deepEqual(older.Entrypoint, ["/usr/bin/python3.11"]);
});

test("a debug image has its tools at the end of PATH, and begins in a shell unless its base begins elsewhere", () => {
  const { Env, Entrypoint, User } = containerConfig({ ...STATIC, debug: true });
  assert.deepEqual(Env, [`${PATH}:/busybox`, CERTIFICATES]);
  assert.deepEqual(Entrypoint, ["/busybox/sh"]);
  assert.equal(User, "65532");
  const python = containerConfig({ ...STATIC, base: "python3", debug: true });
  assert.deepEqual(python.Entrypoint, ["/usr/bin/python3.13"]);
  assert.deepEqual(python.Env, [`${PATH}:/busybox`, CERTIFICATES, "LANG=C.UTF-8"]);
});

test("a locale that is asked for is the language of containers", () => {
  const settings = { ...NO_SETTINGS, locale: "de_DE.UTF-8" };
  assert.deepEqual(containerConfig({ ...STATIC, base: "python3", settings }).Env?.at(-1), "LANG=de_DE.UTF-8");
  assert.deepEqual(containerConfig({ ...STATIC, settings }).Env?.at(-1), "LANG=de_DE.UTF-8");
});
