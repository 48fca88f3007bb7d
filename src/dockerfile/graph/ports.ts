import { quoted } from "../quoted.ts";

/** A range of more ports than there are is a slip; all of them are allowed. */
const MAX_PORT = 65_535;

/**
 * The ports of one word of EXPOSE, each as `PORT/PROTOCOL`: `80`, `80/udp`, `8000-8010`, and `[[IP:]HOST:]PORT` as `docker
 * run -p` has it, of which only the port of the container counts.
 */
export function readPorts(text: string, error: (message: string) => Error): readonly string[] {
  const slash = text.lastIndexOf("/");
  const protocol = slash < 0 ? "tcp" : text.slice(slash + 1).toLowerCase() || "tcp";
  const ports = (slash < 0 ? text : text.slice(0, slash)).split(":").at(-1) ?? "";
  const [, first = "", last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(ports) ?? [];
  const [low, high] = [Number(first), Number(last)];
  if (first === "" || high > MAX_PORT) throw error(`${quoted(text)} is no port: such as 80, 53/udp or 8000-8010`);
  if (low > high) throw error(`the range ${quoted(ports)} ends before it begins`);
  if (!["tcp", "udp", "sctp"].includes(protocol)) throw error(`${quoted(protocol)} is no protocol: tcp, udp or sctp`);
  return Array.from({ length: high - low + 1 }, (_, index) => `${low + index}/${protocol}`);
}
