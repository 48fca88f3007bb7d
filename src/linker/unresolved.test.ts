import assert from "node:assert/strict";
import { test } from "node:test";
import { type ElfImage, elfImage } from "../../test/support/elf-image.ts";
import { symlinkNode, treeOf } from "../../test/support/root-trees.ts";
import { isDistillError } from "../lib/errors.ts";
import { ElfReader } from "./elf-reader.ts";
import { refuseUnresolved, unresolvedLibraries } from "./unresolved.ts";

const LIBC = { "usr/lib/x86_64-linux-gnu/libc.so.6": elfImage({ soname: "libc.so.6" }) };

/** "PATH needs NAME" for everything in the tree. */
async function unresolved(entries: Parameters<typeof treeOf>[0]): Promise<readonly string[]> {
  const tree = treeOf(entries);
  const reader = new ElfReader();
  const found = await unresolvedLibraries(tree, reader, await reader.all(tree));
  return found.map(({ object, library }) => `${object.path} needs ${library}`);
}

const needs = (...needed: string[]): Uint8Array => elfImage({ needed });
const program = (image: ElfImage): Uint8Array => elfImage({ interpreter: "/lib64/ld-linux-x86-64.so.2", ...image });

test("a library that is nowhere is unresolved", async () => {
  assert.deepEqual(await unresolved({ ...LIBC, app: needs("libc.so.6", "libpq.so.5") }), ["app needs libpq.so.5"]);
});

test("a library outside the search path counts as there: the loading program's RPATH may lead to it", async () => {
  const entries = {
    ...LIBC,
    "opt/bin/app": program({ rpath: "$ORIGIN/../lib", needed: ["liba.so"] }),
    "opt/lib/liba.so": needs("libb.so"),
    "opt/lib/libb.so": needs("libc.so.6"),
    "opt/elsewhere": needs("./libb.so"),
  };
  assert.deepEqual(await unresolved(entries), []);
});

test("a name without a library behind it is unresolved", async () => {
  const app = { ...LIBC, app: needs("liba.so.1") };
  const expected = ["app needs liba.so.1"];
  assert.deepEqual(await unresolved({ ...app, "usr/lib/liba.so.1": symlinkNode("liba.so.1.2") }), expected);
  assert.deepEqual(await unresolved({ ...app, "usr/lib/liba.so.1": symlinkNode("liba.so.1") }), expected);
  assert.deepEqual(await unresolved({ ...app, "opt/liba.so.1": undefined }), expected);
  assert.deepEqual(await unresolved({ ...app, "opt/liba.so.1": elfImage({ soname: "x", machine: 183 }) }), expected);
  assert.deepEqual(await unresolved({ ...app, "opt/liba.so.1": elfImage({ soname: "x" }).subarray(0, 120) }), expected);
});

test("what packages carry along for other machines and C libraries is passed over", async () => {
  const prebuilds = {
    "app/arm64.node": elfImage({ machine: 183, needed: ["ld-linux-aarch64.so.1", "libc.so.6"] }),
    "app/arm.node": elfImage({ class: 32, machine: 40, needed: ["ld-linux-armhf.so.3"] }),
    "app/x64-musl.node": needs("libc.musl-x86_64.so.1", "libstdc++.so.6"),
    "app/android.node": needs("libc.so", "liblog.so"),
  };
  assert.deepEqual(await unresolved({ ...LIBC, ...prebuilds }), []);
});

test("without a C library in the image nothing is passed over", async () => {
  assert.deepEqual(await unresolved({ app: needs("libc.musl-x86_64.so.1") }), ["app needs libc.musl-x86_64.so.1"]);
  assert.deepEqual(await unresolved({ app: needs("libc.so.6") }), ["app needs libc.so.6"]);
});

test("a program for another C library is not passed over", async () => {
  const app = elfImage({ interpreter: "/lib/ld-musl-x86_64.so.1", needed: ["libc.musl-x86_64.so.1"] });
  assert.deepEqual(await unresolved({ ...LIBC, app }), ["app needs libc.musl-x86_64.so.1"]);
});

test("a broken ELF file needs nothing", async () => {
  assert.deepEqual(await unresolved({ ...LIBC, "app/testdata/truncated": needs("libpq.so.5").subarray(0, 130) }), []);
});

test("the error names each file and what it lacks", async () => {
  const tree = treeOf({ "opt/app": needs("libpq.so.5") });
  const reader = new ElfReader();
  const found = await unresolvedLibraries(tree, reader, await reader.all(tree));
  assert.throws(
    () => refuseUnresolved(found, "add it"),
    (error) => isDistillError(error, "UNRESOLVED_LIBRARY") && /\/opt\/app needs libpq\.so\.5/.test(error.message),
  );
  refuseUnresolved([], "nothing");
});
