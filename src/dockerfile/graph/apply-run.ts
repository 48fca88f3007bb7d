import type { RunMount } from "../../plan/run-step.ts";
import { ExpansionProblem } from "../expansion.ts";
import { heredocContent, readHeredocMarker } from "../heredocs.ts";
import type { RunInstruction } from "../instruction.ts";
import { type Mount, readMount } from "../mount.ts";
import { absolutePath, baseName } from "./image-paths.ts";
import { CACHE_NAMESPACE, PROXIES } from "./known-arguments.ts";
import { expandText, placeOf, type Site } from "./site.ts";
import type { StageBuilder } from "./stage-builder.ts";

const ROOT_MOUNT = "a mount cannot stand in the place of the whole root file system";

/** Where a document that begins with `#!` is put, to be run. */
const DOCUMENTS = "/dev/pipes";

export function applyRun(site: Site, builder: StageBuilder, instruction: RunInstruction): void {
  const { line, document, shown } = programOf(builder, instruction);
  const namespace = site.given.get(CACHE_NAMESPACE);
  let agents = 0;
  const mounts = instruction.mounts.map((flag) => {
    const from = flag.from === undefined || flag.from.text === "" ? undefined : site.from(flag.from);
    try {
      const mount = readMount(flag, site.source, (text) => expandText(site, builder, text));
      const made = runMount(mount, { builder, namespace, agent: mount.type === "ssh" ? agents++ : 0, from });
      if (made.target !== "/") return made;
      throw site.source.error(flag.flag, ROOT_MOUNT, { hint: "give it a target: target=/PATH" });
    } catch (error) {
      if (!(error instanceof ExpansionProblem)) throw error;
      throw site.source.error(flag.flag, error.message, { cause: error });
    }
  });
  builder.addStep({
    kind: "run",
    text: `RUN ${shown}`,
    place: placeOf(site, instruction.statement),
    arguments: line,
    environment: withAgent(builder.variables.list(), mounts),
    proxies: PROXIES.flatMap((name) => {
      const value = site.given.get(name);
      return value === undefined ? [] : [`${name}=${value}`];
    }),
    directory: absolutePath("/", builder.directory),
    user: builder.user,
    mounts: document === undefined ? mounts : [...mounts, document],
    network: instruction.network,
    security: instruction.security,
    devices: instruction.devices.map(({ name, required }) => ({ name, required })),
  });
  builder.addHistory(`RUN ${[...argumentsOf(builder), ...line].join(" ")} # buildkit`, { layer: true });
}

interface Program {
  readonly line: readonly string[];
  readonly document: RunMount | undefined;
  /** For people: without the shell. */
  readonly shown: string;
}

/**
 * What is run. A line that is a document and nothing more is its content, for the shell, or, where it begins with `#!`, as
 * a file; other documents are given to the shell as they were written.
 */
function programOf(builder: StageBuilder, { command, statement }: RunInstruction): Program {
  const { heredocs } = statement;
  if (command.form === "exec") {
    const line = command.arguments.map(({ text }) => text);
    return { line, document: undefined, shown: JSON.stringify(line) };
  }
  const { text } = command.text;
  const [first] = heredocs;
  if (first === undefined || readHeredocMarker(text) === undefined) {
    const whole = text + heredocs.map(({ content, name }) => `\n${content}${name}`).join("");
    return { line: [...builder.shell, whole], document: undefined, shown: whole };
  }
  const content = heredocContent(first);
  if (!content.startsWith("#!")) return { line: [...builder.shell, content], document: undefined, shown: content };
  const target = `${DOCUMENTS}/${first.name}`;
  return { line: [...builder.shell, target], document: { kind: "document", target, content }, shown: content };
}

/** The environment, and where the program finds the keys that the first ssh mount gives it. */
function withAgent(environment: readonly string[], mounts: readonly RunMount[]): readonly string[] {
  const agent = mounts.find(({ kind }) => kind === "ssh");
  return agent?.kind === "ssh" ? [...environment, `SSH_AUTH_SOCK=${agent.target}`] : environment;
}

/** `|2 a=1 b=`, as the history has the arguments that a RUN sees. */
function argumentsOf({ variables }: StageBuilder): readonly string[] {
  const { declared } = variables;
  if (declared.size === 0) return [];
  return [`|${declared.size}`, ...Array.from(declared, (name) => `${name}=${variables.lookup(name) ?? ""}`)];
}

function runMount(
  mount: Mount,
  at: {
    readonly builder: StageBuilder;
    /** What the user's caches are kept apart by. */
    readonly namespace: string | undefined;
    /** How many ssh mounts stand before this one. */
    readonly agent: number;
    readonly from: Extract<RunMount, { kind: "cache" }>["from"];
  },
): RunMount {
  const place = (path: string): string => absolutePath(at.builder.directory, path);
  const target = place(mount.target ?? "");
  switch (mount.type) {
    case "bind": {
      const source = absolutePath("/", mount.source ?? "");
      return { kind: "bind", target, from: at.from ?? { kind: "context" }, source, writable: !mount.readOnly };
    }
    case "cache":
      return {
        kind: "cache",
        target,
        id: (at.namespace === undefined ? "" : `${at.namespace}/`) + (mount.id ?? target),
        sharing: mount.sharing ?? "shared",
        writable: !mount.readOnly,
        from: at.from,
        source: absolutePath("/", mount.source ?? ""),
        ...ownerOf(mount, 0o755),
      };
    case "tmpfs":
      return { kind: "tmpfs", target, size: mount.size };
    case "secret": {
      const id = mount.id ?? mount.source ?? baseName(mount.target ?? "");
      const file = mount.target ?? (mount.env === undefined ? `/run/secrets/${baseName(id)}` : undefined);
      return {
        kind: "secret",
        id,
        target: file === undefined ? undefined : place(file),
        variable: mount.env,
        required: mount.required,
        ...ownerOf(mount, 0o400),
      };
    }
    case "ssh":
      return {
        kind: "ssh",
        id: mount.id ?? "default",
        target: place(mount.target ?? `/run/buildkit/ssh_agent.${at.agent}`),
        required: mount.required,
        ...ownerOf(mount, 0o600),
      };
  }
}

function ownerOf(
  { mode, uid = 0, gid = 0 }: { mode: number | undefined; uid: number | undefined; gid: number | undefined },
  otherwise: number,
) {
  return { mode: mode ?? otherwise, uid, gid };
}
