import assert from "node:assert/strict";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { type Identity, makeRoot, makeServer } from "../../../test/support/certificates.ts";
import { makeTemporaryDirectory } from "../../../test/support/directories.ts";
import { unlessTools } from "../../../test/support/tools.ts";
import { isDistillError } from "../../lib/errors.ts";
import { readHostCertificates } from "./host-certificates.ts";

describe("certificates of a registry", { skip: unlessTools("openssl") }, () => {
  const directory = makeTemporaryDirectory();
  const at = (...names: readonly string[]): string => join(directory.path, ...names);
  let root: Identity;
  let client: Identity;
  let count = 0;

  before(() => {
    root = makeRoot(directory.path, "root");
    client = makeServer(directory.path, "root");
  });
  after(() => directory.remove());

  /** Reads for `example.com:5000`, with these files below a directory of their own. */
  function read(files: Readonly<Record<string, string>>) {
    const base = `case${count++}`;
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(at(base, path, ".."), { recursive: true });
      writeFileSync(at(base, path), text);
    }
    const places = { user: at(base, "user"), system: at(base, "system"), docker: at(base, "docker") };
    return readHostCertificates("example.com:5000", places);
  }

  const HOST = "certs.d/example.com:5000";

  test("there are none without a directory, or with one of another port", () => {
    assert.equal(read({}), undefined);
    assert.equal(read({ "user/certs.d/example.com/ca.crt": root.certificate }), undefined);
  });

  test("there are none where the user may not look, and an error where only the list is hidden", () => {
    const place = `docker/${HOST}`;
    read({ [`${place}/ca.crt`]: root.certificate });
    const base = at(`case${count - 1}`);
    chmodSync(directory.path, 0o755);
    const again = () =>
      unprivileged(() =>
        readHostCertificates("example.com:5000", { user: base, system: base, docker: join(base, "docker") }),
      );
    assert.deepEqual(again(), { authorities: [root.certificate.trim()] });
    chmodSync(join(base, place), 0o111);
    assert.throws(again, (error) => isDistillError(error, "IO") && /EACCES/.test(error.message));
    chmodSync(join(base, "docker"), 0);
    assert.equal(again(), undefined);
    chmodSync(join(base, "docker"), 0o755);
    chmodSync(join(base, place), 0o755);
  });

  test("every certificate in every .crt is an authority", () => {
    const found = read({
      [`docker/${HOST}/b.crt`]: `${root.certificate}some text\n${client.certificate}`,
      [`docker/${HOST}/a.crt`]: client.certificate,
      [`docker/${HOST}/README`]: "no certificate",
    });
    const lines = [client, root, client].map(({ certificate }) => certificate.trim());
    assert.deepEqual(found, { authorities: lines });
  });

  test("the user's directory counts, then the machine's, then docker's, and no second one", () => {
    const key = { [`docker/${HOST}/client.cert`]: client.certificate, [`docker/${HOST}/client.key`]: client.key };
    assert.deepEqual(read(key), { certificate: client.certificate, key: client.key });
    const system = { ...key, [`system/${HOST}/ca.crt`]: root.certificate };
    assert.deepEqual(read(system), { authorities: [root.certificate.trim()] });
    assert.deepEqual(read({ ...system, [`user/${HOST}/ca.crt`]: client.certificate }), {
      authorities: [client.certificate.trim()],
    });
  });

  test("of several certificates to show, the first by name is shown", () => {
    const files = Object.fromEntries(
      ["a.cert", "b.cert", "a.key", "b.key"].map((name) => [
        `user/${HOST}/${name}`,
        (name.startsWith("a") ? client : root)[name.endsWith("key") ? "key" : "certificate"],
      ]),
    );
    assert.deepEqual(read(files), { certificate: client.certificate, key: client.key });
  });

  test("a link that leads nowhere is passed over", () => {
    mkdirSync(at("linked/user", HOST), { recursive: true });
    symlinkSync("nowhere", at("linked/user", HOST, "ca.crt"));
    const places = { user: at("linked/user"), system: at("none"), docker: at("none") };
    assert.equal(readHostCertificates("example.com:5000", places), undefined);
  });

  const PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  const refused: readonly (readonly [string, () => Readonly<Record<string, string>>, RegExp])[] = [
    ["an authority that is no PEM", () => ({ "ca.crt": "DER" }), /ca.crt has no certificate in PEM form$/],
    ["an authority that is broken", () => ({ "ca.crt": PEM }), /ca.crt has a certificate that cannot be read$/],
    ["a certificate without key", () => ({ "a.cert": client.certificate }), /a.cert has no key: a.key is missing/],
    ["a key without certificate", () => ({ "a.key": client.key }), /a.key is a key without a certificate: a.cert/],
    [
      "another's key",
      () => ({ "a.cert": client.certificate, "a.key": root.key }),
      /a.key is not the key of \S+a.cert$/,
    ],
    ["a broken key", () => ({ "a.cert": client.certificate, "a.key": "secret" }), /a.key has no private key in PEM/],
    ["a broken certificate", () => ({ "a.cert": PEM, "a.key": client.key }), /a.cert has a certificate that cannot/],
    ["a huge file", () => ({ "ca.crt": " ".repeat((1 << 20) + 1) }), /ca.crt has more than the 1048576 bytes/],
    ["a directory", () => ({ "ca.crt/x": "" }), /ca.crt is not a plain file$/],
  ];
  for (const [what, files, message] of refused) {
    test(`${what} is an error that names the file and shows nothing of it`, () => {
      const placed = Object.entries(files()).map(([name, text]) => [`user/${HOST}/${name}`, text]);
      assert.throws(
        () => read(Object.fromEntries(placed)),
        (error: unknown) => {
          assert.ok(isDistillError(error, "CONFIG_INVALID"));
          assert.match(error.message, message);
          assert.doesNotMatch(`${error.message}${error.hint}`, /secret/);
          return true;
        },
      );
    });
  }

  test("more files than one registry can need are an error", () => {
    const files = Array.from({ length: 101 }, (_, index) => [`user/${HOST}/${index}`, ""]);
    assert.throws(() => read(Object.fromEntries(files)), /has more than 100 files$/);
  });
});

/** Runs as a user who owns nothing, where root runs the tests: root may read everything. */
function unprivileged<T>(run: () => T): T {
  if (process.geteuid?.() !== 0) return run();
  process.seteuid?.(65534);
  try {
    return run();
  } finally {
    process.seteuid?.(0);
  }
}
