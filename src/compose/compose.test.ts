import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { composeStep } from "../../test/support/compose-step.ts";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { elfImage } from "../../test/support/elf-image.ts";
import { FakePackageSource, type PackageSpec } from "../../test/support/packages.ts";
import { bare, type Entry, file, streamed } from "../../test/support/tar.ts";
import { type Progress, silentProgress } from "../lib/progress.ts";
import type { Lease } from "../store/leases.ts";
import { Store } from "../store/store.ts";
import { compose } from "./compose.ts";
import type { ComposeRecord } from "./record.ts";
import { composeRequest } from "./request.ts";
import { NO_SETTINGS } from "./settings.ts";

const TUPLE = "./usr/lib/x86_64-linux-gnu";
const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMQ==\n-----END CERTIFICATE-----\n";

const library = (name: string, ...needed: string[]): Entry =>
  file(`${TUPLE}/${name}`, elfImage({ soname: name, needed }));
const program = (name: string, ...needed: string[]): Entry =>
  file(`./usr/bin/${name}`, elfImage({ needed, interpreter: "/lib64/ld-linux-x86-64.so.2" }), { mode: 0o755 });

const STATIC: readonly PackageSpec[] = [
  { name: "base-files", entries: [file("./usr/lib/os-release", "ID=debian\n")] },
  { name: "ca-certificates", entries: [file("./usr/share/ca-certificates/mozilla/One.crt", CERTIFICATE)] },
  ...["media-types", "netbase", "tzdata", "tzdata-legacy"].map((name) => ({
    name,
    entries: [file(`./etc/${name}`, name)],
  })),
];

/** libssl depends on libold and on nothing that needs it; libold is what `late` needs. */
const BASE: readonly PackageSpec[] = [
  ...STATIC,
  { name: "libc6", entries: [library("libc.so.6"), library("ld-linux-x86-64.so.2")] },
  { name: "libssl3t64", fields: { Depends: "libold1" }, entries: [library("libssl.so.3", "libc.so.6")] },
  { name: "libold1", entries: [library("libold.so.1", "libc.so.6")] },
  { name: "libzstd1", entries: [library("libzstd.so.1")] },
  { name: "zlib1g", entries: [library("libz.so.1")] },
  { name: "late", fields: { Depends: "libold1" }, entries: [program("late", "libold.so.1")] },
  { name: "data", entries: [file("./usr/share/data/x", "1")] },
];

const at = <T>(items: readonly T[], index: number): T => items[index] as T;

class Kitchen {
  readonly store: Store;
  readonly lease: Lease;

  constructor(t: TestContext) {
    this.store = Store.open(join(temporaryDirectory(t), "store"));
    this.lease = this.store.lease("test");
    t.after(() => this.store.close());
  }

  compose(
    source: FakePackageSource,
    base = "base",
    packages: readonly string[] = [],
    {
      timestamp = 0,
      signal,
      progress = silentProgress,
    }: { timestamp?: number; signal?: AbortSignal; progress?: Progress } = {},
  ): Promise<ComposeRecord> {
    const platform = { os: "linux", architecture: "amd64" };
    const request = composeRequest(composeStep({ base, packages }), platform, {
      ...{ sources: [], debs: [], settings: NO_SETTINGS },
    });
    const { store, lease } = this;
    return compose(request, { source, store, lease, timestamp, progress, signal });
  }

  /** Paths of a layer's entries. */
  async paths(record: ComposeRecord, index: number): Promise<readonly string[]> {
    const chunks = await Array.fromAsync(this.store.openBlob(at(record.layers, index).diffID));
    const { entries } = await streamed(Buffer.concat(chunks));
    return entries.map(({ header }) => header.path);
  }
}

test("each tier is a layer, shared by every base and package set that stands on it", async (t) => {
  const kitchen = new Kitchen(t);
  const source = new FakePackageSource(t, BASE);
  const fixed = await kitchen.compose(source, "static");
  const base = await kitchen.compose(source, "base");
  const more = await kitchen.compose(source, "base", ["data"]);
  assert.deepEqual(base.layers.slice(0, 1), fixed.layers);
  assert.deepEqual(more.layers.slice(0, 3), base.layers);
  assert.deepEqual(
    more.layers.map(({ createdBy }) => createdBy),
    ["static", "base-nossl", "base", "packages"].map((tier) => `distill compose ${tier} (Debian trixie)`),
  );
  assert.deepEqual(
    more.packages.filter(({ tier }) => tier === "packages").map(({ name, reason }) => [name, reason]),
    [["data", { kind: "root" }]],
  );
  const top = await kitchen.paths(more, 3);
  assert.ok(top.includes("usr/share/data/x") && top.includes("var/lib/dpkg/status.d/data"));
  assert.ok(!top.includes("etc/ld.so.cache"), "nothing changed that it lists");
});

test("what was composed is remembered: neither index nor packages are asked for again", async (t) => {
  const kitchen = new Kitchen(t);
  const first = await kitchen.compose(new FakePackageSource(t, BASE), "base", ["data"]);
  const source = new FakePackageSource(t, BASE);
  assert.deepEqual(await kitchen.compose(source, "base", ["data"]), first);
  assert.deepEqual([source.indexed, source.unpacked], [0, []]);
});

test("an index that changed but for the packages that are used makes nothing anew", async (t) => {
  const kitchen = new Kitchen(t);
  const first = await kitchen.compose(new FakePackageSource(t, BASE), "base", ["data"]);
  const changed = new FakePackageSource(t, [...BASE, { name: "other" }], "2");
  assert.deepEqual(await kitchen.compose(changed, "base", ["data"]), first);
  assert.deepEqual([changed.indexed, changed.unpacked], [1, []]);
  const again = new FakePackageSource(t, [...BASE, { name: "other" }], "2");
  assert.deepEqual(await kitchen.compose(again, "base", ["data"]), first);
  assert.equal(again.indexed, 0, "the changed index is remembered too");
});

test("a package that changed is composed anew, and the tiers below it are the same layers", async (t) => {
  const kitchen = new Kitchen(t);
  const first = await kitchen.compose(new FakePackageSource(t, BASE), "base");
  const newer = BASE.map((spec) => (spec.name === "zlib1g" ? { ...spec, version: "2" } : spec));
  const second = await kitchen.compose(new FakePackageSource(t, newer, "2"), "base");
  assert.deepEqual(second.layers.slice(0, 2), first.layers.slice(0, 2));
  assert.notDeepEqual(second.layers[2], first.layers[2]);
  assert.equal(second.packages.find(({ name }) => name === "zlib1g")?.version, "2");
});

test("the same request gives the same layers in another store, and other times other ones", async (t) => {
  const source = new FakePackageSource(t, BASE);
  const first = await new Kitchen(t).compose(source, "base", ["late", "data"]);
  const shuffled = new FakePackageSource(t, [...BASE].reverse());
  assert.deepEqual(await new Kitchen(t).compose(shuffled, "base", ["data", "late", "data"]), first);
  const later = await new Kitchen(t).compose(source, "base", ["late", "data"], { timestamp: 1 });
  assert.notEqual(later.layers[0]?.diffID, first.layers[0]?.diffID);
});

test("a library that one tier drops comes back in the tier that needs it", async (t) => {
  const kitchen = new Kitchen(t);
  const source = new FakePackageSource(t, BASE);
  const without = await kitchen.compose(source, "base");
  assert.deepEqual(without.dropped, [{ name: "libold1", why: "no file of the image needs its libraries" }]);
  const record = await kitchen.compose(source, "base", ["late"]);
  assert.deepEqual(record.dropped, []);
  const found = record.packages.filter(({ name }) => name === "libold1").map(({ tier, reason }) => ({ tier, reason }));
  const reason = { kind: "needed", by: "/usr/bin/late", library: "libold.so.1" };
  assert.deepEqual(found, [{ tier: "packages", reason }]);
  assert.ok((await kitchen.paths(record, 3)).includes("usr/lib/x86_64-linux-gnu/libold.so.1"));
});

test("a library that two tiers drop is told once", async (t) => {
  const specs = [...BASE, { name: "tool", fields: { Depends: "libold1" }, entries: [program("tool", "libz.so.1")] }];
  const { dropped } = await new Kitchen(t).compose(new FakePackageSource(t, specs), "base", ["tool"]);
  assert.deepEqual(
    dropped.map(({ name }) => name),
    ["libold1"],
  );
});

test("a package that takes the place of a dropped one is no part of what a later index is known by", async (t) => {
  const specs = (version: string): readonly PackageSpec[] => [
    ...BASE,
    { name: "either", fields: { Depends: "choice | libold1" }, entries: [file("./usr/share/either", "1")] },
    { name: "choice", version, entries: [file("./usr/share/choice", version)] },
  ];
  const kitchen = new Kitchen(t);
  const versions = [];
  for (const version of ["1", "2"]) {
    const record = await kitchen.compose(new FakePackageSource(t, specs(version), version), "base", ["either"]);
    versions.push(record.packages.find(({ name }) => name === "choice")?.version);
  }
  assert.deepEqual(versions, ["1", "2"]);
});

test("a package that is there already adds no layer", async (t) => {
  const kitchen = new Kitchen(t);
  const source = new FakePackageSource(t, BASE);
  const plain = await kitchen.compose(source, "base");
  assert.deepEqual((await kitchen.compose(source, "base", ["zlib1g"])).layers, plain.layers);
});

test("a file that a lower tier's package has is refused; with Replaces the upper layer carries it", async (t) => {
  const own = (fields: Readonly<Record<string, string>>): readonly PackageSpec[] => [
    ...BASE,
    { name: "own", fields, entries: [file("./etc/netbase", "mine")] },
  ];
  const kitchen = new Kitchen(t);
  await assert.rejects(kitchen.compose(new FakePackageSource(t, own({})), "static", ["own"]), {
    code: "FILE_CONFLICT",
    message: "package own 1: /etc/netbase is also in netbase 1",
  });
  const record = await kitchen.compose(new FakePackageSource(t, own({ Replaces: "netbase" }), "2"), "static", ["own"]);
  assert.ok((await kitchen.paths(record, 1)).includes("etc/netbase"));
});

test("a program that would lack a library is refused with the file and the library", async (t) => {
  const specs = [...BASE, { name: "broken", entries: [program("broken", "libmissing.so.9")] }];
  await assert.rejects(new Kitchen(t).compose(new FakePackageSource(t, specs), "base", ["broken"]), {
    code: "UNRESOLVED_LIBRARY",
    message: /\/usr\/bin\/broken needs libmissing\.so\.9/,
  });
});

test("a plugin whose libraries no package brings is no reason to refuse, and is told of each time", async (t) => {
  const plugin = file(`${TUPLE}/app/gl.so`, elfImage({ soname: "gl.so", needed: ["libGL.so.1", "libc.so.6"] }));
  const specs = [...BASE, { name: "app", entries: [program("app"), plugin] }];
  const kitchen = new Kitchen(t);
  const warnings: string[] = [];
  for (let round = 0; round < 2; round++) {
    await kitchen.compose(new FakePackageSource(t, specs), "base", ["app"], {
      progress: { ...silentProgress, warn: (text) => warnings.push(text) },
    });
  }
  const warning = "/usr/lib/x86_64-linux-gnu/app/gl.so cannot be loaded: no package of the image has libGL.so.1";
  assert.deepEqual(warnings, [warning, warning]);
});

test("a hostile package is refused with its name, and nothing is remembered", async (t) => {
  const hostile = { name: "evil", version: "6.6", entries: [bare({ path: "./dev/mem", type: "char" })] };
  const kitchen = new Kitchen(t);
  const source = new FakePackageSource(t, [...BASE, hostile]);
  for (let round = 0; round < 2; round++) {
    await assert.rejects(kitchen.compose(source, "static", ["evil"]), {
      code: "FORMAT_INVALID",
      message: /^package evil 6\.6: \/dev\/mem is a char device/,
    });
  }
});

test("nothing is composed once it is cancelled", async (t) => {
  const signal = AbortSignal.abort();
  await assert.rejects(new Kitchen(t).compose(new FakePackageSource(t, BASE), "base", [], { signal }), {
    code: "CANCELLED",
  });
});

test("a record counts the files of the image and what was left out, over all tiers", async (t) => {
  const manual = (name: string) => file(`./usr/share/man/man1/${name}.1`, "12345");
  const specs = BASE.map((spec) => ({ ...spec, entries: [...(spec.entries ?? []), manual(spec.name)] }));
  const record = await new Kitchen(t).compose(new FakePackageSource(t, specs), "base");
  assert.deepEqual(record.leftOut, [{ slice: "documentation", files: 10, bytes: 50 }]);
  const records = 2 * record.packages.length;
  const written = [
    "bin",
    "lib",
    "lib64",
    "sbin",
    "passwd",
    "group",
    "nsswitch",
    "bundle",
    "run",
    "lock",
    "cert.pem",
    "cache",
  ];
  const shipped = ["os-release", "media-types", "netbase", "tzdata", "tzdata-legacy", "c", "ld", "ssl", "zstd", "z"];
  assert.equal(record.files, records + written.length + shipped.length);
});
