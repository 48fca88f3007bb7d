import { exposedPorts } from "../exposed-ports.ts";
import { buildkitRule } from "../rule.ts";

export const EXPOSE_INVALID_FORMAT = buildkitRule(
  "ExposeInvalidFormat",
  "EXPOSE names ports of the container; addresses and ports of the host are chosen when it is run",
  function* ({ stages }) {
    for (const { text, word, statement } of exposedPorts(stages)) {
      if (!text.includes(":") || /^:?:?[^:]*$/.test(text)) continue;
      const detail = `EXPOSE instruction should not define an IP address or host-port mapping, found '${text}'`;
      yield { detail, statement, at: word };
    }
  },
);
