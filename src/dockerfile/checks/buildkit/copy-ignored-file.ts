import { pathFromText } from "../../../rootfs/path.ts";
import { quoteGo } from "../../graph/go-format.ts";
import { cleanPath } from "../../ignore/pattern.ts";
import { buildkitRule } from "../rule.ts";
import { isRemote, ownTransfers } from "../transfers.ts";

export const COPY_IGNORED_FILE = buildkitRule(
  "CopyIgnoredFile",
  "What .dockerignore leaves out of the context cannot be copied from it",
  function* ({ stages, ignored }) {
    // What lies in a directory that is left out may be taken back in: that is seen when the context is read.
    if (ignored === undefined || ignored.takesBack) return;
    for (const { kind, path, word, statement, fromContext } of stages.flatMap(ownTransfers)) {
      if (!fromContext || isRemote(path)) continue;
      // From the root of the context, above which nothing leads.
      if (!ignored.excludes(pathFromText(cleanPath(`/${path}`)))) continue;
      const verb = kind === "COPY" ? "Copy" : "Add";
      const detail = `Attempting to ${verb} file ${quoteGo(cleanPath(path))} that is excluded by .dockerignore`;
      yield { detail, statement, at: word };
    }
  },
);
