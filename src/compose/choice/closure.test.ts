import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { elfImage } from "../../../test/support/elf-image.ts";
import { payloadOf } from "../../../test/support/packages.ts";
import { bare, type Entry, file } from "../../../test/support/tar.ts";
import { ElfReader } from "../../linker/elf-reader.ts";
import { Attributer } from "../../rootfs/node.ts";
import { TreeEditor } from "../../rootfs/tree-editor.ts";
import { unpackPayloads } from "../packages/unpack.ts";
import { makeUsrMergeLinks } from "../packages/usr-merge.ts";
import { type Closure, closeOver } from "./closure.ts";

const LIBRARIES = "./usr/lib/x86_64-linux-gnu";
const LOADER = "/lib64/ld-linux-x86-64.so.2";

const program = (name: string, ...needed: string[]): Entry =>
  file(`./usr/bin/${name}`, elfImage({ interpreter: LOADER, needed }));
const library = (name: string, ...needed: string[]): Entry =>
  file(`${LIBRARIES}/${name}`, elfImage({ soname: name, needed }));
const script = (name: string): Entry => file(`./usr/bin/${name}`, "#!/usr/bin/python3\n");
const copyright = (name: string): Entry => file(`./usr/share/doc/${name}/copyright`, "free\n");

interface Chosen {
  readonly entries?: readonly Entry[];
  readonly depends?: readonly string[];
}

/** What stays of `packages`, of which `root` was asked for, on top of what `below` brought. */
async function close(
  t: TestContext,
  packages: Readonly<Record<string, Chosen>>,
  { roots = ["app"], below = {} }: { roots?: readonly string[]; below?: Readonly<Record<string, Chosen>> } = {},
): Promise<Closure> {
  const attributer = new Attributer();
  const owner = { kind: "composed", piece: "skeleton" } as const;
  const editor = TreeEditor.empty(attributer.of({ mode: 0o755, owner }));
  makeUsrMergeLinks(editor, attributer, owner, { name: "amd64", tuple: "x86_64-linux-gnu" });
  const payloads = async (of: Readonly<Record<string, Chosen>>) =>
    Promise.all(Object.entries(of).map(([name, { entries = [] }]) => payloadOf(t, { name, entries })));
  const lower = await payloads(below);
  unpackPayloads(editor, lower, attributer, []);
  const own = await payloads(packages);
  unpackPayloads(
    editor,
    own,
    attributer,
    lower.map((payload) => payload.package),
  );
  const candidates = own.map((payload) => {
    const { name } = payload.package;
    const dependencies = packages[name]?.depends ?? [];
    return { package: payload.package, root: roots.includes(name), dependencies, ignored: [], newer: undefined };
  });
  return closeOver(candidates, editor.done(), new ElfReader());
}

const names = (closure: Closure): readonly string[] => [...closure.kept.keys()].sort();

test("a root stays, even a library that nobody needs", async (t) => {
  const closure = await close(t, { app: { entries: [library("libapp.so.1")] } });
  assert.deepEqual([...closure.kept], [["app", { kind: "root" }]]);
  assert.deepEqual([...closure.dropped], []);
});

test("a library that a link of a kept package leads to stays, and so does one that has the package's copyright", async (t) => {
  const link = (path: string, linkname: string): Entry => bare({ path, type: "symlink", linkname });
  const closure = await close(t, {
    app: {
      entries: [program("app"), link(`./usr/lib/gcc/14/liba.so`, "../../x86_64-linux-gnu/liba.so.1")],
      depends: ["liba1", "libb1", "libc1"],
    },
    liba1: { entries: [library("liba.so.1"), link("./usr/share/doc/liba1", "libb1")] },
    libb1: { entries: [library("libb.so.1"), copyright("libb1")] },
    libc1: { entries: [library("libc.so.1"), copyright("libc1")] },
  });
  assert.deepEqual(names(closure), ["app", "liba1", "libb1"]);
  assert.deepEqual(closure.kept.get("liba1"), {
    kind: "needed",
    by: "/usr/lib/gcc/14/liba.so",
    library: "../../x86_64-linux-gnu/liba.so.1",
  });
});

test("a dependency of nothing but libraries is dropped where no program needs them", async (t) => {
  const closure = await close(t, {
    app: { entries: [program("app")], depends: ["liba1"] },
    liba1: {
      entries: [
        library("liba.so.1.0"),
        bare({ path: `${LIBRARIES}/liba.so.1`, type: "symlink", linkname: "liba.so.1.0" }),
        copyright("liba1"),
        file("./usr/share/doc/liba1/changelog.gz", "1"),
        file("./usr/share/lintian/overrides/liba1", "1"),
      ],
    },
  });
  assert.deepEqual(names(closure), ["app"]);
  assert.deepEqual([...closure.dropped], [["liba1", "no file of the image needs its libraries"]]);
});

test("a library that a kept program needs stays, with the program and the name", async (t) => {
  const closure = await close(t, {
    app: { entries: [program("app", "liba.so.1")], depends: ["liba1"] },
    liba1: { entries: [library("liba.so.1", "libb.so.2")], depends: ["libb2"] },
    libb2: { entries: [library("libb.so.2")] },
  });
  assert.deepEqual(closure.kept.get("liba1"), { kind: "needed", by: "/usr/bin/app", library: "liba.so.1" });
  assert.deepEqual(closure.kept.get("libb2"), {
    kind: "needed",
    by: "/usr/lib/x86_64-linux-gnu/liba.so.1",
    library: "libb.so.2",
  });
});

test("a library that is reached through a link to its file stays", async (t) => {
  const closure = await close(t, {
    app: { entries: [program("app", "liba.so.1")] },
    liba1: {
      entries: [
        library("liba.so.1.0"),
        bare({ path: `${LIBRARIES}/liba.so.1`, type: "symlink", linkname: "liba.so.1.0" }),
      ],
    },
  });
  assert.deepEqual(names(closure), ["app", "liba1"]);
});

test("the loader stays, because programs name it as their interpreter", async (t) => {
  const closure = await close(t, {
    app: { entries: [program("app")], depends: ["libc6"] },
    libc6: {
      entries: [
        library("ld-linux-x86-64.so.2"),
        bare({
          path: "./lib64/ld-linux-x86-64.so.2",
          type: "symlink",
          linkname: "/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
        }),
      ],
    },
  });
  assert.deepEqual(closure.kept.get("libc6"), { kind: "needed", by: "/usr/bin/app", library: LOADER });
});

test("a library that a kept one loads by name stays, with the reason", async (t) => {
  const closure = await close(t, {
    app: { entries: [program("app", "libc.so.6")], depends: ["libc6"] },
    libc6: { entries: [library("libc.so.6")], depends: ["libgcc-s1"] },
    "libgcc-s1": { entries: [library("libgcc_s.so.1")] },
  });
  const reason = closure.kept.get("libgcc-s1");
  assert.equal(reason?.kind, "dlopen");
  assert.match(reason?.kind === "dlopen" ? reason.why : "", /pthread_cancel/);
});

test("a library stays where a package without programs of its own asks for it", async (t) => {
  const closure = await close(t, {
    app: { entries: [script("app")], depends: ["libmagic1"] },
    libmagic1: { entries: [library("libmagic.so.1")] },
  });
  assert.deepEqual(closure.kept.get("libmagic1"), { kind: "depends", from: "app" });
});

test("Python's modules are no libraries: who asks for them imports them, which no NEEDED shows", async (t) => {
  const module = (name: string): Entry =>
    file(
      `./usr/lib/python3/dist-packages/${name}.cpython-313-x86_64-linux-gnu.so`,
      elfImage({ needed: ["libc.so.6"] }),
    );
  const closure = await close(t, {
    app: { entries: [module("cryptography/_rust"), script("x")], depends: ["python3-cffi-backend"] },
    "python3-cffi-backend": { entries: [module("_cffi_backend"), copyright("python3-cffi-backend")] },
  });
  assert.deepEqual(closure.kept.get("python3-cffi-backend"), { kind: "depends", from: "app" });
});

test("plugins, and libraries in directories of their own, are kept with whoever depends on them", async (t) => {
  const closure = await close(t, {
    app: { entries: [program("app")], depends: ["plugins", "libblas3", "fast"] },
    plugins: { entries: [file(`${LIBRARIES}/app/plugins/x.so`, elfImage({ soname: "x.so" }))] },
    libblas3: { entries: [file(`${LIBRARIES}/blas/libblas.so.3`, elfImage({ soname: "libblas.so.3" }))] },
    fast: { entries: [file(`${LIBRARIES}/glibc-hwcaps/x86-64-v3/libfast.so.1`, elfImage({ soname: "libfast.so.1" }))] },
  });
  assert.deepEqual(names(closure), ["app", "libblas3", "plugins"]);
});

test("data and empty packages follow whoever depends on them", async (t) => {
  const closure = await close(t, {
    app: { entries: [program("app")], depends: ["app-data", "meta"] },
    "app-data": { entries: [file("./usr/share/app/data", "1")] },
    meta: { entries: [copyright("meta")] },
  });
  assert.deepEqual(names(closure), ["app", "app-data", "meta"]);
});

test("a library package with a configuration file is not only libraries", async (t) => {
  const closure = await close(t, {
    app: { entries: [program("app")], depends: ["liba1"] },
    liba1: { entries: [library("liba.so.1"), file("./etc/liba.conf", "1")] },
  });
  assert.deepEqual(names(closure), ["app", "liba1"]);
});

test("what only dropped packages depend on goes with them, and says so", async (t) => {
  const closure = await close(t, {
    app: { entries: [program("app")], depends: ["libnsl2"] },
    libnsl2: { entries: [library("libnsl.so.2", "libtirpc.so.3")], depends: ["libtirpc3", "libnsl-common"] },
    libtirpc3: { entries: [library("libtirpc.so.3")], depends: ["libtirpc-common"] },
    "libtirpc-common": { entries: [file("./etc/netconfig", "1")] },
    "libnsl-common": { entries: [file("./usr/share/nsl", "1")] },
  });
  assert.deepEqual(names(closure), ["app"]);
  assert.deepEqual(Object.fromEntries(closure.dropped), {
    libnsl2: "no file of the image needs its libraries",
    libtirpc3: "no file of the image needs its libraries",
    "libtirpc-common": "only dropped packages depend on it: libtirpc3",
    "libnsl-common": "only dropped packages depend on it: libnsl2",
  });
});

test("packages that depend on one another in a circle stay or go together", async (t) => {
  const circle = (needed: string[]) => ({
    app: { entries: [program("app", ...needed)], depends: ["liba1"] },
    liba1: { entries: [library("liba.so.1")], depends: ["common"] },
    common: { entries: [file("./usr/share/common", "1")], depends: ["liba1"] },
  });
  assert.deepEqual(names(await close(t, circle([]))), ["app"]);
  assert.deepEqual(names(await close(t, circle(["liba.so.1"]))), ["app", "common", "liba1"]);
});

test("a library of a lower tier that is needed is not looked for again, and nothing of a lower tier is judged", async (t) => {
  const closure = await close(
    t,
    { app: { entries: [program("app", "libz.so.1")], depends: ["zlib1g"] } },
    { below: { zlib1g: { entries: [library("libz.so.1")] } } },
  );
  assert.deepEqual(names(closure), ["app"]);
  assert.deepEqual([...closure.dropped], []);
});

test("a library for another machine is not what a program needs", async (t) => {
  const arm = file(`${LIBRARIES}/liba.so.1`, elfImage({ soname: "liba.so.1", machine: 183 }));
  const closure = await close(t, {
    app: { entries: [program("app", "liba.so.1")], depends: ["liba1"] },
    liba1: { entries: [arm] },
  });
  assert.deepEqual(names(closure), ["app"]);
});

test("a broken file is no library, so its package is kept by Depends", async (t) => {
  const closure = await close(t, {
    app: { entries: [program("app")], depends: ["liba1"] },
    liba1: { entries: [library("liba.so.1"), file(`${LIBRARIES}/libb.so.1`, "\x7fELF broken")] },
  });
  assert.deepEqual(names(closure), ["app", "liba1"]);
});
