import { exposedPorts } from "../exposed-ports.ts";
import { buildkitRule } from "../rule.ts";

export const EXPOSE_PROTO_CASING = buildkitRule(
  "ExposeProtoCasing",
  "The protocol of EXPOSE should be in lower case",
  function* ({ stages }) {
    for (const { text, word, statement } of exposedPorts(stages)) {
      const protocol = /\/([^/]*)$/.exec(text)?.[1] ?? "";
      if (protocol === protocol.toLowerCase()) continue;
      const detail = `Defined protocol '${text}' in EXPOSE instruction should be lowercase`;
      yield { detail, statement, at: word };
    }
  },
);
