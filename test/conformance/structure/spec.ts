import { parse } from "yaml";

/** A command to be run in the image; its output is matched by regular expressions in Go's syntax. */
export interface CommandCheck {
  readonly kind: "command";
  readonly name: string;
  readonly command: readonly string[];
  readonly setup: readonly (readonly string[])[];
  readonly env: readonly KeyValue[];
  readonly exitCode: number;
  readonly expectedOutput: readonly string[];
  readonly excludedOutput: readonly string[];
  readonly expectedError: readonly string[];
  readonly excludedError: readonly string[];
}

export interface FileCheck {
  readonly kind: "file";
  readonly name: string;
  readonly path: string;
  readonly shouldExist: boolean;
  readonly isDirectory: boolean | undefined;
  /** As Go prints a mode: "-rw-r--r--". */
  readonly permissions: string | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
  readonly isExecutableBy: string | undefined;
}

export interface ContentCheck {
  readonly kind: "content";
  readonly name: string;
  readonly path: string;
  readonly expectedContents: readonly string[];
  readonly excludedContents: readonly string[];
}

export interface MetadataCheck {
  readonly kind: "metadata";
  readonly name: string;
  readonly env: readonly KeyValue[];
  readonly unboundEnv: readonly string[];
  readonly labels: readonly KeyValue[];
  readonly exposedPorts: readonly string[];
  readonly unexposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly unmountedVolumes: readonly string[];
  readonly entrypoint: readonly string[] | undefined;
  readonly cmd: readonly string[] | undefined;
  readonly workdir: string | undefined;
  readonly user: string | undefined;
}

/** The texts of packages' licences must be there. */
export interface LicenseCheck {
  readonly kind: "license";
  readonly name: string;
  readonly debian: boolean;
  readonly files: readonly string[];
}

export type Check = CommandCheck | FileCheck | ContentCheck | MetadataCheck | LicenseCheck;

export interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly isRegex: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

const SECTIONS: Readonly<Record<string, (fields: Fields, global: readonly KeyValue[]) => Check>> = {
  commandTests: commandCheck,
  fileExistenceTests: fileCheck,
  fileContentTests: contentCheck,
  metadataTest: metadataCheck,
  metadataTests: metadataCheck,
  licenseTests: licenseCheck,
};

/**
 * The checks of a container structure test
 * (https://github.com/GoogleContainerTools/container-structure-test), schema version 1.0.0 or 2.0.0. What it says that is
 * not known here is an error: a check that nobody makes must not look like one that passed.
 */
export function parseStructureTest(text: string, file: string): readonly Check[] {
  const document = fieldsOf(parse(text), file);
  const { schemaVersion, globalEnvVars, ...sections } = document;
  if (schemaVersion !== "1.0.0" && schemaVersion !== "2.0.0") {
    throw new Error(`${file}: schema version ${String(schemaVersion)} is not known`);
  }
  const global = keyValues(globalEnvVars);
  return Object.entries(sections).flatMap(([section, entries]) => {
    const read = SECTIONS[section];
    if (read === undefined) throw new Error(`${file}: ${section} is not known`);
    return (Array.isArray(entries) ? entries : [entries]).map((each, index) => {
      const where = `${file}: ${section} ${index + 1}`;
      const fields = fieldsOf(each, where);
      const used = new Set<string>();
      const check = read(watched(fields, used), global);
      const unknown = Object.keys(fields).filter((field) => !used.has(field));
      if (unknown.length > 0) throw new Error(`${where} (${check.name}): ${unknown.join(", ")} is not known`);
      return check;
    });
  });
}

function commandCheck(fields: Fields, global: readonly KeyValue[]): CommandCheck {
  const { command, args } = fields;
  return {
    kind: "command",
    name: nameOf(fields),
    command: [...(typeof command === "string" ? [command] : texts(command)), ...texts(args)],
    setup: lists(fields.setup),
    // What is torn down was set up in a container that is thrown away.
    ...(lists(fields.teardown) && {}),
    env: [...global, ...keyValues(fields.envVars)],
    exitCode: number(fields.exitCode) ?? 0,
    expectedOutput: texts(fields.expectedOutput),
    excludedOutput: texts(fields.excludedOutput),
    expectedError: texts(fields.expectedError),
    excludedError: texts(fields.excludedError),
  };
}

function fileCheck(fields: Fields): FileCheck {
  return {
    kind: "file",
    name: nameOf(fields),
    path: String(fields.path),
    shouldExist: boolean(fields.shouldExist) ?? true,
    isDirectory: boolean(fields.isDirectory),
    permissions: text(fields.permissions),
    uid: number(fields.uid),
    gid: number(fields.gid),
    isExecutableBy: text(fields.isExecutableBy),
  };
}

function contentCheck(fields: Fields): ContentCheck {
  return {
    kind: "content",
    name: nameOf(fields),
    path: String(fields.path),
    expectedContents: texts(fields.expectedContents),
    excludedContents: texts(fields.excludedContents),
  };
}

function metadataCheck(fields: Fields): MetadataCheck {
  const list = (value: unknown): readonly string[] | undefined => (value === undefined ? undefined : texts(value));
  return {
    kind: "metadata",
    name: text(fields.name) ?? "metadata",
    env: [...keyValues(fields.env), ...keyValues(fields.envVars)],
    unboundEnv: keyValues(fields.unboundEnvVars).map(({ key }) => key),
    labels: keyValues(fields.labels),
    exposedPorts: texts(fields.exposedPorts),
    unexposedPorts: texts(fields.unexposedPorts),
    volumes: texts(fields.volumes),
    unmountedVolumes: texts(fields.unmountedVolumes),
    entrypoint: list(fields.entrypoint),
    cmd: list(fields.cmd),
    workdir: text(fields.workdir),
    user: text(fields.user),
  };
}

function licenseCheck(fields: Fields): LicenseCheck {
  const { debian, files } = fields;
  return {
    kind: "license",
    name: text(fields.name) ?? "licenses",
    debian: boolean(debian) ?? false,
    files: texts(files),
  };
}

function nameOf(fields: Fields): string {
  return String(fields.name);
}

/** Remembers which fields were asked for. */
function watched(fields: Fields, used: Set<string>): Fields {
  return new Proxy(fields, {
    get: (target, field) => {
      used.add(String(field));
      return target[String(field)];
    },
  });
}

function fieldsOf(value: unknown, where: string): Fields {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Error(`${where} is no mapping`);
}

function texts(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value.map(String) : [String(value)];
}

function lists(value: unknown): readonly (readonly string[])[] {
  return Array.isArray(value) ? value.map(texts) : [];
}

function text(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : String(value);
}

function number(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : Number(value);
}

function boolean(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

/** A list of `{key, value, isRegex}`, or the mapping that older files have. */
function keyValues(value: unknown): readonly KeyValue[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    return Object.entries(value).map(([key, each]) => ({ key, value: String(each), isRegex: false }));
  }
  return value.map((each: Fields) => ({
    key: String(each.key),
    value: each.value === undefined ? "" : String(each.value),
    isRegex: boolean(each.isRegex) ?? false,
  }));
}
