import assert from "node:assert/strict";
import { test } from "node:test";
import type { LockOutcome } from "../compose/lock/lock-outcome.ts";
import { describeLock } from "./lock-changes.ts";

const OUTCOME: LockOutcome = {
  path: "distill.lock",
  platform: "linux/amd64",
  state: "renewed",
  changes: [],
  fixes: [],
};

test("a lock that was obeyed or is new needs no words; one that was renewed does, even where nothing changed", () => {
  assert.equal(describeLock({ ...OUTCOME, state: "obeyed" }), "");
  assert.equal(describeLock({ ...OUTCOME, state: "new" }), "");
  assert.equal(describeLock(OUTCOME), "distill.lock, linux/amd64: the packages are the same as before\n");
});

test("changes are told with versions and sizes, and what changelogs say was fixed", () => {
  const text = describeLock({
    ...OUTCOME,
    changes: [
      { kind: "newer", package: "libssl3t64", from: "3.5.1-1", to: "3.5.4-1", size: 12_000 },
      { kind: "newer", package: "openssl", from: "3.5.1-1", to: "3.5.4-1", size: 0 },
      { kind: "older", package: "zlib1g", from: "2", to: "1", size: -1500 },
      { kind: "rebuilt", package: "tzdata", from: "1", to: "1", size: 3 },
      { kind: "new", package: "libnew", from: null, to: "1", size: 400 },
      { kind: "gone", package: "libold", from: "1\u001b[2J", to: null, size: -4000 },
    ],
    fixes: [
      {
        ...{ source: "openssl", from: "3.5.1-1", to: "3.5.4-1", security: true },
        cves: Array.from({ length: 14 }, (_, index) => `CVE-2026-${1000 + index}`),
        closes: [5],
      },
      { source: "zlib", from: "1", to: "2", cves: [], closes: [], security: false },
      { source: "tz", from: "1", to: "2", unknown: "tz has no changelog" },
    ],
  });
  assert.equal(
    text,
    `distill.lock, linux/amd64: 2 packages newer, 1 moved back, 1 rebuilt, 1 new, 1 gone
  libssl3t64 3.5.1-1 -> 3.5.4-1 (+12.0 kB)
  openssl 3.5.1-1 -> 3.5.4-1 (same size)
  zlib1g 2 -> 1 (moved back, -1.5 kB)
  tzdata 1 -> 1 (rebuilt, +3 B)
  libnew 1 (new, 400 B)
  libold 1\\x1b[2J (gone, 4.0 kB)
  openssl 3.5.1-1 -> 3.5.4-1 (security): fixes ${Array.from({ length: 12 }, (_, index) => `CVE-2026-${1000 + index}`).join(", ")} and 2 more; closes #5
  zlib 1 -> 2: its changelog names no fixed flaw or bug
  tz 1 -> 2: what was fixed is not known, tz has no changelog
`,
  );
});
