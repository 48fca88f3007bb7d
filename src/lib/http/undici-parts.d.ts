/** A part of undici that is loaded alone: the whole of it takes twice as long. */
declare module "undici/lib/dispatcher/agent.js" {
  export { Agent as default } from "undici";
}
