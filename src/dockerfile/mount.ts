import { nearest } from "../lib/nearest.ts";
import type { MountField, MountFlag } from "./instruction.ts";
import { quoted } from "./quoted.ts";
import type { Source } from "./source.ts";

/** What `RUN --mount` asks for, with variables replaced. Fields that were not given are undefined. */
export type Mount = BindMount | CacheMount | TmpfsMount | SecretMount | SshMount;

interface Common {
  readonly flag: MountFlag;
  /** As it was written: absolute, or relative to the working directory. */
  readonly target: string | undefined;
  readonly readOnly: boolean;
}

/** Owner and permission bits of what is mounted. */
interface FileSettings {
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

export interface BindMount extends Common {
  readonly type: "bind";
  readonly from: string | undefined;
  readonly source: string | undefined;
}

export interface CacheMount extends Common, FileSettings {
  readonly type: "cache";
  /** Where it is not given, the target names the cache. */
  readonly id: string | undefined;
  readonly from: string | undefined;
  readonly source: string | undefined;
  /** "shared" where it is not given. */
  readonly sharing: Sharing | undefined;
}

export interface TmpfsMount extends Common {
  readonly type: "tmpfs";
  /** Bytes. */
  readonly size: number | undefined;
}

export interface SecretMount extends Common, FileSettings {
  readonly type: "secret";
  readonly id: string | undefined;
  /** Another word for `id`; one of the two at most. */
  readonly source: string | undefined;
  /** The variable that gets the value; without a target there is no file then. */
  readonly env: string | undefined;
  readonly required: boolean;
}

export interface SshMount extends Common, FileSettings {
  readonly type: "ssh";
  readonly id: string | undefined;
  readonly required: boolean;
}

export type Sharing = (typeof SHARINGS)[number];

const TYPES = ["bind", "cache", "tmpfs", "secret", "ssh"] as const;
const SHARINGS = ["shared", "private", "locked"] as const;

type MountType = (typeof TYPES)[number];

/** The keys with the name that they stand for, and the types of mount that may have them. */
const KEYS: Readonly<Record<string, { readonly name: string; readonly types: readonly MountType[] }>> = {
  type: { name: "type", types: TYPES },
  from: { name: "from", types: ["bind", "cache", "tmpfs", "ssh"] },
  source: { name: "source", types: TYPES },
  src: { name: "source", types: TYPES },
  target: { name: "target", types: TYPES },
  dst: { name: "target", types: TYPES },
  destination: { name: "target", types: TYPES },
  readonly: { name: "readonly", types: TYPES },
  ro: { name: "readonly", types: TYPES },
  readwrite: { name: "readwrite", types: TYPES },
  rw: { name: "readwrite", types: TYPES },
  required: { name: "required", types: ["secret", "ssh"] },
  size: { name: "size", types: ["tmpfs"] },
  id: { name: "id", types: TYPES },
  env: { name: "env", types: ["secret"] },
  sharing: { name: "sharing", types: ["cache"] },
  mode: { name: "mode", types: ["cache", "secret", "ssh"] },
  uid: { name: "uid", types: ["cache", "secret", "ssh"] },
  gid: { name: "gid", types: ["cache", "secret", "ssh"] },
};

/** Keys that may stand without a value. */
const SWITCHES: ReadonlySet<string> = new Set(["readonly", "readwrite", "required"]);

/**
 * The mount that a flag asks for; `expand` replaces the variables of a value (those of `from` have none). CONFIG_INVALID at
 * the flag for unknown keys and types, keys of other types, and values that do not fit.
 */
export function readMount(flag: MountFlag, source: Source, expand: (text: string) => string): Mount {
  const given = new Fields(flag, source, expand);
  const type = given.choice("type", TYPES) ?? "bind";
  given.refuseForeign(type);
  const writable = given.flag("readwrite");
  const common = {
    flag,
    target: given.text("target"),
    readOnly: given.flag("readonly") ?? (writable === undefined ? type !== "cache" && type !== "tmpfs" : !writable),
  };
  const files = { mode: given.number("mode", 8), uid: given.number("uid", 10), gid: given.number("gid", 10) };
  const placed = { from: given.text("from"), source: given.text("source") };
  switch (type) {
    case "bind":
      return { type, ...common, ...placed };
    case "cache":
      return { type, ...common, ...files, ...placed, id: given.text("id"), sharing: given.choice("sharing", SHARINGS) };
    case "tmpfs":
      return { type, ...common, size: given.size("size") };
    case "secret": {
      const secret = { id: given.text("id"), source: placed.source, env: given.text("env") };
      if (secret.id !== undefined && secret.source !== undefined)
        throw given.error("id and source say the same; give one");
      if ((secret.id ?? secret.source ?? common.target) === undefined)
        throw given.error("a secret needs an id or a target");
      return { type, ...common, ...files, ...secret, required: given.flag("required") ?? false };
    }
    case "ssh":
      return { type, ...common, ...files, id: given.text("id"), required: given.flag("required") ?? false };
  }
}

class Fields {
  readonly #mount: MountFlag;
  readonly #source: Source;
  /** By the name that a key stands for; the last of several counts. */
  readonly #given = new Map<string, MountField>();

  constructor(mount: MountFlag, source: Source, expand: (text: string) => string) {
    this.#mount = mount;
    this.#source = source;
    for (const field of mount.fields) {
      const known = Object.hasOwn(KEYS, field.key) ? KEYS[field.key] : undefined;
      if (known === undefined) throw this.#unknownKey(field);
      if (field.value === undefined && !SWITCHES.has(known.name))
        throw this.error(`${field.key} needs a value: ${field.key}=VALUE`);
      const { value } = field;
      this.#given.set(known.name, {
        ...field,
        value: value === undefined || known.name === "from" ? value : expand(value),
      });
      // Of readonly and readwrite the last one counts.
      if (known.name === "readonly") this.#given.delete("readwrite");
      if (known.name === "readwrite") this.#given.delete("readonly");
    }
  }

  refuseForeign(type: MountType): void {
    for (const [name, { key, value }] of this.#given) {
      if (value !== "" && KEYS[name]?.types.includes(type) === false)
        throw this.error(`a mount of type ${type} has no ${key}`);
    }
  }

  /** Undefined where it is not given or empty. */
  text(name: string): string | undefined {
    return this.#given.get(name)?.value || undefined;
  }

  choice<T extends string>(name: string, values: readonly T[]): T | undefined {
    const field = this.#given.get(name);
    if (field?.value === undefined) return undefined;
    const found = values.find((value) => value === field.value?.toLowerCase());
    if (found !== undefined) return found;
    const meant = nearest(field.value, values);
    const hint = meant === undefined ? `there are ${values.join(", ")}` : `did you mean ${meant}?`;
    throw this.error(`${quoted(field.value)} is no ${name} of a mount`, hint);
  }

  /** The values of Go's ParseBool; true for the key alone. */
  flag(name: string): boolean | undefined {
    const field = this.#given.get(name);
    if (field === undefined) return undefined;
    if (field.value === undefined || /^(1|t|T|true|TRUE|True)$/.test(field.value)) return true;
    if (/^(0|f|F|false|FALSE|False)$/.test(field.value)) return false;
    throw this.error(`${field.key} is true or false, not ${quoted(field.value)}`);
  }

  number(name: string, base: 8 | 10): number | undefined {
    const field = this.#given.get(name);
    if (field?.value === undefined) return undefined;
    const digits = base === 8 ? /^[0-7]+$/ : /^\d+$/;
    const value = digits.test(field.value) ? Number.parseInt(field.value, base) : Number.NaN;
    if (value < 2 ** 32) return value;
    throw this.error(`${name} is a number${base === 8 ? " in octal" : ""}, not ${quoted(field.value)}`);
  }

  /** Bytes of "64", "10k", "1.5MiB" or "2g"; units are powers of 1024. */
  size(name: string): number | undefined {
    const field = this.#given.get(name);
    if (field?.value === undefined) return undefined;
    const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(field.value) ?? [];
    const size = Math.floor(Number(digits) * 1024 ** " kmgtp".indexOf(unit.toLowerCase() || " "));
    if (digits !== "" && Number.isSafeInteger(size)) return size;
    throw this.error(`${name} is a number of bytes such as 64m, not ${quoted(field.value)}`);
  }

  error(message: string, hint?: string): Error {
    return this.#source.error(this.#mount.flag, message, hint === undefined ? {} : { hint });
  }

  #unknownKey({ key, text }: MountField): Error {
    const meant = nearest(key, Object.keys(KEYS));
    return this.error(
      `--mount has no ${quoted(text)}`,
      meant === undefined
        ? "the keys are type, target, source, from, rw, id, sharing, size, env, required, mode, uid, gid"
        : `did you mean ${meant}?`,
    );
  }
}
