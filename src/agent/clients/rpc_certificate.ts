/** The certificate of an encrypted RPC port, as the configuration names it. */

import { systemErrorText } from "../../go/system_error.ts";
import { withContext } from "../../ports/error_context.ts";
import type { AgentConfig } from "../settings/config.ts";
import type { ServerCertificate } from "./rpc_listener.ts";

/**
 * Reads the certificate and its key; `undefined` for a plain port.
 *
 * @throws {Error} if one of the two is missing or cannot be read.
 */
export async function readCertificate(
  config: Pick<AgentConfig, "rpcTlsCert" | "rpcTlsKey">,
): Promise<ServerCertificate | undefined> {
  const { rpcTlsCert, rpcTlsKey } = config;
  if (rpcTlsCert === "" && rpcTlsKey === "") return undefined;
  if (rpcTlsKey === "") {
    throw new Error("rpc_tls_cert is set without rpc_tls_key: TLS needs both files");
  }
  if (rpcTlsCert === "") {
    throw new Error("rpc_tls_key is set without rpc_tls_cert: TLS needs both files");
  }
  return {
    cert: await readPem("rpc_tls_cert", rpcTlsCert, "CERTIFICATE"),
    key: await readPem("rpc_tls_key", rpcTlsKey, "PRIVATE KEY"),
  };
}

/**
 * Reads them too, and checks that they belong together and that their time is not over.
 *
 * @throws {Error} that says which of all this is not so.
 */
export async function checkCertificate(
  config: Pick<AgentConfig, "rpcTlsCert" | "rpcTlsKey">,
): Promise<void> {
  const pair = await readCertificate(config);
  if (!pair) return;
  const { createPrivateKey, X509Certificate } = await import("node:crypto");
  const certificate = withContext(
    `rpc_tls_cert: ${config.rpcTlsCert} cannot be read`,
    () => new X509Certificate(pair.cert),
  );
  const key = withContext(
    `rpc_tls_key: ${config.rpcTlsKey} cannot be read`,
    () => createPrivateKey(pair.key),
  );
  if (!certificate.checkPrivateKey(key)) {
    throw new Error(`rpc_tls_key: ${config.rpcTlsKey} is not the key of ${config.rpcTlsCert}`);
  }
  if (Date.parse(certificate.validTo) < Date.now()) {
    throw new Error(`rpc_tls_cert: ${config.rpcTlsCert} expired at ${certificate.validTo}`);
  }
}

async function readPem(setting: string, path: string, kind: string): Promise<string> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    throw new Error(`${setting}: open ${path}: ${systemErrorText(error)}`, { cause: error });
  }
  if (new RegExp(`^-----BEGIN [A-Z ]*${kind}-----`, "m").test(text)) return text;
  throw new Error(`${setting}: ${path} holds no ${kind.toLowerCase()} in PEM form`);
}
