import assert from "node:assert/strict";
import { readCertificate } from "../../../../src/agent/clients/rpc_certificate.ts";

const folder = new URL("../../../support/certificates", import.meta.url).pathname;
const cert = `${folder}/cert.pem`;
const key = `${folder}/key.pem`;

Deno.test("readCertificate() reads both files, and nothing if none is named", async () => {
  assert.deepEqual(await readCertificate({ rpcTlsCert: cert, rpcTlsKey: key }), {
    cert: await Deno.readTextFile(cert),
    key: await Deno.readTextFile(key),
  });
  assert.equal(await readCertificate({ rpcTlsCert: "", rpcTlsKey: "" }), undefined);
});

Deno.test("readCertificate() says which file is missing or wrong", async () => {
  const fails = async (rpcTlsCert: string, rpcTlsKey: string, message: string) => {
    await assert.rejects(readCertificate({ rpcTlsCert, rpcTlsKey }), { message });
  };
  await fails(cert, "", "rpc_tls_cert is set without rpc_tls_key: TLS needs both files");
  await fails("", key, "rpc_tls_key is set without rpc_tls_cert: TLS needs both files");
  await fails("/nowhere", key, "rpc_tls_cert: open /nowhere: no such file or directory");
  await fails(key, key, `rpc_tls_cert: ${key} holds no certificate in PEM form`);
  await fails(cert, cert, `rpc_tls_key: ${cert} holds no private key in PEM form`);
});
