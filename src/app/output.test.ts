import assert from "node:assert/strict";
import { test } from "node:test";
import { parseReference, withDefaultTag } from "../image/reference.ts";
import { compressionOf, needsPacking, parseOutput, usesStandardOutput } from "./output.ts";

const ref = (name: string) => withDefaultTag(parseReference(name));
const oci = (path: string) => ({ transport: "oci", path, tag: undefined });
const archive = (transport: string, path: string) => ({
  transport,
  path,
  ...(transport === "docker-archive" ? { name: undefined } : { tag: undefined }),
});
const tree = (kind: string, path: string | undefined, split?: boolean) => ({ kind, path, split });

for (const [text, output] of [
  ["out", tree("directory", "out")],
  ["./out", tree("directory", "./out")],
  ["/out", tree("directory", "/out")],
  ["out/", tree("directory", "out/")],
  ["./a:b=c", tree("directory", "./a:b=c")],
  ["-", tree("tar", undefined)],
  ["oci:x", { kind: "destination", destination: oci("x"), names: [] }],
  ["type=local,dest=out", tree("directory", "out")],
  ["dest=out,type=local", tree("directory", "out")],
  ['type=local,"dest=a,b"', tree("directory", "a,b")],
  ["TYPE=local,DEST=Out,platform-split=false", tree("directory", "Out", false)],
  ["type=tar,dest=x.tar", tree("tar", "x.tar")],
  ["type=tar,dest=-", tree("tar", undefined)],
  ["type=tar", tree("tar", undefined)],
  ["type=oci,dest=x", { kind: "destination", destination: archive("oci-archive", "x"), names: [] }],
  ["type=oci,dest=x,tar=false,name=a", { kind: "destination", destination: oci("x"), names: [ref("a")] }],
  ["type=oci", { kind: "stream", flavour: "oci", names: [] }],
  ["type=docker,dest=x", { kind: "destination", destination: archive("docker-archive", "x"), names: [] }],
  ["type=docker,dest=-", { kind: "stream", flavour: "docker", names: [] }],
  ["type=docker,name=a:1", { kind: "engine", names: [ref("a:1")] }],
  ["type=image", { kind: "names", names: [], push: false }],
  ['type=image,"name=a,host/b:2",push=true', { kind: "names", names: [ref("a"), ref("host/b:2")], push: true }],
  ["type=registry,oci-mediatypes=true", { kind: "names", names: [], push: true }],
  ["type=cacheonly", { kind: "names", names: [], push: false }],
] as const) {
  test(`-o ${text}`, () => assert.deepEqual(parseOutput(text).output, output));
}

for (const [text, code, says] of [
  ["", "USAGE", /not an output/],
  ["tar:x", "USAGE", /not an output.*\.\/tar:x/s],
  ["dest=x", "USAGE", /not an output/],
  ["a,b", "USAGE", /"a" is no KEY=VALUE/],
  ["docker:x", "USAGE", /docker:\/\/x/],
  ["dest=x,push=true", "USAGE", /type is missing/],
  ["type=lokal,dest=x", "USAGE", /did you mean local\?/],
  ["type=local", "USAGE", /dest is missing/],
  ["type=local,dest=-", "USAGE", /dest is missing/],
  ["type=oci,tar=false", "USAGE", /dest is missing/],
  ["type=local,dst=x", "USAGE", /"dst".*did you mean dest\? expected dest or platform-split/s],
  ["type=cacheonly,dest=x", "USAGE", /no further keys/],
  ["type=image,name=a@sha256:0000000000000000000000000000000000000000000000000000000000000000", "USAGE", /digest/],
  ["type=image,push=yes", "USAGE", /push is true or false/],
  ["type=image,compression=gzip2", "USAGE", /did you mean gzip\?/],
  ["type=image,compression=gzip,compression-level=10", "USAGE", /gzip has no level 10/],
  ["type=image,compression-level=high", "USAGE", /no level/],
  ["type=image,compression=estargz", "UNSUPPORTED", /estargz/],
  ["type=image,oci-mediatypes=false", "UNSUPPORTED", /media types/],
  ["type=image,force-compression=true", "UNSUPPORTED", /force-compression/],
  ["type=image,annotation.a=b", "UNSUPPORTED", /--annotation/],
  ["type=image,push-by-digest=true", "UNSUPPORTED", /push-by-digest/],
  ['type=local,"dest=x', "USAGE", /not an output/],
] as const) {
  test(`-o ${text} is ${code}`, () => {
    const says_ = (error: Error & { code?: string; hint?: string }) =>
      error.code === code && says.test(`${error.message}\n${error.hint}`);
    assert.throws(() => parseOutput(text), says_);
  });
}

test("directories, tars, engines and names need no packing", () => {
  assert.equal(
    needsPacking(["out", "-", "type=image,name=a", "type=cacheonly", "type=docker", "docker-daemon:a"]),
    false,
  );
  for (const output of [
    "oci:x",
    "type=oci",
    "type=docker,dest=x",
    "type=registry",
    "type=image,push=true",
    "docker://a",
  ]) {
    assert.equal(needsPacking(["out", output]), true, output);
  }
});

test("an archive or tar without a file goes to the standard output", () => {
  for (const output of ["-", "type=tar", "type=oci", "type=docker,dest=-"]) {
    assert.equal(usesStandardOutput(["out", output]), true, output);
  }
  assert.equal(usesStandardOutput(["out", "type=docker", "type=tar,dest=x"]), false);
});

test("the compression is what an output or the option says, if they say the same", () => {
  assert.equal(compressionOf([], undefined), "gzip");
  assert.equal(compressionOf([], "zstd"), "zstd:3");
  assert.equal(compressionOf(["type=oci,dest=x,compression=zstd", "oci:y"], undefined), "zstd:3");
  assert.equal(compressionOf(["type=image,compression=uncompressed"], undefined), "none");
  assert.equal(compressionOf(["type=image,compression-level=9"], "gzip:9"), "gzip:9");
  const differing = ["type=image,compression=zstd", "type=oci,dest=x,compression=gzip"];
  assert.throws(() => compressionOf(differing, undefined), { code: "USAGE", message: /two ways/ });
  assert.throws(() => compressionOf(["type=image,compression=zstd"], "gzip"), { code: "USAGE" });
  assert.throws(() => compressionOf([], "brotli"), { code: "USAGE" });
});
