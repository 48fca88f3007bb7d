import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { type PackageSpec, payloadOf } from "../../../test/support/packages.ts";
import { emptyTree, treeOf } from "../../../test/support/root-trees.ts";
import { bare, file } from "../../../test/support/tar.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { readContent } from "../../rootfs/content.ts";
import { Attributer } from "../../rootfs/node.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { TreeEditor } from "../../rootfs/tree-editor.ts";
import { EVERYTHING } from "../packages/slices.ts";
import { unpackPayloads } from "../packages/unpack.ts";
import { enterPackages } from "./dpkg-database.ts";

const controlFile = (name: string, text: string, mode = 0o644) => ({ name, mode, bytes: Buffer.from(text) });

/** A control file, which says less than an index. */
const control = (name: string, fields: string): Uint8Array =>
  Buffer.from(
    `Package: ${name}\nVersion: 1\nArchitecture: amd64\nMaintainer: S <s@example.org>\n${fields}Description: a package\n more of it\n`,
  );

/** A field as dpkg-query writes it. */
const fieldOf = (name: string): string => `$\{${name}}`;

const SPECS: readonly PackageSpec[] = [
  {
    name: "libfoo1",
    fields: { "Multi-Arch": "same" },
    control: control("libfoo1", "Multi-Arch: same\n"),
    entries: [file("./usr/lib/libfoo.so.1", "1")],
    controlFiles: [controlFile("triggers", "activate-noawait ldconfig\n")],
  },
  {
    name: "foo",
    control: control("foo", "Depends: libfoo1\n"),
    entries: [
      bare({ path: "./", type: "directory" }),
      bare({ path: "./etc/", type: "directory" }),
      file("./etc/foo.conf", "a=1\n"),
      file("./usr/bin/foo", "1"),
    ],
    controlFiles: [
      controlFile("conffiles", "/etc/foo.conf\nremove-on-upgrade /etc/gone.conf\n"),
      controlFile("postinst", "#!/bin/sh\n", 0o755),
    ],
  },
];

async function entered(t: TestContext, below: Tree, specs = SPECS): Promise<Tree> {
  const attributer = new Attributer();
  const editor = new TreeEditor(below);
  const payloads = await Promise.all(specs.map((spec) => payloadOf(t, spec)));
  unpackPayloads(editor, payloads, attributer, [], EVERYTHING);
  await enterPackages(editor, attributer, payloads);
  return editor.done();
}

/** Files of dpkg's database by their names there. */
async function database(tree: Tree): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const [path, node] of tree.entries()) {
    if (node.type !== "file" || !path.startsWith("var/lib/dpkg/")) continue;
    found.set(path.slice("var/lib/dpkg/".length), Buffer.from(await readContent(node.content, 1e6)).toString("latin1"));
  }
  return found;
}

test("packages are entered as unpacked, with their files, scripts and configuration files", async (t) => {
  const files = await database(await entered(t, emptyTree()));
  assert.deepEqual(
    [...files.keys()],
    [
      ...["info/foo.conffiles", "info/foo.list", "info/foo.postinst", "info/format"],
      ...["info/libfoo1:amd64.list", "info/libfoo1:amd64.triggers", "status"],
    ],
  );
  assert.equal(files.get("info/foo.list"), "/.\n/etc\n/etc/foo.conf\n/usr/bin/foo\n");
  assert.match(
    files.get("status") ?? "",
    /\nStatus: install ok unpacked\nConffiles:\n \/etc\/foo\.conf d5e29449b9e66d5b4bb0d6ce48fbbcb1\n/,
  );
  assert.match(files.get("status") ?? "", / \/etc\/gone\.conf newconffile remove-on-upgrade\n/);
});

test("dpkg understands the database, and what is in it", { skip: unlessTools("dpkg", "dpkg-query") }, async (t) => {
  const directory = temporaryDirectory(t);
  for (const [name, text] of await database(await entered(t, emptyTree()))) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text, "latin1");
  }
  mkdirSync(join(directory, "updates"));
  const run = (program: string, ...args: string[]): string =>
    execFileSync(program, [`--admindir=${directory}`, ...args], { encoding: "utf8" });
  const format = ["binary:Package", "Version", "db:Status-Status"].map(fieldOf).join(" ");
  assert.equal(run("dpkg-query", "--show", `--showformat=${format}\\n`), "foo 1 unpacked\nlibfoo1:amd64 1 unpacked\n");
  assert.equal(run("dpkg-query", "--listfiles", "foo"), "/.\n/etc\n/etc/foo.conf\n/usr/bin/foo\n");
  assert.match(
    run("dpkg-query", "--show", `--showformat=${fieldOf("Conffiles")}`, "foo"),
    /^\n? \/etc\/foo\.conf [0-9a-f]{32}\n/,
  );
  assert.match(run("dpkg", "--audit"), /not yet.*configured|unpacked but not/i);
});

test("packages on others are entered beside them, and set off the triggers that watch their paths", async (t) => {
  const below = treeOf({
    "var/lib/dpkg/status": "Package: base\nStatus: install ok installed\n\n",
    "var/lib/dpkg/triggers/File": "/usr/lib base/noawait\n/usr/bin/foo base\n/usr/li base\n/opt base\n",
  });
  const files = await database(await entered(t, below));
  assert.match(files.get("status") ?? "", /^Package: base\nStatus: install ok installed\n\nPackage: libfoo1\n/);
  assert.equal(files.get("triggers/Unincorp"), "/usr/bin/foo -\n/usr/lib -\n");
});
