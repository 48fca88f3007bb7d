import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { DistillError, fromSystemError, isDistillError, systemErrorCode } from "../../lib/errors.ts";
import { readSmallFile } from "../../lib/read-small-file.ts";
import type { SettingsPlaces } from "./places.ts";

/** A registries.conf, or a drop-in of one. */
export interface ConfText {
  readonly path: string;
  readonly text: string;
  readonly dropIn: boolean;
}

const MAX_FILE = 1 << 20;
const MAX_DROP_INS = 1000;

/**
 * The files that say how registries are reached, in the order in which a later one replaces what an earlier one says
 * (containers-registries.conf.d(5)): that of the user with the user's drop-ins; where there is none, that of the machine
 * with the drop-ins of both. A file that is named takes the place of either and keeps the drop-ins of both. Throws
 * CONFIG_INVALID, LIMIT_EXCEEDED, IO.
 */
export async function readConfFiles({ named, user, system }: SettingsPlaces): Promise<readonly ConfText[]> {
  const own = named === undefined ? await readConf(join(user, "registries.conf")) : undefined;
  const main = named === undefined ? (own ?? (await readConf(join(system, "registries.conf")))) : await mustRead(named);
  const directories = own === undefined ? [system, user] : [user];
  const dropIns = await Promise.all(directories.map((each) => readDropIns(join(each, "registries.conf.d"))));
  return [...(main === undefined ? [] : [main]), ...dropIns.flat()];
}

async function mustRead(path: string): Promise<ConfText> {
  const file = await readConf(path);
  if (file !== undefined) return file;
  throw new DistillError("CONFIG_INVALID", `CONTAINERS_REGISTRIES_CONF names ${path}, which does not exist`, {
    hint: "correct the environment variable, or unset it",
  });
}

async function readDropIns(directory: string): Promise<readonly ConfText[]> {
  const names = (await ignoringAbsence(readdir(directory), directory)) ?? [];
  const files = names.filter((name) => name.endsWith(".conf")).sort();
  if (files.length > MAX_DROP_INS) {
    throw new DistillError("LIMIT_EXCEEDED", `${directory} has more than ${MAX_DROP_INS} files`, {
      hint: "join them: one file can hold any number of registries",
    });
  }
  const texts: ConfText[] = [];
  for (const name of files) {
    const file = await readConf(join(directory, name), true);
    if (file !== undefined) texts.push(file);
  }
  return texts;
}

/** Undefined where there is none; a directory with the name of a drop-in is none. */
async function readConf(path: string, dropIn = false): Promise<ConfText | undefined> {
  const bytes = await ignoringAbsence(readSmallFile(path, MAX_FILE, path), path, dropIn);
  return bytes === undefined ? undefined : { path, text: bytes.toString("utf8").replace(/^\uFEFF/, ""), dropIn };
}

async function ignoringAbsence<T>(reading: Promise<T>, path: string, plainOnly = false): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemErrorCode(error) ?? "")) return undefined;
    if (plainOnly && isDistillError(error, "CONFIG_INVALID")) return undefined;
    throw fromSystemError(error, "reading", path);
  }
}
