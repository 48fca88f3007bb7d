import { type Command, InvalidArgumentError, Option } from "commander";
import { formatOption, tlsVerifyOption } from "./options.ts";
import type { VerbContext } from "./verb-context.ts";

interface InspectFlags {
  readonly platform: string | undefined;
  readonly raw: boolean;
  readonly config: boolean;
  readonly tree: "path" | "package" | undefined;
  readonly depth: number;
  readonly tlsVerify: boolean | undefined;
  readonly format: "text" | "json";
}

/** `distill inspect IMAGE...` */
export function addInspect(program: Command, { signal }: VerbContext): void {
  program
    .command("inspect")
    .description("show what an image is made of: config, layers, history, and the platforms of an index")
    .argument(
      "<image...>",
      "names in the store or of a registry, or docker://NAME, oci:DIR, oci-archive:FILE, docker-archive:FILE, docker-daemon:NAME",
    )
    .option("--platform <platform>", "one platform of an index, in place of the index")
    .option("--raw", "print the manifest or index byte for byte", false)
    .option("--config", "print the image config byte for byte (of an index: of this machine's platform)", false)
    .addOption(
      new Option(
        "--tree [by]",
        "show what takes how much: directories (path), or packages and other owners of files (package)",
      ).argParser(treeKind),
    )
    .addOption(new Option("--depth <levels>", "levels of --tree").default(2).argParser(levels))
    .addOption(tlsVerifyOption())
    .addOption(formatOption())
    .action(async (names: readonly string[], flags: InspectFlags) => {
      const { inspectImages, documentOf } = await import("../app/inspect-images.ts");
      const { withProgressShown } = await import("./shown.ts");
      await withProgressShown("plain", async (progress) => {
        const options = { ...flags, progress, signal };
        if (flags.raw || flags.config) {
          const name = await onlyOne(names, flags);
          process.stdout.write(await documentOf(name, flags.raw ? "manifest" : "config", options));
          return;
        }
        if (flags.tree !== undefined) {
          const { sizeTreeShown } = await import("./size-tree-shown.ts");
          const name = await onlyOne(names, flags);
          process.stdout.write(
            await sizeTreeShown(name, { by: flags.tree, depth: flags.depth }, flags.format, options),
          );
          return;
        }
        const found = await inspectImages(names, options);
        if (flags.format === "json") {
          const { inspectionJson } = await import("./inspection-json.ts");
          process.stdout.write(`${JSON.stringify(found.map(inspectionJson), null, 2)}\n`);
        } else {
          const { inspectionText } = await import("./inspection-text.ts");
          process.stdout.write(found.map(inspectionText).join("\n"));
        }
      });
    });
}

async function onlyOne(
  [name, ...more]: readonly string[],
  { raw, config, tree }: Pick<InspectFlags, "raw" | "config" | "tree">,
): Promise<string> {
  const kinds = [raw, config, tree !== undefined].filter(Boolean).length;
  if (name !== undefined && more.length === 0 && kinds === 1) return name;
  const { DistillError } = await import("../lib/errors.ts");
  throw new DistillError("USAGE", "--raw, --config and --tree show one thing of one image", {
    hint: "give one image, and one of the three",
  });
}

function treeKind(text: string): "path" | "package" {
  if (text === "" || text === "path") return "path";
  if (text === "package") return text;
  throw new InvalidArgumentError("expected path or package");
}

function levels(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a number of levels from 1 to 99");
}
