import type { SystemClaim } from "../../src/inventory/claim.ts";
import type { DocumentSubject } from "../../src/inventory/documents/subject.ts";
import type { FileOwner } from "../../src/inventory/file-owners.ts";
import type { Inventory, InventoryPackage, LayerShare } from "../../src/inventory/inventory.ts";
import { UNKNOWN_STORY } from "../../src/inventory/layer-story.ts";
import type { PackageFacts } from "../../src/inventory/package.ts";
import { packageUrl } from "../../src/inventory/purl.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { pathFromText, type RootPath } from "../../src/rootfs/path.ts";

export const BOOKWORM: SystemClaim = {
  ...{ kind: "system", id: "debian", idLike: [], versionID: "12", codename: "bookworm" },
  name: "Debian GNU/Linux 12 (bookworm)",
};

const LAYERS: readonly LayerShare[] = ["base", "app"].map((name) => ({
  ...{ diffID: digestOf(name), story: UNKNOWN_STORY, files: 10, bytes: 1000, deadBytes: 1 },
}));

/** A package with nothing but what is given. */
export function packageFacts(given: Partial<PackageFacts> & Pick<PackageFacts, "type" | "name">): PackageFacts {
  return { version: "1.0", architecture: "", source: undefined, licenses: [], dependencies: [], ...given };
}

/** A package of an inventory; found in /record of the lowest layer where nothing else is said. */
export function inventoryPackage(
  facts: Parameters<typeof packageFacts>[0],
  rest: Partial<Omit<InventoryPackage, "facts">> = {},
  system: SystemClaim | undefined = BOOKWORM,
): InventoryPackage {
  const whole = packageFacts(facts);
  return {
    ...{ facts: whole, purl: packageUrl(whole, system), carriedFrom: undefined, fileCount: 0, bytes: 0 },
    locations: [{ record: pathFromText("record"), layer: 0, inside: undefined }],
    ...{ parts: [], dependsOn: [], missing: [], modified: [] },
    ...rest,
  };
}

/** An inventory of these packages, in the order of their package URLs. */
export function inventoryOf(
  packages: readonly InventoryPackage[],
  rest: Partial<Omit<Inventory, "packages">> = {},
): Inventory {
  const nothing = { files: 0, bytes: 0 };
  return {
    ...{ system: BOOKWORM, layers: LAYERS, owners: new Map<RootPath, FileOwner>(), elf: new Map(), warnings: [] },
    packages: packages.toSorted((a, b) => (a.purl < b.purl ? -1 : 1)),
    coverage: { package: nothing, app: nothing, step: nothing, base: nothing, nobody: nothing },
    ...rest,
  };
}

/** What a document of this inventory is made of. */
export function documentSubject(
  inventory: Inventory,
  rest: Partial<Omit<DocumentSubject, "inventory">> = {},
): DocumentSubject {
  return {
    inventory,
    image: {
      ...{ name: "registry.example/team/app:1", imageID: digestOf("config"), manifestDigest: digestOf("manifest") },
      platform: { os: "linux", architecture: "amd64" },
      created: "2024-05-06T07:08:09.123456789+02:00",
    },
    version: "1.2.3",
    ...rest,
  };
}

/** One package of each type, with licences, sources, parts, places, and what depends on what. */
export function variedInventory(): Inventory {
  const at = (path: string, layer = 0, inside?: string) => ({ record: pathFromText(path), layer, inside });
  const dpkg = [at("var/lib/dpkg/status")];
  const libc = inventoryPackage(
    { type: "deb", name: "libc6", version: "2.36-9+deb12u4", architecture: "amd64", licenses: ["LGPL-2.1-or-later"] },
    { locations: dpkg, fileCount: 2, bytes: 1234 },
  );
  const openssl = inventoryPackage(
    {
      ...{ type: "deb", name: "libssl3", version: "3.0.11-1~deb12u2", architecture: "amd64" },
      ...{ source: { name: "openssl", version: "3.0.11-1~deb12u2" }, licenses: ["Apache-2.0", "Artistic", "GPL-1+"] },
      ...{ dependencies: [["libc6"], ["debconf", "debconf-2.0"]], provides: ["libssl-virtual"] },
    },
    {
      locations: dpkg,
      dependsOn: [libc.purl],
      missing: [["debconf", "debconf-2.0"]],
      modified: [pathFromText("etc/x")],
    },
  );
  const flask = inventoryPackage(
    { type: "deb", name: "python3-flask", version: "1:2.2.2-3", architecture: "all", licenses: ["BSD-3-Clause"] },
    {
      ...{ locations: [at("usr/lib/python3/dist-packages/flask/app.py", 1)], carriedFrom: "stage build" },
      parts: [inventoryPackage({ type: "pypi", name: "Flask", version: "2.2.2" })],
    },
  );
  const rust = inventoryPackage({ type: "cargo", name: "serde", licenses: ["MIT OR Apache-2.0"] });
  const json = inventoryPackage({ type: "cargo", name: "serde_json" }, { dependsOn: [rust.purl] });
  // A circle, which nobody else needs.
  const [left, right] = (["left", "right"] as const).map((name) =>
    inventoryPackage({ type: "npm", name: `@ring/${name}` }),
  );
  return inventoryOf(
    [
      ...[libc, openssl, flask, rust, json],
      ...(left === undefined || right === undefined
        ? []
        : [
            { ...left, dependsOn: [right.purl] },
            { ...right, dependsOn: [left.purl] },
          ]),
      inventoryPackage({ type: "apk", name: "musl", version: "1.2.4-r2", architecture: "x86_64", licenses: ["MIT"] }),
      inventoryPackage({
        ...{ type: "rpm", name: "Bash", version: "1:5.2-1.fc40", architecture: "x86_64" },
        ...{ source: { name: "bash", version: "5.2-1.fc40" }, licenses: ["GPLv3+"] },
      }),
      inventoryPackage({ type: "pypi", name: "Zope.Interface", version: "6.0", licenses: ["ZPL-2.1"] }),
      inventoryPackage({ type: "golang", name: "golang.org/x/net", version: "v0.20.0" }),
      inventoryPackage({ type: "golang", name: "stdlib", version: "1.22.1" }),
      inventoryPackage(
        {
          type: "maven",
          name: "org.slf4j:slf4j-api",
          version: "2.0.9",
          licenses: ["MIT", "MIT OR GPL-2.0-only WITH Classpath-exception-2.0"],
        },
        { locations: [at("app/a.jar", 1, "BOOT-INF/lib/b!c.jar"), at("app/d.jar", 1)] },
      ),
      inventoryPackage({ type: "gem", name: "rack", version: "3.0.8", licenses: ["LicenseRef-own", "(MIT AND ISC)"] }),
      inventoryPackage({ type: "generic", name: "node", version: "20.11.0", architecture: "amd64" }),
    ],
    { warnings: ["/opt/x.jar: it ends too early"] },
  );
}

/** Texts that a document must survive. */
export const HOSTILE_TEXTS: readonly string[] = [
  ...["", " ", "\0\u0001\u001f", "\u2028\u2029", '"\\\n\r\t', "</script><!--", "\ud800", "\udfff x", "e\u0301\u202e"],
  ...["../../etc/passwd", "a/b//c/", "@", "@/", "%", "%zz", "?#@:", "pkg:deb/x", "urn:cdx:x", "x".repeat(5000)],
  ...["MIT OR", "(".repeat(200), "MIT AND ".repeat(2000), "DocumentRef-a:LicenseRef-b", "LicenseRef-", "NONE"],
  ...["NOASSERTION", "mit", "GPL-2.0-only WITH MIT", "GPL-2.0+", "Classpath-exception-2.0", "__proto__", "constructor"],
];
