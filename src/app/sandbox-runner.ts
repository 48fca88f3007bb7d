import { spawnSync } from "node:child_process";
import { createWriteStream, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { RootJob, RootRunner } from "../compose/system/root-runner.ts";
import { formatPlatform, hostPlatform, type Platform, samePlatform } from "../image/platform.ts";
import { DistillError } from "../lib/errors.ts";
import { BackingFile } from "../rootfs/content.ts";
import { wholeTree } from "../rootfs/diff.ts";
import { applyLayer } from "../rootfs/layer-reader.ts";
import { writeLayer } from "../rootfs/layer-writer.ts";
import type { Tree } from "../rootfs/tree.ts";
import { TreeEditor } from "../rootfs/tree-editor.ts";
import type { ComposeMeans } from "./compose-layers.ts";

let n = 0;

/** PROTOTYPE ONLY */
export class SandboxRunner implements RootRunner {
  readonly #means: Omit<ComposeMeans, "lock">;

  constructor(means: Omit<ComposeMeans, "lock">) {
    this.#means = means;
  }

  async check(platform: Platform): Promise<void> {
    if (samePlatform(platform, hostPlatform())) return;
    throw new DistillError(
      "ENVIRONMENT",
      `the maintainer scripts of a Debian for ${formatPlatform(platform)} cannot run on this machine, which is ${formatPlatform(hostPlatform())}`,
      { hint: "build on a machine of that platform, or pull the image: leave it out of --compose" },
    );
  }

  async run(tree: Tree, job: RootJob): Promise<Tree> {
    const dir = join(this.#means.lease.temporaryDirectory, `root-${++n}`);
    mkdirSync(dir);
    const t0 = performance.now();
    const tar = `${dir}/in.tar`;
    await pipeline(Readable.from(writeLayer(wholeTree(tree), { timestamp: "keep" }), { objectMode: false }), createWriteStream(tar));
    const t1 = performance.now();
    for (const each of ["low", "up", "work", "root"]) mkdirSync(join(dir, each));
    const sh = (script: string, env = {}) => {
      const r = spawnSync("sh", ["-ec", script], { cwd: dir, encoding: "utf8", env: { PATH: process.env.PATH, ...env } });
      if (r.status !== 0) throw new DistillError("ENVIRONMENT", `${job.what}: ${(r.stdout + r.stderr).slice(-3000)}`);
      return r;
    };
    sh("tar -C low -xpf in.tar --xattrs --xattrs-include='*' --numeric-owner");
    const t2 = performance.now();
    const env = job.environment.map((e) => `'${e}'`).join(" ");
    const script = job.script.replaceAll("'", "'\\''");
    sh(
      `unshare -m -p -f -n -u sh -ec "
      mount -t overlay overlay -o lowerdir=low,upperdir=up,workdir=work root
      mount -t proc proc root/proc
      mount -t tmpfs tmpfs root/dev; mknod -m 666 root/dev/null c 1 3; mknod -m 666 root/dev/zero c 1 5;mknod -m 666 root/dev/urandom c 1 9; mknod -m 666 root/dev/random c 1 8; ln -s /proc/self/fd root/dev/fd
      exec env -i ${env} chroot root /bin/sh -c "'"$SCRIPT"'`,
      { SCRIPT: job.script },
    );
    void script;
    const t3 = performance.now();
    sh("tar -C up --format=pax --sort=name --numeric-owner -cf out.tar .");
    if (readdirSync(join(dir, "up")).length === 0) return tree;
    const result = await applyLayer(tree, new BackingFile(`${dir}/out.tar`), { kind: "composed", piece: "maintainer scripts" });
    const ed = new TreeEditor(result);
    for (const [path, node] of result.entries()) if (node.type === "char" && node.major === 0 && node.minor === 0) ed.remove(path);
    const t4 = performance.now();
    console.error(`in.tar ${t1 - t0} untar ${t2 - t1} run ${t3 - t2} capture ${t4 - t3}`);
    return ed.done();
  }
}
