import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2019 } from "ajv/dist/2019.js";
import { cycloneDxDocument } from "../../src/inventory/documents/cyclonedx.ts";
import { spdxDocument } from "../../src/inventory/documents/spdx.ts";
import type { DocumentSubject } from "../../src/inventory/documents/subject.ts";
import type { FileOwner } from "../../src/inventory/file-owners.ts";
import type { PackageType } from "../../src/inventory/package.ts";
import { pathFromBytes, pathFromText } from "../../src/rootfs/path.ts";
import {
  documentSubject,
  HOSTILE_TEXTS,
  inventoryOf,
  inventoryPackage,
  variedInventory,
} from "../support/inventories.ts";
import { sharedPath, unlessShared } from "../support/shared.ts";

const CYCLONEDX = ["schemas", "bom-1.6.schema.json"] as const;
const SPDX = ["schemas", "spdx-2.3.json"] as const;

const read = (...parts: readonly string[]) => JSON.parse(readFileSync(sharedPath(...parts), "utf8"));

function cycloneDxSchema(): ValidateFunction {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema(read("schemas", "spdx.schema.json"), "http://cyclonedx.org/schema/spdx.schema.json");
  ajv.addSchema(read("schemas", "jsf-0.82.schema.json"), "http://cyclonedx.org/schema/jsf-0.82.schema.json");
  return ajv.compile(read(...CYCLONEDX));
}

function spdxSchema(): ValidateFunction {
  return new Ajv2019({ strict: false, validateFormats: false }).compile(read(...SPDX));
}

const TYPES: readonly PackageType[] = [
  ...(["deb", "apk", "rpm", "pypi", "npm", "golang", "cargo", "maven", "gem", "generic"] as const),
];

/** Every type with every hostile text, wherever there is a text. */
function* hostileSubjects(): Generator<DocumentSubject> {
  for (const text of HOSTILE_TEXTS) {
    const packages = TYPES.map((type) => {
      const own = inventoryPackage({
        ...{ type, name: `${type}${text}`, version: text, architecture: text, source: { name: text, version: text } },
        ...{ licenses: [text], dependencies: [[text]], provides: [text] },
      });
      const location = {
        record: pathFromText(`x${text.replaceAll(/\0|\.\./g, "")}`.slice(0, 200)),
        layer: 7,
        inside: text,
      };
      return {
        ...own,
        locations: [location],
        carriedFrom: text,
        missing: [[text, text]],
        parts: [own],
        dependsOn: [own.purl],
      };
    });
    const system = { kind: "system", id: text, idLike: [text], versionID: text, codename: text, name: text } as const;
    const { image } = documentSubject(inventoryOf([]));
    yield documentSubject(inventoryOf(packages, { system, warnings: [text] }), {
      image: { ...image, name: text, created: text },
    });
  }
}

function subjectWithFiles(): DocumentSubject {
  const inventory = variedInventory();
  const paths = ["usr/lib/libc.so.6", "usr/a b\n", "opt/\u00e9"].map(pathFromText);
  const odd = pathFromBytes("opt/\xff");
  const owners = new Map<typeof odd, FileOwner>([
    ...paths.map((path) => [path, { kind: "package", package: 1 }] as const),
    [odd, { kind: "nobody", layer: 0 }],
  ]);
  const digests = { sha1: "a".repeat(40), sha256: "b".repeat(64) };
  return documentSubject(
    { ...inventory, owners },
    { files: new Map([...owners.keys()].map((path) => [path, digests])) },
  );
}

function* subjects(): Generator<DocumentSubject> {
  yield documentSubject(inventoryOf([], { system: undefined }));
  yield documentSubject(variedInventory());
  yield subjectWithFiles();
  yield* hostileSubjects();
}

function assertValid(validate: ValidateFunction, text: string): void {
  assert.equal(validate(JSON.parse(text)), true, JSON.stringify(validate.errors?.slice(0, 3)));
}

test("inventories are CycloneDX 1.6 by its schema, whatever they hold", { skip: unlessShared(...CYCLONEDX) }, () => {
  const validate = cycloneDxSchema();
  for (const subject of subjects()) assertValid(validate, cycloneDxDocument(subject));
});

test("inventories are SPDX 2.3 by its schema, whatever they hold", { skip: unlessShared(...SPDX) }, () => {
  const validate = spdxSchema();
  for (const subject of subjects()) assertValid(validate, spdxDocument(subject));
});

test("each licence of SPDX's list is valid in both documents", { skip: unlessShared(...CYCLONEDX) }, () => {
  const require = createRequire(import.meta.url);
  const library = require.resolve("@cyclonedx/cyclonedx-library/package.json");
  const list = JSON.parse(
    readFileSync(library.replace("package.json", "res/schema/spdx.SNAPSHOT.schema.json"), "utf8"),
  );
  const ids: readonly string[] = list.enum;
  assert.ok(ids.length > 700);
  const packages = ids.map((id, number) => inventoryPackage({ type: "npm", name: `p${number}`, licenses: [id] }));
  const subject = documentSubject(inventoryOf(packages));
  assertValid(cycloneDxSchema(), cycloneDxDocument(subject));
  assertValid(spdxSchema(), spdxDocument(subject));
});
