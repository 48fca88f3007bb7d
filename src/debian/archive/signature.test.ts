import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { createCleartextMessage, generateKey, sign } from "openpgp";
import { makeTestKey, type TestKey } from "../../../test/support/archive.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { isDistillError } from "../../lib/errors.ts";
import type { ArmoredKey } from "./armored-key.ts";
import { verifySignedText } from "./signature.ts";

const TEXT = "Origin: Test\nSuite: stable\n- dashed\nSHA256:\n abc 1 x\n";
const HOUR = 60 * 60 * 1000;

let key: TestKey;
let stranger: TestKey;
let message: string;

before(async () => {
  [key, stranger] = await Promise.all([makeTestKey(), makeTestKey()]);
  message = await signedBy(key);
});

async function signedBy(signer: TestKey, date = new Date()): Promise<string> {
  return sign({ message: await createCleartextMessage({ text: TEXT }), signingKeys: signer.secret, date });
}

function trusting(...keys: readonly TestKey[]): readonly ArmoredKey[] {
  return keys.map(({ armored }) => ({ fingerprint: undefined, armored }));
}

function verify(text: string, keys = trusting(key), now = Date.now()) {
  return verifySignedText(text, keys, "http://mirror/InRelease", now);
}

async function assertBad(text: string, problem: RegExp, keys = trusting(key), now = Date.now()): Promise<void> {
  await assert.rejects(verify(text, keys, now), (error) => {
    assert.ok(isDistillError(error, "BAD_SIGNATURE"));
    assert.match(error.message, /^no good signature on http:\/\/mirror\/InRelease: /);
    assert.match(error.message, problem);
    return true;
  });
}

describe("verifySignedText", () => {
  it("gives the signed text with dash escapes undone, and who signed it", async () => {
    const { text, signedBy } = await verify(message);
    assert.equal(text.trimEnd(), TEXT.trimEnd());
    assert.match(signedBy, /^[0-9a-f]{40}$/);
  });

  it("refuses every flipped bit of the signed text", async () => {
    const start = message.indexOf("Origin:");
    const end = message.indexOf("\n-----BEGIN PGP SIGNATURE");
    const flips = fc.tuple(fc.integer({ min: start, max: end - 1 }), fc.integer({ min: 0, max: 6 }));
    const property = fc.asyncProperty(flips, async ([at, bit]) => {
      const bytes = Buffer.from(message);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      const outcome = await verify(bytes.toString("utf8")).then(
        ({ text }) => text,
        (error: unknown) => error,
      );
      // Blanks at the end of a line are no part of what is signed (RFC 9580, section 7.2).
      if (typeof outcome === "string") assert.equal(outcome.trimEnd(), TEXT.trimEnd());
      else assert.ok(isDistillError(outcome, "BAD_SIGNATURE"));
    });
    await fc.assert(property, { numRuns: 150 });
  });

  it("refuses what only a stranger has signed, by the stranger's key id", async () => {
    await assertBad(await signedBy(stranger), /: key [0-9a-f]{16} is not trusted$/);
  });

  it("is content with one good signature among strangers'", async () => {
    const signingKeys = [stranger.secret, key.secret];
    const both = await sign({ message: await createCleartextMessage({ text: TEXT }), signingKeys });
    await verify(both);
    await verify(both, trusting(stranger));
  });

  it("takes any of several trusted keys, also from one file", async () => {
    await verify(message, trusting(stranger, key));
    await verify(message, [{ fingerprint: undefined, armored: `${stranger.armored}\n${key.armored}` }]);
  });

  it("refuses a signature that is dated in the future, and blames the clock first", async () => {
    const now = Date.now() - HOUR;
    await assertBad(message, /Signature creation time is in the future/, trusting(key), now);
    await assert.rejects(verify(message, trusting(key), now), (error) => {
      assert.ok(isDistillError(error));
      assert.match(error.hint ?? "", /^check this machine's clock/);
      return true;
    });
  });

  it("refuses text before, behind and between", async () => {
    await assertBad(`Suite: evil\n${message}`, /text outside of its signature/);
    await assertBad(`${message}\nSuite: evil\n`, /text outside of its signature/);
    await assertBad(`${message}\n${message}`, /text outside of its signature/);
    await assertBad(message.replace("\n\n", "\nSuite: evil\n\n"), /text outside of its signature/);
    await assertBad(message.replace("\n\n", "\n \nSuite: evil\n\n"), /text outside of its signature/);
  });

  it("refuses a text without a signature, and a cut one", async () => {
    await assertBad(TEXT, /not a signed message/);
    await assertBad("", /not a signed message/);
    await assertBad(message.slice(0, message.length / 2), /text outside of its signature|damaged/);
  });

  it("accepts what was signed before the key expired, and nothing after", async () => {
    const made = new Date(Date.now() - 3 * HOUR);
    const short = await generateKey({
      type: "curve25519",
      userIDs: [{ name: "Short" }],
      date: made,
      keyExpirationTime: 2 * 60 * 60,
      format: "object",
    });
    const expired: TestKey = { secret: short.privateKey, armored: short.publicKey.armor() };
    await verify(await signedBy(expired, new Date(Date.now() - 2 * HOUR)), trusting(expired));
    const late = signedBy(expired, new Date()).then((text) => verify(text, trusting(expired)));
    await assert.rejects(late, /expired/i);
  });

  it("refuses a pinned key whose armor holds another", async () => {
    const wrong = [{ fingerprint: "0".repeat(40), armored: key.armored }];
    await assert.rejects(verify(message, wrong), /pinned key 0{40}/);
  });
});

describe("verifySignedText and GnuPG", { skip: unlessTools("gpg", "gpg-agent") }, () => {
  let home: string;
  let armored: string;

  const gpg = (arguments_: readonly string[], input = ""): string => {
    const environment = { ...process.env, GNUPGHOME: home };
    const options = { env: environment, input, encoding: "utf8" } as const;
    const { status, stdout, stderr } = spawnSync("gpg", ["--batch", "--quiet", ...arguments_], options);
    assert.equal(status, 0, stderr);
    return stdout;
  };

  before(async () => {
    home = await mkdtemp(join(tmpdir(), "distill-gpg-"));
    gpg(["--passphrase", "", "--quick-gen-key", "Test <t@example.org>", "rsa2048", "sign", "never"]);
    armored = gpg(["--armor", "--export"]);
  });

  after(async () => {
    spawnSync("gpgconf", ["--kill", "all"], { env: { ...process.env, GNUPGHOME: home } });
    await rm(home, { recursive: true, force: true });
  });

  for (const digest of ["SHA256", "SHA512"]) {
    it(`agree on a text signed with ${digest}`, async () => {
      const signed = gpg(["--digest-algo", digest, "--clearsign"], TEXT);
      const { text } = await verify(signed, [{ fingerprint: undefined, armored }]);
      assert.equal(text.trimEnd(), TEXT.trimEnd());
    });
  }

  it("refuses SHA-1", async () => {
    const signed = gpg(["--digest-algo", "SHA1", "--clearsign"], TEXT);
    await assertBad(signed, /Insecure (message )?hash algorithm: SHA1/, [{ fingerprint: undefined, armored }]);
  });
});
