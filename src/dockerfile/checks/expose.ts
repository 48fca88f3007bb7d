import type { Instruction } from "../instruction.ts";
import type { Remark } from "./finding.ts";

/** ExposeProtoCasing and ExposeInvalidFormat: `80/TCP`, and what `docker run -p` takes and EXPOSE does not. */
export function checkExpose(instruction: Instruction): readonly Remark[] {
  if (instruction.kind !== "EXPOSE") return [];
  const { ports, statement } = instruction;
  return ports.flatMap(({ text }) => {
    const remarks: Remark[] = [];
    const slash = text.lastIndexOf("/");
    const protocol = slash < 0 ? "" : text.slice(slash + 1);
    if (text.includes(":")) {
      const detail = `EXPOSE instruction should not define an IP address or host-port mapping, found '${text}'`;
      remarks.push({ rule: "ExposeInvalidFormat", detail, statement });
    }
    if (protocol !== protocol.toLowerCase()) {
      const detail = `Defined protocol '${text}' in EXPOSE instruction should be lowercase`;
      remarks.push({ rule: "ExposeProtoCasing", detail, statement });
    }
    return remarks;
  });
}
