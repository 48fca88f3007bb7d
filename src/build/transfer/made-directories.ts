import type { Attributes } from "../../rootfs/node.ts";

const SET_GROUP_ID = 0o2000;

/**
 * What a directory becomes that mkdir(2) makes and whose owner is then set, where it is to have one: below a set-group-ID directory
 * it is one too, and its group is that one's (BuildKit makes those of WORKDIR and those above the target of a COPY so).
 */
export function asMkdir(attributes: Attributes, hasOwner: boolean): (above: Attributes) => Attributes {
  return (above) => {
    if ((above.mode & SET_GROUP_ID) === 0) return attributes;
    return { ...attributes, mode: attributes.mode | SET_GROUP_ID, gid: hasOwner ? attributes.gid : above.gid };
  };
}
