import { parseReference, repositoryName } from "../../../image/reference.ts";
import { isDistillError } from "../../../lib/errors.ts";
import { absolutePath } from "../../graph/image-paths.ts";
import { cleanPath } from "../../ignore/pattern.ts";
import type { Command, Instruction } from "../../instruction.ts";
import type { Word } from "../../source.ts";
import type { StageFacts, StepFacts } from "../facts.ts";
import { ownRule } from "../rule.ts";
import { isShell } from "../shell-commands.ts";

/** Where programs look for a shell, and directories above. */
const SHELL_PLACES = /^\/(?:(?:usr\/)?(?:local\/)?(?:bin)?|busybox)$/;
const SHELL = /(?:^|\/)(?:sh|bash|ash|dash|busybox)$/;

/** Sources that may be, or hold, a root file system or programs: by their last part. */
const MANY_FILES =
  /^(?:\.{0,2}|.*[*?[$].*|.*(?:root|rootfs|sysroot|fs)|out|output|dist|target|build|install(?:ed)?|files|overlay|image|staging|bin|usr|local)$|\.(?:tar|tgz|tbz2?|txz|tzst|gz|xz|bz2|zst)$/i;

/** Images without a shell, by repository: Google's and Chainguard's. Those that have one say so in their tag or name. */
const SHELL_LESS = /^(?:gcr\.io\/distroless\/|cgr\.dev\/)(?!.*\/(?:wolfi-base|chainguard-base|busybox|bash)$)/;
const WITH_SHELL = /debug|dev/;

export const SHELL_FORM_WITHOUT_SHELL = ownRule(
  "ShellFormWithoutShell",
  "Without a shell in the image, a command that needs one cannot start",
  function* ({ stages }) {
    const without = new Set<StageFacts>();
    for (const stage of stages) {
      let hasNone = stage.parent === undefined ? isShellLess(stage) : without.has(stage.parent);
      for (const step of stage.steps) {
        const { instruction } = step;
        hasNone &&= !mayBringShell(step);
        const needed = hasNone && step.own ? shellUse(step) : undefined;
        if (needed === undefined) continue;
        const detail = `${instruction.kind} needs a shell, and ${stage.node.base} has none`;
        yield { detail, statement: instruction.statement, at: needed };
      }
      if (hasNone) without.add(stage);
    }
  },
);

/** What needs a shell; undefined where nothing does, or somebody chose the shell. */
function shellUse({ instruction, shell }: StepFacts): Word | undefined {
  const command = commandOf(instruction);
  if (command === undefined || shell !== undefined) return undefined;
  if (command.form === "shell") return command.text;
  const [program] = command.arguments;
  return program !== undefined && isShell(program.text) ? program : undefined;
}

function commandOf(instruction: Instruction): Command | undefined {
  switch (instruction.kind) {
    case "CMD":
    case "ENTRYPOINT":
    case "RUN":
      return instruction.command;
    case "HEALTHCHECK":
      return instruction.check?.command;
    default:
      return undefined;
  }
}

function isShellLess({ origin, node }: StageFacts): boolean {
  if (origin.kind === "scratch") return true;
  if (origin.kind !== "image") return false;
  try {
    const reference = parseReference(node.base);
    return SHELL_LESS.test(repositoryName(reference)) && !WITH_SHELL.test(reference.tag ?? "");
  } catch (error) {
    if (isDistillError(error, "USAGE")) return false;
    throw error;
  }
}

/** A file by some other name to the place of a shell brings none: `COPY app /` is what most images from scratch do. */
function mayBringShell({ instruction, expanded, directory }: StepFacts): boolean {
  if (instruction.kind !== "COPY" && instruction.kind !== "ADD") return false;
  const written = expanded(instruction.destination)?.text ?? "/";
  const destination = absolutePath("/", absolutePath(directory, written));
  if (SHELL.test(destination)) return true;
  if (!SHELL_PLACES.test(destination)) return false;
  return instruction.sources.some((source) => {
    if (source.kind === "heredoc") return SHELL.test(source.heredoc.name);
    const path = cleanPath(expanded(source.path)?.text ?? ".");
    return SHELL.test(path) || MANY_FILES.test(path.slice(path.lastIndexOf("/") + 1));
  });
}
