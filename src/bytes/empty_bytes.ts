/** No bytes, shared by all who need none. */
export const emptyBytes: Uint8Array = new Uint8Array(0);
