import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createCleartextMessage, generateKey, type PrivateKey, sign } from "openpgp";
import type { ArmoredKey } from "../../src/debian/archive/armored-key.ts";
import type { ArchiveSource } from "../../src/debian/archive/sources.ts";
import { compress, controlOf, makeDeb, type TestPackage } from "./deb-writer.ts";

/** A suite as it is to be published. */
export interface TestSuite {
  /** Codename; below debian-security/ where it ends in "-security", else below debian/. Default trixie. */
  readonly codename?: string;
  readonly packages?: readonly TestPackage[];
  /** The Date; default now. */
  readonly date?: Date;
  /** Default a week after `date`; null leaves the field out. */
  readonly validUntil?: Date | null;
  /** Default true. */
  readonly byHash?: boolean;
  /** Forms of the Packages file that exist and are listed; default gz. */
  readonly forms?: readonly ("gz" | "xz" | "none")[];
  /** Fields that replace or extend those of the Release file. */
  readonly fields?: Readonly<Record<string, string>>;
  /** When the signature is said to be made; default `date`. */
  readonly signedAt?: Date;
  /** Default: the archive's own. */
  readonly signedBy?: TestKey;
}

/** A key pair for tests. */
export interface TestKey {
  readonly secret: PrivateKey;
  readonly armored: string;
}

const ARCHITECTURE = "amd64";
const WEEK = 7 * 24 * 60 * 60 * 1000;
const LONG_AGO = new Date("2020-01-01T00:00:00Z");

export async function makeTestKey(): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKey({
    type: "curve25519",
    userIDs: [{ name: "Test archive", email: "tests@example.org" }],
    date: LONG_AGO,
    format: "object",
  });
  return { secret: privateKey, armored: publicKey.armor() };
}

/**
 * A signed Debian archive on disk: `directory`/debian and `directory`/debian-security, in the layout of the real ones,
 * and `directory`/keyring.asc. To be served with FaultServer, and removed.
 */
export class TestArchive {
  readonly directory: string;
  readonly key: TestKey;

  private constructor(directory: string, key: TestKey) {
    this.directory = directory;
    this.key = key;
  }

  /** An archive with these suites; trixie, trixie-updates and trixie-security exist in any case, empty if not given. */
  static async create(suites: readonly TestSuite[]): Promise<TestArchive> {
    const directory = await mkdtemp(join(tmpdir(), "distill-archive-"));
    const archive = new TestArchive(directory, await makeTestKey());
    await writeFile(archive.keyring, archive.key.armored);
    const given = new Set(suites.map(({ codename }) => codename ?? "trixie"));
    const empty = ["trixie", "trixie-updates", "trixie-security"].filter((codename) => !given.has(codename));
    for (const suite of [...suites, ...empty.map((codename) => ({ codename }))]) await archive.publish(suite);
    return archive;
  }

  /** Path of the file with the public key. */
  get keyring(): string {
    return join(this.directory, "keyring.asc");
  }

  /** What makes distill use this archive, served at `url`, in place of Debian's. */
  environment(url: string): Record<string, string> {
    return {
      DISTILL_DEBIAN_MIRROR: `${url}/debian`,
      DISTILL_DEBIAN_SECURITY_MIRROR: `${url}/debian-security`,
      DISTILL_DEBIAN_KEYRING: this.keyring,
      DISTILL_DEBIAN_SNAPSHOT: "off",
    };
  }

  /** One source per codename; trusts the archive's key, or `keys`. */
  sources(url: string, codenames: readonly string[] = ["trixie"], keys?: readonly ArmoredKey[]): ArchiveSource[] {
    return codenames.map((codename) => ({
      uri: `${url}/${rootOf(codename)}`,
      suite: codename,
      component: "main",
      keys: keys ?? [{ fingerprint: undefined, armored: this.key.armored }],
    }));
  }

  /** Writes or replaces a suite: packages, indexes, InRelease. Packages of before stay in the pool. */
  async publish(suite: TestSuite): Promise<void> {
    const codename = suite.codename ?? "trixie";
    const root = join(this.directory, rootOf(codename));
    const stanzas: string[] = [];
    for (const spec of suite.packages ?? []) stanzas.push(await addToPool(root, spec));
    const packages = Buffer.from(stanzas.join("\n"));
    const folder = `main/binary-${ARCHITECTURE}`;
    const listed = [listLine(packages, `${folder}/Packages`)];
    for (const form of suite.forms ?? ["gz"]) {
      const bytes = compress(packages, form);
      const path = `${folder}/Packages${form === "none" ? "" : `.${form}`}`;
      if (form !== "none") listed.push(listLine(bytes, path));
      await save(join(root, "dists", codename, path), bytes);
      await save(join(root, "dists", codename, folder, "by-hash/SHA256", sha256(bytes)), bytes);
    }
    const release = `${releaseFields(suite, codename)}SHA256:\n${listed.join("")}`;
    await save(this.inRelease(codename), Buffer.from(await this.#signed(release, suite)));
  }

  /** Path of a suite's InRelease. */
  inRelease(codename = "trixie"): string {
    return join(this.directory, rootOf(codename), "dists", codename, "InRelease");
  }

  /** Path of a package's .deb in the pool. */
  deb(spec: TestPackage, codename = "trixie"): string {
    return join(this.directory, rootOf(codename), poolPath(spec));
  }

  async remove(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }

  async #signed(text: string, suite: TestSuite): Promise<string> {
    return sign({
      message: await createCleartextMessage({ text }),
      signingKeys: (suite.signedBy ?? this.key).secret,
      date: suite.signedAt ?? suite.date ?? new Date(),
    });
  }
}

/** Flips one bit of a file's byte at `at`; negative counts from the end. */
export async function flipByte(path: string, at: number): Promise<void> {
  const bytes = await readFile(path);
  const index = (at + bytes.length) % bytes.length;
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  await writeFile(path, bytes);
}

function rootOf(codename: string): string {
  return codename.endsWith("-security") ? "debian-security" : "debian";
}

function poolPath(spec: TestPackage): string {
  const version = (spec.version ?? "1.0-1").replace(/^\d+:/, "");
  const name = `${spec.name}_${version}_${spec.architecture ?? ARCHITECTURE}.deb`;
  return `pool/main/${spec.name.slice(0, 1)}/${spec.name}/${name}`;
}

async function addToPool(root: string, spec: TestPackage): Promise<string> {
  const bytes = makeDeb(spec);
  await save(join(root, poolPath(spec)), bytes);
  const where = `Filename: ${poolPath(spec)}\nSize: ${bytes.length}\nSHA256: ${sha256(bytes)}\n`;
  return `${controlOf(spec)}${where}`;
}

function releaseFields(suite: TestSuite, codename: string): string {
  const date = suite.date ?? new Date();
  const validUntil = suite.validUntil === undefined ? new Date(date.getTime() + WEEK) : suite.validUntil;
  const fields: Record<string, string> = {
    Origin: "Test",
    Suite: codename.replace("trixie", "stable"),
    Codename: codename,
    Date: date.toUTCString().replace("GMT", "UTC"),
    ...(validUntil === null ? {} : { "Valid-Until": validUntil.toUTCString().replace("GMT", "UTC") }),
    ...((suite.byHash ?? true) ? { "Acquire-By-Hash": "yes" } : {}),
    Architectures: `all ${ARCHITECTURE}`,
    Components: "main",
    ...suite.fields,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("");
}

function listLine(bytes: Uint8Array, path: string): string {
  return ` ${sha256(bytes)} ${bytes.length} ${path}\n`;
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

async function save(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}
