import assert from "node:assert/strict";
import { test } from "node:test";
import { fileNode, symlinkNode, treeOf } from "../../../test/support/root-trees.ts";
import { kindsOf, PROGRAM_KINDS } from "./program-kinds.ts";
import { findPrograms } from "./programs.ts";

type Entries = Parameters<typeof treeOf>[0];

const program = (content: string | Uint8Array = "\x7fELF", inode?: object) => fileNode(content, { mode: 0o755 }, inode);

/** A program that has busybox's table of commands in it, and is as large as one. */
const BUSYBOX = Buffer.concat([
  Buffer.from("\x7fELF"),
  Buffer.alloc(70_000, "x"),
  Buffer.from("\0[\0[[\0ash\0awk\0cat\0nc\0sh\0wget\0\0"),
]);

async function found(entries: Entries, searchPath: readonly string[] = ["/usr/bin", "/bin"]) {
  const warnings: string[] = [];
  const all = await findPrograms(treeOf(entries), searchPath, (text) => warnings.push(text));
  const shown = PROGRAM_KINDS.flatMap((kind) =>
    all[kind].map(({ path, names }) => `${kind} ${path} ${names.join(",")}`),
  );
  return { shown, warnings };
}

test("a file counts once, by whatever links and merged directories it is reached", async () => {
  const { shown } = await found({
    "usr/bin/dash": program(),
    "usr/bin/sh": symlinkNode("dash"),
    bin: symlinkNode("usr/bin"),
    "usr/bin/python3": symlinkNode("python3.13"),
    "usr/bin/python3.13": program(),
    "usr/local/bin/python": symlinkNode("/bin/python3"),
    "usr/bin/cat": program(),
  });
  assert.deepEqual(shown, [
    "shells /usr/bin/dash dash,sh",
    "interpreters /usr/bin/python3.13 python,python3,python3.13",
  ]);
});

test("hard links of one file are one program", async () => {
  const perl = program("perl", {});
  const { shown } = await found({ "usr/bin/perl5.40.1": perl, "usr/bin/perl": perl });
  assert.deepEqual(shown, ["interpreters /usr/bin/perl perl,perl5.40.1"]);
});

test("what cannot be run, leads nowhere or lies elsewhere is no program", async () => {
  const { shown } = await found({
    "usr/bin/bash": fileNode("x"),
    "usr/bin/sh": symlinkNode("missing"),
    "usr/bin/zsh": symlinkNode("zsh"),
    "usr/bin/perl": undefined,
    "etc/cron.daily/dpkg": program(),
    "usr/share/bug/dpkg": program(),
  });
  assert.deepEqual(shown, []);
});

test("programs are found in every bin and sbin, and where PATH leads", async () => {
  const { shown } = await found(
    {
      "opt/java/bin/java": program(),
      "app/venv/bin/python": symlinkNode("/opt/py/python3"),
      "opt/py/python3": program(),
      "tools/curl": program(),
      "usr/sbin/sshd": program(),
    },
    ["/tools", "/nowhere"],
  );
  assert.deepEqual(shown, [
    "interpreters /opt/java/bin/java java",
    "interpreters /opt/py/python3 python",
    "networkTools /tools/curl curl",
    "networkTools /usr/sbin/sshd sshd",
  ]);
});

test("busybox counts by its commands, linked or not, whatever it is called", async () => {
  for (const path of ["bin/busybox", "usr/bin/httpd"]) {
    const { shown } = await found({ [path]: program(BUSYBOX) });
    assert.deepEqual(shown, [`shells /${path} ash,sh`, `interpreters /${path} awk`, `networkTools /${path} nc,wget`]);
  }
  const linked = await found({ "busybox/busybox": program(BUSYBOX), "busybox/sh": symlinkNode("busybox") }, [
    "/busybox",
  ]);
  assert.equal(linked.shown[0], "shells /busybox/busybox ash,sh");
  assert.deepEqual((await found({ "bin/text": program(Buffer.alloc(100_000)) })).shown, []);
});

test("busybox's table is found wherever it lies in the program, and one that is cut is none", async () => {
  const table = "\0[\0[[\0ash\0nc\0sh\0\0";
  for (const before of [240 * 1024 - 12, 256 * 1024 - 12, 2_000_000]) {
    const bytes = Buffer.concat([Buffer.alloc(before, "x"), Buffer.from(table)]);
    assert.equal((await found({ "bin/tool": program(bytes) })).shown[0], "shells /bin/tool ash,sh", String(before));
    const cut = bytes.subarray(0, -2);
    assert.deepEqual((await found({ "bin/tool": program(cut) })).shown, []);
  }
});

test("names are told apart from those that only begin like them", () => {
  const expected: Readonly<Record<string, readonly string[]>> = {
    "python3.13": ["interpreters"],
    python3: ["interpreters"],
    "python3-config": [],
    "x86_64-linux-gnu-gcc-14": ["compilers"],
    "arm-linux-gnueabihf-g++": ["compilers"],
    "gcc-ranlib": [],
    ld: ["compilers"],
    ldd: [],
    "c++": ["compilers"],
    "c++filt": [],
    clang: ["compilers"],
    "clang++-19": ["compilers"],
    bash: ["shells"],
    bashbug: [],
    "apt-get": ["packageManagers"],
    "pip3.13": ["packageManagers"],
    ssh: ["networkTools"],
    "ssh-keygen": [],
    "": [],
    ["a-".repeat(5000)]: [],
  };
  for (const [name, kinds] of Object.entries(expected)) assert.deepEqual(kindsOf(name), kinds, name.slice(0, 40));
});
