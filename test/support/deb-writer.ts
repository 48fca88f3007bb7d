import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { END_OF_ARCHIVE, encodeHeader, paddingAfter } from "../../src/formats/tar/writer.ts";

/** Content of a file of a package; with a mode, or a symbolic link in its place. */
export type TestFile =
  | string
  | Uint8Array
  | { readonly content: string | Uint8Array; readonly mode: number }
  | { readonly link: string };

export type TestCompression = "xz" | "gz" | "zst" | "none" | "bz2";

/** A package to be made up; every field has a default but the name. */
export interface TestPackage {
  readonly name: string;
  readonly version?: string;
  readonly architecture?: string;
  /** Further fields of its control file: Depends, Provides, ... */
  readonly fields?: Readonly<Record<string, string>>;
  /** By absolute path, without parents: those are made. */
  readonly files?: Readonly<Record<string, TestFile>>;
  /** Further files of its control.tar: postinst, conffiles, triggers, ... */
  readonly control?: Readonly<Record<string, string>>;
  /** Default gz. */
  readonly compression?: TestCompression;
  /** The content of debian-binary; default "2.0\n". */
  readonly format?: string;
}

/** The bytes of the package's .deb. */
export function makeDeb(spec: TestPackage): Buffer {
  const compression = spec.compression ?? "gz";
  const suffix = compression === "none" ? "" : `.${compression}`;
  const files = Object.entries(spec.files ?? {});
  const md5sums = files.flatMap(([path, file]) => {
    const content = contentOf(file);
    return content === undefined ? [] : [`${createHash("md5").update(content).digest("hex")}  ${path.slice(1)}\n`];
  });
  const control: [string, TestFile][] = [
    ["/control", controlOf(spec)],
    ...(md5sums.length > 0 ? [["/md5sums", md5sums.join("")] satisfies [string, string]] : []),
    ...Object.entries(spec.control ?? {}).map(([name, text]): [string, string] => [`/${name}`, text]),
  ];
  return makeAr([
    ["debian-binary", Buffer.from(spec.format ?? "2.0\n")],
    [`control.tar${suffix}`, compress(makeTar(control), compression)],
    [`data.tar${suffix}`, compress(makeTar(files), compression)],
  ]);
}

/** Its control file: mandatory fields, then `fields`. */
export function controlOf(spec: TestPackage): string {
  const fields = {
    Package: spec.name,
    Version: spec.version ?? "1.0-1",
    Architecture: spec.architecture ?? "amd64",
    Maintainer: "Tests <tests@example.org>",
    Description: `made up for a test`,
    ...spec.fields,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("");
}

/** An ar archive with these members. */
export function makeAr(members: readonly (readonly [name: string, content: Uint8Array])[]): Buffer {
  const parts: Uint8Array[] = [Buffer.from("!<arch>\n")];
  for (const [name, content] of members) {
    const header = `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}`;
    parts.push(Buffer.from(`${header}${String(content.length).padEnd(10)}\`\n`), content);
    if (content.length % 2 === 1) parts.push(Buffer.from("\n"));
  }
  return Buffer.concat(parts);
}

/** A tar archive as dpkg-deb makes it: "./" first, parents before what they hold. */
export function makeTar(files: readonly (readonly [path: string, file: TestFile])[]): Buffer {
  const parts: Uint8Array[] = [];
  const add = (
    path: string,
    type: "file" | "directory" | "symlink",
    mode: number,
    content: Uint8Array,
    link: string,
  ) => {
    const [size, linkname] = [content.length, link];
    const common = { uid: 0, gid: 0, mtime: 0, uname: "root", gname: "root", devmajor: 0, devminor: 0 };
    parts.push(encodeHeader({ path: `.${path}`, type, mode, size, linkname, xattrs: new Map(), ...common }));
    parts.push(content, paddingAfter(size));
  };
  const directories = new Set<string>();
  for (const [path, file] of files) {
    const steps = path.split("/").slice(0, -1);
    for (const [index] of steps.entries()) {
      const parent = `${steps.slice(0, index + 1).join("/")}/`;
      if (directories.has(parent)) continue;
      directories.add(parent);
      add(parent, "directory", 0o755, Buffer.alloc(0), "");
    }
    const content = contentOf(file);
    const mode = typeof file === "object" && "mode" in file ? file.mode : 0o644;
    if (content !== undefined) add(path, "file", mode, content, "");
    else if (typeof file === "object" && "link" in file) add(path, "symlink", 0o777, Buffer.alloc(0), file.link);
  }
  return Buffer.concat([...parts, END_OF_ARCHIVE]);
}

function contentOf(file: TestFile): Buffer | undefined {
  if (typeof file === "string") return Buffer.from(file);
  if (file instanceof Uint8Array) return Buffer.from(file);
  return "content" in file ? contentOf(file.content) : undefined;
}

/** xz and bz2 are made by the tools of these names. */
export function compress(bytes: Uint8Array, compression: TestCompression): Buffer {
  switch (compression) {
    case "none":
      return Buffer.from(bytes);
    case "gz":
      return gzipSync(bytes);
    case "zst":
      return zstdCompressSync(bytes);
    default: {
      const tool = compression === "xz" ? "xz" : "bzip2";
      const { status, stdout, error } = spawnSync(tool, ["-c"], { input: bytes, maxBuffer: 1024 ** 3 });
      if (error !== undefined || status !== 0) throw error ?? new Error(`${tool} ended with status ${status}`);
      return stdout;
    }
  }
}
