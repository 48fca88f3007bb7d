import type { FileOwner } from "../inventory/file-owners.ts";
import type { Inventory, LayerShare } from "../inventory/inventory.ts";

/** Who answers for a file, in words; `owner` undefined for what is in a layer and not seen. */
export function ownerText(
  { owner, layer }: { readonly owner: FileOwner | undefined; readonly layer: number },
  { packages, layers }: Inventory,
): string {
  switch (owner?.kind) {
    case "package": {
      const found = packages[owner.package];
      if (found === undefined) return "";
      const { facts, carriedFrom } = found;
      const from = carriedFrom === undefined ? "" : `, ${carriedText(carriedFrom)}${lineText(layers[layer])}`;
      return `${facts.name} ${facts.version} (${facts.type})${from}`;
    }
    case "app":
      return `${contextText(owner.from)}${stepText(layers[owner.layer])}`;
    case "step":
      return owner.move === undefined
        ? stepName(layers[owner.layer])
        : `${owner.move.from} of ${owner.move.origin}${stepText(layers[owner.layer])}`;
    case "base":
      return `${owner.piece === undefined ? "" : `${owner.piece}, `}${stepName(layers[layer])}`;
    default:
      return stepName(layers[layer]);
  }
}

/** A layer's step as people name it: its place in the build file, else what it says. */
export function stepName(layer: LayerShare | undefined): string {
  if (layer === undefined || layer.story.kind === "unknown") return "a layer of which nothing is said";
  const { line, text } = layer.story;
  return line === undefined ? text : `line ${line}: ${text}`;
}

/** How a package without a record in the image is known: a step took it from somewhere, or its files are those of another image. */
export function carriedText(carriedFrom: string): string {
  return carriedFrom.startsWith("contents of ") ? `known by the ${carriedFrom}` : `copied from ${carriedFrom}`;
}

function contextText(from: string): string {
  return from === "/" ? "the build context" : `the build context's ${from.replace(/^\//, "")}`;
}

function stepText(layer: LayerShare | undefined): string {
  return layer === undefined || layer.story.text === "" ? "" : `, ${stepName(layer)}`;
}

function lineText(layer: LayerShare | undefined): string {
  const line = layer?.story.line;
  return line === undefined ? "" : `, line ${line}`;
}
