import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { FakePackageSource, type PackageSpec } from "../../../test/support/packages.ts";
import { bare, file, streamed } from "../../../test/support/tar.ts";
import { DistillError } from "../../lib/errors.ts";
import { silentProgress } from "../../lib/progress.ts";
import { readContent, textContent } from "../../rootfs/content.ts";
import { Attributer } from "../../rootfs/node.ts";
import { pathFromText } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { TreeEditor } from "../../rootfs/tree-editor.ts";
import type { Lease } from "../../store/leases.ts";
import { Store } from "../../store/store.ts";
import type { ComposeRecord } from "../record.ts";
import { composeSystem } from "./compose-system.ts";
import type { RootJob, RootRunner } from "./root-runner.ts";
import { differenceOf, systemConfig } from "./system-image.ts";
import { systemPlans } from "./system-plans.ts";
import { systemRequest } from "./system-request.ts";

const PLATFORM = { os: "linux", architecture: "amd64" };
const SCRIPT = { name: "preinst", mode: 0o755, bytes: Buffer.from("#!/bin/sh\n") };

/** All that systems of these names are made of, a file each; python3.13 is what python3 needs. */
function packagesOf(...names: readonly string[]): readonly PackageSpec[] {
  const wanted = names.flatMap((name) => systemPlans(systemRequest(name, PLATFORM)).flatMap((plan) => plan.packages));
  return [
    ...[...new Set(wanted)].map((name) => ({
      name,
      fields: name === "python3" ? { Depends: "python3.13" } : {},
      entries: [file(`./usr/share/doc/${name}/copyright`, name), file(`./usr/share/doc/${name}/README`, name)],
      controlFiles: ["apt", "base-passwd", "python3.13"].includes(name) ? [SCRIPT] : [],
    })),
    {
      name: "python3.13",
      version: "3.13.5-2",
      entries: [file("./usr/bin/python3.13", "1", { mode: 0o755 })],
      controlFiles: [SCRIPT],
    },
    { name: "unasked", entries: [bare({ path: "./unasked/", type: "directory" })] },
  ];
}

/** Stands for the sandbox: it writes down what was asked of it, and leaves what dpkg would. */
class FakeRunner implements RootRunner {
  readonly jobs: RootJob[] = [];
  readonly trees: Tree[] = [];

  async check(platform: { readonly architecture: string }): Promise<void> {
    if (platform.architecture !== "amd64") throw new DistillError("ENVIRONMENT", "another machine");
  }

  async run(tree: Tree, job: RootJob): Promise<Tree> {
    this.jobs.push(job);
    this.trees.push(tree);
    const editor = new TreeEditor(tree);
    const attributes = new Attributer().of({ mode: 0o644, owner: job.owner });
    for (const path of ["/var/lib/dpkg/status-old", `/var/lib/dpkg/run-${this.jobs.length}`]) {
      editor.put(pathFromText(path), { type: "file", attributes, content: textContent("1"), inode: undefined });
    }
    return editor.done();
  }
}

class Kitchen {
  readonly runner = new FakeRunner();
  readonly store: Store;
  readonly lease: Lease;

  constructor(t: TestContext) {
    this.store = Store.open(join(temporaryDirectory(t), "store"));
    this.lease = this.store.lease("test");
    t.after(() => this.store.close());
  }

  compose(source: FakePackageSource, name: string, platform = PLATFORM): Promise<ComposeRecord> {
    const { store, lease, runner } = this;
    const means = { source, store, lease, runner, timestamp: 0, progress: silentProgress, signal: undefined };
    return composeSystem(systemRequest(name, platform), means);
  }

  async paths({ layers }: ComposeRecord, index: number): Promise<readonly string[]> {
    const layer = layers[index];
    assert.ok(layer);
    const { entries } = await streamed(Buffer.concat(await Array.fromAsync(this.store.openBlob(layer.diffID))));
    return entries.map(({ header }) => header.path);
  }
}

test("a system is one layer: packages, dpkg's database, how apt works, and what scripts left but for their traces", async (t) => {
  const kitchen = new Kitchen(t);
  const record = await kitchen.compose(new FakePackageSource(t, packagesOf("debian")), "debian:trixie");
  const paths = await kitchen.paths(record, 0);
  for (const path of ["usr/share/doc/apt/copyright", "var/lib/dpkg/status", "var/lib/dpkg/info/bash.list", "bin"]) {
    assert.ok(paths.includes(path), path);
  }
  for (const path of ["etc/apt/sources.list.d/debian.sources", "usr/sbin/policy-rc.d", "var/lib/dpkg/run-1"]) {
    assert.ok(paths.includes(path), path);
  }
  assert.ok(!paths.some((path) => /unasked|status-old|status\.d|docker-clean/.test(path)));
  assert.equal(record.layers.length, 1);
  assert.equal(record.packages.length, record.choice.length);
  assert.ok(record.packages.every(({ tier }) => tier === "debian"));
});

test("scripts that come before unpacking run first, base-passwd's before all, and then dpkg", async (t) => {
  const kitchen = new Kitchen(t);
  await kitchen.compose(new FakePackageSource(t, packagesOf("debian")), "debian:trixie");
  const [job] = kitchen.runner.jobs;
  const calls = job?.script.split("\n").filter((line) => /^(?:preinst \S|dpkg )/.test(line));
  assert.deepEqual(calls, [
    "preinst base-passwd amd64 base-passwd preinst",
    "preinst apt amd64 apt preinst",
    "dpkg --configure --pending",
    "dpkg --audit >&2",
  ]);
  assert.ok(job?.environment.includes("SOURCE_DATE_EPOCH=0"));
});

test("the same again comes from the store, and nothing runs", async (t) => {
  const kitchen = new Kitchen(t);
  const first = await kitchen.compose(new FakePackageSource(t, packagesOf("debian")), "debian:trixie");
  const same = new FakePackageSource(t, packagesOf("debian"));
  assert.deepEqual(await kitchen.compose(same, "debian:13"), first);
  assert.equal(same.indexed, 0);
  const renewed = new FakePackageSource(t, packagesOf("debian"), "2");
  assert.deepEqual(await kitchen.compose(renewed, "debian"), first);
  assert.deepEqual([renewed.indexed, renewed.unpacked], [1, []]);
  assert.equal(kitchen.runner.jobs.length, 1);
});

test("a toolchain is a layer on that of the system, whose packages are not unpacked again", async (t) => {
  const kitchen = new Kitchen(t);
  const packages = packagesOf("debian:trixie-slim", "python:3-slim");
  const system = await kitchen.compose(new FakePackageSource(t, packages), "debian:trixie-slim");
  const source = new FakePackageSource(t, packages);
  const python = await kitchen.compose(source, "python:3.12-slim");
  assert.deepEqual(python.layers[0], system.layers[0]);
  assert.equal(python.layers.length, 2);
  assert.ok(!source.unpacked.includes("bash") && source.unpacked.includes("python3.13"));
  const [, below] = kitchen.runner.trees;
  const status = below?.get(pathFromText("/var/lib/dpkg/status"));
  const text = status?.type === "file" ? Buffer.from(await readContent(status.content, 1e6)).toString() : "";
  assert.match(text, /^Package: apt\n/m);
  assert.match(text, /^Package: python3\n/m);
  const [, job] = kitchen.runner.jobs;
  assert.match(job?.script ?? "", /dpkg-divert .*\/usr\/lib\/python3\.13\/EXTERNALLY-MANAGED/);
  assert.deepEqual(await kitchen.paths(python, 1).then((all) => all.filter((path) => /README|run-2/.test(path))), [
    "var/lib/dpkg/run-2",
  ]);
  const request = systemRequest("python:3.12-slim", PLATFORM);
  assert.equal(differenceOf(request, python), "Python 3.13.5 of Debian trixie, not 3.12");
  assert.equal(differenceOf(systemRequest("python:3.13-slim", PLATFORM), python), undefined);
  assert.ok(systemConfig(request, python).Env?.includes("PYTHON_VERSION=3.13.5"));
});

test("what cannot run here is refused before anything is fetched", async (t) => {
  const kitchen = new Kitchen(t);
  const source = new FakePackageSource(
    t,
    packagesOf("debian").map((each) => ({
      ...each,
      fields: { ...each.fields, Architecture: "all" },
    })),
  );
  await assert.rejects(kitchen.compose(source, "debian", { os: "linux", architecture: "arm64" }), {
    code: "ENVIRONMENT",
  });
  assert.deepEqual(source.unpacked, []);
});

test("containers start as those of the official images", () => {
  const record = { packages: [] as ComposeRecord["packages"] } as ComposeRecord;
  assert.deepEqual(systemConfig(systemRequest("debian", PLATFORM), record), {
    Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
    Cmd: ["bash"],
  });
  const golang = systemConfig(systemRequest("golang:1.24", PLATFORM), record);
  assert.equal(golang.WorkingDir, "/go");
  assert.match(
    golang.Env?.join(" ") ?? "",
    /^PATH=\/go\/bin:\/usr\/local\/go\/bin:.*GOLANG_VERSION=1\.24 .*GOPATH=\/go$/,
  );
});
