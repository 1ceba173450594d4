import assert from "node:assert/strict";
import { KeyOperationError, RpcError } from "../../../src/rpc/rpc_error.ts";

Deno.test("RpcError has a kind, and a cause only if there is one", () => {
  const cause = new Error("why");
  const error = new RpcError("dial", "dial tcp", cause);
  assert.equal(`${error.name} ${error.kind} ${error.message}`, "RpcError dial dial tcp");
  assert.equal(error.cause, cause);
  assert.equal("cause" in new RpcError("closed", "client closed"), false);
});

Deno.test("KeyOperationError carries what the nodes answered", () => {
  const outcome = {
    messages: new Map([["n1", "no"]]),
    keys: undefined,
    numNodes: 1,
    numErr: 1,
    numResp: 1,
    primaryKeys: undefined,
  };
  const error = new KeyOperationError("1/1 nodes reported failure", outcome);
  assert.ok(error instanceof RpcError);
  assert.equal(`${error.name} ${error.kind}`, "KeyOperationError refused");
  assert.equal(error.outcome, outcome);
});
