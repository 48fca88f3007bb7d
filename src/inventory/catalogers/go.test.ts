import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { sectionedElf } from "../../../test/support/elf-sections.ts";
import { claimsOf } from "../../../test/support/layer-files.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { goCataloger } from "./go.ts";

const TEXT = `path\texample.org/app/cmd/app
mod\texample.org/app\t(devel)\t
dep\tgolang.org/x/net\tv0.17.0\th1:abc=
dep\tgithub.com/old/log\tv1.2.3
=>\tgithub.com/new/log\tv1.2.4\th1:def=
dep\texample.org/forked\tv2.0.0+incompatible
=>\t../forked\t(devel)\t
build\t-compiler=gc
`;
const MARKED = `${"s".repeat(16)}${TEXT}${"e".repeat(16)}`;

const MODULES = [
  "example.org/app (devel)",
  "golang.org/x/net v0.17.0",
  "github.com/new/log v1.2.4",
  "example.org/forked (devel)",
  "stdlib 1.22.3",
];

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

/** The form of Go 1.18 and later. */
function inline(goVersion: string, text: string, flags = 2): Uint8Array {
  const strings = [goVersion, text].flatMap((each) => [...varint(each.length), ...Buffer.from(each, "latin1")]);
  return Buffer.concat([
    Buffer.from("\xff Go buildinf:", "latin1"),
    Buffer.from([8, flags]),
    Buffer.alloc(16),
    Buffer.from(strings),
  ]);
}

/** The older form: two addresses of an address and a length. */
function pointed(address: number, size: 4 | 8, littleEndian: boolean): Uint8Array {
  const bytes = Buffer.alloc(32 + 4 * size);
  bytes.write("\xff Go buildinf:", "latin1");
  bytes[14] = size;
  bytes[15] = littleEndian ? 0 : 1;
  const put = (value: number, at: number): void => {
    if (littleEndian) bytes.writeUIntLE(value, at, 4);
    else bytes.writeUIntBE(value, at + size - 4, 4);
  };
  const strings = address + bytes.length;
  put(address + 32, 16);
  put(address + 32 + 2 * size, 16 + size);
  put(strings, 32);
  put("go1.22.3".length, 32 + size);
  put(strings + "go1.22.3".length, 32 + 2 * size);
  put(MARKED.length, 32 + 3 * size);
  return Buffer.concat([bytes, Buffer.from(`go1.22.3${MARKED}`, "latin1")]);
}

async function modulesOf(program: Uint8Array) {
  const { claims, warnings } = await claimsOf(goCataloger, { "bin/app": { bytes: program, mode: 0o755 } });
  const packages = claims.map((claim) => {
    assert.ok(claim.kind === "package");
    assert.deepEqual([claim.package.type, claim.files, claim.directories], ["golang", ["bin/app"], []]);
    return claim.package;
  });
  return { shown: packages.map(({ name, version }) => `${name} ${version}`), packages, warnings };
}

test("modules are read of the inline form, with what took the place of others", async () => {
  const { shown, packages, warnings } = await modulesOf(
    sectionedElf({ ".text": Buffer.alloc(99), ".go.buildinfo": inline("go1.22.3", MARKED) }),
  );
  assert.deepEqual(shown, MODULES);
  assert.deepEqual(warnings, []);
  assert.deepEqual(packages[0]?.dependencies, [
    ["golang.org/x/net"],
    ["github.com/new/log"],
    ["example.org/forked"],
    ["stdlib"],
  ]);
  assert.deepEqual(packages[1]?.dependencies, []);
});

test("modules are read of the form with addresses, of both word sizes and byte orders", async () => {
  for (const size of [4, 8] as const) {
    for (const littleEndian of [true, false]) {
      const program = sectionedElf(
        { ".go.buildinfo": (address) => pointed(address, size, littleEndian) },
        { class: size === 8 ? 64 : 32, littleEndian },
      );
      assert.deepEqual((await modulesOf(program)).shown, MODULES);
    }
  }
});

test("a program without section headers is looked through", async () => {
  const parts = { a: Buffer.alloc(400_000), b: inline("go1.22.3", MARKED) };
  assert.deepEqual((await modulesOf(sectionedElf(parts, { headers: false }))).shown, MODULES);
  assert.deepEqual((await modulesOf(sectionedElf(parts))).shown, []);
});

test("the standard library has the version of Go", async () => {
  for (const [goVersion, version] of [
    ["go1.22.3 X:boringcrypto", "1.22.3"],
    ["go1.23rc1", "1.23rc1"],
    ["devel go1.24-0123abcd Tue Jan 2", "(devel)"],
  ] as const) {
    assert.deepEqual((await modulesOf(sectionedElf({ ".go.buildinfo": inline(goVersion, "") }))).shown, [
      `stdlib ${version}`,
    ]);
  }
});

test("what is damaged is told with the file, and the rest is read", async () => {
  const text = (of: string): string => `${"s".repeat(16)}${of}${"e".repeat(16)}`;
  const cases: readonly [Uint8Array, readonly string[], RegExp][] = [
    [
      inline("go1.22.3", text("dep\ta b\tv1\ndep\tgood\tv1\ndep\t\t(devel)\n")),
      ["good v1", "stdlib 1.22.3"],
      /names a module that is none/,
    ],
    [inline("go1.22.3", "x".repeat(300)).subarray(0, 100), [], /damaged Go build information: a part lies outside/],
    [Buffer.concat([inline("", "").subarray(0, 32), Buffer.alloc(20, 0xff)]), [], /a length has no end/],
    [
      Buffer.concat([inline("", "").subarray(0, 32), Buffer.from([0xff, 0xff, 0xff, 0x7f])]),
      [],
      /more than 1024 bytes/,
    ],
    [inline("go1.22.3", text("dep\tx\tv1\n".repeat(20_001))), [], /more than 20000 Go modules/],
    [pointed(2 ** 31, 8, true), [], /no segment loads/],
    [
      Buffer.concat([pointed(0, 8, true).subarray(0, 14), Buffer.from([3, 0]), Buffer.alloc(64)]),
      [],
      /addresses of 3 bytes/,
    ],
  ];
  for (const [section, expected, warning] of cases) {
    const { shown, warnings } = await modulesOf(sectionedElf({ ".go.buildinfo": section }));
    if (shown.length < 1000) assert.deepEqual(shown, expected);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? "", warning);
    assert.match(warnings[0] ?? "", /^\/bin\/app: /);
  }
});

test("bytes that were changed anywhere give claims or a warning, and no failure", async () => {
  const images = [
    sectionedElf({ ".go.buildinfo": inline("go1.22.3", MARKED) }),
    sectionedElf({ ".go.buildinfo": (address) => pointed(address, 8, true) }),
    sectionedElf({ ".data": inline("go1.22.3", MARKED) }, { headers: false }),
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...images),
      fc.array(fc.tuple(fc.nat(900), fc.nat(255)), { maxLength: 5 }),
      fc.option(fc.nat(900), { nil: undefined }),
      async (image, changes, end) => {
        const copy = image.slice(0, end);
        for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
        assert.ok((await modulesOf(copy)).warnings.length <= 2);
      },
    ),
    { numRuns: 300 },
  );
});

test("go version -m lists the same of what go builds", { skip: unlessTools("go") }, async (t) => {
  const directory = temporaryDirectory(t);
  const write = (path: string, text: string): void => {
    execFileSync("mkdir", ["-p", join(directory, path, "..")]);
    writeFileSync(join(directory, path), text);
  };
  write(
    "app/go.mod",
    "module example.org/app\n\ngo 1.19\n\nrequire example.org/dep v1.2.3\n\nreplace example.org/dep => ../dep\n",
  );
  write("app/main.go", 'package main\n\nimport "example.org/dep"\n\nfunc main() { println(dep.Name) }\n');
  write("dep/go.mod", "module example.org/dep\n\ngo 1.19\n");
  write("dep/dep.go", 'package dep\n\nconst Name = "dep"\n');
  const output = join(directory, "program");
  const env = {
    ...process.env,
    CGO_ENABLED: "0",
    GOFLAGS: "-mod=mod",
    GOPROXY: "off",
    GOTOOLCHAIN: "local",
    GO111MODULE: "on",
  };
  execFileSync("go", ["build", "-ldflags=-s -w", "-o", output, "."], { cwd: join(directory, "app"), env });
  const [first = "", ...lines] = execFileSync("go", ["version", "-m", output], { encoding: "utf8" }).split("\n");
  assert.ok(lines.includes("\tdep\texample.org/dep\tv1.2.3"));
  assert.ok(lines.includes("\t=>\t../dep\t(devel)\t"));
  const main = lines.find((line) => line.startsWith("\tmod\t"))?.split("\t") ?? [];
  assert.deepEqual((await modulesOf(readFileSync(output))).shown, [
    `${main[2]} ${main[3]}`,
    "example.org/dep (devel)",
    `stdlib ${/ go(\S+)/.exec(first.slice(output.length))?.[1]}`,
  ]);
});
