import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { composeStep } from "../../../test/support/compose-step.ts";
import { FakePackageSource, type PackageSpec } from "../../../test/support/packages.ts";
import { bare, type Entry, file } from "../../../test/support/tar.ts";
import { pathFromText } from "../../rootfs/path.ts";
import type { Tree } from "../../rootfs/tree.ts";
import { resolveTier } from "../choice/resolution.ts";
import { PayloadCache } from "../packages/payload-cache.ts";
import type { PackageRecord, ScriptRecord } from "../record.ts";
import { composeRequest } from "../request.ts";
import { NO_SETTINGS } from "../settings.ts";
import { type ComposedTree, emptyBase, raiseTier, type TierMeans } from "../tier.ts";

const sh = (...lines: readonly string[]): string => ["#!/bin/sh", "set -e", ...lines, ""].join("\n");
const directory = (path: string, mode = 0o755): Entry => bare({ path, type: "directory", mode });
const link = (path: string, linkname: string): Entry => bare({ path, type: "symlink", linkname, mode: 0o777 });

interface Raised {
  readonly base: ComposedTree;
  readonly tree: Tree;
  readonly packages: readonly PackageRecord[];
}

/** The packages as a tier on `below`, or on nothing but the accounts that every image has. */
async function raise(t: TestContext, specs: readonly PackageSpec[], below?: ComposedTree): Promise<Raised> {
  const source = new FakePackageSource(t, specs);
  const index = await source.index();
  const plan = {
    name: "packages",
    packages: specs.map(({ name }) => name),
    pieces: below === undefined ? (["skeleton", "accounts"] as const) : [],
  };
  const architecture = { name: "amd64", tuple: "x86_64-linux-gnu" };
  const payloads = new PayloadCache(source, []);
  const inputs = { sources: [], debs: [], settings: NO_SETTINGS };
  const request = composeRequest(composeStep(), { os: "linux", architecture: "amd64" }, inputs);
  const choose: TierMeans["choose"] = (tier, installed) => resolveTier(index, tier, installed, architecture.name);
  const means = { choose, architecture, payloads, request };
  const { base, packages } = await raiseTier(below ?? emptyBase(architecture), plan, means);
  return { base, tree: base.tree, packages };
}

async function textAt(tree: Tree, path: string): Promise<string | undefined> {
  const { node } = tree.follow(pathFromText(path));
  return node?.type === "file" ? Buffer.from(await node.content.read(0, node.content.size)).toString() : undefined;
}

/** "directory 755 0:0", or where a link leads. */
function shape(tree: Tree, path: string): string | undefined {
  const node = tree.get(tree.followParents(pathFromText(path)).path);
  if (node === undefined) return undefined;
  if (node.type === "symlink") return `-> ${node.target}`;
  const { mode, uid, gid } = node.attributes;
  return `${node.type} ${mode.toString(8)} ${uid}:${gid}`;
}

function scriptsOf({ packages }: Raised, name: string): ScriptRecord {
  return packages.find((each) => each.name === name)?.scripts as ScriptRecord;
}

const commands = (list: ScriptRecord["done"]): readonly string[] => list.map(({ command }) => command);

const install = (name: string, path: string, priority: number): string =>
  `update-alternatives --install /usr/bin/${name} ${name} ${path} ${priority}`;

test("alternatives: the highest priority that is in the image wins, of equals the first package", async (t) => {
  const editor = (name: string, priority: number, ...entries: readonly Entry[]): PackageSpec => ({
    name,
    entries: [file(`./usr/bin/${name}`, name), ...entries],
    scripts: { postinst: sh(install("editor", `/usr/bin/${name}`, priority)) },
  });
  const gone: PackageSpec = {
    name: "gone",
    entries: [file("./usr/bin/other", "")],
    scripts: { postinst: sh(install("editor", "/usr/bin/gone", 99)) },
  };
  const raised = await raise(t, [gone, editor("b", 30), editor("a", 30), editor("c", 20)]);
  assert.equal(shape(raised.tree, "/usr/bin/editor"), "-> /etc/alternatives/editor");
  assert.equal(shape(raised.tree, "/etc/alternatives/editor"), "-> /usr/bin/a");
  assert.equal(await textAt(raised.tree, "/usr/bin/editor"), "a");

  const above = await raise(t, [editor("d", 40)], raised.base);
  assert.equal(await textAt(above.tree, "/usr/bin/editor"), "d");
  const worse = await raise(t, [editor("e", 10)], above.base);
  assert.equal(await textAt(worse.tree, "/usr/bin/editor"), "d");
});

test("alternatives: followers go with the winner, but for those that slices keep out and those that are not there", async (t) => {
  const postinst = sh(
    `${install("e", "/usr/bin/e1", 5)} --slave /usr/bin/f f /usr/bin/f1 --slave /usr/bin/g g /usr/bin/g1 \\`,
    "  --slave /usr/share/man/man1/e.1.gz e.1.gz /usr/bin/e1",
  );
  const entries = [file("./usr/bin/e1", "e"), file("./usr/bin/f1", "f")];
  const { tree } = await raise(t, [{ name: "demo", entries, scripts: { postinst } }]);
  assert.equal(await textAt(tree, "/usr/bin/f"), "f");
  assert.equal(shape(tree, "/usr/bin/g"), undefined);
  assert.equal(shape(tree, "/usr/share/man"), undefined);
});

test("alternatives: a file that is no link stays, and the command counts as undone", async (t) => {
  const entries = [file("./usr/bin/e", "shipped"), file("./usr/bin/e1", "1")];
  const raised = await raise(t, [{ name: "demo", entries, scripts: { postinst: sh(install("e", "/usr/bin/e1", 5)) } }]);
  assert.equal(await textAt(raised.tree, "/usr/bin/e"), "shipped");
  assert.deepEqual(commands(scriptsOf(raised, "demo").undone), [install("e", "/usr/bin/e1", 5)]);
});

test("alternatives: libraries are found by the loader's cache through them", async (t) => {
  const name = "libblas.so.3-x86_64-linux-gnu";
  const library = "/usr/lib/x86_64-linux-gnu";
  const postinst = sh(`update-alternatives --install ${library}/libblas.so.3 ${name} ${library}/blas/libblas.so.3 10`);
  const entries = [file(`.${library}/blas/libblas.so.3`, "x")];
  const { tree } = await raise(t, [{ name: "libblas3", entries, scripts: { postinst } }]);
  assert.equal(shape(tree, `${library}/libblas.so.3`), `-> /etc/alternatives/${name}`);
  assert.equal(await textAt(tree, `${library}/libblas.so.3`), "x");
});

const ACCOUNTS = {
  passwd: [
    "root:x:0:0:root:/root:/sbin/nologin",
    "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin",
    "nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin",
  ],
  group: ["root:x:0:", "nobody:x:65534:", "tty:x:5:", "staff:x:50:", "nonroot:x:65532:"],
};

/** Lines of a file of accounts beyond those that every image has. */
async function added(tree: Tree, name: "passwd" | "group"): Promise<readonly string[]> {
  const lines = ((await textAt(tree, `/etc/${name}`)) ?? "").trim().split("\n");
  assert.deepEqual(lines.slice(0, ACCOUNTS[name].length), ACCOUNTS[name]);
  return lines.slice(ACCOUNTS[name].length);
}

test("thousands of accounts that a package declares take no time, and more are refused", async (t) => {
  const declaring = (count: number) => {
    const lines = Array.from({ length: count }, (_, index) => `g g${index} ${index % 2 === 0 ? "-" : 1000 + index}\n`);
    return raise(t, [{ name: "demo", entries: [file("./usr/lib/sysusers.d/demo.conf", lines.join(""))] }]);
  };
  const started = process.cpuUsage();
  const raised = await declaring(5000);
  const { user } = process.cpuUsage(started);
  assert.ok((await added(raised.tree, "group")).includes("g4999:x:5999:"));
  assert.ok(user < 3_000_000, `${user} microseconds`);
  await assert.rejects(declaring(5001), { code: "LIMIT_EXCEEDED", message: /sysusers\.d has more than 5000 lines/ });
});

test("a number that no id can be is given to nobody, and told", async (t) => {
  const raised = await raise(t, [
    {
      name: "demo",
      entries: [file("./usr/lib/sysusers.d/demo.conf", "u a 150:99999999999999999999999"), directory("./var/demo")],
      scripts: { postinst: sh("chown 4294967295:0 /var/demo", "chgrp 99999999999 /var/demo") },
    },
  ]);
  assert.deepEqual(await added(raised.tree, "passwd"), []);
  assert.equal(shape(raised.tree, "/var/demo"), "directory 755 0:0");
  assert.deepEqual(
    scriptsOf(raised, "demo").undone.map(({ line }) => line),
    [3, 4, 1],
  );
});

test("accounts: of sysusers.d and of scripts, with ids downwards from 999 that depend on the packages only", async (t) => {
  const sysusers = [
    "# comment",
    'u _demo - "Demo daemon" /var/lib/demo',
    "u fixed 150:fixedgroup",
    "g fixedgroup 151",
    "m _demo audio",
    "r - 500-900",
    "x what",
  ].join("\n");
  const specs: readonly PackageSpec[] = [
    {
      name: "zeta",
      scripts: { postinst: sh("adduser --system --group --home /var/lib/zeta zeta", "adduser zeta _demo") },
    },
    {
      name: "alpha",
      entries: [file("./usr/lib/sysusers.d/alpha.conf", sysusers)],
      scripts: { postinst: sh("systemd-sysusers alpha.conf") },
    },
    { name: "beta", scripts: { postinst: sh("adduser --quiet --system beta", "addgroup --system beta-users") } },
  ];
  const raised = await raise(t, specs);
  assert.deepEqual(await added(raised.tree, "passwd"), [
    "_demo:x:999:999:Demo daemon:/var/lib/demo:/usr/sbin/nologin",
    "fixed:x:150:151::/:/usr/sbin/nologin",
    "beta:x:998:65534::/nonexistent:/usr/sbin/nologin",
    "zeta:x:996:996::/var/lib/zeta:/usr/sbin/nologin",
  ]);
  assert.deepEqual(await added(raised.tree, "group"), [
    "fixedgroup:x:151:",
    "_demo:x:999:zeta",
    "audio:x:29:_demo",
    "beta-users:x:997:",
    "zeta:x:996:",
  ]);
  assert.equal(shape(raised.tree, "/etc/shadow"), undefined);
  assert.equal(shape(raised.tree, "/var/lib/zeta"), "directory 755 996:996");
  assert.equal(shape(raised.tree, "/var/lib/demo"), undefined);
  assert.deepEqual(scriptsOf(raised, "alpha").undone, [
    { script: "usr/lib/sysusers.d/alpha.conf", line: 7, command: "x what" },
  ]);
  const again = await raise(t, specs.toReversed());
  assert.deepEqual(await added(again.tree, "passwd"), await added(raised.tree, "passwd"));

  const above = await raise(
    t,
    [{ name: "gamma", scripts: { postinst: sh("adduser --system --group gamma") } }],
    raised.base,
  );
  assert.match((await added(above.tree, "passwd")).join(" "), /gamma:x:995:995:/);
});

test("accounts: Debian's fixed ones come with who uses them", async (t) => {
  const postinst = sh("chown www-data:adm /var/log/demo", "chmod 2750 /var/log/demo");
  const { tree } = await raise(t, [{ name: "demo", entries: [directory("./var/log/demo/")], scripts: { postinst } }]);
  assert.equal(shape(tree, "/var/log/demo"), "directory 2750 33:4");
  assert.deepEqual(await added(tree, "passwd"), ["www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin"]);
  assert.deepEqual(await added(tree, "group"), ["www-data:x:33:", "adm:x:4:"]);
});

test("accounts: /etc/shadow gets its line where there is one", async (t) => {
  const entries = [file("./etc/shadow", "root:*:::::::\n", { mode: 0o640, gid: 42 })];
  const { tree } = await raise(t, [
    { name: "demo", entries, scripts: { postinst: sh("useradd --system --user-group demo") } },
  ]);
  assert.equal(await textAt(tree, "/etc/shadow"), "root:*:::::::\ndemo:!*:::::::\n");
  assert.equal(shape(tree, "/etc/shadow"), "file 640 0:42");
});

test("files: directories, links, copies, modes and owners in the order of the script", async (t) => {
  const postinst = sh(
    "adduser --system --group demo",
    'if [ ! -d /var/lib/demo ]; then mkdir -p -m 700 /var/lib/demo; chown demo:demo "/var/lib/demo"; fi',
    "install -d -m 1770 -o root -g demo /var/spool/demo",
    "[ -e /etc/demo.conf ] || cp /usr/share/demo/demo.conf /etc/demo.conf",
    "ln -sf ../demo.conf /etc/demo/link",
    "dpkg-statoverride --list /usr/bin/demo >/dev/null || dpkg-statoverride --update --add root demo 2755 /usr/bin/demo",
    "chown -R demo /srv/demo; chmod -R u=rwX,go= /srv/demo",
    "touch /var/log/demo.log /etc/default/demo",
  );
  const entries = [
    file("./usr/share/demo/demo.conf", "a=1", { mode: 0o664 }),
    file("./usr/bin/demo", "", { mode: 0o755 }),
    file("./srv/demo/sub/file", "", { mode: 0o644 }),
  ];
  const raised = await raise(t, [{ name: "demo", entries, scripts: { postinst } }]);
  const { tree } = raised;
  assert.equal(shape(tree, "/var/lib/demo"), "directory 700 999:999");
  assert.equal(shape(tree, "/var/spool/demo"), "directory 1770 0:999");
  assert.equal(shape(tree, "/etc/demo.conf"), "file 644 0:0");
  assert.equal(await textAt(tree, "/etc/demo.conf"), "a=1");
  assert.equal(shape(tree, "/etc/demo/link"), "-> ../demo.conf");
  assert.equal(shape(tree, "/usr/bin/demo"), "file 2755 0:999");
  assert.equal(shape(tree, "/srv/demo/sub"), "directory 700 999:0");
  assert.equal(shape(tree, "/srv/demo/sub/file"), "file 600 999:0");
  assert.equal(shape(tree, "/var/log/demo.log"), "file 644 0:0");
  assert.equal(shape(tree, "/etc/default"), undefined, "a slice keeps it out");
  assert.deepEqual(scriptsOf(raised, "demo").undone, []);
  const owner = tree.get(pathFromText("/usr/bin/demo"))?.attributes.owner;
  assert.equal(owner?.kind, "package", "a changed file is still the package's");
});

test("files: what cannot be done is told, and nothing fails for it", async (t) => {
  const postinst = sh(
    "chown nobody-knows /usr/bin/demo",
    "chmod 600 /etc/missing",
    "cp /usr/share/doc/demo/x /etc/x",
    "mkdir -p /usr/bin/demo/sub",
    "ln -sf x /usr/share",
    "chmod u+q /usr/bin/demo",
  );
  const raised = await raise(t, [
    { name: "demo", entries: [file("./usr/bin/demo", ""), directory("./usr/share/")], scripts: { postinst } },
  ]);
  assert.deepEqual(
    scriptsOf(raised, "demo").undone.map(({ line }) => line),
    [3, 4, 5, 6, 8],
  );
  // A link into a directory that is there.
  assert.equal(shape(raised.tree, "/usr/share/x"), "-> x");
});

test("tmpfiles: directories, files and links below /var, /etc and /run; the rest is told", async (t) => {
  const lines = [
    "d /run/demo 0750 demo demo -",
    "D! /run/boot 0755 - - -",
    "d /var/cache/demo/deep - - - 10d",
    "f /etc/demo/state 0600 - - - a b",
    "L /etc/demo/link - - - - ../target",
    "z /usr/bin/demo 0700",
    "d /tmp/demo 1777",
    "d /var/lib/%m",
    "x /tmp/demo-*",
    "C /etc/copy - - - - /usr/share/copy",
  ];
  const entries = [
    file("./usr/bin/demo", "", { mode: 0o755 }),
    file("./usr/lib/tmpfiles.d/demo.conf", lines.join("\n")),
    file("./usr/lib/sysusers.d/demo.conf", "u demo -"),
  ];
  const raised = await raise(t, [{ name: "demo", entries }]);
  const { tree } = raised;
  assert.equal(shape(tree, "/run/demo"), "directory 750 999:999");
  assert.equal(shape(tree, "/run/boot"), undefined);
  assert.equal(shape(tree, "/var/cache/demo/deep"), "directory 755 0:0");
  assert.equal(shape(tree, "/etc/demo/state"), "file 600 0:0");
  assert.equal(await textAt(tree, "/etc/demo/state"), "a b");
  assert.equal(shape(tree, "/etc/demo/link"), "-> ../target");
  assert.equal(shape(tree, "/usr/bin/demo"), "file 755 0:0");
  assert.deepEqual(
    scriptsOf(raised, "demo").undone.map(({ line }) => line),
    [6, 7, 8, 10],
  );
  assert.equal(shape(tree, "/usr/lib/tmpfiles.d"), undefined, "the slice of services keeps the declarations out");
});

test("fontconfig: the links for the default answers, beside those that the package ships", async (t) => {
  const available = "./usr/share/fontconfig/conf.avail";
  const spec = (...names: readonly string[]): PackageSpec => ({
    name: "fontconfig-config",
    entries: [
      ...["10-hinting-slight.conf", "10-hinting-full.conf", "10-autohint.conf", ...names].map((name) =>
        file(`${available}/${name}`, ""),
      ),
      link("./etc/fonts/conf.d/60-latin.conf", "/usr/share/fontconfig/conf.avail/60-latin.conf"),
    ],
    scripts: { postinst: sh(". /usr/share/debconf/confmodule", "db_get x", 'case "$RET" in a) ln -s b /etc/c;; esac') },
  });
  const links = (tree: Tree): readonly string[] => {
    const node = tree.get(pathFromText("/etc/fonts/conf.d"));
    return node?.type === "directory" ? [...node.children.keys()].sort() : [];
  };
  const trixie = await raise(t, [spec("70-no-bitmaps.conf", "70-no-bitmaps-except-emoji.conf")]);
  const names = ["10-hinting-slight.conf", "60-latin.conf", "70-no-bitmaps-except-emoji.conf"];
  assert.deepEqual(links(trixie.tree), names);
  const { undone, reviewed } = scriptsOf(trixie, "fontconfig-config");
  assert.deepEqual(undone, []);
  assert.match(reviewed ?? "", /piece fontconfig/);
  const bookworm = await raise(t, [spec("70-no-bitmaps.conf")]);
  assert.deepEqual(links(bookworm.tree), ["10-hinting-slight.conf", "60-latin.conf", "70-no-bitmaps.conf"]);
  assert.deepEqual(links((await raise(t, [{ ...spec("70-no-bitmaps.conf"), name: "other" }])).tree), ["60-latin.conf"]);
});

test("the record tells of every command by script and line, and of what was not read", async (t) => {
  const specs: readonly PackageSpec[] = [
    {
      name: "demo",
      scripts: {
        preinst: sh("frob --before"),
        postinst: sh("", "frob --after", "mkdir /var/lib/demo", "ldconfig", "systemctl daemon-reload"),
      },
    },
    { name: "perlish", scripts: { postinst: "#!/usr/bin/perl -w\nexit 0;\n" } },
    { name: "binary", scripts: { postinst: "" } },
    { name: "broken", scripts: { postinst: sh("if true; then") } },
    { name: "plain" },
  ];
  const raised = await raise(t, specs);
  assert.deepEqual(scriptsOf(raised, "demo"), {
    done: [
      { script: "postinst", line: 5, command: "mkdir /var/lib/demo" },
      { script: "postinst", line: 6, command: "ldconfig" },
    ],
    undone: [
      { script: "preinst", line: 3, command: "frob --before" },
      { script: "postinst", line: 4, command: "frob --after" },
    ],
    reviewed: null,
  });
  assert.deepEqual(commands(scriptsOf(raised, "perlish").undone), ["(not read: it is written for /usr/bin/perl)"]);
  assert.deepEqual(commands(scriptsOf(raised, "binary").undone), ["(a program that was not read)"]);
  assert.deepEqual(commands(scriptsOf(raised, "broken").undone), ["(the rest was not read: fi is missing)"]);
  assert.deepEqual(scriptsOf(raised, "plain"), { done: [], undone: [], reviewed: null });
});

test("a trigger is read where the image has its path, or a package pulls it", async (t) => {
  const postinst = sh('if [ "$1" = triggered ]; then frob-cache "$2"; fi');
  const schemas: PackageSpec = {
    name: "libs",
    scripts: { postinst, triggers: "interest-noawait /usr/share/schemas\ninterest by-name\n" },
  };
  const user: PackageSpec = { name: "user", entries: [file("./usr/share/schemas/x", "")] };
  const puller: PackageSpec = { name: "puller", scripts: { triggers: "# no\nactivate-noawait by-name\n" } };
  const undone = async (...specs: readonly PackageSpec[]) => commands(scriptsOf(await raise(t, specs), "libs").undone);
  assert.deepEqual(await undone(schemas), []);
  assert.deepEqual(await undone(schemas, user), ["frob-cache /usr/share/schemas"]);
  assert.deepEqual(await undone(schemas, puller), ["frob-cache by-name"]);
});

test("GSettings schemas that nobody brings need no compiling", async (t) => {
  const schemas = "/usr/share/glib-2.0/schemas";
  const postinst = sh(`/usr/lib/glib-2.0/glib-compile-schemas ${schemas} || true`);
  const library: PackageSpec = { name: "libglib", entries: [directory(`.${schemas}/`)], scripts: { postinst } };
  const app: PackageSpec = { name: "app", entries: [file(`.${schemas}/app.gschema.xml`, "")] };
  assert.deepEqual(scriptsOf(await raise(t, [library]), "libglib").undone, []);
  assert.equal(scriptsOf(await raise(t, [library, app]), "libglib").undone.length, 1);
});
