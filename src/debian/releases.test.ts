import assert from "node:assert/strict";
import { test } from "node:test";
import { DEBIAN_RELEASES, findRelease, supportNote } from "./releases.ts";

test("a release is said to be under LTS, and then past its end of life, from the day after the last day on", () => {
  const on = (day: string) => supportNote("bookworm", Date.parse(`${day}T12:00:00Z`));
  assert.equal(on("2026-06-10"), undefined);
  assert.match(
    on("2026-06-11") ?? "",
    /^Debian 12 \(bookworm\) gets security updates from Debian LTS only.* 2028-06-30$/,
  );
  assert.match(on("2028-06-30") ?? "", /LTS only/);
  assert.match(on("2028-07-01") ?? "", /past its end of life since 2028-06-30/);
});

test("releases are listed newest first, each with an end after the other", () => {
  for (const { securityUntil, ltsUntil } of DEBIAN_RELEASES) {
    assert.match(`${securityUntil} ${ltsUntil}`, /^\d{4}-\d\d-\d\d \d{4}-\d\d-\d\d$/);
    assert.ok(securityUntil < ltsUntil);
  }
  const versions = DEBIAN_RELEASES.map(({ version }) => Number(version));
  assert.deepEqual(
    versions,
    versions.toSorted((a, b) => b - a),
  );
  assert.equal(findRelease("sid"), undefined);
});
