import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { distill, mustDistill } from "../support/cli.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { Registry, unlessRegistry } from "../support/registry.ts";
import { unlessTools } from "../support/tools.ts";

const FLASK = resolve(import.meta.dirname, "../../examples/flask");

/** The part of the JSON that the tests look at. */
interface Shown {
  readonly packages: readonly {
    readonly purl: string;
    readonly type: string;
    readonly name: string;
    readonly copiedFrom: string | null;
    readonly parts: readonly string[];
    readonly files: number;
  }[];
  readonly coverage: Readonly<Record<string, { readonly files: number; readonly bytes: number }>>;
  readonly files?: readonly { readonly path: string; readonly digest: string; readonly owner: string }[];
}

/** What the build stage of the Flask image installs for it, and what that needs, without Python itself. */
const COPIED = [
  "blinker",
  "click",
  "flask",
  "gunicorn",
  "itsdangerous",
  "jinja2",
  "markupsafe",
  "packaging",
  "werkzeug",
];

const directory = makeTemporaryDirectory();
const env = { DISTILL_HOME: join(directory.path, "home") };
const text = async (...args: readonly string[]): Promise<string> => (await mustDistill(args, { env })).stdout;
const sbom = async (name: string, ...args: readonly string[]): Promise<Shown> =>
  JSON.parse(await text("sbom", "-q", name, "--format", "json", ...args));

after(() => directory.remove());

describe("the Flask image, built by its Dockerfile", { skip: unlessTools("tar", "unshare", "setpriv") }, () => {
  before(async () => {
    await mustDistill(["build", "-q", "-t", "flask", FLASK], { env });
  });

  test("has every package that its files were of in the build stage, and no other one for them", async () => {
    const { packages } = await sbom("flask");
    assert.deepEqual(new Set(packages.map(({ type }) => type)), new Set(["deb"]));
    const copied = packages.filter(({ copiedFrom }) => copiedFrom === "stage build");
    assert.deepEqual(
      copied.map(({ name }) => name),
      COPIED.map((name) => `python3-${name}`),
    );
    assert.ok(copied.every(({ files, purl }) => files > 0 && /^pkg:deb\/debian\/.+distro=debian-13$/.test(purl)));
    assert.deepEqual(
      copied.flatMap(({ parts }) => parts.map((part) => part.replace(/@.*/, ""))),
      COPIED.map((name) => `pkg:pypi/${name}`),
    );
  });

  test("has no file of which nobody is known", async () => {
    const { coverage } = await sbom("flask");
    assert.deepEqual(
      [coverage.nobody, coverage.step],
      [
        { files: 0, bytes: 0 },
        { files: 0, bytes: 0 },
      ],
    );
    assert.deepEqual(coverage.app?.files, 1);
  });

  test("is listed the same from an archive of it, by a store that never saw its build, but for what only the builder knows", async () => {
    const archive = join(directory.path, "flask.tar");
    await mustDistill(["copy", "flask", `oci-archive:${archive}`], { env });
    const other = { DISTILL_HOME: join(directory.path, "other") };
    const { stdout } = await mustDistill(["sbom", "-q", `oci-archive:${archive}`, "--format", "json"], { env: other });
    const { packages, coverage } = JSON.parse(stdout) as Shown;
    const purls = new Set(packages.map(({ purl }) => purl));
    const own = (await sbom("flask")).packages;
    for (const { purl, copiedFrom } of own) assert.equal(purls.has(purl), copiedFrom === null, purl);
    assert.equal(packages.filter(({ type }) => type === "pypi").length, COPIED.length);
    assert.equal(coverage.nobody?.files, 0);
  });

  test("explains a copied file, a library and the app", async () => {
    const explain = (what: string): Promise<string> => text("explain", "-q", "flask", what);
    const module = await explain("/usr/lib/python3/dist-packages/flask/app.py");
    assert.match(module, /owner +python3-flask .*copied from stage build, line 6/);
    assert.match(module, /imported by +\/app\/app\.py:\d+/);
    const library = await explain("libssl3t64");
    assert.match(library, /needed by .*libpython3\.13-minimal/);
    assert.match(library, /linked by [\s\S]*_ssl\.cpython-313/);
    assert.match(await explain("/app/app.py"), /owner +the build context's app\.py, line 7: COPY app\.py/);
    const bundle = await explain("/etc/ssl/certs/ca-certificates.crt");
    assert.match(bundle, /owner +certificates, distill compose static/);
    const missing = await distill(["explain", "-q", "flask", "libss3t64"], { env });
    assert.deepEqual([missing.status, /did you mean libssl3t64\?/.test(missing.stderr)], [2, true]);
  });

  test("gives the same documents twice, and another home reads the same packages from them", async () => {
    for (const format of ["cyclonedx", "spdx"]) {
      const first = await text("sbom", "-q", "flask", "--format", format);
      assert.equal(await text("sbom", "-q", "flask", "--format", format), first);
      const file = join(directory.path, `flask.${format}`);
      writeFileSync(file, first);
      const { stdout } = await mustDistill(["sbom", `sbom:${file}`, "--format", "json"], { env });
      const read = JSON.parse(stdout) as { readonly packages: readonly { readonly purl: string }[] };
      const purls = (await sbom("flask")).packages.map(({ purl }) => purl).toSorted();
      assert.deepEqual(read.packages.map(({ purl }) => purl).toSorted(), purls);
    }
  });

  test("is pushed with an SBOM and the build's provenance beside it", { skip: unlessRegistry() }, async () => {
    const registry = await Registry.start();
    try {
      const name = `${registry.host}/flask:1`;
      const args = ["build", "-q", "--sbom=cyclonedx,spdx", "--push", "-t", name, FLASK];
      const digest = (await mustDistill(args, { env })).stdout.trim();
      const { stdout } = await mustDistill(["referrers", `docker://${name}`, "--format", "json"], { env });
      const { referrers: found } = JSON.parse(stdout) as {
        readonly referrers: readonly { readonly digest: string; readonly artifactType: string }[];
      };
      assert.deepEqual(found.map(({ artifactType }) => artifactType).toSorted(), [
        ...["application/spdx+json", "application/vnd.cyclonedx+json", "application/vnd.in-toto+json"],
      ]);
      const statement = await layerOf(
        registry,
        found.find(({ artifactType }) => artifactType.includes("in-toto"))?.digest,
      );
      const [subject] = statement.subject;
      assert.equal(`sha256:${subject?.digest.sha256}`, digest);
      const { resolvedDependencies } = statement.predicate.buildDefinition;
      assert.ok(
        resolvedDependencies.some(({ uri, digest: of }) => /^pkg:deb\/debian\/python3@/.test(uri) && of?.sha256),
      );
    } finally {
      await registry.stop();
    }
  });
});

interface Statement {
  readonly subject: readonly { readonly digest: { readonly sha256: string } }[];
  readonly predicate: {
    readonly buildDefinition: {
      readonly resolvedDependencies: readonly { readonly uri: string; readonly digest?: { readonly sha256: string } }[];
    };
  };
}

/** The document of an artifact. */
async function layerOf(registry: Registry, digest: string | undefined): Promise<Statement> {
  const at = `${registry.url}/v2/flask`;
  const accept = { headers: { accept: "application/vnd.oci.image.manifest.v1+json" } };
  const manifest = (await (await fetch(`${at}/manifests/${digest}`, accept)).json()) as {
    readonly layers: readonly { readonly digest: string }[];
  };
  return (await (await fetch(`${at}/blobs/${manifest.layers[0]?.digest}`)).json()) as Statement;
}

test("every byte of what is composed is a package's or a named piece's, with digests that are those of the files", async () => {
  const spec = join(directory.path, "app");
  mkdirSync(spec);
  writeFileSync(join(spec, "Dockerfile"), "FROM gcr.io/distroless/base-debian13\nCOPY data /data\n");
  writeFileSync(join(spec, "data"), "data\n");
  await mustDistill(["build", "-q", "--compose", "-t", "based", spec], { env });
  const { coverage, files } = await sbom("based", "--digests");
  assert.deepEqual(coverage.nobody, { files: 0, bytes: 0 });
  const known = (await text("sbom", "-q", "based", "--list", "base")).split("\n").slice(1, -1);
  assert.ok(known.length > 5);
  for (const line of known) assert.match(line, /\S, distill compose \S+ \(Debian trixie\)$/);
  const data = files?.find(({ path }) => path === "/data");
  assert.equal(data?.owner, "app");
  assert.equal(data?.digest, "sha256:6667b2d1aab6a00caa5aee5af8ad9f1465e567abf1c209d15727d57b3e8f6e5f");
});

test("what a later layer removes is counted, and listed on demand", {
  skip: unlessTools("tar", "unshare", "setpriv"),
}, async () => {
  const place = join(directory.path, "dead");
  mkdirSync(place);
  const lines = [
    "FROM debian:trixie-slim",
    "COPY large /large",
    "RUN rm /large && cp /etc/hostname /mine || : > /mine",
  ];
  writeFileSync(join(place, "Dockerfile"), `${lines.join("\n")}\n`);
  writeFileSync(join(place, "large"), "x".repeat(1_000_000));
  await mustDistill(["build", "-q", "--compose", "-t", "dead", place], { env });
  assert.match(
    await text("sbom", "-q", "dead"),
    /^1\.\d MB are shipped and not seen: .* most of it of: COPY large \/large/m,
  );
  assert.match(await text("sbom", "-q", "dead", "--list", "dead"), /1\.0 MB {2}\/large +line 2: COPY large \/large/);
  assert.match(await text("sbom", "-q", "dead", "--list", "step"), /\/mine +line 3: RUN/);
  assert.ok(readFileSync(join(place, "large")).length > 0);
});
