/**
 * Structs in: maps keyed by field name, read into an object field by field.
 *
 * The rules are the reference's (gossip.md section 6): unknown keys are skipped,
 * missing ones keep what the target holds, the last of equal keys wins, nil
 * stands for a struct of zeros, and a struct may come as a list in declaration
 * order. Keys in ascending order, as every peer writes them, are recognised
 * without making strings.
 */

import type { MsgpackReader } from "./msgpack_reader.ts";
import { encodeKey } from "./msgpack_writer.ts";

/** How one field is read: consumes exactly one value and stores it. */
export type FieldReader<T> = (reader: MsgpackReader, target: T) => void;

interface Field<T> {
  readonly key: Uint8Array;
  readonly read: FieldReader<T>;
  /** Position among the fields in ascending order of key. */
  rank: number;
}

/** Knows the fields of one kind of struct. */
export class StructReader<T> {
  readonly #declared: readonly Field<T>[];
  readonly #sorted: readonly Field<T>[];
  readonly #byName: ReadonlyMap<string, Field<T>>;

  /** Takes the fields in declaration order. */
  constructor(fields: Readonly<Record<string, FieldReader<T>>>) {
    const names = Object.keys(fields);
    const byName = new Map<string, Field<T>>();
    for (const name of names) {
      byName.set(name, { key: encodeKey(name), read: fields[name]!, rank: 0 });
    }
    this.#byName = byName;
    this.#declared = names.map((name) => byName.get(name)!);
    this.#sorted = names.toSorted((a, b) => a < b ? -1 : 1).map((name) => byName.get(name)!);
    this.#sorted.forEach((field, rank) => field.rank = rank);
  }

  /**
   * Reads one struct into `target`, which holds the zero values, and returns it.
   *
   * @throws {MsgpackError} if the input is no such struct.
   */
  read(reader: MsgpackReader, target: T): T {
    if (reader.isArrayNext()) return this.#readList(reader, target);
    const count = reader.readMapLength() ?? 0;
    let expected = 0;
    for (let i = 0; i < count; i++) {
      let field: Field<T> | undefined = this.#sorted[expected];
      if (!field || !reader.tryEncoded(field.key)) field = this.#byName.get(reader.readText());
      if (field) {
        field.read(reader, target);
        expected = field.rank + 1;
      } else reader.skip();
    }
    return target;
  }

  #readList(reader: MsgpackReader, target: T): T {
    const count = reader.readArrayLength() ?? 0;
    for (let i = 0; i < count; i++) {
      const field = this.#declared[i];
      if (field) field.read(reader, target);
      else reader.skip();
    }
    return target;
  }
}
