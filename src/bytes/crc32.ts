/**
 * CRC-32 as in IEEE 802.3: reflected, polynomial 0xEDB88320.
 *
 * Eight bytes are looked up at once. The platform's own would be faster still,
 * but costs as much at its import as some 15,000 packets do here.
 */

const polynomial = 0xedb8_8320;

/** Eight tables of 256: the k-th tells what a byte does to the checksum k bytes later. */
const tables = makeTables();

/** Returns the checksum of `bytes` from `start` to `end` as an unsigned number. */
export function crc32(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  let crc = -1;
  let i = start;
  for (; i + 8 <= end; i += 8) {
    crc ^= bytes[i]! | bytes[i + 1]! << 8 | bytes[i + 2]! << 16 | bytes[i + 3]! << 24;
    crc = tables[0x700 | crc & 0xff]! ^ tables[0x600 | crc >>> 8 & 0xff]! ^
      tables[0x500 | crc >>> 16 & 0xff]! ^ tables[0x400 | crc >>> 24]! ^
      tables[0x300 | bytes[i + 4]!]! ^ tables[0x200 | bytes[i + 5]!]! ^
      tables[0x100 | bytes[i + 6]!]! ^ tables[bytes[i + 7]!]!;
  }
  for (; i < end; i++) crc = tables[(crc ^ bytes[i]!) & 0xff]! ^ crc >>> 8;
  return ~crc >>> 0;
}

function makeTables(): Int32Array {
  const result = new Int32Array(8 * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? crc >>> 1 ^ polynomial : crc >>> 1;
    result[byte] = crc;
  }
  for (let i = 256; i < result.length; i++) {
    const before = result[i - 256]!;
    result[i] = before >>> 8 ^ result[before & 0xff]!;
  }
  return result;
}
