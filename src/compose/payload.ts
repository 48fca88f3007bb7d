import type { BinaryPackage } from "../debian/package.ts";
import { debPurl } from "../debian/purl.ts";
import type { TarHeader } from "../formats/tar/header.ts";
import { seekTar } from "../formats/tar/seek.ts";
import type { BackingFile } from "../rootfs/content.ts";
import type { Owner } from "../rootfs/owner.ts";

/** One entry of a package's data.tar; the body lies at `offset` of the backing file. */
export interface PayloadMember {
  readonly header: TarHeader;
  readonly offset: number;
}

/** A package that has been unpacked: what it says of itself, and the entries it brings. */
export interface Payload {
  readonly package: BinaryPackage;
  /** The `control` file, verbatim. */
  readonly control: string;
  /** The `md5sums` file, verbatim, where the package has one. */
  readonly md5sums: string | undefined;
  readonly owner: Owner;
  readonly data: BackingFile;
  readonly members: readonly PayloadMember[];
}

/** Lists the entries of an uncompressed data.tar. */
export async function readPayload(
  of: BinaryPackage,
  unpacked: { readonly control: string; readonly md5sums: string | undefined },
  data: BackingFile,
): Promise<Payload> {
  const members: PayloadMember[] = [];
  for await (const member of seekTar(await data.handle())) members.push(member);
  return {
    package: of,
    control: unpacked.control,
    md5sums: unpacked.md5sums,
    owner: { kind: "package", purl: debPurl(of), evidence: "dpkg" },
    data,
    members,
  };
}
