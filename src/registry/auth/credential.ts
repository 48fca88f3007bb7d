/** What a registry or its token server is shown by somebody who is known there. Never part of a message. */
export type Credential =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** An OAuth2 refresh token; the name is that of the account, where one is known. */
  | { readonly kind: "identity"; readonly username: string | undefined; readonly token: string }
  /** A bearer token for the registry itself. */
  | { readonly kind: "registry-token"; readonly token: string };

/** What helpers and token servers call somebody who has an identity token in place of a password. */
export const TOKEN_USER = "<token>";

/** The Authorization header of RFC 7617, in UTF-8. */
export function basicHeader(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}
