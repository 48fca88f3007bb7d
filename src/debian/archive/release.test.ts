import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type ErrorCode, isDistillError } from "../../lib/errors.ts";
import { checkRelease, parseRelease, type ReleaseExpectation } from "./release.ts";

const HASH = "4f2c68d67001d595fbd343f6dbad44468953a51c4d9dec3a4803249f6e295940";

const TEXT = `Origin: Debian
Label: Debian
Suite: stable-security
Version: 13
Codename: trixie-security
Date: Sat, 21 Nov 2026 00:53:03 UTC
Valid-Until: Sat, 28 Nov 2026 00:53:03 UTC
Acquire-By-Hash: yes
Architectures: amd64 arm64
Components: updates/main updates/contrib
Description: Debian 13 - Security Updates
MD5Sum:
 4c96c37027246bb2ed66abf2157187dd  2234121 main/binary-amd64/Packages.old
SHA256:
 ${HASH}  2234121 main/binary-amd64/Packages
 ${HASH}   307764 main/binary-amd64/Packages.xz
`;

const DATE = Date.parse("2026-11-21T00:53:03Z");
const UNTIL = Date.parse("2026-11-28T00:53:03Z");

describe("parseRelease", () => {
  it("reads the fields and the SHA256 list, and no other list", () => {
    const release = parseRelease(TEXT, "InRelease");
    assert.equal(release.suite, "stable-security");
    assert.equal(release.codename, "trixie-security");
    assert.equal(release.version, "13");
    assert.equal(release.date, DATE);
    assert.equal(release.validUntil, UNTIL);
    assert.equal(release.acquireByHash, true);
    assert.deepEqual(release.architectures, ["amd64", "arm64"]);
    assert.deepEqual(release.components, ["updates/main", "updates/contrib"]);
    assert.deepEqual([...release.files.keys()], ["main/binary-amd64/Packages", "main/binary-amd64/Packages.xz"]);
    assert.deepEqual(release.files.get("main/binary-amd64/Packages.xz"), { digest: `sha256:${HASH}`, size: 307764 });
  });

  it("takes a release without Valid-Until as one that does not expire", () => {
    const release = parseRelease(TEXT.replace(/Valid-Until.*\n/, ""), "InRelease");
    assert.equal(release.validUntil, undefined);
  });

  const cases: readonly [why: string, text: string, message: RegExp][] = [
    ["no Date", TEXT.replace(/^Date.*\n/m, ""), /InRelease: it has no Date/],
    ["no SHA256 list", TEXT.replace("SHA256:", "SHA1:"), /InRelease: it has no SHA256/],
    ["a date in words", TEXT.replace(/^Date.*$/m, "Date: yesterday"), /Date is not a date: "yesterday"/],
    ["a date in another zone", TEXT.replace("03 UTC\nValid", "03 CET\nValid"), /Date is not a date/],
    ["an expiry that is no date", TEXT.replace(/^Valid-Until.*$/m, "Valid-Until: never"), /Valid-Until is not a date/],
    ["a broken line in the list", `${TEXT} xyz 1 path\n`, /not a line of the SHA256 list/],
    ["an absolute path in the list", `${TEXT} ${HASH} 1 /etc/passwd\n`, /not a line of the SHA256 list/],
    ["a second paragraph", `${TEXT}\nSuite: other\n`, /not one paragraph/],
    ["nothing", "", /not one paragraph/],
  ];
  for (const [why, text, message] of cases) {
    it(`refuses ${why}`, () => {
      assert.throws(() => parseRelease(text, "InRelease"), { code: "FORMAT_INVALID", message });
    });
  }
});

describe("checkRelease", () => {
  const release = parseRelease(TEXT, "InRelease");
  const expected: ReleaseExpectation = {
    suite: "trixie-security",
    url: "http://mirror/InRelease",
    now: DATE,
    lastDate: undefined,
  };

  const assertRefused = (changes: Partial<ReleaseExpectation>, code: ErrorCode, message: RegExp) => {
    assert.throws(
      () => checkRelease(release, { ...expected, ...changes }),
      (error) => {
        assert.ok(isDistillError(error, code));
        assert.match(error.message, message);
        assert.match(error.message, /^http:\/\/mirror\/InRelease /);
        assert.ok(error.hint);
        return true;
      },
    );
  };

  it("accepts a release by codename and by suite, up to its last second, and one of the same date again", () => {
    checkRelease(release, expected);
    checkRelease(release, { ...expected, suite: "stable-security" });
    checkRelease(release, { ...expected, now: UNTIL });
    checkRelease(release, { ...expected, lastDate: DATE });
  });

  it("refuses another suite's release, however well signed", () => {
    assertRefused({ suite: "bookworm-security" }, "BAD_SIGNATURE", /signed, but for trixie-security/);
  });

  it("refuses one that has expired, with both dates", () => {
    assertRefused(
      { now: UNTIL + 1000 },
      "RELEASE_EXPIRED",
      /valid until 2026-11-28 00:53:03 UTC; it is now 2026-11-28 00:53:04 UTC/,
    );
  });

  it("refuses one that is older than the last, with both dates", () => {
    assertRefused(
      { lastDate: DATE + 1000 },
      "RELEASE_ROLLED_BACK",
      /of 2026-11-21 00:53:03 UTC, older than .* 00:53:04/,
    );
  });
});
