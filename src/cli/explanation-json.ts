import type { FileOwner } from "../inventory/file-owners.ts";
import type { Inventory } from "../inventory/inventory.ts";
import type { Explanation, PackageSet } from "../inventory/reasons/explain.ts";
import type { Link } from "../inventory/reasons/linked-files.ts";
import { displayPath } from "../rootfs/path.ts";

/** An explanation as docs/inventory.md describes it: packages by their URLs, layers by number from 0, paths absolute. */
export function explanationJson(explanation: Explanation, inventory: Inventory): unknown {
  const purls = (numbers: readonly number[]): readonly string[] =>
    numbers.flatMap((number) => inventory.packages[number]?.purl ?? []);
  const set = ({ packages, bytes }: PackageSet) => ({ packages: purls(packages), bytes });
  switch (explanation.kind) {
    case "file": {
      const { path, type, bytes, target, owner, layer, linkedBy, package: of } = explanation;
      return {
        ...{ kind: "file", path: displayPath(path), type, bytes, layer },
        target: target ?? null,
        owner: ownerJson(owner, inventory),
        linkedBy: linkedBy.map(linkJson),
        package: of === undefined ? null : explanationJson(of, inventory),
      };
    }
    case "directory":
      return {
        ...{ kind: "directory", path: displayPath(explanation.path) },
        owners: explanation.owners.map(({ files, bytes, layer, owner }) => ({
          ...{ files, bytes, layer },
          owner: ownerJson(owner, inventory),
        })),
      };
    case "package":
      return {
        kind: "package",
        purl: purls([explanation.number])[0] ?? null,
        chain: purls(explanation.chain),
        neededBy: purls(explanation.neededBy),
        linkedBy: explanation.linkedBy.map(linkJson),
        importedBy: explanation.importedBy.map(({ path, line }) => ({ path: displayPath(path), line })),
        dependants: set(explanation.dependants),
        exclusive: set(explanation.exclusive),
      };
  }
}

function ownerJson(owner: FileOwner, { packages }: Inventory): unknown {
  switch (owner.kind) {
    case "package":
      return { kind: "package", purl: packages[owner.package]?.purl ?? null };
    case "step":
      return { kind: "step", layer: owner.layer, from: owner.move?.from ?? null, origin: owner.move?.origin ?? null };
    case "base":
      return { kind: "base", layer: owner.layer, piece: owner.piece ?? null };
    default:
      return owner;
  }
}

function linkJson({ from, to, name }: Link): unknown {
  return { from: displayPath(from), to: displayPath(to), name };
}
