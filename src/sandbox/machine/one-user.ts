import { DistillError } from "../../lib/errors.ts";
import { type MachineFacts, type Missing, readFacts } from "./facts.ts";

/**
 * ENVIRONMENT: something that needs more users than the one that this machine gives; it says how to get them. `log` is what a
 * program wrote.
 */
export function oneUserOnly(what: string, log?: string): DistillError {
  const [lack] = lackingUsers(readFacts());
  return new DistillError("ENVIRONMENT", `${what}: ${lack?.what ?? "files belong to one user"}`, {
    hint: `${lack?.remedy ?? "run as root"}; RUN needs uidmap and ranges of users for that`,
    ...(log !== undefined && { log }),
  });
}

/** What would give an ordinary user all users that images know; nothing for one that has them, and for root. */
export function lackingUsers({ mapping, programs, user }: MachineFacts): readonly Missing[] {
  if (mapping.kind !== "single") return [];
  if (!programs.has("newuidmap") || !programs.has("newgidmap")) {
    return [{ what: "newuidmap is not installed: files belong to one user", remedy: "apt install uidmap" }];
  }
  const range = "100000-165535";
  return [
    {
      what: `${user.name} has no 65,535 users in /etc/subuid and /etc/subgid: files belong to one user`,
      remedy: `usermod --add-subuids ${range} --add-subgids ${range} ${user.name}`,
    },
  ];
}
