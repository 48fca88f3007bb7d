import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import fc from "fast-check";
import { temporaryDirectory } from "../../test/support/directories.ts";
import { diskTree } from "../../test/support/disk-tree.ts";
import { type ElfImage, elfImage } from "../../test/support/elf-image.ts";
import { symlinkNode, treeOf } from "../../test/support/root-trees.ts";
import { unlessTools } from "../../test/support/tools.ts";
import { ElfReader } from "./elf-reader.ts";
import { compareLibraryNames, encodeLdSoCache, librariesForCache } from "./ld-so-cache.ts";

const TUPLE = "x86_64-linux-gnu";
const MULTIARCH = `usr/lib/${TUPLE}`;
const CONFIGURATION = `/usr/local/lib\n/usr/local/lib/${TUPLE}\n/lib/${TUPLE}\n/usr/lib/${TUPLE}\n`;

const library = (soname: string | undefined, parts: Partial<ElfImage> = {}): Uint8Array =>
  elfImage({ needed: ["libc.so.6"], ...(soname === undefined ? {} : { soname }), ...parts });

async function listed(entries: Parameters<typeof treeOf>[0], tuple = TUPLE): Promise<readonly string[]> {
  const libraries = await librariesForCache(treeOf(entries), tuple, new ElfReader());
  return libraries.map(({ name, path }) => `${name} ${path}`);
}

test("a library is listed under its SONAME, a link for the linker under its own name", async () => {
  const names = await listed({
    lib: symlinkNode("usr/lib"),
    [`${MULTIARCH}/libz.so.1.2`]: library("libz.so.1"),
    [`${MULTIARCH}/libz.so.1`]: symlinkNode("libz.so.1.2"),
    [`${MULTIARCH}/libz.so`]: symlinkNode("libz.so.1"),
    [`${MULTIARCH}/libother.so.1`]: symlinkNode("libz.so.1"),
    [`${MULTIARCH}/libplain.so.3`]: library(undefined),
  });
  const at = `/lib/${TUPLE}`;
  assert.deepEqual(names, [`libplain.so.3 ${at}/libplain.so.3`, `libz.so ${at}/libz.so`, `libz.so.1 ${at}/libz.so.1`]);
});

test("what the loader could not load is not listed", async () => {
  const names = await listed({
    "usr/lib/libx32.so.1": library("libx32.so.1", { class: 32 }),
    "usr/lib/libarm.so.1": library("libarm.so.1", { machine: 183 }),
    "usr/lib/libobject.so": library(undefined, { type: 1 }),
    "usr/lib/libtext.so": "GROUP ( libc.so.6 )".padEnd(100),
    "usr/lib/libbroken.so.1": library("libbroken.so.1").subarray(0, 150),
    "usr/lib/libloop.so": symlinkNode("libloop.so"),
    "usr/lib/libdangling.so.1": symlinkNode("nowhere"),
    "usr/lib/libunlinked.so.1.2": library("libunlinked.so.1"),
    "usr/lib/libescape.so.1": library("../../../etc/passwd"),
    "usr/lib/plugin.so": library("plugin.so"),
  });
  assert.deepEqual(names, []);
});

test("a name that several directories have is listed in the order of the search", async () => {
  const entries = { "usr/local/lib/liba.so.1": library("liba.so.1"), "usr/lib/liba.so.1": library("liba.so.1") };
  assert.deepEqual(await listed(entries), ["liba.so.1 /usr/local/lib/liba.so.1", "liba.so.1 /usr/lib/liba.so.1"]);
});

test("each machine has its own libraries", async () => {
  const entries = {
    "usr/lib/aarch64-linux-gnu/liba.so.1": library("liba.so.1", { machine: 183 }),
    [`${MULTIARCH}/liba.so.1`]: library("liba.so.1"),
  };
  assert.deepEqual(await listed(entries, "aarch64-linux-gnu"), ["liba.so.1 /usr/lib/aarch64-linux-gnu/liba.so.1"]);
});

/** _dl_cache_libcmp of glibc 2.41, word by word. */
const LIBCMP = `
#include <stdio.h>
static int libcmp (const char *p1, const char *p2) {
  while (*p1 != 0) {
    if (*p1 >= '0' && *p1 <= '9') {
      if (*p2 >= '0' && *p2 <= '9') {
        int val1 = *p1++ - '0', val2 = *p2++ - '0';
        while (*p1 >= '0' && *p1 <= '9') val1 = val1 * 10 + *p1++ - '0';
        while (*p2 >= '0' && *p2 <= '9') val2 = val2 * 10 + *p2++ - '0';
        if (val1 != val2) return val1 - val2;
      } else return 1;
    } else if (*p2 >= '0' && *p2 <= '9') return -1;
    else if (*p1 != *p2) return *p1 - *p2;
    else { ++p1; ++p2; }
  }
  return *p1 - *p2;
}
int main (void) {
  char a[200], b[200];
  while (scanf ("%199s %199s", a, b) == 2) { int d = libcmp (a, b); printf ("%d ", (d > 0) - (d < 0)); }
}
`;

describe("compareLibraryNames", () => {
  test("orders numbers as numbers", () => {
    const names = ["libv.so.10", "libv.so.9", "libv.so", "libw.so", "libv-2.so", "libv2.so"];
    assert.deepEqual(names.toSorted(compareLibraryNames), [
      "libv-2.so",
      "libv.so",
      "libv.so.9",
      "libv.so.10",
      "libv2.so",
      "libw.so",
    ]);
  });

  test("agrees with the loader's own function", { skip: unlessTools("gcc") }, (context) => {
    const directory = temporaryDirectory(context);
    writeFileSync(join(directory, "libcmp.c"), LIBCMP);
    execFileSync("gcc", ["-fwrapv", "-o", "libcmp", "libcmp.c"], { cwd: directory });
    const unit = fc.constantFrom("1", "2", "09", "3000000000", "20240101123456", ".", "-", "so", "a");
    const name = fc.array(unit, { minLength: 1, maxLength: 7 }).map((parts) => `lib${parts.join("")}`);
    const pairs = fc.sample(fc.tuple(name, name), 3000);
    const input = pairs.map((pair) => pair.join(" ")).join("\n");
    const theirs = execFileSync(join(directory, "libcmp"), { input, encoding: "utf8" }).trim().split(" ").map(Number);
    pairs.forEach(([a, b], index) => {
      assert.equal(Math.sign(compareLibraryNames(a, b)), theirs[index], `${a} ${b}`);
    });
  });
});

/** The lines of `ldconfig -p`, but for what stands around them and the libraries in glibc-hwcaps/. */
function printed(cache: string): readonly string[] {
  const text = execFileSync("ldconfig", ["-p", "-C", cache], { encoding: "utf8" });
  return text.split("\n").filter((line) => line.includes(" => ") && !line.includes("hwcap:"));
}

const isDebian = diskHas(`/usr/lib/${TUPLE}/libc.so.6`);

function diskHas(path: string): boolean {
  return spawnSync("test", ["-e", path]).status === 0;
}

async function writeCache(root: string, path: string): Promise<void> {
  const libraries = await librariesForCache(diskTree(root), TUPLE, new ElfReader());
  writeFileSync(path, encodeLdSoCache(libraries));
}

/** Libraries and links of the host under a root of their own, with a library that only the cache can find. */
function hostRoot(context: TestContext): string {
  const root = temporaryDirectory(context);
  for (const path of [MULTIARCH, "usr/lib64", "usr/local/lib", "etc", "opt"]) {
    mkdirSync(join(root, path), { recursive: true });
  }
  symlinkSync("usr/lib", join(root, "lib"));
  symlinkSync("usr/lib64", join(root, "lib64"));
  const wanted = /^(?:ld-linux|libc\.so\.6|libm\.so\.6|libz\.so|libtinfo|libselinux|libpcre2|libstdc|libgcc_s|liblzma)/;
  const at = `/usr/lib/${TUPLE}`;
  const names = execFileSync("ls", [at], { encoding: "utf8" })
    .split("\n")
    .filter((name) => wanted.test(name));
  for (const name of names) cpSync(join(at, name), join(root, MULTIARCH, name), { verbatimSymlinks: true });
  symlinkSync(`../lib/${TUPLE}/ld-linux-x86-64.so.2`, join(root, "usr/lib64/ld-linux-x86-64.so.2"));
  return root;
}

describe("the cache against ldconfig", {
  skip: isDebian ? unlessTools("ldconfig", "gcc") : "needs Debian's libraries",
}, () => {
  test("has the same lines in the same order", async (context) => {
    const root = hostRoot(context);
    const build = (output: string, soname: string): void => {
      writeFileSync(join(root, "opt/f.c"), "int distill_test(void) { return 42; }\n");
      const flags = ["-shared", "-fPIC", "-nostdlib", ...(soname === "" ? [] : [`-Wl,-soname,${soname}`])];
      execFileSync("gcc", [...flags, "-o", join(root, output), join(root, "opt/f.c")]);
    };
    build("usr/local/lib/libd.so.1", "libd.so.1");
    build(`${MULTIARCH}/libd.so.1`, "libd.so.1");
    build(`${MULTIARCH}/libd.so.10`, "libd.so.10");
    build(`${MULTIARCH}/libd.so.9`, "libd.so.9");
    build(`${MULTIARCH}/libnone.so.3`, "");
    symlinkSync("libnone.so.3", join(root, MULTIARCH, "libnone.so"));
    symlinkSync("libd.so.1", join(root, MULTIARCH, "libd.so"));
    symlinkSync("libd.so.1", join(root, MULTIARCH, "libalias.so.7"));
    build("opt/libo.so.2.1", "libo.so.2");
    symlinkSync("/opt/libo.so.2.1", join(root, MULTIARCH, "libo.so.2"));
    build(`${MULTIARCH}/libplugin.so.1`, "plugin.so");
    build(`${MULTIARCH}/plugin.so`, "plugin.so");
    writeFileSync(join(root, MULTIARCH, "libtext.so"), "GROUP ( x )");

    writeFileSync(join(root, "etc/ld.so.conf"), CONFIGURATION);
    const ours = join(root, "opt/ours.cache");
    await writeCache(root, ours);
    execFileSync("ldconfig", ["-X", "-r", root, "-f", "/etc/ld.so.conf", "-C", "/opt/theirs.cache"], { stdio: "pipe" });
    assert.deepEqual(printed(ours), printed(join(root, "opt/theirs.cache")));
    assert.ok(printed(ours).length > 15);
  });

  const chroot = process.getuid?.() === 0 ? unlessTools("chroot") : "needs root";
  test("leads the real loader to a library that only the cache can find", { skip: chroot }, async (context) => {
    const root = hostRoot(context);
    const source = join(root, "opt/f.c");
    writeFileSync(source, "int distill_test(void) { return 42; }\n");
    const output = join(root, "usr/local/lib/libonly.so.1");
    execFileSync("gcc", ["-shared", "-fPIC", "-Wl,-soname,libonly.so.1", "-o", output, source]);
    writeFileSync(join(root, "opt/m.c"), "int distill_test(void);\nint main(void) { return distill_test(); }\n");
    execFileSync("gcc", ["-o", join(root, "opt/m"), join(root, "opt/m.c"), output]);
    const status = (): number | null => spawnSync("chroot", [root, "/opt/m"]).status;
    assert.equal(status(), 127, "without a cache the loader does not look there");
    await writeCache(root, join(root, "etc/ld.so.cache"));
    assert.equal(status(), 42);
  });
});
