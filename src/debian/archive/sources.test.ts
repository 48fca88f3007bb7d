import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { DEBIAN_KEYS } from "./archive-keys.ts";
import { debianSources } from "./sources.ts";

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
});
