import type { Diagnosis, ExecutorState } from "../sandbox/machine/diagnosis.ts";
import { formatTable } from "./format.ts";
import { describeFacts } from "./inspection.ts";

/** What distill finds of RUN on this machine: the answer first, then what it stands on, then what would change it. */
export function describeDiagnosis(diagnosis: Diagnosis): string {
  const rows = diagnosis.executors.map((each) => [each.name, answerOf(each), remarksOf(each)]);
  const remedies = remediesOf(diagnosis);
  const sections = [
    describeFacts(headline(diagnosis), factsOf(diagnosis)),
    formatTable(["EXECUTOR", "WORKS", "REMARKS"], rows, []),
    ...(remedies.length === 0 ? [] : [`What would help:\n${remedies.map((line) => `  ${line}\n`).join("")}`]),
  ];
  return sections.join("\n");
}

function headline({ executors, works, facts }: Diagnosis): string {
  const chosen = executors.find((each) => each.chosen);
  if (!works) return "RUN does not work here";
  if (chosen?.works === true) return `RUN works: ${chosen.name}, as ${facts.user.uid === 0 ? "root" : facts.user.name}`;
  const other = executors.find((each) => each.works);
  return `RUN works with --executor ${other?.name}, and not with ${chosen?.name ?? "the one it takes by itself"}`;
}

function factsOf({ facts, withoutLimits }: Diagnosis) {
  const { user, mapping, kernel, container } = facts;
  return [
    { label: "user", values: [user.uid === 0 ? rootOf(user.administers) : `${user.name} (${user.uid})`] },
    { label: "files", values: [FILES[mapping.kind]] },
    { label: "kernel", values: [`Linux ${kernel.release}${facts.overlay ? ", overlayfs" : ""}`] },
    { label: "container", values: container === undefined ? [] : [container] },
    { label: "forbidden", values: (user.uid === 0 ? [] : facts.forbidden).map(({ what }) => what) },
    { label: "limits", values: [withoutLimits ?? "--memory and --cpus work"] },
  ];
}

const FILES = {
  root: "belong to whom the image says",
  ranges: "belong to whom the image says, by the ranges of /etc/subuid and /etc/subgid",
  single: "belong to one user: what changes owners fails",
} as const;

function rootOf(administers: boolean): string {
  return administers ? "root" : "root without CAP_SYS_ADMIN";
}

function answerOf({ works, chosen, missing }: ExecutorState): string {
  if (works) return chosen ? "yes, used" : "yes";
  return missing.length > 0 ? "no" : "fails";
}

function remarksOf({ works, missing, failure, filtered, limits }: ExecutorState): string {
  if (missing.length > 0) return missing.map(({ what }) => what).join(", ");
  if (!works) return failure ?? "";
  return [...(filtered ? [] : ["system calls are not filtered"]), ...limits].join("; ");
}

function remediesOf({ executors, users }: Diagnosis): readonly string[] {
  const missing = [...executors.flatMap((each) => each.missing), ...users];
  return [...new Set(missing.map(({ what, remedy }) => `${remedy}  (${what})`))];
}
