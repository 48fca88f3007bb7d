import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { compress, makeAr, makeDeb, makeTar, type TestPackage } from "../../../test/support/deb-writer.ts";
import { hasTool, unlessTools } from "../../../test/support/tools.ts";
import { type Digest, digestOf } from "../../lib/digest.ts";
import { unpackDeb } from "./unpack-deb.ts";

const HELLO: TestPackage = {
  name: "hello",
  fields: { Depends: "libc6" },
  files: { "/usr/bin/hello": "hello\n", "/etc/hello.conf": "a=1\n", "/usr/bin/hi": { link: "hello" } },
  control: {
    conffiles: "/etc/hello.conf\n",
    postinst: "#!/bin/sh\nexit 1\n",
    preinst: "#!/bin/sh\nexit 1\n",
    triggers: "activate-noawait ldconfig\n",
    templates: "not of interest",
  },
};

let directory: string;
let count = 0;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), "distill-deb-"));
});
after(() => rm(directory, { recursive: true }));

async function save(bytes: Uint8Array): Promise<{ path: string; digest: Digest; dataTar: string }> {
  const path = join(directory, `${++count}.deb`);
  await writeFile(path, bytes);
  return { path, digest: digestOf(bytes), dataTar: `${path}.data.tar` };
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString("utf8");
}

describe("unpackDeb", () => {
  it("gives all that dpkg keeps of a package where that is wanted, with its modes", async () => {
    const { controlFiles } = await unpackDeb({ ...(await save(makeDeb(HELLO))), wholeControl: true });
    const names = controlFiles?.map(({ name }) => name);
    assert.deepEqual(names, ["md5sums", "conffiles", "postinst", "preinst", "triggers", "templates"]);
    assert.equal(textOf(controlFiles?.find(({ name }) => name === "templates")?.bytes), "not of interest");
    assert.ok(controlFiles?.every(({ mode }) => mode === 0o644));
    assert.equal((await unpackDeb(await save(makeDeb(HELLO)))).controlFiles, undefined);
  });

  it("refuses control files whose names could lead elsewhere, where they are kept", async () => {
    for (const name of ["sub/postinst", "../postinst", ".hidden", "Post inst"]) {
      const job = await save(makeDeb({ name: "bad", control: { [name]: "1" } }));
      await assert.rejects(unpackDeb({ ...job, wholeControl: true }), { code: "FORMAT_INVALID" }, name);
    }
  });

  for (const compression of ["none", "gz", "zst", "xz"] as const) {
    it(`takes a package with ${compression} apart`, { skip: compression === "xz" && unlessTools("xz") }, async () => {
      const job = await save(makeDeb({ ...HELLO, compression }));
      const unpacked = await unpackDeb(job);
      assert.match(textOf(unpacked.control) ?? "", /^Package: hello\n[\s\S]*^Depends: libc6$/m);
      const md5 = (text: string) => createHash("md5").update(text).digest("hex");
      assert.equal(textOf(unpacked.md5sums), `${md5("hello\n")}  usr/bin/hello\n${md5("a=1\n")}  etc/hello.conf\n`);
      assert.deepEqual(unpacked.conffiles, ["/etc/hello.conf"]);
      assert.deepEqual(unpacked.scripts, ["postinst", "preinst"]);
      assert.deepEqual(unpacked.installScripts, { preinst: "#!/bin/sh\nexit 1\n", postinst: "#!/bin/sh\nexit 1\n" });
      assert.equal(unpacked.triggers, "activate-noawait ldconfig\n");
      const expected = makeTar(Object.entries(HELLO.files ?? {}));
      assert.deepEqual(await readFile(job.dataTar), expected);
      assert.equal(unpacked.dataTar, job.dataTar);
      assert.equal(unpacked.dataSize, expected.length);
    });
  }

  it("reads a zstd member of several frames to its end", async () => {
    const version = ["debian-binary", Buffer.from("2.0\n")] as const;
    const control = ["control.tar", makeTar([["/control", "Package: x\n"]])] as const;
    const data = makeTar(Object.entries(HELLO.files ?? {}));
    const frames = [data.subarray(0, 1024), data.subarray(1024)].map((part) => compress(part, "zst"));
    const job = await save(makeAr([version, control, ["data.tar.zst", Buffer.concat(frames)]]));
    assert.equal((await unpackDeb(job)).dataSize, data.length);
    assert.deepEqual(await readFile(job.dataTar), data);
  });

  it("gives empty answers for a package with neither files nor scripts", async () => {
    const { md5sums, conffiles, scripts, triggers } = await unpackDeb(await save(makeDeb({ name: "empty" })));
    assert.deepEqual(
      { md5sums, conffiles, scripts, triggers },
      {
        md5sums: undefined,
        conffiles: [],
        scripts: [],
        triggers: undefined,
      },
    );
  });

  it("hands no script on that is no text, or longer than any script", async () => {
    for (const postinst of ["\x7fELF\0\0", `#!/bin/sh\n${"#".repeat(1024 ** 2)}`]) {
      const { installScripts, scripts } = await unpackDeb(await save(makeDeb({ name: "odd", control: { postinst } })));
      assert.deepEqual(
        { installScripts, scripts },
        { installScripts: { preinst: undefined, postinst: "" }, scripts: ["postinst"] },
      );
    }
  });

  it("agrees with dpkg-deb", { skip: unlessTools("dpkg-deb") }, async () => {
    const compressions = hasTool("xz") ? (["gz", "xz"] as const) : (["gz"] as const);
    for (const compression of compressions) {
      const job = await save(makeDeb({ ...HELLO, compression }));
      const { control } = await unpackDeb(job);
      const theirs = spawnSync("dpkg-deb", ["--fsys-tarfile", job.path], { maxBuffer: 1e8 });
      assert.deepEqual(theirs.stdout, await readFile(job.dataTar));
      const field = spawnSync("dpkg-deb", ["--ctrl-tarfile", job.path], { maxBuffer: 1e8 });
      assert.ok(field.stdout.includes(Buffer.from(control)));
    }
  });

  it("reads what dpkg-deb builds", { skip: unlessTools("dpkg-deb") }, async () => {
    const root = join(directory, "tree");
    spawnSync("mkdir", ["-p", join(root, "DEBIAN"), join(root, "usr/share/x")]);
    await writeFile(join(root, "usr/share/x/y"), "y".repeat(100_000));
    const control = "Package: x\nVersion: 1\nArchitecture: all\nMaintainer: T <t@example.org>\nDescription: x\n";
    await writeFile(join(root, "DEBIAN/control"), control);
    for (const option of ["-Zgzip", "-Znone", "-Zxz"]) {
      const path = join(directory, `built${option}.deb`);
      assert.equal(spawnSync("dpkg-deb", [option, "--root-owner-group", "-b", root, path]).status, 0);
      const digest = digestOf(await readFile(path));
      const unpacked = await unpackDeb({ path, digest, dataTar: `${path}.tar` });
      assert.equal(textOf(unpacked.control), control);
      const theirs = spawnSync("dpkg-deb", ["--fsys-tarfile", path], { maxBuffer: 1e8 });
      assert.deepEqual(theirs.stdout, await readFile(`${path}.tar`));
    }
  });

  it("parses nothing before the digest is right", async () => {
    const job = await save(Buffer.from("not a package"));
    const digest = digestOf("something else");
    await assert.rejects(unpackDeb({ ...job, digest }), {
      code: "DIGEST_MISMATCH",
      message: new RegExp(`${job.path}: expected ${digest}, got ${job.digest}`),
    });
  });

  it("stops at the limit and leaves no data.tar", async () => {
    const job = await save(makeDeb({ name: "bomb", files: { "/zeros": Buffer.alloc(1_000_000) } }));
    await assert.rejects(unpackDeb({ ...job, maxBytes: 100_000 }), { code: "LIMIT_EXCEEDED" });
    assert.ok(!existsSync(job.dataTar));
  });

  it("does not write over a file", async () => {
    const job = await save(makeDeb(HELLO));
    await writeFile(job.dataTar, "precious");
    await assert.rejects(unpackDeb(job), { code: "IO" });
    assert.equal(await readFile(job.dataTar, "utf8"), "precious");
  });

  it("names a .deb that is not there", async () => {
    const job = await save(makeDeb(HELLO));
    await rm(job.path);
    await assert.rejects(unpackDeb(job), { code: "IO", message: new RegExp(job.path) });
  });

  const version = ["debian-binary", Buffer.from("2.0\n")] as const;
  const control = ["control.tar", makeTar([["/control", "Package: x\n"]])] as const;
  const data = ["data.tar", makeTar([])] as const;
  const cases: readonly [why: string, bytes: Buffer, code: string, message: RegExp][] = [
    ["no archive", Buffer.from("hello, world, this is not an archive"), "FORMAT_INVALID", /not an ar archive/],
    [
      "another version of the format",
      makeDeb({ ...HELLO, format: "3.0\n" }),
      "UNSUPPORTED",
      /format "3\.0" is not 2\.x/,
    ],
    ["no debian-binary", makeAr([control, data]), "FORMAT_INVALID", /first member is not debian-binary/],
    ["no control.tar", makeAr([version, data]), "FORMAT_INVALID", /0 members control\.tar/],
    ["no data.tar", makeAr([version, control]), "FORMAT_INVALID", /0 members data\.tar/],
    ["two data.tar", makeAr([version, control, data, data]), "FORMAT_INVALID", /2 members data\.tar/],
    ["no control file", makeAr([version, ["control.tar", makeTar([])], data]), "FORMAT_INVALID", /no control file/],
    [
      "an unknown compression",
      makeAr([version, control, ["data.tar.bz2", Buffer.from("BZh")]]),
      "UNSUPPORTED",
      /data\.tar\.bz2/,
    ],
    [
      "damaged gzip",
      makeAr([version, control, ["data.tar.gz", compress(data[1], "gz").subarray(0, 20)]]),
      "FORMAT_INVALID",
      /./,
    ],
    ["damaged zstd", makeAr([version, control, ["data.tar.zst", Buffer.from("nonsense")]]), "FORMAT_INVALID", /zstd/],
    [
      "cut zstd",
      makeAr([version, control, ["data.tar.zst", compress(data[1], "zst").subarray(0, -8)]]),
      "FORMAT_INVALID",
      /zstd/,
    ],
    ["damaged xz", makeAr([version, control, ["data.tar.xz", Buffer.from("nonsense")]]), "FORMAT_INVALID", /./],
  ];
  for (const [why, bytes, code, message] of cases) {
    it(`refuses ${why}, and leaves no data.tar`, async () => {
      const job = await save(bytes);
      await assert.rejects(unpackDeb(job), { code, message });
      assert.ok(!existsSync(job.dataTar));
    });
  }
});
