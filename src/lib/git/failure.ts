import { DistillError } from "../errors.ts";
import type { Remote } from "./remote.ts";
import { GitFailure } from "./run-git.ts";

/**
 * What a failure of git over a remote means to whoever reads it: DISK_FULL, UNAUTHORIZED or NETWORK, with git's own words and
 * without any password. Everything that is no GitFailure comes back as it is.
 */
export function remoteFailure(error: unknown, remote: Remote): unknown {
  if (!(error instanceof GitFailure)) return error;
  const said = withoutSecrets(lastWords(error.said), remote);
  if (/No space left on device|Disk quota exceeded/i.test(error.said)) {
    return new DistillError("DISK_FULL", `no space left while fetching ${remote.shown}`, {
      hint: "free some space, or point DISTILL_HOME at another disk",
      cause: new Error(said),
    });
  }
  if (/Host key verification failed/i.test(error.said)) {
    return new DistillError("NETWORK", `cannot get ${remote.shown}: its host is not known to ssh here`, {
      hint: "compare the host's key and add it to ~/.ssh/known_hosts (ssh-keyscan shows it)",
    });
  }
  if (/cannot run ssh|ssh: not found/i.test(error.said)) {
    return new DistillError("ENVIRONMENT", `cannot get ${remote.shown}: there is no ssh on this machine`, {
      hint: "apt-get install openssh-client",
    });
  }
  if (
    /could not read (?:Username|Password)|Authentication failed|Permission denied|returned error: 40[13]/i.test(
      error.said,
    )
  ) {
    return new DistillError("UNAUTHORIZED", `${remote.shown} is not shown to everybody, or does not exist: ${said}`, {
      hint:
        remote.scheme === "ssh"
          ? "an ssh agent that holds the key must be lent to the build"
          : "check the address; logins of git on this machine are not used",
    });
  }
  return new DistillError("NETWORK", `cannot get ${remote.shown}: ${said}`, {
    hint: "check the address, the connection and the proxy; git ls-remote asks the same",
    cause: error,
  });
}

/** The lines that say what went wrong; git tells of its progress there too. */
function lastWords(said: string): string {
  const lines = said.split("\n").filter((line) => line !== "");
  const telling = lines.filter((line) => /^(?:fatal|error|remote|ssh|ERR)\b/i.test(line));
  return (
    (telling.length > 0 ? telling : lines)
      .slice(0, 3)
      .map((line) => line.replace(/^(?:fatal|error): /, "").slice(0, 300))
      .join("; ") || "git says nothing"
  );
}

/** git shows addresses without passwords, but a server may say what it was sent. */
function withoutSecrets(text: string, { credentials }: Remote): string {
  if (credentials === undefined || credentials.password === "") return text;
  return text.replaceAll(credentials.password, "***");
}
