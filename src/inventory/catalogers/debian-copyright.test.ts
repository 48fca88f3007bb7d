import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { claimsOf } from "../../../test/support/layer-files.ts";
import { debianCopyrightCataloger } from "./debian-copyright.ts";

const PATH = "usr/share/doc/libfoo1/copyright";

async function licensesIn(text: string | Uint8Array) {
  const { claims, warnings } = await claimsOf(debianCopyrightCataloger, { [PATH]: text });
  const [claim] = claims;
  return { licenses: claim?.kind === "licenses" ? claim.licenses : undefined, warnings };
}

const cases: Readonly<Record<string, readonly [string, readonly string[] | undefined]>> = {
  "short names of a machine-readable file, in order and once": [
    `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Files: *
License: GPL-2+ or Artistic

Files: b
License: Expat
 Permission is hereby granted

License: GPL-2+ or Artistic
 On Debian systems see /usr/share/common-licenses/GPL-2.

License:
 nothing
license: BSD-3-clause
`,
    ["GPL-2+ or Artistic", "Expat", "BSD-3-clause"],
  ],
  "references to common licences of a text": [
    "This is free software.\nSee `/usr/share/common-licenses/GPL-2', and\nfile:///usr/share/common-licenses/LGPL-2.1.\n/usr/share/common-licenses/GPL-2 again\n",
    ["GPL-2", "LGPL-2.1"],
  ],
  "one word after License: of a text": ["License: MIT\n\n/usr/share/common-licenses/GPL-3\n", ["MIT"]],
  "a sentence after License: is no licence": [
    "License: You may do what you want.\n/usr/share/common-licenses/GPL-3\n",
    ["GPL-3"],
  ],
  "nothing that is known": ["Copyright 2001 A. Person\n", undefined],
  "line ends of other systems": ["Format: x\r\nLicense: ISC \r\n", ["ISC"]],
  "an escape sequence is no short name": ["Format: x\nLicense: \x1b[31mMIT\n", undefined],
};

for (const [name, [text, expected]] of Object.entries(cases)) {
  test(name, async () => {
    assert.deepEqual(await licensesIn(text), { licenses: expected, warnings: [] });
  });
}

test("the package is the directory, and other copyright files are not read", async () => {
  const { claims } = await claimsOf(debianCopyrightCataloger, {
    [PATH]: "License: MIT\n",
    "usr/share/doc/copyright": "License: X\n",
    "usr/share/doc/a/b/copyright": "License: X\n",
    "srv/usr/share/doc/a/copyright": "License: X\n",
    "usr/share/doc/not a name/copyright": "License: X\n",
  });
  assert.deepEqual(claims, [{ kind: "licenses", type: "deb", name: "libfoo1", licenses: ["MIT"] }]);
});

test("endless lines and files are told, and hold up nothing", async () => {
  const long = await licensesIn(`Format: x\n${"License: /usr/share/common-licenses/".repeat(10_000)}\nLicense: MIT\n`);
  assert.deepEqual(long, { licenses: ["MIT"], warnings: [`/${PATH}: a line is longer than 65536 bytes`] });
  const huge = await licensesIn(Buffer.alloc(8 * 1024 * 1024 + 1, "\n"));
  assert.deepEqual(huge.warnings, [`/${PATH}: it is larger than 8388608 bytes and is not read`]);
  const many = await licensesIn(
    `Format: x\n${Array.from({ length: 2000 }, (_, index) => `License: L${index}\n`).join("")}`,
  );
  assert.equal(many.licenses?.length, 1000);
});

test("any bytes give licences that can be shown, or none", async () => {
  const piece = fc.oneof(fc.constantFrom("License:", "Format: ", "/usr/share/common-licenses/", "\n"), fc.string());
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      for (const license of (await licensesIn(pieces.join(""))).licenses ?? []) assert.match(license, /^[ -~]+$/);
    }),
    { numRuns: 100 },
  );
});
