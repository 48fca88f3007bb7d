import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { claimsOf, type LayerEntries } from "../../../test/support/layer-files.ts";
import type { Content } from "../../rootfs/content.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { binaryVersionsCataloger } from "./binary-versions.ts";

async function read(entries: LayerEntries) {
  const { claims, warnings } = await claimsOf(binaryVersionsCataloger, entries);
  const packages = claims.flatMap((claim) => (claim.kind === "package" ? [claim] : []));
  return {
    packages,
    warnings,
    shown: packages.map(({ package: { type, name, version } }) => `${type}/${name}@${version}`),
  };
}

/** An ELF file with a text somewhere behind its header. */
const program = (text: string, at = 3000): Buffer => {
  const bytes = Buffer.alloc(at + text.length + 5000, "\0");
  bytes.write("\x7fELF", "latin1");
  bytes.write(text, at, "latin1");
  return bytes;
};

test("programs are known by name, and their version by what stands in them", async () => {
  const cases: readonly [string, string, string | undefined][] = [
    ["bin/busybox", "BusyBox v1.36.1 (2024-01-01 00:00:00 UTC)", "generic/busybox@1.36.1"],
    ["bin/busybox.static", "\0BusyBox v1.37.0\0", "generic/busybox@1.37.0"],
    ["lib/libcrypto.so.3", "\0OpenSSL 3.5.4 30 Sep 2025\0", "generic/openssl@3.5.4"],
    ["lib/libssl.so.1.1", "\0OpenSSL 1.1.1n  15 Mar 2022\0", "generic/openssl@1.1.1n"],
    ["lib/libcrypto.so.10", "\0OpenSSL 1.0.2k-fips  26 Jan 2017\0", "generic/openssl@1.0.2k"],
    ["bin/openssl", "needs OpenSSL 1.0.1 or later\0OpenSSL 3.0.22 25 Aug 2026\0", "generic/openssl@3.0.22"],
    ["lib/libcrypto.so.3", "LibreSSL 4.0.0\0", undefined],
    ["usr/local/bin/python3.13", "ucd\x003.2.0\0strict\x003.13.0rc2\0", "generic/python@3.13.0rc2"],
    ["usr/local/lib/libpython3.7m.so.1.0", "/versions/3.7.16\0", "generic/python@3.7.16"],
    ["usr/local/lib/libpython3.13.so.1.0", "since Python 3.13. Use\0", undefined],
    ["usr/local/bin/python3.1", "\x003.13.0\0", undefined],
    ["usr/local/bin/node", "\0/json\0node.js/v24.1.0\0", "generic/node@24.1.0"],
    ["usr/local/bin/node", "node.js/v25.0.0-nightly2025\0", "generic/node@25.0.0-nightly2025"],
    ["usr/bin/node", "node v10.12.0 and /release/v12.1.0/node-v12.1.0.tar.gz\0", "generic/node@12.1.0"],
    ["usr/bin/perl", "\0/usr/local/lib/x/perl/5.36.0\0", "generic/perl@5.36.0"],
    ["usr/local/bin/perl5.40.1", "\0/usr/local/lib/perl5/5.40.1/x86\0", "generic/perl@5.40.1"],
    ["usr/lib/libruby-3.1.so.3.1.2", "\0ruby 3.1.2p20 (2022-04-12 revision)", "generic/ruby@3.1.2"],
    ["usr/local/bin/ruby", "ruby 3.4.0preview1 (2024-05-16)", "generic/ruby@3.4.0preview1"],
    ["usr/local/bin/php", "X-Powered-By: PHP/8.3.0RC2\0", "generic/php@8.3.0RC2"],
    ["usr/sbin/php-fpm8.2", "X-Powered-By: PHP/8.2.29\0", "generic/php@8.2.29"],
    ["usr/sbin/nginx", "\0nginx/1.27.0\0", "generic/nginx@1.27.0"],
    ["usr/sbin/nginx", "\0/etc/nginx/nginx.conf\0", undefined],
    ["usr/bin/other", "\0nginx/1.27.0\0", undefined],
  ];
  for (const [path, text, expected] of cases) {
    const { shown, packages, warnings } = await read({ [path]: program(text) });
    assert.deepEqual(shown, expected === undefined ? [] : [expected], `${path} ${text}`);
    if (expected !== undefined) assert.deepEqual(packages[0]?.files, [path]);
    assert.deepEqual(warnings, []);
  }
});

test("a version is found wherever it lies, across windows too, and at the ends of the file", async () => {
  const window = 256 * 1024;
  for (const at of [4, window - 12, window - 5, window - 512, window - 513, 2 * window - 1024, 2 * window - 520]) {
    assert.deepEqual(
      (await read({ nginx: program("nginx/1.27.0\0", at) })).shown,
      ["generic/nginx@1.27.0"],
      String(at),
    );
  }
});

test("scripts of such names are none of these programs", async () => {
  assert.deepEqual((await read({ "bin/node": `#!/bin/sh\n# node.js/v24.1.0 \n${"#\n".repeat(4000)}` })).shown, []);
});

test("a Java runtime is all of its directory, by the file release", async () => {
  const release = (version: string, more = ""): string =>
    `${more}JAVA_RUNTIME_VERSION="x"\nJAVA_VERSION="${version}"\n`;
  const { packages, warnings, shown } = await read({
    "opt/java/openjdk/release": release("25.0.3", 'IMPLEMENTOR="Eclipse Adoptium"\n'),
    "opt/java/openjdk/lib/modules": "",
    "opt/oracle/release": release("1.8.0_392", 'IMPLEMENTOR="Oracle Corporation"\n'),
    "opt/bad/release": release("$(x)"),
    "etc/release": 'NAME="Debian"\n',
    release: release("17.0.1"),
    "bin/java": "",
  });
  assert.deepEqual(shown, ["generic/openjdk@25.0.3", "generic/jdk@1.8.0_392", "generic/openjdk@17.0.1"]);
  assert.deepEqual(
    packages.map(({ files, directories }) => [files, directories]),
    [
      [[], ["opt/java/openjdk"]],
      [["opt/oracle/release"], []],
      [["release"], []],
    ],
  );
  assert.deepEqual(warnings, ["/opt/bad/release: its JAVA_VERSION is no version"]);
});

test("no bytes make it throw, and a file of nothing but beginnings is left in time", async () => {
  const part = fc.constantFrom("\0", "nginx/", "1.", "27", ".0", "OpenSSL ", "\xff");
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 30 }), async (parts) => {
      await read({
        "bin/nginx": program(parts.join("")),
        "bin/openssl": program(parts.join("")),
        "a/release": parts.join(""),
      });
    }),
    { numRuns: 100 },
  );
  const began = performance.now();
  assert.deepEqual((await read({ nginx: program("nginx/".repeat(2_000_000)) })).shown, []);
  assert.ok(performance.now() - began < 3000);
});

/** What a program of this machine says of itself, where it has it. */
const ORACLES: readonly (readonly [string, string, readonly string[], RegExp])[] = [
  ["busybox", "busybox", ["--help"], /BusyBox v([\d.]+)/],
  ["openssl", "openssl", ["version"], /OpenSSL (\S+)/],
  ["perl", "perl", ["-e", "print $^V"], /v([\d.]+)/],
  ["php", "php", ["-n", "--version"], /PHP ([\d.]+)/],
  ["python", "/usr/bin/python3", ["--version"], /Python (\S+)/],
  ["node", process.execPath, ["--version"], /v(\S+)/],
];

for (const [name, command, args, said] of ORACLES) {
  const path = command.startsWith("/") ? command : (pathOf(command) ?? "");
  const skip = existsSync(path) ? false : `needs ${command}`;
  test(`${name} says the version of itself that is read from its bytes`, { skip }, async () => {
    const real = realpathSync(path);
    const handle = openSync(real, "r");
    const content: Content = {
      size: statSync(real).size,
      read: async (offset, length) => {
        const bytes = Buffer.alloc(length);
        return bytes.subarray(0, readSync(handle, bytes, 0, length, offset));
      },
    };
    const file = { path: pathFromText(real), mode: 0o755, content };
    assert.ok(binaryVersionsCataloger.wants(file), real);
    const [claim] = await binaryVersionsCataloger.read(file, { file: () => undefined }, assert.fail);
    closeSync(handle);
    const { stdout, stderr } = spawnSync(path, args, { encoding: "utf8" });
    const [, expected] = said.exec(stdout + stderr) ?? [];
    assert.ok(claim?.kind === "package", real);
    assert.deepEqual([claim.package.name, claim.package.version], [name, expected]);
  });
}

function pathOf(command: string): string | undefined {
  const directories = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin"];
  return directories.map((directory) => join(directory, command)).find((path) => existsSync(path));
}
