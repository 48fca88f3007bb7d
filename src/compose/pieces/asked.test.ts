import assert from "node:assert/strict";
import { test } from "node:test";
import { describeTree, directoryNode, fileNode, symlinkNode, treeOf } from "../../../test/support/root-trees.ts";
import { ElfReader } from "../../linker/elf-reader.ts";
import { Attributer } from "../../rootfs/node.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { TreeEditor } from "../../rootfs/tree-editor.ts";
import { LocaleData } from "../packages/locale-data.ts";
import { NO_SCRIPT_WORK } from "../scripts/script-work.ts";
import { NO_SETTINGS, type Settings } from "../settings.ts";
import { writePieces } from "./all.ts";
import { commandsOf } from "./busybox.ts";
import type { PieceName } from "./piece.ts";

const ACCOUNTS = {
  "etc/passwd": fileNode(
    "root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
  ),
  "etc/group": fileNode("root:x:0:\ntty:x:5:\nnonroot:x:65532:\n"),
};

type Entries = Parameters<typeof treeOf>[0];

/** The entries of a tree after a piece has been written with these settings: "type mode uid:gid content-or-target". */
async function written(
  piece: PieceName,
  settings: Partial<Settings>,
  entries: Entries = {},
  locales = new LocaleData(),
): Promise<Record<string, string>> {
  const editor = new TreeEditor(treeOf(entries));
  await writePieces([piece], {
    editor,
    attributer: new Attributer(),
    elfReader: new ElfReader(),
    tuple: "x86_64-linux-gnu",
    sources: new Map(),
    certificates: new Map(),
    scripts: NO_SCRIPT_WORK,
    locales,
    settings: { ...NO_SETTINGS, ...settings },
  });
  const described = Object.entries(await describeTree(editor.done())).map(([path, entry]) => {
    const { type, mode, uid, gid, bytes, target } = entry as Record<string, string | number>;
    return [path, `${type} ${Number(mode).toString(8)} ${uid}:${gid} ${bytes ?? target ?? ""}`.trimEnd()];
  });
  return Object.fromEntries(described);
}

test("accounts are appended; a user without a group gets one, and a home of its own", async () => {
  const user = {
    name: "app",
    uid: 1000,
    gid: undefined,
    home: "/srv/app",
    shell: undefined,
    groups: ["render", "tty"],
  };
  const tree = await written("asked-accounts", { users: [user], groups: [{ name: "render", gid: 993 }] }, ACCOUNTS);
  assert.match(tree["etc/passwd"] ?? "", /nologin\napp:x:1000:1000:app:\/srv\/app:\/sbin\/nologin$/);
  assert.match(tree["etc/group"] ?? "", /tty:x:5:app\nnonroot:x:65532:\nrender:x:993:app\napp:x:1000:$/);
  assert.equal(tree["srv/app"], "directory 755 1000:1000");
});

test("a user in a group that is there gets no other one", async () => {
  const user = { name: "app", uid: 1000, gid: 5, home: undefined, shell: "/busybox/sh", groups: [] };
  const tree = await written("asked-accounts", { users: [user] }, ACCOUNTS);
  assert.match(tree["etc/passwd"] ?? "", /app:x:1000:5:app:\/nonexistent:\/busybox\/sh$/);
  assert.doesNotMatch(tree["etc/group"] ?? "", /app/);
});

test("names that are taken and groups that do not exist are refused", async () => {
  const user = { name: "root", uid: 1, gid: undefined, home: undefined, shell: undefined, groups: [] };
  const refused = (settings: Partial<Settings>) => written("asked-accounts", settings, ACCOUNTS);
  await assert.rejects(refused({ users: [{ ...user, uid: 5 }] }), {
    code: "CONFIG_INVALID",
    message: /a user root already, with the number 0/,
  });
  await assert.rejects(refused({ groups: [{ name: "tty", gid: 6 }] }), {
    message: /a group tty already, with the number 5/,
  });
  await assert.rejects(refused({ users: [{ ...user, name: "app", groups: ["wheel"] }] }), {
    message: /wheel, which does not exist/,
  });
});

test("a user of another's number is its own; two of one name are refused as such", async () => {
  const user = { name: "app", uid: 65532, gid: undefined, home: undefined, shell: undefined, groups: ["audio"] };
  const tree = await written("asked-accounts", { users: [user] }, ACCOUNTS);
  assert.match(tree["etc/passwd"] ?? "", /^nonroot:x:65532:.*\napp:x:65532:65532:app:/m);
  assert.match(tree["etc/group"] ?? "", /^audio:x:29:app$/m, "Debian fixes the number of audio");
  await assert.rejects(written("asked-accounts", { users: [user, { ...user, uid: 5 }] }, ACCOUNTS), {
    message: /there is a user app already, with the number 65532/,
  });
});

test("an image with passwords' ages has an entry for a user that is asked for", async () => {
  const user = { name: "app", uid: 1000, gid: undefined, home: undefined, shell: undefined, groups: [] };
  const tree = await written(
    "asked-accounts",
    { users: [user] },
    { ...ACCOUNTS, "etc/shadow": fileNode("root:*:::::::\n") },
  );
  assert.match(tree["etc/shadow"] ?? "", /root:\*:::::::\napp:!\*:::::::$/);
});

test("certificates stand behind those of the bundle", async () => {
  const bundle = { "etc/ssl/certs/ca-certificates.crt": fileNode("one\n") };
  const tree = await written("asked-certificates", { certificates: ["two\n", "three\n"] }, bundle);
  assert.equal(tree["etc/ssl/certs/ca-certificates.crt"], "file 644 0:0 one\ntwo\nthree");
  await assert.rejects(written("asked-certificates", { certificates: ["x"] }), { code: "CONFIG_INVALID" });
});

test("a time zone is a link and a name; one that is not there is refused with a near one", async () => {
  const zones = { "usr/share/zoneinfo/Europe/Berlin": fileNode("TZif"), "usr/share/zoneinfo/Europe": directoryNode() };
  const tree = await written("time-zone", { timezone: "Europe/Berlin" }, zones);
  assert.equal(tree["etc/localtime"], "symlink 777 0:0 /usr/share/zoneinfo/Europe/Berlin");
  assert.equal(tree["etc/timezone"], "file 644 0:0 Europe/Berlin");
  await assert.rejects(written("time-zone", { timezone: "Europe/Berln" }, zones), {
    hint: "did you mean Europe/Berlin?",
  });
  await assert.rejects(written("time-zone", { timezone: "Europe" }, zones), { code: "CONFIG_INVALID" });
});

test("a locale's files are put together out of those of others that they are links to", async () => {
  const locales = new LocaleData();
  const at = (path: string) => pathFromText(`usr/lib/locale/${path}`);
  locales.add(at("de_AT.utf8/LC_CTYPE"), fileNode("ctype"));
  locales.add(at("de_DE.utf8/LC_CTYPE"), symlinkNode("../de_AT.utf8/LC_CTYPE"));
  locales.add(at("de_DE.utf8/LC_TIME"), fileNode("time"));
  locales.add(at("de_DE.utf8/LC_LOOP"), symlinkNode("LC_LOOP"));
  assert.ok(!locales.add(at("C.utf8/LC_CTYPE"), fileNode("c")), "C.UTF-8 ships as it is");
  const tree = await written("locale", { locale: "de_DE.UTF-8" }, {}, locales);
  assert.equal(tree["usr/lib/locale/de_DE.utf8/LC_CTYPE"], "file 644 0:0 ctype");
  assert.equal(tree["usr/lib/locale/de_DE.utf8/LC_TIME"], "file 644 0:0 time");
  assert.equal(tree["usr/lib/locale/de_DE.utf8/LC_LOOP"], undefined);
  assert.equal(tree["etc/default/locale"], "file 644 0:0 LANG=de_DE.UTF-8");
  await assert.rejects(written("locale", { locale: "de_DX.UTF-8" }, {}, locales), {
    hint: "did you mean de_DE.UTF-8?",
  });
  assert.deepEqual(Object.keys(await written("locale", { locale: "C.UTF-8" })), [
    "etc",
    "etc/default",
    "etc/default/locale",
  ]);
});

test("files, links and directories are made in their order, with owners by name", async () => {
  const file = { mode: undefined, owner: undefined };
  const tree = await written(
    "asked-files",
    {
      files: [
        { path: "/etc/a", what: { kind: "file", bytes: Buffer.from("1\n") }, mode: 0o640, owner: "nonroot:tty" },
        { ...file, path: "/opt/link", what: { kind: "link", target: "/etc/a" } },
        { ...file, path: "/var/lib/app", what: { kind: "directory" }, owner: "1000" },
        { ...file, path: "/etc/a2", what: { kind: "file", bytes: Buffer.from("2\n") } },
      ],
    },
    ACCOUNTS,
  );
  assert.equal(tree["etc/a"], "file 640 65532:5 1");
  assert.equal(tree["opt/link"], "symlink 777 0:0 /etc/a");
  assert.equal(tree["var/lib/app"], "directory 755 1000:1000");
  assert.equal(tree["etc/a2"], "file 644 0:0 2");
  const wrong = { files: [{ ...file, path: "/x", what: { kind: "directory" as const }, owner: "nobody" }] };
  await assert.rejects(written("asked-files", wrong, ACCOUNTS), { message: /no user called nobody/ });
});

test("busybox moves into a directory of its own with a link for each command that it has", async () => {
  const program = "ELF [\0[[\0ash\0busybox\0sh\0zcat\0\0rest";
  const tree = await written("busybox", {}, { "usr/bin/busybox": fileNode(program) });
  assert.equal(tree["usr/bin/busybox"], undefined);
  const links = Object.keys(tree).filter((path) => path.startsWith("busybox/"));
  assert.deepEqual(links, ["busybox/[", "busybox/[[", "busybox/ash", "busybox/busybox", "busybox/sh", "busybox/zcat"]);
  assert.equal(tree["busybox/sh"], "symlink 777 0:0 busybox");
});

test("a busybox whose commands cannot be read is refused", () => {
  for (const program of [
    "",
    "no table",
    "[\0[[\0ash\0\0",
    "[\0[[\0sh",
    "[\0[[\0../x\0sh\0\0",
    `[\0[[\0${"a".repeat(50)}\0sh\0\0`,
  ]) {
    assert.throws(() => commandsOf(Buffer.from(program, "latin1")), { code: "FORMAT_INVALID" }, program);
  }
});
