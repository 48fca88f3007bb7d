import { chmodSync, linkSync, lutimesSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pseudoText } from "./bytes.ts";

/** An entry of a context: what is written (text), or where a link leads; modes are set whatever the umask is. */
interface Entry {
  /** Bytes, one character each. */
  readonly path: string;
  readonly mode?: number;
  readonly content?: string | Uint8Array;
  readonly symlink?: string;
  readonly hardlink?: string;
}

const DOCKERFILE = `# syntax=docker/dockerfile:1
ARG VERSION=3
FROM base AS files
WORKDIR /work/deep
COPY --chown=app --chmod=u=rwX,go=rX app lib/
COPY <<first.txt <<"second.txt" /docs/
The version is \${VERSION:-none}.
first.txt
Nothing $VERSION here.
second.txt

FROM scratch AS data
ARG VERSION
COPY --exclude=**/*.tmp --chmod=0640 data /data/
COPY --parents app/lib/./deep/*.txt app/./run /parents/
COPY --link --chown=7:8 odd /odd/

FROM base AS unneeded
COPY missing /

FROM files
LABEL version=$VERSION
ENV A=b
COPY --from=data / /from-data
COPY --from=files --link /work /linked
COPY --from=base --chown=app:users /etc/passwd /etc/copy
COPY --link . /all/
ADD --chmod=4711 app/run /usr/bin/tool
WORKDIR /made/by/workdir
USER app
WORKDIR relative
ENTRYPOINT ["/usr/bin/tool"]
`;

const IGNORED = "**/*.log\n!keep.log\nsecret\n# a comment\n/odd/not-this\n";

const LARGE = 300_000;

const ENTRIES: readonly Entry[] = [
  { path: "Dockerfile", content: DOCKERFILE },
  { path: ".dockerignore", content: IGNORED },
  { path: "app", mode: 0o755 },
  { path: "app/run", mode: 0o755, content: "#!/bin/true\n" },
  { path: "app/private", mode: 0o600, content: "private\n" },
  { path: "app/setuid", mode: 0o4755, content: "setuid\n" },
  { path: "app/lib", mode: 0o750 },
  { path: "app/lib/deep", mode: 0o1777 },
  ...Array.from(
    { length: 12 },
    (_, index): Entry => ({
      path: `app/lib/deep/${index}.txt`,
      content: pseudoText(2000 + index, index),
    }),
  ),
  { path: "app/lib/a", content: "linked\n" },
  { path: "app/lib/b", hardlink: "app/lib/a" },
  { path: "app/z-link", hardlink: "app/run" },
  { path: "app/link", symlink: "lib/deep" },
  { path: "app/absolute", symlink: "/etc/passwd" },
  { path: "app/dangling", symlink: "../../nowhere" },
  { path: "data", mode: 0o700 },
  { path: "data/large", content: pseudoText(LARGE, 5) },
  { path: "data/other", content: pseudoText(LARGE, 6) },
  { path: "data/x.tmp", content: "not copied\n" },
  { path: "data/debug.log", content: "ignored\n" },
  { path: "keep.log", content: "kept\n" },
  { path: "secret", mode: 0o755 },
  { path: "secret/key", content: "key\n" },
  { path: "empty", mode: 0o755 },
  { path: "odd", mode: 0o755 },
  { path: "odd/not-this", content: "ignored\n" },
  { path: "odd/with a blank", content: "1" },
  { path: "odd/new\nline", content: "2" },
  { path: "odd/\x1b[31mred", content: "3" },
  { path: "odd/\xc3\xbcmlaut", content: "4" },
  { path: "odd/u\xcc\x88mlaut", content: "5" },
  { path: "odd/\xff\xfe", content: "6" },
  { path: "odd/-dash", content: "7" },
  { path: "odd/Case", content: "8" },
  { path: "odd/case", content: "9" },
  { path: "odd/back\\slash", content: "10" },
  { path: "odd/*", content: "11" },
  { path: `odd/${"n".repeat(255)}`, content: "12" },
];

/**
 * A context and its Dockerfile: several stages, COPY with all of its flags, here-documents, ignored files, links of both
 * kinds, modes and odd names. It begins with `base`, which is to be given as a named context.
 */
export function writeDockerfileWorkshop(
  directory: string,
  { order = "forth" }: { order?: "forth" | "back" } = {},
): void {
  mkdirSync(directory, { recursive: true });
  const at = (path: string): Buffer => Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(path, "latin1")]);
  const isDirectory = ({ content, symlink, hardlink }: Entry): boolean =>
    content === undefined && symlink === undefined && hardlink === undefined;
  // Directories as deep as they go first, else nothing could lie in them.
  for (const each of ENTRIES) if (isDirectory(each)) mkdirSync(at(each.path));
  const others = ENTRIES.filter((each) => !isDirectory(each) && each.hardlink === undefined);
  for (const { path, content, symlink } of order === "back" ? others.toReversed() : others) {
    if (symlink === undefined) writeFileSync(at(path), Buffer.from(content ?? ""));
    else symlinkSync(symlink, at(path));
  }
  for (const { path, hardlink } of ENTRIES) if (hardlink !== undefined) linkSync(at(hardlink), at(path));
  for (const { path, mode = 0o644, symlink, hardlink } of ENTRIES.toReversed()) {
    if (symlink === undefined && hardlink === undefined) chmodSync(at(path), mode);
  }
  chmodSync(directory, 0o755);
}

/** Dates everything in a context of `writeDockerfileWorkshop`, links included. */
export function dateWorkshop(directory: string, seconds: number): void {
  for (const { path } of ENTRIES) {
    lutimesSync(Buffer.concat([Buffer.from(`${directory}/`), Buffer.from(path, "latin1")]), seconds, seconds);
  }
}

/** The files of the image that the workshop begins with. */
export function writeWorkshopBase(directory: string): void {
  mkdirSync(join(directory, "etc"), { recursive: true });
  writeFileSync(join(directory, "Dockerfile"), "FROM scratch\nCOPY etc /etc/\nENV BASE=1\n");
  writeFileSync(join(directory, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n");
  writeFileSync(join(directory, "etc/group"), "root:x:0:\nusers:x:100:\n");
}

/** Digests of the one image of an OCI layout. */
export function digestsOfLayout(layout: string): { readonly manifest: string; readonly config: string } {
  const { manifests } = JSON.parse(readFileSync(join(layout, "index.json"), "utf8"));
  const manifest: string = manifests[0].digest;
  const path = join(layout, "blobs", manifest.replace(":", "/"));
  return { manifest, config: JSON.parse(readFileSync(path, "utf8")).config.digest };
}
