import type { FeedTaker } from "../advisories/feeds/taken.ts";
import { distillHome } from "../lib/home.ts";
import type { Progress, Task } from "../lib/progress.ts";

/** Takes the feed `debian-support` from the package debian-security-support of Debian's signed archive. */
export const takeDebianSupport: FeedTaker = async ({ before, force, policy, task, signal }) => {
  const { readSupport } = await import("../advisories/debian-archive/take-support.ts");
  const { debianSources, debianSnapshot } = await import("../debian/archive/sources.ts");
  const { packages, dated, items } = await readSupport((suite) => debianSources({ suite }), {
    cacheDirectory: distillHome().cache,
    ...{ policy, signal, refresh: force, snapshot: debianSnapshot(), progress: within(task) },
  });
  const seen = Object.fromEntries(packages.map(({ place, digest }) => [place, { digest }]));
  const unchanged = !force && JSON.stringify(before?.seen) === JSON.stringify(seen);
  const { place = "", digest = "" } = packages[0] ?? {};
  async function* said(): AsyncGenerator<(typeof items)[number][]> {
    yield [{ kind: "dated", date: dated }, ...items];
  }
  return { place, digest, seen, items: unchanged ? undefined : said, discard: async () => {} };
};

/** What the archive's own work is, as parts of the feed's. */
function within(task: Task): Progress {
  return { start: (title, total) => task.part(title, total), info: () => {}, warn: () => {} };
}
