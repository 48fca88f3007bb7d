import { DistillError } from "../../lib/errors.ts";
import { bytesContent, readContent } from "../../rootfs/content.ts";
import { pathFromText } from "../../rootfs/path.ts";
import { BUNDLE, BUNDLE_LIMIT } from "./certificates.ts";
import { type PieceContext, PieceWriter } from "./piece.ts";

/** Certificates that the user trusts, behind those of the bundle: what update-ca-certificates(8) does with local ones. */
export async function askedCertificates(context: PieceContext): Promise<void> {
  const { certificates } = context.settings;
  if (certificates.length === 0) return;
  const { node } = context.editor.follow(pathFromText(BUNDLE));
  if (node?.type !== "file") throw new DistillError("CONFIG_INVALID", `certificates: the image has no ${BUNDLE}`);
  const parts = [await readContent(node.content, BUNDLE_LIMIT), ...certificates.map((pem) => Buffer.from(pem))];
  new PieceWriter(context, "asked-certificates").file(BUNDLE, bytesContent(Buffer.concat(parts)));
}
