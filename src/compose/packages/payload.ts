import type { ControlFile, InstallScripts, UnpackedDeb } from "../../debian/deb/unpack-deb.ts";
import type { BinaryPackage } from "../../debian/package/package.ts";
import { debPurl } from "../../debian/package/purl.ts";
import type { TarHeader } from "../../formats/tar/header.ts";
import { seekTar } from "../../formats/tar/seek.ts";
import type { BackingFile } from "../../rootfs/content.ts";
import type { Owner } from "../../rootfs/owner.ts";

/** One entry of a package's data.tar; the body lies at `offset` of the backing file. */
export interface PayloadMember {
  readonly header: TarHeader;
  readonly offset: number;
}

/** A package that has been unpacked: what it says of itself, and the entries it brings. */
export interface Payload {
  readonly package: BinaryPackage;
  /** The bytes of its `control` file. */
  readonly control: Uint8Array;
  /** The bytes of its `md5sums` file, where it has one. */
  readonly md5sums: Uint8Array | undefined;
  /** What dpkg would have run; never run here. */
  readonly scripts: InstallScripts;
  /** The text of its triggers file. */
  readonly triggers: string | undefined;
  /** All its control files but `control`; only where they were asked for. */
  readonly controlFiles?: readonly ControlFile[];
  readonly owner: Owner;
  readonly data: BackingFile;
  readonly members: readonly PayloadMember[];
}

/** Lists the entries of an uncompressed data.tar; fails as seekTar does. */
export async function readMembers(data: BackingFile): Promise<readonly PayloadMember[]> {
  return [...seekTar(await data.handle(), { archive: "its data.tar" })];
}

/** The package with its entries; fails as readMembers does. */
export async function readPayload(
  of: BinaryPackage,
  unpacked: Pick<UnpackedDeb, "control" | "md5sums" | "installScripts" | "triggers" | "controlFiles">,
  data: BackingFile,
): Promise<Payload> {
  return {
    package: of,
    control: unpacked.control,
    md5sums: unpacked.md5sums,
    scripts: unpacked.installScripts,
    triggers: unpacked.triggers,
    ...(unpacked.controlFiles && { controlFiles: unpacked.controlFiles }),
    owner: { kind: "package", purl: debPurl(of), evidence: "dpkg" },
    data,
    members: await readMembers(data),
  };
}
