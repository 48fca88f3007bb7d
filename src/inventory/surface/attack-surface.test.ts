import assert from "node:assert/strict";
import { test } from "node:test";
import { directoryNode, fileNode, symlinkNode, treeOf } from "../../../test/support/root-trees.ts";
import { attackSurface } from "./attack-surface.ts";

type Entries = Parameters<typeof treeOf>[0];

async function surfaceOf(entries: Entries, config = {}) {
  const warnings: string[] = [];
  return { ...(await attackSurface(treeOf(entries), config, (text) => warnings.push(text))), warnings };
}

test("privileged files and what everybody may write to are found as find -perm does", async () => {
  const shared = {};
  const { setuid, setgid, worldWritable, capabilities } = await surfaceOf({
    "usr/bin/su": fileNode("x", { mode: 0o4755 }, shared),
    "usr/bin/su2": fileNode("x", { mode: 0o4755 }, shared),
    "usr/bin/wall": fileNode("x", { mode: 0o2755 }),
    "usr/bin/ping": fileNode("x", {
      mode: 0o755,
      xattrs: new Map([["security.capability", Buffer.from("0100000200200000000000000000000000000000", "hex")]]),
    }),
    "var/mail": directoryNode({ mode: 0o2775 }),
    tmp: directoryNode({ mode: 0o1777 }),
    "srv/open": directoryNode({ mode: 0o777 }),
    "srv/file": fileNode("x", { mode: 0o666 }),
    "srv/link": symlinkNode("file"),
  });
  assert.deepEqual(setuid, ["/usr/bin/su", "/usr/bin/su2"]);
  assert.deepEqual(setgid, ["/usr/bin/wall"]);
  assert.deepEqual(worldWritable, ["/srv/file", "/srv/open"]);
  assert.deepEqual(capabilities, [{ path: "/usr/bin/ping", capabilities: "cap_net_raw=ep" }]);
});

const PASSWD = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1::/:/usr/sbin/nologin
sync:x:4:65534::/bin:/bin/sync
app:x:1000:1000::/app:
broken:x:1
ghost:x:1001:1001::/:/bin/zsh
nonroot:x:65532:65532::/:/bin/false
`;

test("users with a shell can log in, with or without it being there", async () => {
  const bash = fileNode("x", { mode: 0o755 });
  const { loginUsers } = await surfaceOf({ "etc/passwd": PASSWD, "usr/bin/bash": bash, bin: symlinkNode("usr/bin") });
  assert.deepEqual(loginUsers, [
    { name: "root", uid: 0, shell: "/bin/bash", hasShell: true },
    { name: "app", uid: 1000, shell: "/bin/sh", hasShell: false },
    { name: "ghost", uid: 1001, shell: "/bin/zsh", hasShell: false },
  ]);
});

test("the effective user is that of the config, by name or number", async () => {
  const user = async (User: string) => {
    const { uid, name } = (await surfaceOf({ "etc/passwd": PASSWD }, { User })).user;
    return [uid, name];
  };
  assert.deepEqual(await user(""), [0, "root"]);
  assert.deepEqual(await user("nonroot:nonroot"), [65532, "nonroot"]);
  assert.deepEqual(await user("65532:0"), [65532, "nonroot"]);
  assert.deepEqual(await user("4000"), [4000, null]);
  assert.deepEqual(await user("nobody-knows"), [null, "nobody-knows"]);
  assert.deepEqual((await surfaceOf({}, {})).user, { configured: "", uid: 0, name: null });
});

test("ports are in order, and PATH is searched", async () => {
  const config = { ExposedPorts: { "9/udp": {}, "80/tcp": {} }, Env: ["PATH=/old", "PATH=/tools:relative"] };
  const surface = await surfaceOf(
    { "tools/sh": fileNode("x", { mode: 0o755 }), "relative/bash": fileNode("x", { mode: 0o755 }) },
    config,
  );
  assert.deepEqual(surface.ports, ["80/tcp", "9/udp"]);
  assert.deepEqual(surface.shells, [{ path: "/tools/sh", names: ["sh"] }]);
});

test("a passwd file without end is not read, and one of many users not to its end", async () => {
  const long = await surfaceOf({ "etc/passwd": "x".repeat(1024 * 1024 + 1) });
  assert.match(long.warnings[0] ?? "", /^\/etc\/passwd is larger/);
  const many = await surfaceOf({ "etc/passwd": "u:x:1:1:::/bin/sh\n".repeat(10_001) });
  assert.equal(many.loginUsers.length, 10_000);
  assert.match(many.warnings[0] ?? "", /more than 10000 users/);
});
