import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** So that commits have the same hash wherever and whenever a test runs. */
const AUTHOR = {
  GIT_AUTHOR_NAME: "A",
  GIT_AUTHOR_EMAIL: "a@example.org",
  GIT_AUTHOR_DATE: "1700000000 +0000",
  GIT_COMMITTER_NAME: "C",
  GIT_COMMITTER_EMAIL: "c@example.org",
  GIT_COMMITTER_DATE: "1700000001 +0000",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  HOME: "/nonexistent",
};

/** A repository with a work tree, made with the real git. */
export class WorkRepository {
  readonly path: string;

  constructor(path: string, format: "sha1" | "sha256" = "sha1") {
    this.path = path;
    mkdirSync(path, { recursive: true });
    this.git("init", "--quiet", "--initial-branch=main", `--object-format=${format}`);
  }

  git(...args: readonly string[]): string {
    return this.pipe("", ...args);
  }

  /** As `git`, with something for it to read. */
  pipe(input: string, ...args: readonly string[]): string {
    return execFileSync("git", ["-c", "protocol.file.allow=always", ...args], {
      cwd: this.path,
      env: { ...process.env, ...AUTHOR },
      stdio: ["pipe", "pipe", "pipe"],
      encoding: "utf8",
      input,
    }).trim();
  }

  /** Commits all that is there; the commit's hash. */
  commit(message = "change"): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--allow-empty", "--message", message);
    return this.git("rev-parse", "HEAD");
  }
}

export interface GitServerOptions {
  /** `user:password` that every request must show. */
  readonly login?: string;
  /** Protocol 0, as old servers have it. */
  readonly old?: boolean;
  /** Called first; true where it has answered. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** `git http-backend` over the repositories in a directory. To be closed. */
export class GitServer {
  /** Method and path of every request. */
  readonly requests: string[] = [];
  readonly #server: Server;

  private constructor(directory: string, options: GitServerOptions) {
    this.#server = createServer((request, response) => {
      this.requests.push(`${request.method} ${request.url}`);
      if (options.intercept?.(request, response) === true) return;
      const expected =
        options.login === undefined ? undefined : `Basic ${Buffer.from(options.login).toString("base64")}`;
      if (expected !== undefined && request.headers.authorization !== expected) {
        response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
        return;
      }
      answer(directory, options, request, response);
    });
  }

  static async start(directory: string, options: GitServerOptions = {}): Promise<GitServer> {
    const server = new GitServer(directory, options);
    await new Promise<void>((resolve) => server.#server.listen(0, "127.0.0.1", resolve));
    return server;
  }

  /** "127.0.0.1:PORT". */
  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** CGI (RFC 3875), as far as git needs it. */
function answer(
  directory: string,
  options: GitServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const url = new URL(request.url ?? "/", "http://x");
  const protocol = request.headers["git-protocol"];
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env.PATH,
      ...AUTHOR,
      GIT_PROJECT_ROOT: directory,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      ...(request.headers["content-length"] === undefined ? {} : { CONTENT_LENGTH: request.headers["content-length"] }),
      ...(typeof protocol === "string" && options.old !== true ? { GIT_PROTOCOL: protocol } : {}),
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "safe.directory",
      GIT_CONFIG_VALUE_0: "*",
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  request.pipe(child.stdin).on("error", () => {});
  response.on("close", () => child.kill());
  let head = Buffer.alloc(0);
  const onHead = (piece: Buffer): void => {
    head = Buffer.concat([head, piece]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    child.stdout.off("data", onHead);
    const lines = head
      .toString("latin1", 0, end)
      .split("\r\n")
      .map((line) => line.split(": ") as [string, string]);
    const status = lines.find(([name]) => name === "Status")?.[1];
    response.writeHead(
      Number(status?.slice(0, 3) ?? 200),
      Object.fromEntries(lines.filter(([name]) => name !== "Status")),
    );
    response.write(head.subarray(end + 4));
    child.stdout.pipe(response);
  };
  child.stdout.on("data", onHead);
  child.on("error", () => response.destroy());
}
