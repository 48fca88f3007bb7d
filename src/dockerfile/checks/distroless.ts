import { finalStage, type Plan, type Stage } from "../../plan/plan.ts";
import type { Dockerfile, DockerfileStage, Instruction, RunInstruction } from "../instruction.ts";
import type { Remark } from "./finding.ts";
import type { PlacedRemark } from "./planned.ts";

/** Bases without a shell: nothing at all, Google's distroless, and Chainguard's, but for their variants with one. */
const SHELL_LESS = /^(?:gcr\.io\/distroless\/|cgr\.dev\/)/;
const WITH_SHELL = /[:-](?:[\w.-]*-)?(?:debug|dev)(?:$|[-@])/;

/** Bases whose containers run as somebody else by themselves. */
const NOT_ROOT = /nonroot|^cgr\.dev\//;

/** Words that install something when they stand where a command stands. */
const INSTALLS =
  /(?:^|[;&|(]\s*|\bsudo\s+)(?:apt(?:-get)?|aptitude|apk|yum|dnf|microdnf|zypper|pacman)\s+(?:-\S+\s+)*(?:install|add|-S\w*)\b/m;
const APT_UPDATE = /\bapt(?:-get)?\s+(?:-\S+\s+)*update\b/;
const LISTS_REMOVED = /\/var\/lib\/apt\/lists/;

/** Files that hold keys and passwords where they lie in most projects. */
const SECRET_FILES =
  /(?:^|\/)(?:\.env(?:\.[\w-]+)?|\.npmrc|\.pypirc|\.netrc|\.git-credentials|id_(?:rsa|dsa|ecdsa|ed25519)|\.ssh|\.aws|\.git|[\w.-]+\.(?:pem|key|p12|pfx|jks|keystore))$/;
const HARMLESS_FILES = /(?:\.env\.(?:example|sample|template|dist)|(?:ca|cert|chain|public)[\w.-]*\.pem)$/i;

/** distill's own checks, for those on the way to an image without a shell. They look at the stages that are built. */
export function checkDistroless(dockerfile: Dockerfile, plan: Plan): readonly PlacedRemark[] {
  const built = plan.stages.flatMap((stage) => {
    const written = stage.written && dockerfile.stages[stage.written.index];
    return written === undefined ? [] : [{ stage, written }];
  });
  const final = built.at(-1);
  if (final === undefined) return [];
  const chain = ancestry(dockerfile, plan, finalStage(plan));
  const remarks: Remark[] = [
    ...shellForm(final.written, rootImage(chain)),
    ...packageManager(chain),
    ...runsAsRoot(final.stage, final.written, rootImage(chain)),
    ...built.flatMap(({ written }) => [...secretFiles(written), ...plainAdd(written), ...packageLists(written)]),
    ...built.flatMap(({ stage, written }) => unpinned(stage, written)),
  ];
  return remarks.map((remark) => ({ ...remark, source: dockerfile.source }));
}

interface ShippedStage {
  readonly stage: Stage;
  readonly written: DockerfileStage;
}

/** The final stage and the stages that it begins with, itself first: what they hold ships. */
function ancestry(dockerfile: Dockerfile, plan: Plan, from: Stage): readonly ShippedStage[] {
  const chain: ShippedStage[] = [];
  for (let stage: Stage | undefined = from; stage !== undefined; ) {
    const written = stage.written && dockerfile.stages[stage.written.index];
    if (written === undefined) break;
    chain.push({ stage, written });
    const base = originOf(stage);
    stage = base?.kind === "stage" ? plan.stages.find((each) => each.written?.index === base.index) : undefined;
  }
  return chain;
}

function originOf(stage: Stage) {
  const [first] = stage.steps;
  return first?.kind === "from" ? first.origin : undefined;
}

/** The image that the shipped stages begin with: "scratch" for none; undefined where that is a named context. */
function rootImage(chain: readonly ShippedStage[]): string | undefined {
  const last = chain.at(-1);
  const origin = last && originOf(last.stage);
  return origin?.kind === "image" ? origin.reference : origin?.kind === "scratch" ? "scratch" : undefined;
}

function shellForm({ instructions }: DockerfileStage, image: string | undefined): readonly Remark[] {
  const without = image === "scratch" || (image !== undefined && SHELL_LESS.test(image) && !WITH_SHELL.test(image));
  if (!without || instructions.some(({ kind }) => kind === "SHELL")) return [];
  const last = (kind: Instruction["kind"]) => instructions.findLast((each) => each.kind === kind);
  return [last("CMD"), last("ENTRYPOINT")].flatMap((each) => {
    if ((each?.kind !== "CMD" && each?.kind !== "ENTRYPOINT") || each.command.form === "exec") return [];
    const detail = `${each.kind} is run by /bin/sh, and ${image} has no shell: write it as ["program", "argument"]`;
    return [{ rule: "distill/ShellFormWithoutShell", detail, statement: each.statement }];
  });
}

function packageManager(chain: readonly ShippedStage[]): readonly Remark[] {
  return chain.flatMap(({ written }) =>
    runs(written).flatMap((run) => {
      if (!INSTALLS.test(textOf(run))) return [];
      const detail = "packages are installed in what ships: install in a stage of its own, and copy what the app needs";
      return [{ rule: "distill/PackageManagerInFinalStage", detail, statement: run.statement }];
    }),
  );
}

function runsAsRoot(
  { written: planned }: Stage,
  { from, instructions }: DockerfileStage,
  image: string | undefined,
): readonly Remark[] {
  const user = planned?.image.config.User ?? "";
  if (!/^(?:root|0)?(?::.*)?$/.test(user)) return [];
  // Of a base that nobody was asked about its name must do.
  if (user === "" && planned?.baseKnown === false && NOT_ROOT.test(image ?? "")) return [];
  const at = instructions.findLast(({ kind }) => kind === "USER")?.statement ?? from.statement;
  const detail = `the container runs as root${user === "" ? ", as no USER says otherwise" : ""}`;
  return [{ rule: "distill/RunsAsRoot", detail, statement: at }];
}

function secretFiles({ instructions }: DockerfileStage): readonly Remark[] {
  return instructions.flatMap((each) => {
    if ((each.kind !== "COPY" && each.kind !== "ADD") || (each.kind === "COPY" && each.from !== undefined)) return [];
    return each.sources.flatMap((source) => {
      if (source.kind === "heredoc") return [];
      const path = source.path.text.replace(/\/+$/, "");
      if (!SECRET_FILES.test(path) || HARMLESS_FILES.test(path)) return [];
      const detail = `${source.path.text} usually holds secrets, which every layer keeps: use RUN --mount=type=secret`;
      return [{ rule: "distill/SecretFileCopied", detail, statement: each.statement }];
    });
  });
}

function plainAdd({ instructions }: DockerfileStage): readonly Remark[] {
  return instructions.flatMap((each) => {
    if (each.kind !== "ADD" || each.sources.some(needsAdd)) return [];
    const detail = "ADD unpacks archives and fetches addresses; COPY does just what is meant here";
    return [{ rule: "distill/AddWhereCopyServes", detail, statement: each.statement }];
  });
}

/** An address, an archive by its name, or what a variable or a pattern may be. */
function needsAdd(source: { readonly kind: string; readonly path?: { readonly text: string } }): boolean {
  const text = source.path?.text ?? "";
  return /^[a-z+]+:\/\/|^git@|\.git(?:#|$)|[$*?[]|\.(?:tar|tgz|tbz2?|txz|tzst|tar\.\w+)$/i.test(text);
}

function packageLists(stage: DockerfileStage): readonly Remark[] {
  return runs(stage).flatMap((run) => {
    const text = textOf(run);
    const mounted = run.mounts.some(({ fields }) =>
      fields.some(
        ({ key, value }) => /^(?:target|dst|destination)$/.test(key) && /^\/var\/(?:lib|cache)\/apt/.test(value ?? ""),
      ),
    );
    if (!APT_UPDATE.test(text) || LISTS_REMOVED.test(text) || mounted) return [];
    const detail = "the lists of apt stay in the layer: end with && rm -rf /var/lib/apt/lists/*";
    return [{ rule: "distill/PackageListsKept", detail, statement: run.statement }];
  });
}

function unpinned(stage: Stage, { from }: DockerfileStage): readonly Remark[] {
  const origin = originOf(stage);
  if (origin?.kind !== "image" || from.image.text.includes("$")) return [];
  const { reference } = origin;
  if (reference.includes("@")) return [];
  const tag = reference.slice(reference.lastIndexOf("/")).split(":")[1];
  if (tag !== undefined && tag !== "latest") return [];
  const detail = `${from.image.text} is whatever is newest on the day of the build: name a version, or a digest`;
  return [{ rule: "distill/UnpinnedBase", detail, statement: from.statement }];
}

function runs({ instructions }: DockerfileStage): readonly RunInstruction[] {
  return instructions.flatMap((each) => (each.kind === "RUN" ? [each] : []));
}

function textOf({ command, statement }: RunInstruction): string {
  const line = command.form === "exec" ? command.arguments.map(({ text }) => text).join(" ") : command.text.text;
  return [line, ...statement.heredocs.map(({ content }) => content)].join("\n");
}
