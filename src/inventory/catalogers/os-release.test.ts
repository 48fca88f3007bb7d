import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { claimsOf } from "../../../test/support/layer-files.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { osReleaseCataloger } from "./os-release.ts";

const read = (text: string | Uint8Array, path = "usr/lib/os-release") => claimsOf(osReleaseCataloger, { [path]: text });

test("Debian, Alpine and Fedora say what they are", async () => {
  const debian =
    'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\nVERSION_CODENAME=trixie\nID=debian\n';
  assert.deepEqual(await read(debian), {
    claims: [
      {
        kind: "system",
        id: "debian",
        idLike: [],
        versionID: "13",
        codename: "trixie",
        name: "Debian GNU/Linux 13 (trixie)",
      },
    ],
    warnings: [],
  });
  const alpine = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.3\n';
  assert.deepEqual((await read(alpine, "etc/os-release")).claims, [
    { kind: "system", id: "alpine", idLike: [], versionID: "3.20.3", codename: "", name: "Alpine Linux" },
  ]);
  const rocky = "NAME='Rocky Linux'\nID='rocky'\nID_LIKE=\"rhel centos  fedora\"\nVERSION_ID=\"9.4\"\n";
  assert.deepEqual((await read(rocky)).claims, [
    {
      kind: "system",
      id: "rocky",
      idLike: ["rhel", "centos", "fedora"],
      versionID: "9.4",
      codename: "",
      name: "Rocky Linux",
    },
  ]);
});

test("a system without an ID is linux", async () => {
  const { claims } = await read("NAME=Own\n");
  assert.deepEqual(
    claims.map((claim) => claim.kind === "system" && [claim.id, claim.name]),
    [["linux", "Own"]],
  );
});

test("what is no os-release is told and claims nothing", async () => {
  for (const text of ["hello\n", "\0\xff", 'ID="$(id)"\n', "ID=a b\n", "ID=../x\n", "\n"]) {
    const { claims, warnings } = await read(text);
    assert.deepEqual(claims, [], text);
    assert.deepEqual(warnings, ["/usr/lib/os-release: it does not say which system this is"]);
  }
  assert.deepEqual(await read(""), { claims: [], warnings: [] });
  assert.deepEqual(await read("ID=debian\n", "srv/etc/os-release"), { claims: [], warnings: [] });
});

test("values that are too long, or that a terminal would obey, count as absent; so does what is far behind", async () => {
  const { claims } = await read(`ID=a\nNAME="${"n".repeat(300)}"\nPRETTY_NAME="\x1b[2J"\nVERSION_ID=1\n`);
  assert.deepEqual(
    claims.map((claim) => claim.kind === "system" && [claim.name, claim.versionID]),
    [["a", "1"]],
  );
  const long = await read(`ID=a\n${"#".repeat(70_000)}\nID=b\n`);
  assert.deepEqual(
    long.claims.map((claim) => claim.kind === "system" && claim.id),
    ["a"],
  );
  assert.match(long.warnings.join(), /larger than 65536 bytes/);
});

test("quoted values mean what they mean to a shell", { skip: unlessTools("sh") }, async () => {
  const directory = mkdtempSync(join(tmpdir(), "os-release-"));
  const path = join(directory, "os-release");
  const word = fc.stringMatching(/^[ -~]{0,20}$/);
  const quoted = fc.oneof(
    word.map((text) => `"${text.replaceAll(/["$`\\]/g, "\\$&")}"`),
    word.map((text) => `'${text.replaceAll("'", "")}'`),
    fc.stringMatching(/^[A-Za-z0-9._-]{1,10}$/),
  );
  try {
    await fc.assert(
      fc.asyncProperty(quoted, async (value) => {
        const text = `ID=x\nPRETTY_NAME=${value}\n`;
        writeFileSync(path, text);
        const name = execFileSync(
          "sh",
          ["-c", '. "$1"; test "$PRETTY_NAME" || PRETTY_NAME=x; printf %s "$PRETTY_NAME"', "sh", path],
          {
            encoding: "utf8",
          },
        );
        const { claims } = await read(text);
        assert.deepEqual(
          claims.map((claim) => claim.kind === "system" && claim.name),
          [name],
        );
      }),
      { numRuns: 30 },
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});
