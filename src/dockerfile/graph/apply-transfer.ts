import type { TransferSource } from "../../plan/transfer-step.ts";
import { heredocContent } from "../heredocs.ts";
import { cleanPath, PatternProblem, parsePattern } from "../ignore/pattern.ts";
import type { AddInstruction, CopyInstruction, CopySource } from "../instruction.ts";
import { quoted } from "../quoted.ts";
import type { Word } from "../source.ts";
import { isFileMode } from "./file-mode.ts";
import { destinationPath } from "./image-paths.ts";
import { isGitAddress, isWebAddress } from "./remote-address.ts";
import { expand, expandDocument, placeOf, type Site } from "./site.ts";
import type { StageBuilder } from "./stage-builder.ts";

/** COPY and ADD. */
export function applyTransfer(site: Site, builder: StageBuilder, given: CopyInstruction | AddInstruction): void {
  const { kind, statement } = given;
  const text = (word: Word | undefined): string | undefined =>
    word === undefined ? undefined : expand(site, builder, word) || undefined;
  const owner = text(given.chown);
  const mode = text(given.chmod);
  if (given.chmod !== undefined && mode !== undefined && !isFileMode(mode)) {
    throw site.source.error(given.chmod, `--chmod is octal up to 7777, or as chmod takes it, not ${quoted(mode)}`, {
      hint: "such as --chmod=755 or --chmod=u=rwX,go=rX",
    });
  }
  // Paths come before documents, whatever the order in which they were written.
  const ordered = given.sources.toSorted((a, b) => Number(a.kind === "heredoc") - Number(b.kind === "heredoc"));
  const written = ordered.map((source) => writtenSource(site, builder, source));
  const sources = ordered.map((source, index) => transferSource(site, builder, given, source, written[index] ?? ""));
  const checksum = kind === "ADD" ? text(given.checksum) : undefined;
  if (checksum !== undefined) refuseChecksum(site, given, sources);
  const destination = expand(site, builder, given.destination);
  const parents = kind === "COPY" && given.parents;
  const flags = [
    ...(parents ? ["--parents"] : []),
    ...(owner === undefined ? [] : [`--chown=${owner}`]),
    ...(mode === undefined ? [] : [`--chmod=${mode}`]),
  ];
  const shown = [kind, ...flags, ...written, destination].join(" ");
  builder.addStep({
    kind: "transfer",
    instruction: kind,
    text: shown,
    place: placeOf(site, statement),
    from: kind === "COPY" && given.from !== undefined ? site.from(given.from) : { kind: "context" },
    sources,
    destination: destinationPath(builder.directory, destination),
    owner,
    mode,
    link: given.link,
    parents,
    exclude: given.exclude.map((word) => exclusion(site, builder, word)),
    unpack: kind === "ADD" ? given.unpack : undefined,
    checksum,
    keepGitDirectory: kind === "ADD" && given.keepGitDir === true,
  });
  builder.addHistory(`${shown} # buildkit`, { layer: true });
}

function writtenSource(site: Site, builder: StageBuilder, source: CopySource): string {
  return source.kind === "path" ? expand(site, builder, source.path) : `<<${source.heredoc.name}`;
}

function transferSource(
  site: Site,
  builder: StageBuilder,
  given: CopyInstruction | AddInstruction,
  source: CopySource,
  path: string,
): TransferSource {
  if (source.kind === "heredoc") {
    const { heredoc } = source;
    const content = heredocContent(heredoc);
    const expanded = heredoc.expand ? expandDocument(site, builder, { text: content, span: heredoc.body }) : content;
    return { kind: "document", name: heredoc.name, content: expanded };
  }
  if (given.kind === "ADD" && isGitAddress(path)) return { kind: "git", url: path };
  if (isWebAddress(path)) {
    if (given.kind === "ADD") return { kind: "http", url: path };
    throw site.source.error(source.path, "COPY takes no addresses", { hint: "ADD does" });
  }
  if (given.kind === "COPY" && given.parents) {
    const pivot = path.indexOf("/./");
    const below = pivot < 0 ? path : path.slice(pivot + 3);
    const above = pivot < 0 ? "/" : path.slice(0, pivot);
    return { kind: "path", path: cleanPath(`/${above}`), below: cleanPath(`/${below}`).slice(1) };
  }
  return { kind: "path", path: cleanPath(`/${path}`), below: undefined };
}

function refuseChecksum(site: Site, given: CopyInstruction | AddInstruction, sources: readonly TransferSource[]): void {
  const word = "checksum" in given ? given.checksum : undefined;
  if (word === undefined) return;
  if (sources.length !== 1) throw site.source.error(word, "--checksum is of one source, and there are several");
  if (sources.some(({ kind }) => kind !== "http" && kind !== "git")) {
    throw site.source.error(word, "--checksum is of a source in the network, http(s) or git");
  }
}

function exclusion(site: Site, builder: StageBuilder, word: Word): string {
  const pattern = expand(site, builder, word);
  try {
    parsePattern(pattern);
  } catch (error) {
    if (!(error instanceof PatternProblem)) throw error;
    throw site.source.error(word, `--exclude has no pattern: ${error.message}`, { cause: error });
  }
  return pattern;
}
