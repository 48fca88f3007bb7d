import assert from "node:assert/strict";
import { test } from "node:test";
import { elfImage } from "../../../test/support/elf-image.ts";
import { describeTree, directoryNode, fileNode, symlinkNode, treeOf } from "../../../test/support/root-trees.ts";
import { ElfReader } from "../../linker/elf-reader.ts";
import { type Content, textContent } from "../../rootfs/content.ts";
import { Attributer, type Node } from "../../rootfs/node.ts";
import { pathFromText, type RootPath } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { TreeEditor } from "../../rootfs/tree-editor.ts";
import { LocaleData } from "../packages/locale-data.ts";
import { NO_SCRIPT_WORK } from "../scripts/script-work.ts";
import { NO_SETTINGS } from "../settings.ts";
import { writePieces } from "./all.ts";
import type { PieceName } from "./piece.ts";

type Entries = Parameters<typeof treeOf>[0];

/** What the pieces make of a tree, and what they set aside for it. */
async function write(
  names: readonly PieceName[],
  entries: Entries = {},
  sources: Readonly<Record<string, string>> = {},
): Promise<Tree> {
  const editor = new TreeEditor(treeOf(entries));
  await writePieces(names, {
    editor,
    attributer: new Attributer(),
    elfReader: new ElfReader(),
    tuple: "x86_64-linux-gnu",
    settings: NO_SETTINGS,
    locales: new LocaleData(),
    sources: new Map(
      Object.entries(sources).map(([path, text]): [RootPath, Content] => [pathFromText(path), textContent(text)]),
    ),
    certificates: new Map(),
    scripts: NO_SCRIPT_WORK,
  });
  return editor.done();
}

/** Type, mode and owner of each entry, with what is in it. */
async function shown(tree: Tree): Promise<Record<string, string>> {
  const described = Object.entries(await describeTree(tree)).map(([path, entry]) => {
    const { type, mode, uid, gid, bytes, target } = entry as Record<string, string | number>;
    const what = `${type} ${Number(mode).toString(8)} ${uid}:${gid}`;
    return [path, [what, ...(bytes === undefined ? [] : [bytes]), ...(target === undefined ? [] : [target])].join(" ")];
  });
  return Object.fromEntries(described) as Record<string, string>;
}

async function textAt(tree: Tree, path: string): Promise<string | undefined> {
  const node = tree.get(pathFromText(path));
  return node?.type === "file" ? Buffer.from(await node.content.read(0, node.content.size)).toString() : undefined;
}

test("skeleton: directories that every image has, of which only /tmp and /var/tmp are writable for everybody", async () => {
  const packages = { tmp: directoryNode({ mode: 0o755 }), "tmp/kept": "1", var: directoryNode() };
  assert.deepEqual(await shown(await write(["skeleton"], packages)), {
    home: "directory 755 0:0",
    "home/nonroot": "directory 755 65532:65532",
    root: "directory 700 0:0",
    run: "directory 755 0:0",
    "run/lock": "directory 755 0:0",
    tmp: "directory 1777 0:0",
    "tmp/kept": "file 644 0:0 1",
    var: "directory 755 0:0",
    "var/lock": "symlink 777 0:0 /run/lock",
    "var/run": "symlink 777 0:0 /run",
    "var/tmp": "directory 1777 0:0",
  });
});

test("accounts: root, nobody and nonroot, none of which can log in", async () => {
  const tree = await write(["accounts"], { "etc/passwd": "mine" });
  assert.equal(
    await textAt(tree, "/etc/passwd"),
    [
      "root:x:0:0:root:/root:/sbin/nologin",
      "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin",
      "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n",
    ].join("\n"),
  );
  assert.equal(
    await textAt(tree, "/etc/group"),
    "root:x:0:\nnobody:x:65534:\ntty:x:5:\nstaff:x:50:\nnonroot:x:65532:\n",
  );
});

const OS_RELEASE =
  'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian"\nVERSION_ID="13"\nVERSION="13 (trixie)"\nVERSION_CODENAME=trixie\nID=debian\n';

test("os-release: another name for people, the distribution's in VERSION, Debian's for scanners; the link in /etc stays", async () => {
  const entries = { "usr/lib/os-release": OS_RELEASE, "etc/os-release": symlinkNode("../usr/lib/os-release") };
  const tree = await write(["os-release"], entries);
  assert.equal(
    await textAt(tree, "/usr/lib/os-release"),
    'PRETTY_NAME="Distroless"\nNAME="Debian"\nVERSION_ID="13"\nVERSION="Debian 13 (trixie)"\nVERSION_CODENAME=trixie\nID=debian\n',
  );
  assert.equal(tree.get(pathFromText("/etc/os-release"))?.type, "symlink");
  await assert.rejects(write(["os-release"]), { code: "FORMAT_INVALID", message: /\/usr\/lib\/os-release/ });
});

test("name-service: local files, then DNS", async () => {
  const text = (await textAt(await write(["name-service"]), "/etc/nsswitch.conf")) ?? "";
  assert.match(text, /^hosts: +files dns$/m);
  assert.doesNotMatch(text, /compat|nis|db|systemd/);
});

const pem = (name: string, end = "\n"): string =>
  `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----${end}`;
const BUNDLE = "/etc/ssl/certs/ca-certificates.crt";

test("certificates: one bundle in byte order of the paths, each certificate on lines of its own", async () => {
  const tree = await write(
    ["certificates"],
    {},
    {
      "usr/share/ca-certificates/mozilla/b.crt": pem("b", ""),
      "usr/share/ca-certificates/mozilla/Z.crt": pem("Z"),
      "usr/share/ca-certificates/mozilla/É.crt": pem("É"),
      "usr/share/ca-certificates/a.crt": pem("a"),
    },
  );
  assert.equal(await textAt(tree, BUNDLE), pem("a") + pem("Z") + pem("b") + pem("É"));
});

test("certificates: those of further packages stand behind the bundle that is there", async () => {
  const path = "usr/share/ca-certificates/mine/root.crt";
  const below = { [BUNDLE.slice(1)]: pem("below") };
  assert.equal(
    await textAt(await write(["certificates"], below, { [path]: pem("mine") }), BUNDLE),
    pem("below") + pem("mine"),
  );
  assert.equal(await textAt(await write(["certificates"], below), BUNDLE), pem("below"));
});

test("certificates: none at all, and a file that holds none, are refused", async () => {
  await assert.rejects(write(["certificates"]), { code: "FORMAT_INVALID", message: /holds no certificates/ });
  const der = { "usr/share/ca-certificates/mozilla/x.crt": "\x30\x82" };
  await assert.rejects(write(["certificates"], {}, der), {
    code: "FORMAT_INVALID",
    message: "/usr/share/ca-certificates/mozilla/x.crt holds no PEM certificate",
  });
});

test("openssl-default: a link", async () => {
  assert.equal((await shown(await write(["openssl-default"])))["usr/lib/ssl/cert.pem"], `symlink 777 0:0 ${BUNDLE}`);
});

test("python: a link to the newest Python that there is", async () => {
  const linked = async (...names: readonly string[]) => {
    const programs = Object.fromEntries(names.map((name) => [`usr/bin/${name}`, fileNode("")]));
    return (await shown(await write(["python"], programs)))["usr/bin/python"];
  };
  assert.equal(await linked("python2.7"), "symlink 777 0:0 python2.7");
  assert.equal(await linked("python2.7", "python3"), "symlink 777 0:0 python3");
  assert.equal(await linked(), undefined);
});

const TUPLE = "usr/lib/x86_64-linux-gnu";
const library = (soname: string): Node => fileNode(elfImage({ soname, needed: ["libc.so.6"] }));

test("ld-so-cache: lists the libraries, and is left alone where it would say the same", async () => {
  const entries = { [`${TUPLE}/libz.so.1`]: library("libz.so.1") };
  const tree = await write(["ld-so-cache"], entries);
  const cache = (await textAt(tree, "/etc/ld.so.cache")) ?? "";
  assert.match(cache, /^glibc-ld\.so\.cache1\.1/);
  assert.ok(cache.includes("libz.so.1\0/lib/x86_64-linux-gnu/libz.so.1\0") || cache.includes(`/${TUPLE}/libz.so.1\0`));

  const again = new TreeEditor(tree);
  const context = { attributer: new Attributer(), elfReader: new ElfReader(), tuple: "x86_64-linux-gnu" };
  const nothing = {
    ...{ sources: new Map(), certificates: new Map(), scripts: NO_SCRIPT_WORK },
    ...{ locales: new LocaleData(), settings: NO_SETTINGS },
  };
  await writePieces(["ld-so-cache"], { ...context, ...nothing, editor: again });
  assert.equal(again.get(pathFromText("/etc/ld.so.cache")), tree.get(pathFromText("/etc/ld.so.cache")));
});

test("a piece follows the links of directories and belongs to itself", async () => {
  const tree = await write(["accounts"], { etc: symlinkNode("usr/etc"), "usr/etc": undefined });
  const node = tree.get(pathFromText("/usr/etc/passwd"));
  assert.deepEqual(node?.attributes.owner, { kind: "composed", piece: "accounts" });
});
