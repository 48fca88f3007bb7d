import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it, type TestContext } from "node:test";
import type { Digest } from "../../src/lib/digest.ts";
import { pathFromText } from "../../src/rootfs/path.ts";
import { Store } from "../../src/store/store.ts";
import { TestArchive } from "../support/archive.ts";
import { makeDeb } from "../support/deb-writer.ts";
import { FaultServer } from "../support/fault-server.ts";
import { LayeredTree } from "../support/layered-tree.ts";
import { Scene } from "../support/scene.ts";
import { smallSuite } from "../support/small-archive.ts";

interface Report {
  readonly layers: readonly { readonly diffID: Digest }[];
  readonly packages: readonly { readonly name: string; readonly version: string; readonly reason: { kind: string } }[];
}

const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBNjCB6aADAgECAhRx9oMXvWgg2hVxbHVZPTBgjc0f6zAFBgMrZXAwDDEKMAgG
A1UEAwwBeDAgFw0yNTAxMDEwMDAwMDBaGA8yMTI1MDEwMTAwMDAwMFowDDEKMAgG
A1UEAwwBeDAqMAUGAytlcAMhAJq2rLnCLyRJ7x2Jl4Qrf0bqQn7i7W3g8yqhmfxu
-----END CERTIFICATE-----
`;

describe("compose SPEC.yaml, from a small archive of the test's own", () => {
  let archive: TestArchive;
  let other: TestArchive;
  let otherServer: FaultServer;

  before(async () => {
    const backports = { name: "demo", version: "9.0-1~bpo", files: { "/usr/share/demo/words": "new\n" } };
    archive = await TestArchive.create([
      smallSuite(),
      { codename: "trixie-backports", packages: [backports], fields: { NotAutomatic: "yes" } },
    ]);
    other = await TestArchive.create([
      { codename: "stable", packages: [{ name: "vendor", version: "3.0", files: { "/opt/vendor/x": "vendor\n" } }] },
    ]);
    otherServer = await FaultServer.start(other.directory);
  });

  after(async () => {
    await otherServer.close();
    await archive.remove();
    await other.remove();
  });

  /** Composes a spec that lies in a directory with the key of the other archive; its files by path. */
  async function composed(test: TestContext, spec: string, files: Readonly<Record<string, string | Uint8Array>> = {}) {
    const scene = await Scene.open(test, archive);
    const directory = specDirectory(test, spec, files);
    const run = await scene.must(["compose", join(directory, "base.yaml"), "--format", "json"]);
    const report = JSON.parse(run.stdout) as Report;
    const store = Store.open(join(scene.home, "store"));
    test.after(() => store.close());
    const layers = report.layers.map(({ diffID }) => diffID);
    const tree = await LayeredTree.of(store, layers);
    test.after(() => tree[Symbol.asyncDispose]());
    return { report, run, tree: tree.tree };
  }

  function specDirectory(
    test: TestContext,
    spec: string,
    files: Readonly<Record<string, string | Uint8Array>>,
  ): string {
    const directory = mkdtempSync(join(tmpdir(), "distill-spec-"));
    test.after(() => rmSync(directory, { recursive: true }));
    mkdirSync(join(directory, "keys"));
    writeFileSync(join(directory, "keys/vendor.asc"), readFileSync(other.keyring));
    for (const [path, content] of Object.entries(files)) writeFileSync(join(directory, path), content);
    writeFileSync(join(directory, "base.yaml"), spec);
    return directory;
  }

  const versionOf = (report: Report, name: string) => report.packages.find((each) => each.name === name)?.version;
  const vendorSource = () => `sources:\n  - {uri: "${otherServer.url}/debian", suite: stable, key: keys/vendor.asc}\n`;

  it("takes packages from a further source that its own key has signed", async (test) => {
    const { report, tree } = await composed(test, `base: static\npackages: [vendor]\n${vendorSource()}`);
    assert.equal(versionOf(report, "vendor"), "3.0");
    assert.equal(tree.get(pathFromText("/opt/vendor/x"))?.type, "file");
  });

  it("refuses a further source that another key has signed, with nothing made", async (test) => {
    const scene = await Scene.open(test, archive);
    const directory = specDirectory(test, `base: static\npackages: [vendor]\n${vendorSource()}`, {});
    writeFileSync(join(directory, "keys/vendor.asc"), readFileSync(archive.keyring));
    await scene.refuses(["compose", join(directory, "base.yaml")], {
      status: 4,
      code: "BAD_SIGNATURE",
      says: [`${otherServer.url}/debian/dists/stable/InRelease`, "is not trusted"],
    });
  });

  it("uses a suite that says NotAutomatic only where its version is asked for", async (test) => {
    const sources = "sources:\n  - suite: trixie-backports\n";
    const plain = await composed(test, `base: static\npackages: [demo]\n${sources}`);
    assert.equal(versionOf(plain.report, "demo"), "1.0-1");
    const asked = await composed(test, `base: static\npackages: ["demo=9.0-1~bpo"]\n${sources}`);
    assert.equal(versionOf(asked.report, "demo"), "9.0-1~bpo");
  });

  it("installs a .deb of the user's with its dependencies from the archive", async (test) => {
    const deb = makeDeb({
      name: "own",
      version: "0.1",
      fields: { Depends: "demo-data" },
      files: { "/usr/bin/own": { content: "own\n", mode: 0o755 } },
    });
    const digest = createHash("sha256").update(deb).digest("hex");
    const spec = `base: static\ndebs:\n  - {path: own.deb, digest: sha256:${digest}}\n`;
    const { report, tree } = await composed(test, spec, { "own.deb": deb });
    assert.equal(versionOf(report, "own"), "0.1");
    assert.equal(versionOf(report, "demo-data"), "1.0-1");
    assert.equal(tree.get(pathFromText("/usr/bin/own"))?.attributes.mode, 0o755);
  });

  it("refuses a .deb of another digest, telling the one that it has", async (test) => {
    const scene = await Scene.open(test, archive);
    const deb = makeDeb({ name: "own" });
    const spec = `base: static\ndebs:\n  - {path: own.deb, digest: sha256:${"0".repeat(64)}}\n`;
    const directory = specDirectory(test, spec, { "own.deb": deb });
    await scene.refuses(["compose", join(directory, "base.yaml")], {
      status: 2,
      code: "CONFIG_INVALID",
      says: ["debs: own.deb is not the file", createHash("sha256").update(deb).digest("hex")],
    });
  });

  it("keeps a slice that is asked back, and adds what the settings name", async (test) => {
    const spec = `base: static
slices: [certificate-tools]
accounts: {users: [{name: app, uid: 1000, home: /srv/app}]}
timezone: Etc/UTC
files:
  - {path: /etc/app.conf, from: app.conf, owner: app}
`;
    const { tree, report } = await composed(test, spec, { "app.conf": "a=1\n" });
    assert.equal(tree.get(pathFromText("/etc/app.conf"))?.attributes.uid, 1000);
    assert.equal(tree.get(pathFromText("/etc/localtime"))?.type, "symlink");
    assert.equal(report.layers.length, 2);
  });

  it("names the key of what it cannot find or read", async (test) => {
    const scene = await Scene.open(test, archive);
    const cases: readonly (readonly [spec: string, status: number, code: string, says: string])[] = [
      ["certificates: [none.pem]", 2, "NO_SUCH_PATH", "certificates: none.pem does not exist"],
      ["certificates: [text.pem]", 2, "CONFIG_INVALID", "certificates: text.pem holds no PEM certificate"],
      [
        "certificates: [broken.pem]",
        2,
        "CONFIG_INVALID",
        "certificates: broken.pem holds a certificate that cannot be read",
      ],
      [`debs: [{path: x.deb, digest: 'sha256:${"0".repeat(64)}'}]`, 2, "NO_SUCH_PATH", "debs: x.deb does not exist"],
      ["files: [{path: /a, from: gone}]", 2, "NO_SUCH_PATH", "files: from: gone does not exist"],
      ["timezone: Mars/Phobos", 2, "CONFIG_INVALID", 'timezone: the image has no time zone "Mars/Phobos"'],
      [
        "sources: [{uri: 'http://127.0.0.1:1/debian', suite: s, key: text.pem}]",
        2,
        "CONFIG_INVALID",
        "text.pem (sources: key)",
      ],
    ];
    for (const [line, status, code, says] of cases) {
      const directory = specDirectory(test, `base: static\n${line}\n`, {
        "text.pem": "no certificate\n",
        "broken.pem": CERTIFICATE,
      });
      await scene.refuses(["compose", join(directory, "base.yaml")], { status, code, says: [says] });
    }
  });
});
