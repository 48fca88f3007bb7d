import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { IndexedPackages } from "../../src/compose/compose.ts";
import { type Payload, readPayload } from "../../src/compose/packages/payload.ts";
import type { ControlFile } from "../../src/debian/deb/unpack-deb.ts";
import type { PackageIndex } from "../../src/debian/index/package-index.ts";
import { parsePackage } from "../../src/debian/index/parse-package.ts";
import { parseControl } from "../../src/debian/package/control.ts";
import type { BinaryPackage } from "../../src/debian/package/package.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { BackingFile } from "../../src/rootfs/content.ts";
import { temporaryDirectory } from "./directories.ts";
import { indexOf, stanza } from "./package-index.ts";
import { archiveOf, type Entry } from "./tar.ts";

/** A package of which only what composing looks at is made up. */
export interface PackageSpec {
  readonly name: string;
  /** Default "1". */
  readonly version?: string;
  /** Further fields: Depends, Replaces, ... */
  readonly fields?: Readonly<Record<string, string>>;
  /** Its data.tar. */
  readonly entries?: readonly Entry[];
  /** Its maintainer scripts and triggers; default none. */
  readonly scripts?: { readonly preinst?: string; readonly postinst?: string; readonly triggers?: string };
  /** What dpkg keeps of it beside `control`. */
  readonly controlFiles?: readonly ControlFile[];
  /** Its control file; default the stanza of the index. */
  readonly control?: Uint8Array;
}

/** The package as an index has it; its digest is over everything that the spec says. */
export function binaryPackage(spec: PackageSpec): BinaryPackage {
  const [paragraph] = parseControl(stanzaOf(spec), spec.name);
  if (paragraph === undefined) throw new Error("a stanza without fields");
  return parsePackage(paragraph, 0);
}

/** The package unpacked, as `of`, into a directory that goes with the test. */
export async function payloadOf(test: TestContext, spec: PackageSpec, of = binaryPackage(spec)): Promise<Payload> {
  const path = join(temporaryDirectory(test), "data.tar");
  writeFileSync(path, archiveOf(spec.entries ?? []));
  const data = new BackingFile(path);
  test.after(() => data.close());
  const lines = (spec.entries ?? []).map(({ header, body }) => `${md5(body)}  ${header.path.replace(/^\.?\//, "")}\n`);
  const md5sums = lines.length === 0 ? undefined : Buffer.from(lines.join(""));
  const { preinst, postinst, triggers } = spec.scripts ?? {};
  const control = spec.control ?? Buffer.from(stanzaOf(spec));
  const kept = spec.controlFiles === undefined ? {} : { controlFiles: spec.controlFiles };
  return readPayload(of, { control, md5sums, installScripts: { preinst, postinst }, triggers, ...kept }, data);
}

/** An archive of these packages that needs neither network nor worker threads; it tells what was asked of it. */
export class FakePackageSource implements IndexedPackages {
  identity: readonly string[];
  readonly local: readonly string[] = [];
  /** Names, in the order in which they were unpacked. */
  readonly unpacked: string[] = [];
  indexed = 0;
  readonly #test: TestContext;
  readonly #specs: readonly PackageSpec[];

  constructor(test: TestContext, specs: readonly PackageSpec[], identity = "1") {
    this.#test = test;
    this.#specs = specs;
    this.identity = [identity];
  }

  index(): Promise<PackageIndex> {
    this.indexed++;
    return indexOf(this.#specs.map(stanzaOf));
  }

  unpack(packages: readonly BinaryPackage[]): Promise<readonly Payload[]> {
    return Promise.all(
      packages.map((each) => {
        const spec = this.#specs.find(({ name, version = "1" }) => name === each.name && version === each.version);
        if (spec === undefined) throw new Error(`${each.name} is not of this source`);
        this.unpacked.push(each.name);
        return payloadOf(this.#test, spec, each);
      }),
    );
  }
}

function stanzaOf(spec: PackageSpec): string {
  const entries = (spec.entries ?? []).map(({ header, body }) => [{ ...header, xattrs: [] }, body.toString("latin1")]);
  const digest = digestOf(JSON.stringify([spec.name, spec.version, spec.fields, entries, spec.scripts]));
  return stanza(spec.name, spec.version, { SHA256: digest.slice("sha256:".length), ...spec.fields });
}

function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}
