import assert from "node:assert/strict";
import { test } from "node:test";
import { containerConfig } from "./container-config.ts";

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const CERTIFICATES = "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt";

test("containers run as 65532 in its home", () => {
  assert.deepEqual(containerConfig("static", "nonroot"), {
    User: "65532",
    Env: [PATH, CERTIFICATES],
    WorkingDir: "/home/nonroot",
  });
});

test("containers that are asked to run as root begin in /", () => {
  const { User, WorkingDir } = containerConfig("base", "root");
  assert.deepEqual([User, WorkingDir], ["0", "/"]);
});

test("a base has the environment of its tiers and its own entrypoint", () => {
  const { Env, Entrypoint } = containerConfig("python3", "nonroot");
  assert.deepEqual(Env, [PATH, CERTIFICATES, "LANG=C.UTF-8"]);
  assert.deepEqual(Entrypoint, ["/usr/bin/python3.13"]);
});
