import assert from "node:assert/strict";
import { test } from "node:test";
import { notesOf } from "./notes.ts";
import type { ComposeRecord, PackageRecord } from "./record.ts";

const library: PackageRecord = {
  name: "perl",
  version: "5.40.1-6",
  architecture: "amd64",
  purl: "pkg:deb/debian/perl@5.40.1-6?arch=amd64",
  source: { name: "perl", version: "5.40.1-6" },
  tier: "packages",
  reason: { kind: "root" },
  bytes: 1,
  ignored: [
    { relation: "perl-base (= 5.40.1-6)", reason: "perl-base is Essential" },
    { relation: "debconf", reason: "only maintainer scripts use it, and they are not run" },
  ],
  newer: null,
  scripts: { done: [], undone: [], reviewed: null },
};

function recordOf(...packages: readonly PackageRecord[]): ComposeRecord {
  return { layers: [], files: 0, packages, choice: [], dropped: [], unloadable: [], leftOut: [] };
}

test("an Essential package that a wanted one depends on is named once, with all that depend on it", () => {
  const [note, ...more] = notesOf(recordOf(library, { ...library, name: "git" }));
  assert.match(note ?? "", /^perl-base is not in the image, though perl, git depend on it/);
  assert.deepEqual(more, []);
});

test("nothing is said of the catalogue's own tiers and of dependencies for maintainer scripts", () => {
  assert.deepEqual(notesOf(recordOf({ ...library, tier: "python3" })), []);
  assert.deepEqual(notesOf(recordOf({ ...library, ignored: library.ignored.slice(1) })), []);
});

test("a package that is older than the archive's is named with both versions", () => {
  const notes = notesOf(recordOf({ ...library, ignored: [], newer: "5.40.1-7" }));
  assert.deepEqual(notes, ["perl 5.40.1-6 was chosen, as a constraint asks; the archive has 5.40.1-7"]);
});

test("a plugin without its library is named with the library", () => {
  const unloadable = [{ path: "/usr/lib/app/gl.so", library: "libGL.so.1" }];
  const notes = notesOf({ ...recordOf(), unloadable } as ComposeRecord);
  assert.deepEqual(notes, ["/usr/lib/app/gl.so cannot be loaded: no package of the image has libGL.so.1"]);
});

test("what scripts of a wanted package would also have done is told, a few commands of it", () => {
  const undone = ["a2enmod -q dir", "newaliases", "cat > /etc/x", "setcap y /bin/y"].map((command, index) => ({
    script: index === 0 ? "preinst" : "postinst",
    line: 7 + index,
    command,
  }));
  const scripts = { done: [], undone, reviewed: null };
  assert.deepEqual(notesOf(recordOf({ ...library, ignored: [], scripts })), [
    "perl: its scripts would also have run: a2enmod -q dir (preinst line 7); newaliases (postinst line 8); cat > /etc/x (postinst line 9); and 1 more",
  ]);
  const one = { ...scripts, undone: undone.slice(1, 2) };
  assert.deepEqual(notesOf(recordOf({ ...library, ignored: [], tier: "base", scripts: one })), [
    "perl: its postinst would also have run: newaliases (line 8)",
  ]);
});
