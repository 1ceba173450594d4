/**
 * Sends user events one right after the other.
 *
 *     event_burst.ts '["event","-coalesce=false","NAME","PAYLOAD"]'…
 *
 * Each argument is what a `serf` command would have been given, as JSON.
 */

import { RpcClient } from "../../../src/rpc/client.ts";

async function main(commands: readonly string[]): Promise<void> {
  const client = await RpcClient.connect();
  for (const command of commands) {
    const args: readonly string[] = JSON.parse(command);
    const [name = "", payload] = args.filter((arg) => arg !== "event" && !arg.startsWith("-"));
    const bytes = payload === undefined ? undefined : new TextEncoder().encode(payload);
    await client.userEvent(name, bytes, { coalesce: !args.includes("-coalesce=false") });
  }
  client.close();
}

if (import.meta.main) await main(Deno.args);
