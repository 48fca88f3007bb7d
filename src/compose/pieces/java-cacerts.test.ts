import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { makeRoot } from "../../../test/support/certificates.ts";
import { temporaryDirectory } from "../../../test/support/directories.ts";
import { treeOf } from "../../../test/support/root-trees.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { ElfReader } from "../../linker/elf-reader.ts";
import { textContent } from "../../rootfs/content.ts";
import { Attributer } from "../../rootfs/node.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { TreeEditor } from "../../rootfs/tree-editor.ts";
import { LocaleData } from "../packages/locale-data.ts";
import { NO_SCRIPT_WORK } from "../scripts/script-work.ts";
import { NO_SETTINGS } from "../settings.ts";
import { javaCacerts } from "./java-cacerts.ts";

const INSTALLED = { "var/lib/dpkg/status.d/ca-certificates-java": "Package: ca-certificates-java\n" };
const BUNDLE = "etc/ssl/certs/ca-certificates.crt";
const STORE = "/etc/ssl/certs/java/cacerts";

/** The key store that is made of a bundle and of single certificates by path; undefined where none is. */
async function storeOf(
  bundle: string,
  certificates: Readonly<Record<string, string>>,
  entries: Readonly<Record<string, string>> = INSTALLED,
): Promise<Buffer | undefined> {
  const editor = new TreeEditor(treeOf({ ...entries, [BUNDLE]: bundle }));
  await javaCacerts({
    editor,
    attributer: new Attributer(),
    elfReader: new ElfReader(),
    tuple: "x86_64-linux-gnu",
    sources: new Map(),
    certificates: new Map(Object.entries(certificates).map(([path, pem]) => [pathFromText(path), textContent(pem)])),
    scripts: NO_SCRIPT_WORK,
    locales: new LocaleData(),
    settings: NO_SETTINGS,
  });
  const node = editor.get(pathFromText(STORE));
  return node?.type === "file" ? Buffer.from(await node.content.read(0, node.content.size)) : undefined;
}

function roots(t: TestContext, ...names: readonly string[]): readonly string[] {
  const directory = temporaryDirectory(t);
  return names.map((name) => makeRoot(directory, name).certificate);
}

const skip = unlessTools("openssl");

test("no key store without ca-certificates-java", { skip }, async (t) => {
  const [root = ""] = roots(t, "one");
  assert.equal(await storeOf(root, {}, {}), undefined);
  assert.ok(await storeOf(root, {}));
});

test("keytool lists each certificate of the bundle once, under its alias", {
  skip: unlessTools("openssl", "keytool"),
}, async (t) => {
  const [one = "", two = "", mine = ""] = roots(t, "One", "Two", "Mine");
  const store = await storeOf(one + two + one + mine, {
    "usr/share/ca-certificates/mozilla/One, the (first).crt": one,
    "usr/share/ca-certificates/mozilla/Zwei.crt": two,
  });
  const path = join(temporaryDirectory(t), "cacerts");
  writeFileSync(path, store ?? "");
  const args = ["-list", "-v", "-keystore", path, "-storepass", "changeit"];
  const { stdout, status } = spawnSync("keytool", args, {
    encoding: "utf8",
    env: { ...process.env, LC_ALL: "C", TZ: "UTC" },
  });
  assert.equal(status, 0, stdout);
  const aliases = Array.from(stdout.matchAll(/^Alias name: (.*)$/gm), ([, alias]) => alias);
  const fingerprints = Array.from(stdout.matchAll(/SHA256: ([0-9A-F:]+)$/gm), ([, value]) => value);
  const expected = [one, two, mine].map((pem) => new X509Certificate(pem).fingerprint256);
  assert.deepEqual(new Set(fingerprints), new Set(expected));
  assert.equal(fingerprints.length, 3);
  const own = `distill:${expected[2]?.replaceAll(":", "").slice(0, 32).toLowerCase()}`;
  assert.deepEqual(aliases.sort(), ["debian:one__the_=first=.pem", "debian:zwei.pem", own]);
  assert.match(stdout, /Creation date: Jan 1, 1970/);
  const wrong = spawnSync("keytool", [...args.slice(0, -1), "wrong"], { encoding: "utf8" });
  assert.match(wrong.stdout, /password was incorrect/);
});

test("the store depends on the certificates only, not on their order", { skip }, async (t) => {
  const [one = "", two = ""] = roots(t, "one", "two");
  assert.deepEqual(await storeOf(one + two, {}), await storeOf(two + one, {}));
});

test("a certificate that Java could not read is refused", { skip }, async () => {
  const broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
  await assert.rejects(storeOf(broken, {}), { code: "FORMAT_INVALID", message: /a certificate that cannot be read/ });
});
