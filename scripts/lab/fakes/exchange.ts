/** Messages over a stream of their own, as for a push/pull. */

/** How long an answer may take, in milliseconds. */
const patience = 10_000;

/** Sends a request, and returns all that is answered. @throws {Error} if that takes too long. */
export async function exchange(
  address: { readonly hostname: string; readonly port: number },
  request: Uint8Array,
): Promise<Uint8Array> {
  using connection = await Deno.connect(address);
  const limit = setTimeout(() => connection.close(), patience);
  try {
    await writeAll(connection, request);
    return await new Response(connection.readable).bytes();
  } finally {
    clearTimeout(limit);
  }
}

export async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}
