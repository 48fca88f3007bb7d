import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { readKeys } from "openpgp";
import { makeTestKey } from "../../../test/support/archive.ts";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { readKeyring } from "./keyring.ts";

const WHAT = "sources: key";

test("a keyring is read as text and in binary, and gives the same key", async (t) => {
  const directory = temporaryDirectory(t);
  const { armored } = await makeTestKey();
  const [key] = await readKeys({ armoredKeys: armored });
  assert.ok(key);
  writeFileSync(join(directory, "a.asc"), armored);
  writeFileSync(join(directory, "a.gpg"), key.write());
  for (const name of ["a.asc", "a.gpg"]) {
    const read = await readKeyring(join(directory, name), WHAT);
    const [found] = await readKeys({ armoredKeys: read.armored });
    assert.equal(found?.getFingerprint(), key.getFingerprint(), name);
    assert.equal(read.fingerprint, undefined);
  }
});

test("what holds no key is refused, naming the file and who asked for it", async (t) => {
  const directory = temporaryDirectory(t);
  const refused = (content: string | Uint8Array) => {
    writeFileSync(join(directory, "k"), content);
    return readKeyring(join(directory, "k"), WHAT);
  };
  for (const content of ["", "no key\n", Buffer.alloc(100, 0x99), "-----BEGIN CERTIFICATE-----\n"]) {
    await assert.rejects(refused(content), { code: "CONFIG_INVALID", message: /k \(sources: key\) holds no OpenPGP/ });
  }
  await assert.rejects(refused(Buffer.alloc(5 * 1024 * 1024)), { code: "LIMIT_EXCEEDED" });
  await assert.rejects(readKeyring(join(directory, "none"), WHAT), { code: "IO", message: /sources: key/ });
});
