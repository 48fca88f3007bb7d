import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import fc from "fast-check";
import { openFromRegistry } from "../../src/app/registries.ts";
import { encodeManifest } from "../../src/image/manifest.ts";
import { MediaType } from "../../src/image/media-types.ts";
import { parseReference } from "../../src/image/reference.ts";
import { digestOf } from "../../src/lib/digest.ts";
import { isDistillError } from "../../src/lib/errors.ts";
import { closeHttp } from "../../src/lib/http/agent.ts";
import { silentProgress } from "../../src/lib/progress.ts";
import { makeTemporaryDirectory } from "../support/directories.ts";
import { type AskedManifest, ManifestServers } from "../support/manifest-server.ts";
import { unlessTools } from "../support/tools.ts";

const EMPTY = Buffer.from("{}");
const CONFIG = { mediaType: MediaType.ociConfig, digest: digestOf(EMPTY), size: EMPTY.length };
const MANIFEST = Buffer.from(encodeManifest({ mediaType: MediaType.ociManifest, config: CONFIG, layers: [] }));
const DIGEST = digestOf(MANIFEST);

/** What a client asked, and whether it got an answer. */
interface Outcome {
  readonly asked: readonly AskedManifest[];
  readonly found: boolean;
}

describe("skopeo and distill", { skip: unlessTools("skopeo") }, () => {
  const directory = makeTemporaryDirectory();
  const home = join(directory.path, "home");
  const settings = join(home, ".config/containers");
  let servers: ManifestServers;
  const host = (server: number): string => servers.hosts[server] ?? "";
  const before_ = { HOME: process.env.HOME, XDG_CONFIG_HOME: process.env.XDG_CONFIG_HOME };

  before(async () => {
    mkdirSync(join(settings, "registries.conf.d"), { recursive: true });
    servers = await ManifestServers.start(4, MANIFEST);
    process.env.HOME = home;
    delete process.env.XDG_CONFIG_HOME;
  });
  after(async () => {
    Object.assign(process.env, before_);
    await closeHttp();
    await servers.stop();
    directory.remove();
  });

  async function theirs(reference: string): Promise<Outcome> {
    servers.take();
    const env = { HOME: home, PATH: process.env.PATH };
    const running = promisify(execFile)("skopeo", ["inspect", "--raw", `docker://${reference}`], { env });
    const found = await running.then(
      () => true,
      () => false,
    );
    return { asked: servers.take(), found };
  }

  async function ours(reference: string): Promise<Outcome> {
    servers.take();
    const access = { progress: silentProgress, signal: undefined };
    const found = await openFromRegistry(parseReference(reference), access).then(
      () => true,
      (error: unknown) => {
        if (isDistillError(error)) return false;
        throw error;
      },
    );
    return { asked: servers.take(), found };
  }

  /** Both, with the servers of `having` that have the image; a HOST of the text stands for a server. */
  async function agree(text: string, reference: string, having: readonly number[], dropIn = ""): Promise<Outcome> {
    const filled = (conf: string): string => conf.replaceAll(/HOST(\d)/g, (_, server) => host(Number(server)));
    servers.having.clear();
    for (const each of having) servers.having.add(each);
    writeFileSync(join(settings, "registries.conf"), filled(text));
    writeFileSync(join(settings, "registries.conf.d/50-more.conf"), filled(dropIn));
    const expected = await theirs(filled(reference));
    assert.deepEqual(await ours(filled(reference)), expected, filled(text));
    return expected;
  }

  const MIRRORS = `
    [[registry]]
    prefix = "example.com/team"
    location = "HOST3/real"
    insecure = true
    [[registry.mirror]]
    location = "HOST0/cache"
    insecure = true
    [[registry.mirror]]
    location = "HOST1"
    insecure = true
    pull-from-mirror = "digest-only"
    [[registry.mirror]]
    location = "HOST2/by/tag"
    insecure = true
    pull-from-mirror = "tag-only"`;

  for (const [title, text, reference, having, asked, dropIn] of [
    ["ask mirrors in their order and the location last", MIRRORS, "example.com/team/app:1", [3], "0 2 3"],
    ["end at the first mirror that has the image", MIRRORS, "example.com/team/app:1", [2, 3], "0 2"],
    ["ask other mirrors for a digest", MIRRORS, `example.com/team/app@${DIGEST}`, [3], "0 1 3"],
    ["fail where nobody has it", MIRRORS, "example.com/team/app:1", [], "0 2 3"],
    ["take a prefix for whole parts of a name only", MIRRORS.replace("/team", "/tea"), "example.com/teapot:1", [3], ""],
    [
      "ask no mirror for a tag where mirrors are for digests",
      `[[registry]]\nlocation = "HOST3"\ninsecure = true\nmirror-by-digest-only = true
       [[registry.mirror]]\nlocation = "HOST0"\ninsecure = true`,
      "HOST3/app:1",
      [0, 3],
      "3",
    ],
    [
      "still ask the mirrors of a registry that is blocked",
      `[[registry]]\nlocation = "HOST3"\nblocked = true\n[[registry.mirror]]\nlocation = "HOST0"\ninsecure = true`,
      "HOST3/app:1",
      [0, 3],
      "0",
    ],
    [
      "ask nobody for an image that is blocked",
      `[[registry]]\nlocation = "HOST3"\nblocked = true`,
      "HOST3/a:1",
      [3],
      "",
    ],
    [
      "ask no mirror that another rule blocks",
      `[[registry]]\nlocation = "HOST3"\ninsecure = true\n[[registry.mirror]]\nlocation = "HOST0/x"\ninsecure = true
       [[registry]]\nlocation = "HOST0"\nblocked = true`,
      "HOST3/app:1",
      [0, 3],
      "3",
    ],
    [
      "read a rule for a tag as one for no repository",
      `[[registry]]\nprefix = "HOST3/app:1"\nlocation = "HOST0/app:1"\ninsecure = true
       [[registry]]\nlocation = "HOST3"\ninsecure = true`,
      "HOST3/app:1",
      [0, 3],
      "3",
    ],
    [
      "let a host without a port stand for every port",
      `[[registry]]\nprefix = "example.com"\nlocation = "127.0.0.1"\ninsecure = true`,
      "example.com:1/app:1",
      [],
      "",
    ],
    [
      "let locations that lead to one another lead no further than once",
      `[[registry]]\nprefix = "HOST0"\nlocation = "HOST1"\ninsecure = true
       [[registry]]\nprefix = "HOST1"\nlocation = "HOST0"\ninsecure = true`,
      "HOST0/app:1",
      [0],
      "1",
    ],
    ["read the first format", `[registries.insecure]\nregistries = ["HOST2"]`, "HOST2/app:1", [2], "2"],
    ["read its list of what is blocked", `[registries.block]\nregistries = ["HOST2"]`, "HOST2/app:1", [2], ""],
    [
      "let a drop-in replace the rule for its prefix",
      MIRRORS,
      "example.com/team/app:1",
      [3],
      "2",
      `[[registry]]\nprefix = "example.com/team"\nlocation = "HOST2"\ninsecure = true`,
    ],
    [
      "refuse the first format in a drop-in",
      MIRRORS,
      "example.com/team/app:1",
      [0],
      "",
      `[registries.insecure]\nregistries = ["HOST2"]`,
    ],
    [
      "refuse both formats in one file",
      `${MIRRORS}\n[registries.insecure]\nregistries = ["a"]`,
      "example.com/team/a:1",
      [0],
      "",
    ],
    ["refuse a location with a scheme", `[[registry]]\nlocation = "http://HOST0"`, "HOST0/app:1", [0], ""],
    [
      "refuse a location that gives no name of a registry",
      `[[registry]]\nprefix = "HOST0"\nlocation = "Docker"`,
      "HOST0/app:1",
      [0],
      "",
    ],
    [
      "pass over keys that they do not know",
      `new-key = 1\n${MIRRORS}\nnewer = [1]`,
      "example.com/team/app:1",
      [0],
      "0",
    ],
  ] as const) {
    test(title, async () => {
      const outcome = await agree(text, reference, having, dropIn);
      assert.equal(outcome.asked.map(({ server }) => server).join(" "), asked);
    });
  }

  test("ask the same servers in the same order, whatever the rules", async () => {
    const server = fc.constantFrom("HOST0", "HOST1", "HOST2", "HOST3");
    const location = fc.tuple(server, fc.constantFrom("", "/x", "/a/b")).map((parts) => parts.join(""));
    const use = fc.constantFrom("", "all", "digest-only", "tag-only");
    const mirror = fc
      .tuple(location, use)
      .map(([at, when]) => `[[registry.mirror]]\nlocation = "${at}"\ninsecure = true\npull-from-mirror = "${when}"\n`);
    const prefixes = [
      "example.com/a",
      "example.com/a/b",
      "a.example.com",
      "*.a.example.com",
      "example.com:5000",
      "HOST1",
      "HOST2/x",
    ];
    const rule = fc.record({
      prefix: fc.constantFrom(...prefixes, "*.example.com", "example.com"),
      location,
      blocked: fc.integer({ min: 0, max: 3 }).map((value) => value === 0),
      mirrors: fc.array(mirror, { minLength: 1, maxLength: 4 }),
    });
    // What is blocked and has a location elsewhere, skopeo asks there all the same; the manual page says otherwise.
    const itself = (prefix: string): string => (prefix.startsWith("*.") ? "" : `location = "${prefix}"`);
    type Rule = typeof rule extends fc.Arbitrary<infer T> ? T : never;
    const textOf = ({ prefix, location: at, blocked, mirrors }: Rule): string =>
      `[[registry]]\nprefix = "${prefix}"\n${blocked ? itself(prefix) : `location = "${at}"`}\ninsecure = true\n` +
      `blocked = ${blocked}\n${mirrors.join("")}`;
    // Names that no rule is for would be asked of real hosts, and over https.
    const rest: readonly Rule[] = ["example.com", "*.example.com", "127.0.0.1"].map((prefix) => ({
      ...{ prefix, location: prefix === "127.0.0.1" ? prefix : "HOST0/rest", blocked: false, mirrors: [] },
    }));
    const name = fc.constantFrom(
      "example.com/a/b",
      "example.com/a",
      "example.com/ab",
      "x.example.com/a",
      "a.example.com/a/b",
    );
    const more = fc.constantFrom(
      "x.a.example.com/a",
      "y.x.a.example.com/b",
      "example.com:5000/a/b",
      "HOST1/x",
      "HOST2/x/a",
    );
    const reference = fc
      .tuple(fc.oneof(name, more), fc.constantFrom(":1", `@${DIGEST}`))
      .map((parts) => parts.join(""));
    const having = fc.subarray([0, 1, 2, 3], { maxLength: 1 });
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.array(rule, { maxLength: 5 }), reference, having, async (rules, of, who) => {
        const { asked } = await agree([...rest, ...rules].map(textOf).join(""), of, who);
        seen.add(asked.map((each) => each.server).join());
      }),
      { numRuns: 40 },
    );
    assert.ok(seen.size > 4, `only ${seen.size} different orders were seen`);
  });
});
