import { DistillError } from "../errors.ts";

/** Where a repository is to be had. */
export interface Remote {
  /** What git is given: without user and password where the scheme is http(s). */
  readonly address: string;
  /** For messages: no password, no query. */
  readonly shown: string;
  readonly scheme: "http" | "https" | "git" | "ssh" | "file";
  /** `https://host:port`, for http(s) only: where credentials count. */
  readonly origin: string | undefined;
  /** What stood in the address. */
  readonly credentials: Credentials | undefined;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

const SCHEMES: ReadonlySet<string> = new Set(["http", "https", "git", "ssh"]);

/** `user@host:path`: no slash before the colon, and no scheme. */
const SCP_STYLE = /^([A-Za-z0-9_.][\w.-]*)@([A-Za-z0-9_.[][\w.:[\]-]*?):(?!\/\/)(.+)$/;

/**
 * An address of a repository in one of git's own forms: http(s), git and ssh URLs, and `user@host:path`. CONFIG_INVALID
 * for everything else: paths, `ext::` and other helpers of git, what begins with "-" anywhere git could take it for an
 * option. `localFiles` allows `file://` too.
 */
export function parseRemote(text: string, options: { readonly localFiles?: boolean } = {}): Remote {
  if (/[\x00-\x20\x7f]/.test(text)) throw refused("it holds blanks or control characters");
  const scp = SCP_STYLE.exec(text);
  if (scp !== null) return scpStyle(scp[1] as string, scp[2] as string, scp[3] as string);
  const scheme = /^([a-z0-9]+):\/\/(?!\/)|^(file):\/\//i.exec(text)?.[0].replace("://", "").toLowerCase();
  const url = scheme === undefined ? null : URL.parse(text);
  if (scheme === undefined || url === null) throw refused("it is no URL and not user@host:path");
  if (scheme === "file" && options.localFiles === true) {
    return { address: text, shown: text, scheme, origin: undefined, credentials: undefined };
  }
  if (!SCHEMES.has(scheme)) throw refused(`git is not asked to use ${JSON.stringify(scheme.slice(0, 50))}`);
  if (url.host === "" || url.host.startsWith("-") || url.username.startsWith("-")) throw refused("its host is none");
  if (/^(?:-|%2d)/i.test(url.pathname.replace(/^\/+/, ""))) throw refused('its path begins with "-"');
  return scheme === "http" || scheme === "https" ? overHttp(scheme, url) : overOther(scheme as "git" | "ssh", url);
}

/**
 * The address of a submodule: itself where it is whole, or, beginning with `./` or `../`, found from that of the
 * repository which names it (gitsubmodules(7)). What comes out is refused as in parseRemote. A relative one keeps the
 * credentials of the repository.
 */
export function submoduleRemote(parent: Remote, text: string, options: { readonly localFiles?: boolean } = {}): Remote {
  if (!/^\.\.?(?:\/|$)/.test(text)) return parseRemote(text, options);
  let base = parent.address.replace(/\/+$/, "");
  let rest = text;
  for (;;) {
    if (rest === "." || rest.startsWith("./")) rest = rest.slice(2);
    else if (rest === ".." || rest.startsWith("../")) {
      rest = rest.slice(3);
      base = oneUp(base);
    } else break;
  }
  const separator = base.endsWith(":") || rest === "" ? "" : "/";
  const found = parseRemote(`${base}${separator}${rest}`.replace(/\/+$/, ""), options);
  return found.origin === parent.origin ? { ...found, credentials: parent.credentials } : found;
}

function oneUp(base: string): string {
  const authority = /^[a-z0-9]+:\/\/[^/]*/i.exec(base)?.[0];
  if (authority !== undefined) {
    const slash = base.lastIndexOf("/");
    if (slash < authority.length) throw refused("it leads above the repositories of its host");
    return base.slice(0, slash);
  }
  const cut = Math.max(base.lastIndexOf("/"), base.indexOf(":") + 1);
  if (base.slice(cut) === "" || cut <= 0) throw refused("it leads above the repositories of its host");
  return base.slice(0, cut);
}

function overHttp(scheme: "http" | "https", url: URL): Remote {
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  bare.search = "";
  bare.hash = "";
  const credentials =
    url.username === "" && url.password === ""
      ? undefined
      : { user: decoded(url.username), password: decoded(url.password) };
  if (credentials !== undefined && /[\x00-\x1f]/.test(`${credentials.user}${credentials.password}`)) {
    throw refused("its user or password holds control characters");
  }
  return { address: bare.href, shown: bare.href, scheme, origin: bare.origin, credentials };
}

/** A password in it would do nothing: ssh takes none that way, and git:// knows no users. */
function overOther(scheme: "git" | "ssh", url: URL): Remote {
  const bare = new URL(url);
  bare.password = "";
  if (scheme === "git") bare.username = "";
  bare.search = "";
  bare.hash = "";
  return { address: bare.href, shown: bare.href, scheme, origin: undefined, credentials: undefined };
}

function scpStyle(user: string, host: string, path: string): Remote {
  if (path.startsWith("-") || host.startsWith("-")) throw refused('its path begins with "-"');
  const address = `${user}@${host}:${path}`;
  return { address, shown: address, scheme: "ssh", origin: undefined, credentials: undefined };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function refused(why: string): DistillError {
  return new DistillError("CONFIG_INVALID", `this is no address of a git repository: ${why}`, {
    hint: "expected https://HOST/PATH.git, ssh://USER@HOST/PATH, git://HOST/PATH or USER@HOST:PATH",
  });
}
