import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { DEBIAN_KEYS } from "./archive-keys.ts";
import { type ArchiveSource, debianSnapshot, debianSources, furtherSources, sourceKey } from "./sources.ts";

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "distill-sources-"));
});
after(() => rm(directory, { recursive: true }));

describe("debianSources", () => {
  it("are trixie with updates and security, each with its keys", async () => {
    const sources = await debianSources({}, {});
    assert.deepEqual(
      sources.map(({ uri, suite, component }) => `${uri} ${suite} ${component}`),
      [
        "http://deb.debian.org/debian trixie main",
        "http://deb.debian.org/debian trixie-updates main",
        "http://deb.debian.org/debian-security trixie-security main",
      ],
    );
    assert.equal(sources[0]?.keys, DEBIAN_KEYS.trixie.main);
    assert.equal(sources[2]?.keys, DEBIAN_KEYS.trixie.security);
  });

  it("take mirrors from the options, then from the environment", async () => {
    const environment = { DISTILL_DEBIAN_MIRROR: "http://a/debian/", DISTILL_DEBIAN_SECURITY_MIRROR: "https://b/sec" };
    const uris = (sources: readonly { uri: string }[]) => sources.map(({ uri }) => uri);
    assert.deepEqual(uris(await debianSources({ suite: "bookworm" }, environment)), [
      "http://a/debian",
      "http://a/debian",
      "https://b/sec",
    ]);
    const options = { mirror: "http://c", securityMirror: "http://d" };
    assert.deepEqual(uris(await debianSources(options, environment)), ["http://c", "http://c", "http://d"]);
  });

  it("trust the keys of a given file and no others", async () => {
    const path = join(directory, "keys.asc");
    const armored = DEBIAN_KEYS.bookworm.main[1]?.armored ?? "";
    await writeFile(path, armored);
    const sources = await debianSources({}, { DISTILL_DEBIAN_KEYRING: path });
    for (const { keys } of sources) assert.deepEqual(keys, [{ fingerprint: undefined, armored }]);
  });

  it("refuse a keyring without armor, one that is not there, a mirror that is no address, an unknown release", async () => {
    const path = join(directory, "keys.gpg");
    await writeFile(path, Buffer.from([0x99, 1, 2]));
    await assert.rejects(debianSources({}, { DISTILL_DEBIAN_KEYRING: path }), { code: "CONFIG_INVALID" });
    await assert.rejects(debianSources({}, { DISTILL_DEBIAN_KEYRING: `${path}-none` }), { code: "IO" });
    for (const mirror of ["ftp://a/debian", "debian", "http://a/?x=1"]) {
      await assert.rejects(debianSources({ mirror }, {}), { code: "CONFIG_INVALID" });
    }
    await assert.rejects(debianSources({ suite: "constructor" }, {}), { code: "UNSUPPORTED" });
  });

  it("have names that do not depend on the mirror, and never hold a password", async () => {
    const keys = (sources: readonly ArchiveSource[]) => sources.map(sourceKey);
    const elsewhere = { DISTILL_DEBIAN_MIRROR: "http://u:p@m/d", DISTILL_DEBIAN_SECURITY_MIRROR: "http://m/s" };
    const expected = ["debian trixie main", "debian trixie-updates main", "debian-security trixie-security main"];
    assert.deepEqual(keys(await debianSources({}, {})), expected);
    const own = await debianSources({}, elsewhere);
    assert.deepEqual(keys(own), expected);
    const further = { uri: "https://u:p@example.org/apt", suite: "stable", components: ["a", "b"], keys: [] };
    assert.deepEqual(keys(furtherSources(further, own)), [
      "https://example.org/apt stable a",
      "https://example.org/apt stable b",
    ]);
    const backports = { ...further, uri: undefined, suite: "trixie-backports", components: ["main"] };
    assert.deepEqual(keys(furtherSources(backports, own)), ["debian trixie-backports main"]);
  });
});

describe("debianSnapshot", () => {
  it("is Debian's own unless another is named, or none", () => {
    assert.equal(debianSnapshot({}), "https://snapshot.debian.org/archive");
    assert.equal(debianSnapshot({ DISTILL_DEBIAN_SNAPSHOT: "http://s/archive/" }), "http://s/archive");
    assert.equal(debianSnapshot({ DISTILL_DEBIAN_SNAPSHOT: "off" }), undefined);
    assert.throws(() => debianSnapshot({ DISTILL_DEBIAN_SNAPSHOT: "nowhere" }), {
      code: "CONFIG_INVALID",
      message: /DISTILL_DEBIAN_SNAPSHOT/,
    });
  });
});
