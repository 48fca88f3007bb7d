import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { encodeJavaKeyStore } from "../../src/compose/pieces/java-key-store.ts";
import type { PackageRecord } from "../../src/compose/record.ts";
import { makeRoot, makeServer } from "../support/certificates.ts";
import { mustDistill } from "../support/cli.ts";
import { Engine, runProgram, unlessEngine } from "../support/engine.ts";
import { GET_CLASS } from "../support/java-get.ts";
import { unlessMirror } from "../support/mirror.ts";
import { unlessTools } from "../support/tools.ts";

const skip = unlessEngine() || unlessTools("openssl", "tar") || (await unlessMirror());

describe("Debian's Java, composed, in a real Docker engine", { skip }, () => {
  const home = mkdtempSync(join(tmpdir(), "distill-java-"));
  let engine: Engine;
  let server: Server;
  let root: string;
  let packages: readonly PackageRecord[];
  let warnings: string;

  before(async () => {
    const archive = join(home, "java.tar");
    const args = ["compose", "base", "-p", "openjdk-21-jre-headless", "-t", "java", "-o", `docker-archive:${archive}`];
    const run = await mustDistill([...args, "--format", "json"], { env: { DISTILL_HOME: join(home, "distill") } });
    packages = (JSON.parse(run.stdout) as { packages: readonly PackageRecord[] }).packages;
    warnings = run.stderr;
    engine = await Engine.start();
    await engine.mustDocker("load", "-i", archive);
    root = makeRoot(home, "root").certificate;
    const { key, certificate } = makeServer(home, "root");
    server = createServer({ key, cert: certificate }, (_, response) => response.end("hello over TLS\n"));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    writeFileSync(join(home, "Get.class"), GET_CLASS);
  });

  after(async () => {
    server?.close();
    await engine?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  const run = (...args: readonly string[]) => engine.docker("run", "--rm", "--network", "host", ...args);

  it("runs as /usr/bin/java on a read-only root, as user 65532", async () => {
    const { status, stderr } = await run("--read-only", "--entrypoint", "/usr/bin/java", "java", "-version");
    assert.equal(status, 0, stderr);
    assert.match(stderr, /openjdk version "21\./);
  });

  it("warns of nothing that the scripts of its packages would have done", () => {
    assert.doesNotMatch(warnings, /would also have run/);
    for (const { name, scripts } of packages) assert.deepEqual(scripts.undone, [], name);
  });

  it("trusts exactly the certificates of the bundle", async () => {
    const list = ["-list", "-v", "-cacerts", "-storepass", "changeit"];
    const { stdout, stderr } = await run("--entrypoint", "/usr/bin/keytool", "java", ...list);
    const listed = Array.from(stdout.matchAll(/SHA256: ([0-9A-F:]+)$/gm), ([, fingerprint]) => fingerprint);
    const id = (await engine.mustDocker("create", "java", "none")).trim();
    await engine.mustDocker("cp", `${id}:/etc/ssl/certs/ca-certificates.crt`, join(home, "bundle.crt"));
    await engine.docker("rm", id);
    const pems =
      readFileSync(join(home, "bundle.crt"), "utf8").match(/-----BEGIN[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
    assert.ok(pems.length > 100);
    assert.deepEqual(listed.sort(), pems.map((pem) => new X509Certificate(pem).fingerprint256).sort(), stderr);
    assert.match(stdout, /^Alias name: debian:isrg_root_x1\.pem$/m);
  });

  it("refuses a server whose root it does not know, and takes it once the root is in such a store", async () => {
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const java = ["-v", `${join(home, "Get.class")}:/app/Get.class:ro`, "--entrypoint", "/usr/bin/java"];
    const stranger = await run(...java, "java", "-cp", "/app", "Get", url);
    assert.notEqual(stranger.status, 0);
    assert.match(stranger.stderr, /unable to find valid certification path/);

    const store = join(home, "cacerts");
    writeFileSync(store, encodeJavaKeyStore([{ alias: "mine", der: new X509Certificate(root).raw }], "changeit"));
    const mount = ["-v", `${store}:/etc/ssl/certs/java/cacerts:ro`];
    const { stdout, stderr } = await run(...mount, ...java, "java", "-cp", "/app", "Get", url);
    assert.equal(stdout, "hello over TLS\n", stderr);
  });

  it("has no link to nowhere in what pieces made", async () => {
    const id = (await engine.mustDocker("create", "java", "none")).trim();
    const rootfs = join(home, "rootfs.tar");
    await engine.mustDocker("export", "-o", rootfs, id);
    await engine.docker("rm", id);
    const { stdout } = await runProgram("tar", ["-tf", rootfs]);
    const names = new Set(stdout.split("\n"));
    for (const tool of ["java", "keytool", "jexec"]) {
      assert.ok(names.has(`usr/bin/${tool}`) && names.has(`etc/alternatives/${tool}`), tool);
    }
    assert.ok(names.has("usr/lib/jvm/java-21-openjdk-amd64/bin/java"));
  });
});
