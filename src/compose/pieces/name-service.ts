import { type PieceContext, PieceWriter } from "./piece.ts";

const NSSWITCH = `passwd:         files
group:          files
shadow:         files
gshadow:        files

hosts:          files dns
networks:       files

protocols:      files
services:       files
ethers:         files
rpc:            files
`;

/** /etc/nsswitch.conf (base-files' script copies one): local files first, then DNS; nothing that needs a plugin. */
export function nameService(context: PieceContext): void {
  new PieceWriter(context, "name-service").file("/etc/nsswitch.conf", NSSWITCH);
}
