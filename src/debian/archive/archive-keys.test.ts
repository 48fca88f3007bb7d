import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readKey } from "openpgp";
import { DEBIAN_KEYS } from "./archive-keys.ts";

const ALL = Object.values(DEBIAN_KEYS).flatMap(({ main, security }) => [...main, ...security]);

describe("Debian's archive keys", () => {
  it("are nine different ones, each with the fingerprint that is pinned", async () => {
    const read = await Promise.all(ALL.map(({ armored }) => readKey({ armoredKey: armored })));
    assert.deepEqual(
      read.map((certificate) => certificate.getFingerprint()),
      ALL.map(({ fingerprint }) => fingerprint),
    );
    assert.equal(new Set(ALL.map(({ fingerprint }) => fingerprint)).size, 9);
  });

  it("can sign, and expire when their comments say so", async () => {
    const rows = await Promise.all(
      ALL.map(async ({ armored }) => {
        const certificate = await readKey({ armoredKey: armored });
        await certificate.getSigningKey(undefined, new Date("2026-01-01"));
        const expiry = await certificate.getExpirationTime();
        assert.ok(expiry instanceof Date);
        return `${certificate.users[0]?.userID?.userID.replace(/ <.*/, "")}: ${expiry.toISOString().slice(0, 10)}`;
      }),
    );
    assert.deepEqual(rows, [
      "Debian Archive Automatic Signing Key (13/trixie): 2035-03-28",
      "Debian Stable Release Key (13/trixie): 2033-03-22",
      "Debian Security Archive Automatic Signing Key (13/trixie): 2035-03-28",
      "Debian Archive Automatic Signing Key (12/bookworm): 2031-01-19",
      "Debian Stable Release Key (12/bookworm): 2031-01-21",
      "Debian Security Archive Automatic Signing Key (12/bookworm): 2031-01-19",
      "Debian Archive Automatic Signing Key (11/bullseye): 2029-01-15",
      "Debian Stable Release Key (11/bullseye): 2029-02-11",
      "Debian Security Archive Automatic Signing Key (11/bullseye): 2029-01-15",
    ]);
  });

  it("carry no secrets and no signatures by others", async () => {
    for (const { armored } of ALL) {
      const certificate = await readKey({ armoredKey: armored });
      assert.ok(!certificate.isPrivate());
      assert.deepEqual(
        certificate.users.map(({ otherCertifications }) => otherCertifications.length),
        [0],
      );
    }
  });
});
