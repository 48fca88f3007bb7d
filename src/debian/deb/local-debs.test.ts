import assert from "node:assert/strict";
import { test } from "node:test";
import { digestOf } from "../../lib/digest.ts";
import { PackageIndex } from "../index/package-index.ts";
import { indexOfDebs, requestFor } from "./local-debs.ts";

const CONTROL = `Package: own
Version: 1:2-3
Architecture: all
Depends: a (>= 1),
 b
Filename: /etc/passwd
Size: 99
Description: short
 long, ümlaut
 .
 more
`;

const deb = (control: string) => ({
  path: "x/own.deb",
  digest: digestOf("deb"),
  size: 7,
  control: Buffer.from(control),
});

test("a .deb on disk is found by its control file, with its own size and digest whatever that claims", async () => {
  const index = new PackageIndex([await indexOfDebs([deb(CONTROL)])]);
  const [found] = index.versions("own");
  assert.equal(found?.version, "1:2-3");
  assert.deepEqual([found?.size, found?.digest], [7, digestOf("deb")]);
  assert.match(found?.filename ?? "", /^local\/[0-9a-f]{64}\.deb$/);
  assert.deepEqual(
    found?.depends.map(([relation]) => relation?.name),
    ["a", "b"],
  );
  assert.equal(requestFor(deb(CONTROL)), "own=1:2-3");
});

test("a control file that says no name or version, or two packages, is refused by the name of its .deb", async () => {
  for (const control of ["", "Package: a\n", "Version: 1\n", "Package: a\nVersion: 1\n\nPackage: b\nVersion: 1\n"]) {
    await assert.rejects(
      async () => indexOfDebs([deb(control)]),
      { code: "FORMAT_INVALID", message: /own\.deb/ },
      control,
    );
  }
});
