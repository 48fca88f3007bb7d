import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { type MachineFacts, readFacts } from "./facts.ts";
import { lackingUsers } from "./one-user.ts";
import { prospectsOf } from "./prospects.ts";

const SINGLE = { kind: "single", uid: 1000, gid: 1000 } as const;
const ALL = ["crun", "runc", "bwrap", "unshare", "setpriv", "pivot_root", "mount", "umount", "tar"];
const MAPPERS = ["newuidmap", "newgidmap"];

describe("facts", () => {
  test("root with and without the right to mount", (t) => {
    assert.equal(factsFrom(t, { "proc/self/status": "CapEff:\t000001fffeffffff\n" }).user.administers, true);
    assert.equal(factsFrom(t, { "proc/self/status": "CapEff:\t00000000a80425fb\n" }).user.administers, false);
    assert.equal(factsFrom(t, {}).user.administers, false);
  });

  test("what keeps ordinary users from namespaces", (t) => {
    assert.deepEqual(factsFrom(t, { "proc/self/ns/user": "" }).forbidden, []);
    const { forbidden } = factsFrom(t, {
      "proc/self/ns/user": "",
      "proc/sys/kernel/unprivileged_userns_clone": "0\n",
      "proc/sys/user/max_user_namespaces": "0\n",
      "proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1\n",
    });
    assert.deepEqual(
      forbidden.map(({ remedy }) => remedy),
      [
        "sysctl -w kernel.unprivileged_userns_clone=1",
        "sysctl -w user.max_user_namespaces=15000",
        "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0",
      ],
    );
    assert.match(factsFrom(t, {}).forbidden[0]?.what ?? "", /no user namespaces/);
  });

  test("overlayfs and containers", (t) => {
    assert.equal(factsFrom(t, { "proc/filesystems": "nodev\ttmpfs\nnodev\toverlay\n\text4\n" }).overlay, true);
    assert.equal(factsFrom(t, { "proc/filesystems": "nodev\ttmpfs\n" }).overlay, false);
    assert.equal(factsFrom(t, { ".dockerenv": "" }).container, "docker");
    assert.equal(factsFrom(t, { "run/.containerenv": "" }).container, "podman");
    assert.equal(factsFrom(t, { "proc/1/environ": "A=b\0container=lxc\0" }).container, "lxc");
    assert.equal(factsFrom(t, { "proc/1/environ": "xcontainer=lxc\0" }).container, undefined);
  });

  test("of this machine are read in no time", () => {
    readFacts();
    const start = performance.now();
    const facts = readFacts();
    assert.ok(performance.now() - start < 500);
    assert.equal(facts.user.uid, process.getuid?.());
  });
});

describe("executors", () => {
  test("all work for root where all is installed", () => {
    const prospects = prospectsOf(machine({ programs: ALL }));
    assert.deepEqual(
      prospects.map(({ name, missing, installed }) => [name, missing.length, installed]),
      ["crun", "runc", "bubblewrap", "util-linux"].map((name) => [name, 0, true]),
    );
  });

  test("lack their program, and are told the package that has it", () => {
    const prospects = prospectsOf(
      machine({ programs: ["unshare", "setpriv", "pivot_root", "mount", "umount", "tar"] }),
    );
    assert.deepEqual(
      prospects.map(({ missing }) => missing.map(({ remedy }) => remedy)),
      [["apt install crun"], ["apt install runc"], ["apt install bubblewrap"], []],
    );
    assert.deepEqual(
      prospects.map(({ installed }) => installed),
      [false, false, false, true],
    );
  });

  test("lack what all need", () => {
    const prospects = prospectsOf(machine({ programs: ALL.filter((name) => name !== "tar") }));
    for (const { missing } of prospects)
      assert.deepEqual(missing, [{ what: "tar is not installed", remedy: "apt install tar" }]);
  });

  test("do not work for root in a container that may not mount", () => {
    const facts = machine({ programs: ALL, administers: false, container: "docker" });
    for (const { missing } of prospectsOf(facts)) assert.match(missing[0]?.remedy ?? "", /docker run --privileged/);
  });

  test("need namespaces, overlays and a young kernel for an ordinary user, not for root", () => {
    const forbidden = [{ what: "user.max_user_namespaces is 0", remedy: "sysctl -w user.max_user_namespaces=15000" }];
    const old = { release: "5.10.0", major: 5, minor: 10 };
    const bad = { programs: ALL, forbidden, overlay: false, kernel: old };
    for (const { missing } of prospectsOf(machine(bad))) assert.deepEqual(missing, []);
    const [first] = prospectsOf(machine({ ...bad, uid: 1000 }));
    assert.deepEqual(
      first?.missing.map(({ remedy }) => remedy),
      [forbidden[0]?.remedy, "run as root, or Linux 5.11", "modprobe overlay"],
    );
    assert.deepEqual(prospectsOf(machine({ programs: ALL, uid: 1000 }))[0]?.missing, []);
  });

  test("give an ordinary user one user where he has no ranges, and it is said how to get them", () => {
    const without = machine({ programs: ALL, uid: 1000, mapping: SINGLE });
    assert.match(lackingUsers(without)[0]?.remedy ?? "", /apt install uidmap/);
    assert.ok(prospectsOf(without)[0]?.limits.includes("files belong to one user"));
    const unlisted = machine({ programs: [...ALL, ...MAPPERS], uid: 1000, mapping: SINGLE });
    assert.match(
      lackingUsers(unlisted)[0]?.remedy ?? "",
      /^usermod --add-subuids \d+-\d+ --add-subgids \d+-\d+ someone$/,
    );
    assert.deepEqual(lackingUsers(machine({ programs: ALL })), []);
  });
});

interface Given extends Partial<Omit<MachineFacts, "programs" | "user">> {
  readonly programs: readonly string[];
  readonly uid?: number;
  readonly administers?: boolean;
}

function machine({ programs, uid = 0, administers = uid === 0, ...rest }: Given): MachineFacts {
  return {
    ...{ mapping: { kind: "root" }, overlay: true, forbidden: [], container: undefined },
    kernel: { release: "6.1.0", major: 6, minor: 1 },
    ...rest,
    user: { uid, name: uid === 0 ? "root" : "someone", administers },
    programs: new Map(programs.map((name) => [name, `/usr/bin/${name}`])),
  };
}

function factsFrom(t: TestContext, files: Readonly<Record<string, string>>): MachineFacts {
  const root = temporaryDirectory(t);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return readFacts(root);
}
