import { type RootPath, textOfBytes } from "../../../rootfs/path.ts";
import type { SourcePackage } from "../../package.ts";
import type { Allowance } from "../allowance.ts";
import { recordedChild, recordedPath } from "../recorded-path.ts";
import { broken } from "./database-broken.ts";
import type { RpmHeader } from "./header.ts";

/** Tags of rpm's include/rpm/rpmtag.h. */
const TAG = {
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  license: 1014,
  architecture: 1022,
  oldFileNames: 1027,
  fileStates: 1029,
  fileModes: 1030,
  sourceRpm: 1044,
  provides: 1047,
  requireFlags: 1048,
  requires: 1049,
  directoryIndexes: 1116,
  baseNames: 1117,
  directoryNames: 1118,
} as const;

/** A need of rpm itself, for what a package file uses (RPMSENSE_RPMLIB). */
const OF_RPM = 1 << 24;
const KIND = 0o170000;
const DIRECTORY = 0o040000;

const WORD = /^[!-~]{1,255}$/;
const TEXT = /^[^\p{Cc}]{1,255}$/u;
const SOURCE_FILE = /\.(?:no)?src\.rpm$/;

/** A package of rpm's, before what it needs is looked up. */
export interface RpmPackage {
  readonly name: string;
  /** `[EPOCH:]VERSION-RELEASE`; an epoch of 0 is none. */
  readonly version: string;
  readonly architecture: string;
  readonly license: string;
  readonly source: SourcePackage | undefined;
  /** As they stand there, without constraints: names, libraries, paths. */
  readonly needs: readonly string[];
  readonly provides: readonly string[];
  /** What was installed and is no directory. */
  readonly files: readonly RootPath[];
}

/**
 * What a header says; undefined for a key that signs packages, which rpm keeps as if it were one. DatabaseBroken for a header that is
 * none, and where `allowance` has not enough for it.
 */
export function packageOfHeader(header: RpmHeader, allowance: Allowance): RpmPackage | undefined {
  const name = header.text(TAG.name);
  if (name === "gpg-pubkey") return undefined;
  const [epoch = 0] = header.numbers(TAG.epoch);
  const withEpoch = (version: string): string => (epoch === 0 ? version : `${epoch}:${version}`);
  const version = withEpoch(`${header.text(TAG.version)}-${header.text(TAG.release)}`);
  if (!WORD.test(name) || !WORD.test(version)) broken("a package has no name or no version");
  const license = textOfBytes(header.text(TAG.license));
  const architecture = header.text(TAG.architecture);
  const needs = needsOf(header);
  const provides = header.texts(TAG.provides).filter((word) => WORD.test(word));
  if (!allowance.spendAll([name, ...needs, ...provides])) broken("its packages name too much");
  return {
    name,
    version,
    architecture: WORD.test(architecture) ? architecture : "",
    license: TEXT.test(license) ? license : "",
    source: sourceOf(header.text(TAG.sourceRpm), name, version, withEpoch),
    needs,
    provides,
    files: filesOf(header, allowance),
  };
}

/** `NAME-VERSION-RELEASE.src.rpm`, which has no epoch: that is the package's. Undefined for the package itself. */
function sourceOf(
  file: string,
  name: string,
  version: string,
  withEpoch: (version: string) => string,
): SourcePackage | undefined {
  if (!SOURCE_FILE.test(file) || !WORD.test(file)) return undefined;
  const parts = file.replace(SOURCE_FILE, "").split("-");
  const source = { name: parts.slice(0, -2).join("-"), version: withEpoch(parts.slice(-2).join("-")) };
  return source.name === "" || (source.name === name && source.version === version) ? undefined : source;
}

/** Without needs of rpm itself, and without conditions (`(a if b)`), which are no names. */
function needsOf(header: RpmHeader): readonly string[] {
  const flags = header.numbers(TAG.requireFlags);
  return header
    .texts(TAG.requires)
    .filter((word, index) => WORD.test(word) && !word.startsWith("(") && ((flags[index] ?? 0) & OF_RPM) === 0);
}

function filesOf(header: RpmHeader, allowance: Allowance): readonly RootPath[] {
  const modes = header.shorts(TAG.fileModes);
  const states = header.bytes(TAG.fileStates);
  return pathsOf(header).flatMap((path, index) => {
    // Any other state than "normal": left out when it was installed, or replaced by another package's.
    if (path === undefined || ((modes[index] ?? 0) & KIND) === DIRECTORY || (states[index] ?? 0) !== 0) return [];
    return allowance.spend(path.length) ? [path] : broken("its packages name too much");
  });
}

function pathsOf(header: RpmHeader): readonly (RootPath | undefined)[] {
  const indexes = header.numbers(TAG.directoryIndexes);
  const names = header.texts(TAG.baseNames);
  if (names.length === 0) return header.texts(TAG.oldFileNames).map(recordedPath);
  const directories = header.texts(TAG.directoryNames).map(recordedPath);
  return names.map((name, index) => {
    const directory = directories[indexes[index] ?? -1];
    return directory === undefined ? undefined : recordedChild(directory, name);
  });
}
