import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cpuTime } from "../../test/support/cpu-time.ts";
import { changed, directoryNode, fileNode, symlinkNode, treeOf } from "../../test/support/root-trees.ts";
import type { Content } from "../rootfs/content.ts";
import type { Tree } from "../rootfs/tree.ts";
import { compareFiles } from "./file-changes.ts";
import { type ComparedPackage, comparePackages } from "./package-changes.ts";
import { sizeChange } from "./size-change.ts";
import { compareSurfaces } from "./surface-changes.ts";

const deb = (name: string, version: string, architecture = "amd64"): ComparedPackage => ({
  ...{ kind: "deb", name, version, architecture },
  bytes: 1,
});

describe("sizes", () => {
  test("the ratio is the larger one by the smaller one, whichever that is", () => {
    assert.deepEqual(sizeChange(100, 300), { a: 100, b: 300, change: 200, ratio: 3 });
    assert.deepEqual(sizeChange(1000, 3), { a: 1000, b: 3, change: -997, ratio: 333.33 });
    assert.deepEqual(sizeChange(7, 7), { a: 7, b: 7, change: 0, ratio: 1 });
    assert.deepEqual(sizeChange(0, 7), { a: 0, b: 7, change: 7, ratio: null });
    assert.deepEqual(sizeChange(0, 0), { a: 0, b: 0, change: 0, ratio: null });
  });
});

describe("packages", () => {
  test("are new, gone, or there in another version, sorted by name", () => {
    const { added, removed, changed } = comparePackages(
      [deb("zlib", "1"), deb("bash", "5.1"), deb("same", "1"), deb("apt", "3")],
      [deb("same", "1"), deb("new", "2"), deb("bash", "5.2")],
    );
    assert.deepEqual(added, [deb("new", "2")]);
    assert.deepEqual(
      removed.map(({ name }) => name),
      ["apt", "zlib"],
    );
    assert.deepEqual(changed, [{ kind: "deb", name: "bash", architecture: "amd64", before: "5.1", after: "5.2" }]);
  });

  test("of two machines are compared by name, of two architectures in one image each by its own", () => {
    assert.deepEqual(comparePackages([deb("libc6", "2")], [deb("libc6", "2", "arm64")]).removed, []);
    const both = [deb("libc6", "2"), deb("libc6", "2", "i386")];
    const { added, removed } = comparePackages(both, [deb("libc6", "2")]);
    assert.deepEqual([added.length, removed.map(({ architecture }) => architecture)], [0, ["i386"]]);
  });
});

test("thousands of versions of one package are compared in bounded time", () => {
  const versions = (from: number) => Array.from({ length: 20_000 }, (_, index) => deb("a", String(from + index)));
  const before = cpuTime();
  const { added, removed, changed } = comparePackages(versions(0), versions(15_000));
  assert.deepEqual([added.length, removed.length, changed.length], [0, 0, 15_000]);
  assert.ok(cpuTime() - before < 1000);
});

test("packages of which an image has several versions are the same by version first", () => {
  const npm = (version: string): ComparedPackage => ({ kind: "npm", name: "ms", version, architecture: "", bytes: 1 });
  const { added, removed, changed } = comparePackages([npm("1"), npm("2"), npm("3")], [npm("1"), npm("4")]);
  assert.deepEqual([added, removed], [[], [npm("3")]]);
  assert.deepEqual(
    changed.map(({ before, after }) => `${before} -> ${after}`),
    ["2 -> 4"],
  );
});

describe("files", () => {
  const shown = async (a: Tree, b: Tree) => {
    const { added, removed, changed, unchanged } = await compareFiles(a, b);
    const paths = (group: typeof added) => group.biggest.map(({ path, size }) => `${path} ${size}`);
    return {
      added: paths(added),
      removed: paths(removed),
      changed: changed.biggest.map(({ path, what }) => `${path} ${what.join(",")}`),
      unchanged,
    };
  };

  test("are new, gone, changed or the same; times and directories do not count", async () => {
    const a = treeOf({
      "bin/tool": "tool",
      "etc/conf": "old!",
      "etc/mode": fileNode("x", { mode: 0o644 }),
      "etc/owner": fileNode("x", { uid: 1 }),
      "etc/time": fileNode("x", { mtime: 1 }),
      "etc/link": symlinkNode("conf"),
      "etc/caps": fileNode("x"),
      "etc/kind": "file",
      var: undefined,
      "gone/small": "1",
      "gone/large": "123",
    });
    const b = changed(a, {
      gone: null,
      "etc/conf": "new!",
      "etc/mode": fileNode("x", { mode: 0o600 }),
      "etc/owner": fileNode("x", { uid: 2 }),
      "etc/time": fileNode("x", { mtime: 2 }),
      "etc/link": symlinkNode("mode"),
      "etc/caps": fileNode("x", { xattrs: new Map([["user.a", new Uint8Array([1])]]) }),
      "etc/kind": symlinkNode("file", { mode: 0o644 }),
      var: directoryNode({ mode: 0o700 }),
      "opt/new": "12",
    });
    assert.deepEqual(await shown(a, b), {
      added: ["/opt/new 2"],
      removed: ["/gone/large 3", "/gone/small 1"],
      changed: [
        "/etc/conf content",
        "/etc/kind type",
        "/etc/caps attributes",
        "/etc/mode mode",
        "/etc/owner owner",
        "/etc/link content",
      ],
      unchanged: 2,
    });
  });

  test("a directory in the place of a file is one file gone, and those below are new", async () => {
    assert.deepEqual(await shown(treeOf({ app: "12345" }), treeOf({ "app/main": "1" })), {
      added: ["/app/main 1"],
      removed: ["/app 5"],
      changed: [],
      unchanged: 0,
    });
  });

  test("contents are read only where sizes agree and nothing names their bytes", async () => {
    const unread = (size: number, identity?: string): Content => ({
      size,
      read: () => assert.fail("read"),
      ...(identity === undefined ? {} : { identity: () => identity }),
    });
    const node = (content: Content) => ({ ...fileNode(""), content });
    const before = treeOf({ same: node(unread(5, "a")), other: node(unread(5)) });
    const after = treeOf({ same: node(unread(5, "a")), other: node(unread(6)) });
    assert.deepEqual((await shown(before, after)).changed, ["/other content"]);
  });

  test("all are counted and the largest named, the same whatever order they are in", async () => {
    const names = Array.from({ length: 1000 }, (_, index) => `f${(index * 7919) % 1000}`);
    const tree = treeOf(Object.fromEntries(names.map((name) => [name, "x".repeat(Number(name.slice(1)))])));
    const { added } = await compareFiles(treeOf({}), tree);
    assert.equal(added.count, 1000);
    assert.equal(added.bytes, 499_500);
    assert.deepEqual(
      added.biggest.map(({ size }) => size),
      Array.from({ length: 20 }, (_, index) => 999 - index),
    );
  });

  test("a user who had enough is heard", async () => {
    const tree = treeOf(Object.fromEntries(Array.from({ length: 1500 }, (_, index) => [`f${index}`, ""])));
    await assert.rejects(compareFiles(treeOf({}), tree, AbortSignal.abort()), { code: "CANCELLED" });
  });
});

test("of the attack surface, what is in one image only is told by path", () => {
  const nothing = {
    ...{ shells: [], interpreters: [], packageManagers: [], compilers: [], networkTools: [] },
    ...{ setuid: [], setgid: [], capabilities: [], worldWritable: [], loginUsers: [], ports: [] },
    user: { configured: "", uid: 0, name: "root" },
  };
  const changes = compareSurfaces(
    {
      ...nothing,
      shells: [
        { path: "/bin/bash", names: ["bash"] },
        { path: "/opt/httpd", names: ["ash", "sh"] },
      ],
      setuid: ["/bin/su", "/bin/mount"],
      loginUsers: [{ name: "root", uid: 0, shell: "/bin/bash", hasShell: true }],
    },
    {
      ...nothing,
      shells: [{ path: "/bin/bash", names: ["bash", "rbash"] }],
      setuid: ["/bin/mount"],
      capabilities: [{ path: "/bin/ping", capabilities: "cap_net_raw=ep" }],
    },
  );
  assert.deepEqual(changes.shells, { a: 2, b: 1, added: [], removed: ["/opt/httpd (ash, sh)"] });
  assert.deepEqual(changes.setuid, { a: 2, b: 1, added: [], removed: ["/bin/su"] });
  assert.deepEqual(changes.capabilities.added, ["/bin/ping cap_net_raw=ep"]);
  assert.deepEqual(changes.loginUsers.removed, ["root (/bin/bash)"]);
});
