import { ownRule } from "../rule.ts";
import { isRemote, ownTransfers } from "../transfers.ts";

/** What ADD unpacks, by name; a wildcard may stand for one. */
const ARCHIVE = /\.(?:tar|tgz|tbz2?|txz|tzst|tar\.(?:gz|bz2|xz|zst)|gz|bz2|xz|zst)$/i;

export const ADD_WHERE_COPY_SERVES = ownRule(
  "AddWhereCopyServes",
  "COPY says that files are copied; ADD also unpacks archives and fetches addresses",
  function* ({ stages }) {
    for (const stage of stages) {
      const local = ownTransfers(stage).filter(({ kind }) => kind === "ADD");
      for (const [statement, sources] of Map.groupBy(local, (each) => each.statement)) {
        // All of them: COPY cannot take the place of ADD for one of several.
        const plain = sources.every(({ path }) => !isRemote(path) && !ARCHIVE.test(path) && !path.includes("$"));
        const [first] = sources;
        if (!plain || first === undefined || first.asksForMore) continue;
        yield { detail: `ADD ${first.path} copies only: COPY does that`, statement, at: statement.keyword };
      }
    }
  },
);
