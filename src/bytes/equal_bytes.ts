/** Whether `known` equals `bytes` from `start` to `end`. */
export function equalBytes(
  known: Uint8Array,
  bytes: Uint8Array,
  start = 0,
  end: number = bytes.length,
): boolean {
  const length = end - start;
  if (known.length !== length) return false;
  if (known === bytes) return true;
  for (let i = 0; i < length; i++) if (known[i] !== bytes[start + i]) return false;
  return true;
}
