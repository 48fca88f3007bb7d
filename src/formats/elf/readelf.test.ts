import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, globSync, openSync, readSync, realpathSync, statSync } from "node:fs";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { type ElfImage, elfImage } from "../../../test/support/elf-image.ts";
import { fileSource } from "../../../test/support/pages.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { type ElfFile, readElf } from "./read.ts";

/** How many of the host's files to compare; raise it for a thorough run. */
const SAMPLE = Number(process.env.DISTILL_ELF_SAMPLE ?? 150);

const PLACES = [
  "/usr/bin/*",
  "/usr/sbin/*",
  "/usr/lib/*-linux-gnu*/*.{so,so.*,o}",
  "/usr/lib/*-linux-gnu*/*/*.so",
  "/usr/lib/{gcc,jvm}/**/*.so",
  "/usr/lib/debug/.build-id/*/*.debug",
];

/** What both sides are asked for, in readelf's order. */
interface Facts {
  readonly wordSize: string;
  readonly littleEndian: boolean;
  readonly type: string;
  readonly machine: string;
  readonly flags: number;
  readonly abiVersion: number;
  readonly interpreter: string | undefined;
  readonly dynamic: boolean;
  readonly needed: readonly string[];
  readonly soname: string | undefined;
  readonly rpath: string;
  readonly runpath: string;
  readonly pie: boolean;
  readonly needs: readonly string[];
  readonly definitions: readonly string[];
  readonly isa: readonly string[];
}

const MACHINES: Readonly<Record<string, string>> = {
  "x86-64": "Advanced Micro Devices X86-64",
  aarch64: "AArch64",
  i386: "Intel 80386",
  arm: "ARM",
  bpf: "Linux BPF",
  s390x: "IBM S/390",
  ppc64: "PowerPC64",
  ppc64le: "PowerPC64",
  riscv64: "RISC-V",
};

const ISA_LEVELS = ["x86-64-baseline", "x86-64-v2", "x86-64-v3", "x86-64-v4"];

function factsOf(elf: ElfFile): Facts {
  return {
    wordSize: `ELF${elf.class}`,
    littleEndian: elf.littleEndian,
    type: ["NONE", "REL", "EXEC", "DYN", "CORE"][elf.type] ?? String(elf.type),
    machine: MACHINES[elf.machine.name] ?? elf.machine.name,
    flags: elf.flags,
    abiVersion: elf.abiVersion,
    interpreter: elf.interpreter,
    dynamic: elf.hasDynamic,
    needed: elf.needed,
    soname: elf.soname,
    rpath: elf.rpath.join(":"),
    runpath: elf.runpath.join(":"),
    pie: elf.pie,
    needs: elf.versionNeeds.flatMap(({ library, versions, weak }) =>
      versions.map((version) => `${library} ${version} ${weak.includes(version) ? "WEAK" : "none"}`),
    ),
    definitions: elf.versionDefinitions,
    isa: ISA_LEVELS.filter((_, bit) => ((elf.isaNeeded ?? 0) & (1 << bit)) !== 0),
  };
}

/** Parses what `readelf -hldVnW` says of one file. */
function parseReadelf(text: string): Facts {
  const field = (name: string): string => new RegExp(`^ +${name}: +(.*)$`, "m").exec(text)?.[1] ?? "";
  const entries = (tag: string): string[] =>
    [...text.matchAll(new RegExp(`\\(${tag}\\) .*?\\[(.*)\\]$`, "gm"))].map((match) => match[1] as string);
  let library = "";
  const needs: string[] = [];
  for (const match of text.matchAll(
    / Version: 1 +File: (.*?) +Cnt: |^ +0x[0-9a-f]+: +Name: (.*?) +Flags: (.*?) +Version: /gm,
  )) {
    if (match[1] !== undefined) library = match[1];
    else needs.push(`${library} ${match[2]} ${match[3]}`);
  }
  const type = field("Type").split(" ")[0] ?? "";
  // An object file has its property note in a section, which nothing loads.
  const isa = type === "REL" ? undefined : /x86 ISA needed: (.*?)$/m.exec(text)?.[1];
  const definitions = [...text.matchAll(/ Rev: 1 +Flags: (.*?) +Index: .*Name: (.*)$/gm)];
  return {
    wordSize: field("Class"),
    littleEndian: field("Data").includes("little"),
    type,
    machine: field("Machine"),
    flags: Number.parseInt(field("Flags"), 16),
    abiVersion: Number(field("ABI Version")),
    interpreter: /program interpreter: (.*)\]$/m.exec(text)?.[1],
    dynamic: /^Dynamic section at offset/m.test(text),
    needed: entries("NEEDED"),
    soname: entries("SONAME").at(-1),
    rpath: entries("RPATH").at(-1) ?? "",
    runpath: entries("RUNPATH").at(-1) ?? "",
    pie: /\(FLAGS_1\).* PIE/.test(text),
    needs,
    definitions: definitions.filter((match) => !match[1]?.includes("BASE")).map((match) => match[2] as string),
    isa: isa?.split(", ") ?? [],
  };
}

/** What readelf prints, by file. It names the files only when there are several, and complains by its status. */
function askReadelf(files: readonly string[], options: string): ReadonlyMap<string, string> {
  const { stdout: text } = spawnSync("readelf", [options, ...files, files[0] ?? ""], {
    env: { ...process.env, LC_ALL: "C" },
    encoding: "latin1",
    maxBuffer: 1024 ** 3,
  });
  const parts = text.split(/^File: (.*)$/m).slice(1);
  return new Map(files.map((file) => [file, parts[parts.indexOf(file) + 1] ?? ""]));
}

async function factsOfFile(path: string): Promise<Facts> {
  const file = await open(path);
  try {
    const elf = await readElf(await fileSource(file));
    assert.ok(elf !== undefined, `${path} was not recognised`);
    return factsOf(elf);
  } finally {
    await file.close();
  }
}

/** ELF files of the host, evenly spread over its directories. */
function sample(): string[] {
  const candidates = [
    ...new Set(
      globSync(PLACES)
        .filter(isFile)
        .map((path) => realpathSync(path)),
    ),
  ];
  const files = candidates.filter(startsWithMagic).sort();
  const stride = Math.max(1, Math.floor(files.length / SAMPLE));
  return files.filter((_, index) => index % stride === 0).slice(0, SAMPLE);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

function startsWithMagic(path: string): boolean {
  const start = Buffer.alloc(4);
  const file = openSync(path, "r");
  readSync(file, start, 0, 4, 0);
  closeSync(file);
  return start.equals(Buffer.from("\x7fELF"));
}

describe("readElf against readelf", { skip: unlessTools("readelf") }, () => {
  test("agrees in every field on files of the host", async () => {
    const files = sample();
    assert.ok(files.length > 0);
    for (let start = 0; start < files.length; start += 500) {
      const answers = askReadelf(files.slice(start, start + 500), "-hldVnW");
      for (const file of files.slice(start, start + 500)) {
        assert.deepEqual(await factsOfFile(file), parseReadelf(answers.get(file) ?? ""), file);
      }
    }
  });

  test("agrees on synthetic files of other machines", async () => {
    const image: ElfImage = {
      interpreter: "/lib/ld.so",
      needed: ["liba.so", "libb.so"],
      soname: "x",
      runpath: "/r:/s",
    };
    const images: ElfImage[] = [
      { ...image, class: 32, littleEndian: true, machine: 40, flags: 0x5000400 },
      { ...image, class: 64, littleEndian: false, machine: 22 },
      { ...image, class: 64, littleEndian: false, machine: 21 },
      { ...image, class: 64, littleEndian: true, machine: 243, flags: 5, flags1: 0x08000000 },
      { ...image, class: 32, littleEndian: true, machine: 3, type: 2, rpath: "/old" },
    ];
    const directory = await mkdtemp(join(tmpdir(), "distill-elf-"));
    try {
      const files = images.map((_, index) => join(directory, `${index}.elf`));
      for (const [index, file] of files.entries()) await writeFile(file, elfImage(images[index] as ElfImage));
      const answers = askReadelf(files, "-hldW");
      for (const file of files) assert.deepEqual(await factsOfFile(file), parseReadelf(answers.get(file) ?? ""), file);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
