import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Engine, runProgram, unlessEngine } from "../support/engine.ts";

const REPOSITORY = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
const MB = 1_000_000;

describe("the Flask example, composed from Debian's archive, in a real Docker engine", { skip: unlessEngine() }, () => {
  const home = mkdtempSync(join(tmpdir(), "distill-flask-"));
  const archive = join(home, "flask.tar");
  let engine: Engine;
  let built: BuildReport;

  before(async () => {
    engine = await Engine.start();
    built = await buildReport(join(REPOSITORY, "examples/flask-debian"), "flask", archive);
    assert.match(await engine.mustDocker("load", "-i", archive), /Loaded image: flask:latest/);
  });

  after(async () => {
    await engine?.stop();
    rmSync(home, { recursive: true, force: true });
  });

  it("is at most 15.0 MB compressed and 43 MB uncompressed", () => {
    assert.ok(built.sizes.compressed <= 15.0 * MB, `${built.sizes.compressed} bytes compressed`);
    assert.ok(built.sizes.uncompressed <= 43 * MB, `${built.sizes.uncompressed} bytes uncompressed`);
  });

  it("answers GET / with 200 as user 65532 on a read-only root", async () => {
    const flags = ["--network", "host", "--read-only", "--tmpfs", "/tmp"];
    const bind = ["--bind=127.0.0.1:18431", "--worker-tmp-dir=/tmp", "app:app"];
    const id = (await engine.mustDocker("run", "-d", ...flags, "flask", ...bind)).trim();
    try {
      const page = await eventually("http://127.0.0.1:18431/");
      assert.equal(page.status, 200);
      assert.match(await page.text(), /Served by Flask on Python 3\.13/);
      const signed = await fetch("http://127.0.0.1:18431/", {
        method: "POST",
        body: new URLSearchParams({ text: "hello" }),
      });
      assert.equal(signed.status, 200);
      const entries = (await (await fetch("http://127.0.0.1:18431/entries")).json()) as { text: string; at: string }[];
      assert.equal(entries[0]?.text, "hello");
      assert.match(entries[0]?.at ?? "", /\+0[12]:00$/, "Europe/Berlin is known");
      assert.match(await engine.mustDocker("top", id, "-eo", "pid,uid,args"), /65532\s+\/usr\/bin\/python3/);
    } catch (error) {
      const { stdout, stderr } = await engine.docker("logs", id);
      throw new Error(`the container printed:\n${stdout}${stderr}`, { cause: error });
    } finally {
      await engine.docker("rm", "-f", id);
    }
  });

  it("has no shell, no package manager, no setuid file and nothing world-writable but /tmp and /var/tmp", async () => {
    const id = (await engine.mustDocker("create", "flask")).trim();
    const rootfs = join(home, "rootfs.tar");
    await engine.mustDocker("export", "-o", rootfs, id);
    await engine.docker("rm", id);
    const { stdout } = await runProgram("tar", ["-tvf", rootfs]);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/));
    const names = lines.map((fields) => `/${(fields[5] ?? "").replace(/\/$/, "")}`);
    const files = names.filter((_, index) => !lines[index]?.[0]?.startsWith("d"));
    const tools =
      /\/(?:ba|da|z|k|c|tc|a)?sh$|\/(?:busybox|apt|apt-get|dpkg|dpkg-deb|apk|rpm|pip3?|perl|ldconfig|update-[a-z-]+)$/;
    assert.deepEqual(
      files.filter((name) => tools.test(name)),
      [],
    );
    const modes = lines.map((fields, index) => ({ mode: fields[0] ?? "", name: names[index] ?? "" }));
    assert.deepEqual(
      modes.filter(({ mode }) => /^-..[sS]|^-.....[sS]/.test(mode)),
      [],
    );
    const writable = modes.filter(
      ({ mode, name }) => !mode.startsWith("l") && mode[8] === "w" && !name.startsWith("/dev"),
    );
    assert.deepEqual(writable.map(({ name }) => name).sort(), ["/tmp", "/var/tmp"]);
  });

  it("imports every standard library module that it ships", async () => {
    const program = readFileSync(join(REPOSITORY, "test/e2e/import-stdlib.py"), "utf8");
    const { status, stdout, stderr } = await python(engine, program);
    assert.equal(status, 0, stdout + stderr);
    assert.match(stdout, /^imported [2-9]\d\d modules\n$/);
  });

  it("has working ssl, sqlite3, zoneinfo, hashlib, ctypes and locale", async () => {
    const program = readFileSync(join(REPOSITORY, "test/e2e/runtime.py"), "utf8");
    const { status, stdout, stderr } = await python(engine, program);
    assert.equal(status, 0, stdout + stderr);
    assert.equal(stdout, "all well\n");
  });

  it("trusts a loopback server whose test root the app bundles, and no other", async () => {
    const app = join(home, "tls");
    cpSync(join(REPOSITORY, "test/e2e/tls-app"), app, { recursive: true });
    await makeCertificates(join(app, "app"));
    await buildReport(app, "tls", join(home, "tls.tar"));
    await engine.mustDocker("load", "-i", join(home, "tls.tar"));
    const { status, stdout, stderr } = await engine.docker("run", "--rm", "--network", "none", "tls");
    assert.equal(status, 0, stdout + stderr);
    assert.equal(stdout, "trusted with the bundled root: TLSv1.3\nrefused without it: CERTIFICATE_VERIFY_FAILED\n");
  });

  interface BuildReport {
    readonly digest: string;
    readonly sizes: { readonly compressed: number; readonly uncompressed: number };
  }

  async function buildReport(directory: string, tag: string, output: string): Promise<BuildReport> {
    const lock = join(home, `${tag}.lock`);
    const args = ["build", directory, "-t", tag, "-o", `docker-archive:${output}`, "--format", "json", "--lock", lock];
    const env = { ...process.env, DISTILL_HOME: join(home, "distill") };
    const { status, stdout, stderr } = await runProgram(join(REPOSITORY, "distill"), args, { env });
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as BuildReport;
  }

  async function makeCertificates(directory: string): Promise<void> {
    const day = ["-days", "2", "-nodes", "-newkey", "rsa:2048"];
    const at = (name: string): string => join(directory, name);
    writeFileSync(at("server.ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    const root = [
      "req",
      "-x509",
      ...day,
      "-subj",
      "/CN=distill test root",
      "-addext",
      "keyUsage=critical,keyCertSign,cRLSign",
      "-keyout",
      at("root.key"),
      "-out",
      at("root.pem"),
    ];
    const request = [
      "req",
      ...day.slice(2),
      "-subj",
      "/CN=localhost",
      "-keyout",
      at("server.key"),
      "-out",
      at("server.csr"),
    ];
    const sign = [
      "x509",
      "-req",
      "-in",
      at("server.csr"),
      "-CA",
      at("root.pem"),
      "-CAkey",
      at("root.key"),
      "-CAcreateserial",
    ];
    for (const args of [
      root,
      request,
      [...sign, "-days", "2", "-extfile", at("server.ext"), "-out", at("server.pem")],
    ]) {
      const { status, stderr } = await runProgram("openssl", args);
      assert.equal(status, 0, stderr);
    }
    for (const name of ["root.key", "server.csr", "server.ext", "root.srl"]) rmSync(at(name), { force: true });
  }
});

function python(engine: Engine, program: string) {
  return engine.docker(
    "run",
    "--rm",
    "--network",
    "none",
    "--entrypoint",
    "/usr/bin/python3",
    "flask",
    "-W",
    "ignore",
    "-c",
    program,
  );
}

async function eventually(url: string): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await fetch(url);
    } catch (error) {
      if (attempt === 100) throw error;
      await sleep(100);
    }
  }
}
