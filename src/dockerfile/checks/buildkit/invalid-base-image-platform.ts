import { formatPlatform } from "../../../image/platform.ts";
import { quoteGo } from "../../graph/go-format.ts";
import { buildkitRule } from "../rule.ts";

export const INVALID_BASE_IMAGE_PLATFORM = buildkitRule(
  "InvalidBaseImagePlatform",
  "A base should be for the platform that is built for",
  function* ({ stages }) {
    for (const { node, base } of stages) {
      const actual = base?.platform;
      if (actual === undefined) continue;
      const { platform: expected, stage } = node;
      if (actual.os === expected.os && actual.architecture === expected.architecture) continue;
      const [pulled, wanted] = [actual, expected].map((each) => quoteGo(formatPlatform(each)));
      const detail = `Base image ${node.base} was pulled with platform ${pulled}, expected ${wanted} for current build`;
      yield { detail, statement: stage.from.statement, at: stage.from.image };
    }
  },
);
