import assert from "node:assert/strict";
import { readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { wholeTree } from "../../src/rootfs/diff.ts";
import { pathFromText } from "../../src/rootfs/path.ts";
import type { Tree } from "../../src/rootfs/tree.ts";
import { EXECUTORS, openSandbox } from "../../src/sandbox/choose.ts";
import type { ExecutorName } from "../../src/sandbox/executors/executor.ts";
import { findTargets } from "../../src/sandbox/root/targets.ts";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import type { Lease } from "../../src/store/leases.ts";
import { Store } from "../../src/store/store.ts";
import { DEFAULTS, EXECUTOR_CASES, type ExecutorCase } from "./executor-cases.ts";
import { directoryNode, fileNode, symlinkNode, treeOf } from "./root-trees.ts";
import { isInShare } from "./share.ts";
import { hasTool, unlessTools } from "./tools.ts";

const PROGRAMS: Readonly<Record<ExecutorName, string>> = {
  ...{ crun: "crun", runc: "runc", bubblewrap: "bwrap", "util-linux": "pivot_root" },
};

const APPLETS =
  "sh cat tr ls grep id stat head wc touch mknod mkdir mount umount ip hostname cp chmod su df readlink env readlink true";

/**
 * The cases of executors, on each that this machine has, as who this process is; in a share of the tests all on the first one as
 * root, and else each on one. `directory` is his and empty. */
export function describeExecutors(who: string, directory: string, skip: false | string): void {
  for (const [place, name] of EXECUTORS.entries()) {
    describe(`${name}, as ${who}`, { skip: skip || unlessTools("busybox", "tar", PROGRAMS[name]) }, () => {
      const root = join(directory, name);
      const tree = hasTool("busybox") ? rootTree() : treeOf({});
      let store: Store;
      let lease: Lease;
      let sandbox: Sandbox;
      let lower: string;
      before(async () => {
        store = Store.open(root);
        lease = store.lease("executors");
        sandbox = openSandbox(store, name);
        const draft = store.draftSnapshot(lease);
        await sandbox.files.unpack(wholeTree(tree), draft, undefined);
        lower = draft.directory;
      });
      after(async () => {
        await lease.release();
        await sandbox.files.remove(store.sweepSnapshots());
        await store.close();
      });

      for (const [index, each] of EXECUTOR_CASES.entries()) {
        const isWhole = place === 0 && process.getuid?.() === 0;
        if (!isWhole && !isInShare(index, EXECUTORS.length, place)) continue;
        const exempt = each.exempt?.includes(name) === true ? `is documented not to be so with ${name}` : false;
        test(each.name, { skip: exempt }, async (context) => {
          if (each.users && sandbox.mapping.kind === "single") return context.skip("needs more users than one");
          const { status, output } = await run({ store, lease, sandbox, lower, tree }, each);
          if (typeof each.output === "string") assert.equal(output, each.output);
          else assert.match(output, each.output);
          assert.equal(status, each.status ?? 0, output);
        });
      }
    });
  }
}

interface Scene {
  readonly store: Store;
  readonly lease: Lease;
  readonly sandbox: Sandbox;
  readonly lower: string;
  readonly tree: Tree;
}

async function run({ store, lease, sandbox, lower, tree }: Scene, each: ExecutorCase) {
  const { script, mounts = [], directory = DEFAULTS.directory } = each;
  const wanted = mounts.map(({ target, kind }) => ({
    target: `/${target}`,
    type: kind === "memory" || kind === "socket" ? ("file" as const) : ("directory" as const),
  }));
  let output = "";
  const status = await sandbox.run(
    {
      ...{
        lowers: [lower],
        upper: store.draftSnapshot(lease),
        arguments: typeof script === "string" ? ["/bin/sh", "-c", script] : script,
        hostname: "case",
      },
      ...{ environment: each.environment ?? DEFAULTS.environment, directory: pathFromText(directory) },
      ...{ user: each.user ?? DEFAULTS.user, network: each.network ?? DEFAULTS.network, mounts, signal: undefined },
      stubs: findTargets(tree, wanted).stubs,
      onOutput: (chunk) => {
        output += chunk.toString("utf8");
      },
    },
    lease,
  );
  return { status, output };
}

/** busybox, and what it needs. */
function rootTree(): Tree {
  const path = ["/bin/busybox", "/usr/bin/busybox"].find((each) => hasTool("busybox") && exists(each)) ?? "";
  const applets = APPLETS.split(" ").map((name) => [`bin/${name}`, symlinkNode("busybox")] as const);
  return treeOf({
    "bin/busybox": fileNode(readFileSync(path), { mode: 0o755 }),
    ...Object.fromEntries(applets),
    "etc/passwd": "root::0:0:root:/root:/bin/sh\nuser:x:1000:1000::/:/bin/sh\n",
    "etc/group": "root:x:0:\n",
    tmp: directoryNode({ mode: 0o1777 }),
  });
}

function exists(path: string): boolean {
  try {
    return realpathSync(path) !== "";
  } catch {
    return false;
  }
}
