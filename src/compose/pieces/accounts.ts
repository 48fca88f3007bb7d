import { type PieceContext, PieceWriter } from "./piece.ts";

/** User and group id of the account that images run as unless they are asked to run as root. */
export const NONROOT = 65532;

const PASSWD = `root:x:0:0:root:/root:/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin
nonroot:x:${NONROOT}:${NONROOT}:nonroot:/home/nonroot:/sbin/nologin
`;

const GROUP = `root:x:0:
nobody:x:65534:
tty:x:5:
staff:x:50:
nonroot:x:${NONROOT}:
`;

/** /etc/passwd and /etc/group, which base-passwd's script would have made. */
export function accounts(context: PieceContext): void {
  const write = new PieceWriter(context, "accounts");
  write.file("/etc/passwd", PASSWD);
  write.file("/etc/group", GROUP);
}
