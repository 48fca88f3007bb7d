import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { buildDirectory } from "../../src/app/build-directory.ts";
import { readTar } from "../../src/formats/tar/reader.ts";
import type { Image } from "../../src/image/image.ts";
import type { Digest } from "../../src/lib/digest.ts";
import { type Progress, silentProgress } from "../../src/lib/progress.ts";
import type { ExecutorName } from "../../src/sandbox/executors/executor.ts";
import type { OwnBuild } from "../conformance/own-builds/own-build.ts";
import { dateAll } from "./random-dockerfile.ts";

/** Which one runs them; the soak asks for each. */
export const EXECUTOR = (process.env.DISTILL_TEST_EXECUTOR ?? "auto") as ExecutorName | "auto";

/** Times before this are not those of a build. */
const EARLY = 1_450_000_000;

/** How a build is asked for beside its case. */
export interface BuildWishes {
  readonly noCache?: boolean | readonly string[];
  readonly progress?: Progress;
  readonly tags?: readonly string[];
  readonly agent?: string;
}

/** Writes the files of a case's contexts below `directory`; what they lie in is returned. */
export function writeOwnContext(directory: string, build: OwnBuild): string {
  const context = join(directory, "context");
  writeFiles(context, { Dockerfile: build.dockerfile, ...build.files });
  if (build.other !== undefined) writeFiles(join(directory, "other"), build.other);
  for (const [id, value] of Object.entries(build.secrets ?? {})) writeFileSync(join(directory, `secret-${id}`), value);
  return context;
}

function writeFiles(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text, { mode: text.startsWith("#!") ? 0o755 : 0o644 });
  }
  dateAll(directory);
}

/** Builds what `writeOwnContext` wrote, with the store of DISTILL_HOME; returns the digest of the image. */
export async function buildOwn(directory: string, build: OwnBuild, wishes: BuildWishes = {}): Promise<Digest> {
  const { noCache = false, progress = silentProgress, tags = [], agent } = wishes;
  const request = {
    ...{ directory: join(directory, "context"), file: undefined, platform: "linux/amd64", target: build.target },
    buildArg: build.buildArgs ?? [],
    buildContext: build.other === undefined ? [] : [`other=${join(directory, "other")}`],
  };
  const secret = Object.keys(build.secrets ?? {}).map((id) => `id=${id},src=${join(directory, `secret-${id}`)}`);
  const dockerfile = {
    ...({ compose: false, pull: false, noCache, timestamps: "keep", labels: {}, annotations: {} } as const),
    programs: {
      ...{ secret, ssh: agent === undefined ? [] : [`default=${agent}`] },
      ...{ network: build.network ?? "none", executor: EXECUTOR },
    },
  };
  const { images } = await buildDirectory(request, dockerfile, {
    ...{ tags, outputs: [], idFile: undefined, compression: "gzip:1", offline: true, refresh: false },
    ...{ lock: { file: undefined, locked: false, update: false }, progress, signal: undefined },
  });
  const [made] = images;
  if (made === undefined) throw new Error("nothing was built");
  return made.image.manifestDigest;
}

/** A layer in the words of OwnBuild. */
export async function layerLines(layer: Image["layers"][number]): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { header, body } of readTar(layer.uncompressed())) {
    const bytes = Buffer.concat(await Array.fromAsync(body));
    const { type, mode, uid, gid, mtime, linkname, devmajor, devminor, xattrs } = header;
    const path = Buffer.from(header.path, "latin1").toString("utf8").replace(/\/$/, "");
    const [, parent = "", removed] = /^(.*\/)?\.wh\.(.+)$/.exec(path) ?? [];
    if (removed !== undefined) {
      lines.push(`gone ${parent}${removed}`);
      continue;
    }
    const time = type === "file" && mtime < EARLY ? ` @${mtime}` : "";
    const more = {
      ...{
        file: ` = ${JSON.stringify(bytes.toString("utf8"))}`,
        symlink: ` -> ${linkname}`,
        hardlink: ` -> ${linkname}`,
      },
      ...{ char: ` ${devmajor},${devminor}`, block: ` ${devmajor},${devminor}`, directory: "", fifo: "" },
    }[type];
    const attributes = [...xattrs].map(([name, value]) => ` {${name}=${Buffer.from(value).toString("hex")}}`);
    const kind = type === "directory" ? "dir" : type;
    lines.push(`${kind} ${mode.toString(8)} ${uid}:${gid} ${path}${time}${more}${attributes.join("")}`);
  }
  return lines;
}
