import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TestArchive, type TestSuite } from "./archive.ts";
import { pseudoText } from "./bytes.ts";
import type { TestPackage } from "./deb-writer.ts";
import { FaultServer } from "./fault-server.ts";

const CERTIFICATE = "-----BEGIN CERTIFICATE-----\nbm90IGEgcmVhbCBvbmU=\n-----END CERTIFICATE-----\n";

const OS_RELEASE = `PRETTY_NAME="Debian GNU/Linux 13 (trixie)"
NAME="Debian GNU/Linux"
VERSION_ID="13"
VERSION_CODENAME=trixie
ID=debian
`;

/** The packages that `static` is made of, with little in them. */
const STATIC: readonly TestPackage[] = [
  { name: "base-files", files: { "/usr/lib/os-release": OS_RELEASE, "/etc/debian_version": "13.1\n" } },
  {
    name: "ca-certificates",
    files: {
      "/usr/share/ca-certificates/mozilla/One.crt": CERTIFICATE,
      "/usr/share/ca-certificates/mozilla/Two.crt": CERTIFICATE,
    },
  },
  { name: "media-types", files: { "/etc/mime.types": "text/plain txt\n" } },
  { name: "netbase", files: { "/etc/protocols": "ip 0 IP\n", "/etc/services": "http 80/tcp\n" } },
  {
    name: "tzdata",
    fields: { Provides: "tzdata-trixie" },
    files: { "/usr/share/zoneinfo/Etc/UTC": pseudoText(500, 7), "/usr/share/zoneinfo/UTC": { link: "Etc/UTC" } },
  },
  {
    name: "tzdata-legacy",
    fields: { Depends: "tzdata" },
    files: { "/usr/share/zoneinfo/GMT0": { link: "Etc/UTC" } },
  },
];

/** Packages beside them: `demo` needs `demo-common`, which needs `demo-data`; large enough that packing them takes blocks. */
const FURTHER: readonly TestPackage[] = [
  {
    name: "demo",
    fields: { Depends: "demo-common (>= 1.0)" },
    files: { "/usr/share/demo/words": pseudoText(700_000, 1), "/usr/bin/demo": { content: "demo\n", mode: 0o755 } },
  },
  {
    name: "demo-common",
    fields: { Depends: "demo-data" },
    files: { "/usr/share/demo/common": pseudoText(1_600_000, 2), "/etc/demo.conf": "a=1\n" },
  },
  {
    name: "demo-data",
    architecture: "all",
    compression: "zst",
    files: Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`/usr/share/demo/data/${index}`, pseudoText(30_000, index)]),
    ),
  },
  ...Array.from(
    { length: 8 },
    (_, index): TestPackage => ({
      name: `extra-${index}`,
      files: { [`/usr/share/extra/${index}`]: pseudoText(300_000 + index, 100 + index) },
    }),
  ),
];

/** Names of packages of which any subset can be installed beside `static`. */
export const FURTHER_PACKAGES: readonly string[] = FURTHER.map(({ name }) => name);

/** A package of the archive by its name. */
export function smallPackage(name: string): TestPackage {
  const found = [...STATIC, ...FURTHER].find((each) => each.name === name);
  if (found === undefined) throw new Error(`the small archive has no ${name}`);
  return found;
}

/** trixie with everything that `static` needs and a few packages more. `xz`: some of them are compressed with it. */
export function smallSuite(changes: TestSuite & { readonly xz?: boolean } = {}): TestSuite {
  const { xz = false, ...suite } = changes;
  const packages = [...STATIC, ...FURTHER].map(
    (each): TestPackage => (xz && each.name === "demo-common" ? { ...each, compression: "xz" } : each),
  );
  return { packages, ...suite };
}

/** An archive that `distill compose static` works with, served on the loopback interface. To be closed. */
export class SmallArchive {
  readonly archive: TestArchive;
  readonly server: FaultServer;

  private constructor(archive: TestArchive, server: FaultServer) {
    this.archive = archive;
    this.server = server;
  }

  static async open(suite: TestSuite = smallSuite()): Promise<SmallArchive> {
    const archive = await TestArchive.create([suite]);
    return new SmallArchive(archive, await FaultServer.start(archive.directory));
  }

  /** For distill's processes. */
  get environment(): Record<string, string> {
    return this.archive.environment(this.server.url);
  }

  async close(): Promise<void> {
    await this.server.close();
    await this.archive.remove();
  }
}

const DISTILL_YAML = `base: static
packages: [demo, extra-1]
copy:
  - from: app
    to: /app
    owner: nonroot
  - from: [README, app/run]
    to: /docs/
entrypoint: [/app/run]
labels: { test: "yes" }
`;

/** Writes a small app with a distill.yaml into a new directory below `parent`; returns its path. */
export async function writeApp(parent = tmpdir()): Promise<string> {
  const directory = await mkdtemp(join(parent, "distill-app-"));
  await mkdir(join(directory, "app/lib"), { recursive: true });
  await writeFile(join(directory, "distill.yaml"), DISTILL_YAML);
  await writeFile(join(directory, "README"), "an app\n");
  await writeFile(join(directory, "app/run"), "run\n", { mode: 0o755 });
  for (let index = 0; index < 20; index++) {
    await writeFile(join(directory, `app/lib/${index}.txt`), pseudoText(2000 + index, 50 + index));
  }
  return directory;
}

/** Removes what `writeApp` made. */
export async function removeApp(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
}
