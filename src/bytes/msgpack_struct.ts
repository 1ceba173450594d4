/**
 * Structs: maps keyed by field name, of which each field is declared once.
 *
 * The rules are the reference's (gossip.md section 6): unknown keys are skipped, missing ones keep
 * what the target holds, the last of equal keys wins, nil stands for a struct of zeros, and a
 * struct may come as a list in declaration order. Keys are written in ascending order, as every
 * peer does, and so recognised without making strings.
 */

import type { Codec } from "./msgpack_codec.ts";
import type { MsgpackReader } from "./msgpack_reader.ts";
import { encodeKey, type MsgpackWriter } from "./msgpack_writer.ts";

/** For each property of a struct, in declaration order: its key on the wire, and its codec. */
export type Fields = Readonly<Record<string, readonly [key: string, codec: Codec<unknown>]>>;

/** The value that a codec reads and writes. */
export type ValueOf<C> = C extends Codec<infer T> ? T : never;

/** The object that `Fields` describe. */
export type StructOf<F extends Fields> = { readonly [P in keyof F]: ValueOf<F[P][1]> };

interface Struct<T> extends Codec<T> {
  /**
   * Reads into `target`, whose absent fields keep what they hold, and returns it.
   *
   * @throws {MsgpackError} if the input is not such a struct; `target` may be changed.
   */
  readInto(this: void, reader: MsgpackReader, target: T): T;
}

type Values = Record<string, unknown>;

/** A field, with the functions of its codec at hand: they are called for each value. */
interface Field {
  readonly property: string;
  readonly key: string;
  readonly encodedKey: Uint8Array;
  readonly read: Codec<unknown>["read"];
  readonly write: Codec<unknown>["write"];
  readonly omits: Codec<unknown>["omits"];
  /** Position among the fields in ascending order of key. */
  rank: number;
}

export function struct<const F extends Fields>(fields: F): Struct<StructOf<F>> {
  // Every property is set by the codec of its own field, so the shape is right by
  // construction; the compiler cannot follow that through the loop.
  return new FieldTable(fields) as Struct<unknown> as Struct<StructOf<F>>;
}

class FieldTable implements Struct<Values> {
  readonly #declared: readonly Field[];
  readonly #sorted: readonly Field[];
  readonly #byKey: ReadonlyMap<string, Field>;
  readonly #zeros: Values;
  readonly #canOmit: boolean;

  constructor(fields: Fields) {
    const entries = Object.entries(fields);
    this.#declared = entries.map(([property, [key, codec]]) => toField(property, key, codec));
    this.#sorted = this.#declared.toSorted((a, b) => a.key < b.key ? -1 : 1);
    this.#sorted.forEach((field, rank) => field.rank = rank);
    this.#byKey = new Map(this.#declared.map((field) => [field.key, field]));
    this.#zeros = Object.fromEntries(
      entries.map(([property, [, codec]]) => [property, codec.zero()]),
    );
    this.#canOmit = this.#declared.some(({ omits }) => omits);
  }

  // A spread would be slower where there are many kinds of structs.
  readonly zero = (): Values => Object.assign({}, this.#zeros);

  readonly read = (reader: MsgpackReader): Values => this.readInto(reader, this.zero());

  readonly readInto = (reader: MsgpackReader, target: Values): Values => {
    if (reader.isArrayNext()) return this.#readList(reader, target);
    const count = reader.readMapLength() ?? 0;
    let expected = 0;
    for (let i = 0; i < count; i++) {
      let field: Field | undefined = this.#sorted[expected];
      if (!field || !reader.tryEncoded(field.encodedKey)) {
        field = this.#byKey.get(reader.readText());
      }
      if (field) {
        target[field.property] = field.read(reader);
        expected = field.rank + 1;
      } else reader.skip();
    }
    return target;
  };

  #readList(reader: MsgpackReader, target: Values): Values {
    const count = reader.readArrayLength() ?? 0;
    for (let i = 0; i < count; i++) {
      const field = this.#declared[i];
      if (field) target[field.property] = field.read(reader);
      else reader.skip();
    }
    return target;
  }

  readonly write = (writer: MsgpackWriter, value: Values): void => {
    const fields = this.#sorted;
    writer.writeMapLength(this.#canOmit ? countPresent(fields, value) : fields.length);
    // Unlike `for … of`, such a loop allocates nothing.
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]!;
      const item = value[field.property];
      if (field.omits?.(item)) continue;
      writer.writeRaw(field.encodedKey);
      field.write(writer, item);
    }
  };
}

function toField(property: string, key: string, codec: Codec<unknown>): Field {
  const { read, write, omits } = codec;
  return { property, key, encodedKey: encodeKey(key), read, write, omits, rank: 0 };
}

function countPresent(fields: readonly Field[], value: Values): number {
  let count = 0;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i]!;
    if (!field.omits?.(value[field.property])) count++;
  }
  return count;
}
