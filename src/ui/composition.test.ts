import assert from "node:assert/strict";
import { test } from "node:test";
import type { ComposeRecord, PackageRecord } from "../compose/record.ts";
import { describeReason, explainComposition } from "./composition.ts";

function record(changes: Partial<ComposeRecord> = {}): ComposeRecord {
  return { layers: [], files: 1, packages: [], choice: [], dropped: [], unloadable: [], leftOut: [], ...changes };
}

const PACKAGE: PackageRecord = {
  name: "libc6",
  version: "2.41-12",
  architecture: "amd64",
  purl: "pkg:deb/debian/libc6@2.41-12?arch=amd64",
  source: { name: "glibc", version: "2.41-12" },
  tier: "base-nossl",
  reason: { kind: "root" },
  bytes: 3_200_000,
  ignored: [],
  newer: null,
  scripts: { done: [], undone: [], reviewed: null },
};

test("packages, what was dropped and slices are tables of their own, the largest slice first", () => {
  const text = explainComposition(
    record({
      packages: [PACKAGE],
      dropped: [{ name: "libdb5.3t64", why: "no file of the image needs its libraries" }],
      leftOut: [
        { slice: "ldconfig", files: 1, bytes: 900 },
        { slice: "gconv", files: 255, bytes: 8_000_000 },
      ],
    }),
    (slice) => `what ${slice} is`,
  );
  assert.equal(
    text,
    `PACKAGE  VERSION  LAYER         SIZE  WHY
libc6    2.41-12  base-nossl  3.2 MB  asked for

Not in the image (-p NAME keeps one):
PACKAGE      WHY
libdb5.3t64  no file of the image needs its libraries

Left out of the packages (--slice NAME keeps one):
SLICE     FILES    SIZE  WHAT
gconv       255  8.0 MB  what gconv is
ldconfig      1   900 B  what ldconfig is
`,
  );
});

test("a part that is empty is not shown", () => {
  const text = explainComposition(record({ packages: [PACKAGE] }), () => "");
  assert.equal(text.split("\n").length, 3);
});

test("every kind of reason says who wants the package", () => {
  assert.equal(describeReason({ kind: "depends", from: "python3" }), "python3 depends on it");
  assert.equal(
    describeReason({ kind: "needed", by: "/usr/bin/x", library: "libz.so.1" }),
    "/usr/bin/x needs libz.so.1",
  );
  assert.equal(
    describeReason({ kind: "dlopen", from: "libc6", why: "for backtrace" }),
    "libc6 loads it: for backtrace",
  );
});
