/**
 * Reads what PostgreSQL's `pgoutput` plugin writes about committed transactions (protocol version 1), and the frames that carry it.
 * Reference: PostgreSQL manual, "Streaming Replication Protocol" and "Logical Replication Message Formats".
 */

/** A field's bytes; `null` is NULL, `undefined` a long value that was not changed and is not told. */
export type Field = Buffer | null | undefined;
export type Tuple = readonly Field[];

export interface Relation {
  readonly id: number;
  readonly columns: readonly string[];
}

export type LogMessage =
  /** `xid`: the transaction's number, without epoch. */
  | { readonly kind: 'begin'; readonly xid: number }
  /** `end`: where the log goes on after it. */
  | { readonly kind: 'commit'; readonly end: bigint }
  | { readonly kind: 'relation'; readonly relation: Relation }
  | { readonly kind: 'insert'; readonly relation: number; readonly row: Tuple }
  /** `before` has the key's columns only (or all, if the table says so), and is there only when the key was changed (or then always). */
  | { readonly kind: 'update'; readonly relation: number; readonly before: Tuple | undefined; readonly row: Tuple }
  | { readonly kind: 'delete'; readonly relation: number; readonly before: Tuple }
  | { readonly kind: 'truncate'; readonly relations: readonly number[] }
  | { readonly kind: 'message'; readonly prefix: string; readonly content: string }
  | { readonly kind: 'other' };

export type Frame =
  | { readonly kind: 'log'; readonly serverEnd: bigint; readonly message: LogMessage }
  /** All up to `serverEnd` has been sent. */
  | { readonly kind: 'keepalive'; readonly serverEnd: bigint; readonly wantsReply: boolean };

const XLOG_DATA = 0x77; // w
const KEEPALIVE = 0x6b; // k
const STATUS = 0x72; // r
const BINARY = 0x62; // b
const TEXT = 0x74; // t
const NULL = 0x6e; // n
/** Microseconds from 2000-01-01, where PostgreSQL's time begins, to 1970-01-01. */
const EPOCH_US = 946_684_800_000_000n;

export function readFrame(bytes: Buffer): Frame {
  if (bytes[0] === XLOG_DATA) return { kind: 'log', serverEnd: bytes.readBigUInt64BE(9), message: readMessage(bytes.subarray(25)) };
  if (bytes[0] === KEEPALIVE) return { kind: 'keepalive', serverEnd: bytes.readBigUInt64BE(1), wantsReply: bytes[17] === 1 };
  throw new Error(`the replication stream has a frame of unknown type ${bytes[0]}`);
}

/** Says up to where everything is applied. `nowMs`: epoch milliseconds. `wantsReply`: the server answers at once with a keepalive. */
export function writeStatus(applied: bigint, nowMs: number, wantsReply: boolean): Buffer {
  const bytes = Buffer.alloc(34);
  bytes[0] = STATUS;
  for (const at of [1, 9, 17]) bytes.writeBigUInt64BE(applied, at);
  bytes.writeBigInt64BE(BigInt(Math.round(nowMs)) * 1000n - EPOCH_US, 25);
  bytes[33] = wantsReply ? 1 : 0;
  return bytes;
}

/** `16/B374D848` */
export function writePosition(position: bigint): string {
  return `${(position >> 32n).toString(16).toUpperCase()}/${(position & 0xffff_ffffn).toString(16).toUpperCase()}`;
}

export function readPosition(text: string): bigint {
  const [high, low] = text.split('/');
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`);
}

function readMessage(bytes: Buffer): LogMessage {
  const read = new Reading(bytes);
  switch (String.fromCharCode(read.byte())) {
    case 'B':
      return { kind: 'begin', xid: bytes.readUInt32BE(17) };
    case 'C':
      return { kind: 'commit', end: bytes.readBigUInt64BE(10) };
    case 'R':
      return { kind: 'relation', relation: readRelation(read) };
    case 'I': {
      const relation = read.int32();
      read.byte();
      return { kind: 'insert', relation, row: read.tuple() };
    }
    case 'U': {
      const relation = read.int32();
      const before = String.fromCharCode(read.byte()) === 'N' ? undefined : read.tuple();
      if (before !== undefined) read.byte();
      return { kind: 'update', relation, before, row: read.tuple() };
    }
    case 'D': {
      const relation = read.int32();
      read.byte();
      return { kind: 'delete', relation, before: read.tuple() };
    }
    case 'T': {
      const count = read.int32();
      read.byte();
      return { kind: 'truncate', relations: Array.from({ length: count }, () => read.int32()) };
    }
    case 'M': {
      read.skip(9);
      const prefix = read.text();
      return { kind: 'message', prefix, content: read.bytes(read.int32()).toString('utf8') };
    }
    default:
      return { kind: 'other' }; // types and origins
  }
}

function readRelation(read: Reading): Relation {
  const id = read.int32();
  read.text();
  read.text();
  read.byte();
  const columns = Array.from({ length: read.int16() }, () => {
    read.byte();
    const name = read.text();
    read.skip(8);
    return name;
  });
  return { id, columns };
}

class Reading {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#at++);
  }

  int16(): number {
    this.#at += 2;
    return this.#bytes.readInt16BE(this.#at - 2);
  }

  int32(): number {
    this.#at += 4;
    return this.#bytes.readUInt32BE(this.#at - 4);
  }

  skip(bytes: number): void {
    this.#at += bytes;
  }

  bytes(length: number): Buffer {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** Up to a zero byte. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    const text = this.#bytes.toString('utf8', this.#at, end);
    this.#at = end + 1;
    return text;
  }

  tuple(): Field[] {
    return Array.from({ length: this.int16() }, (): Field => {
      const kind = this.byte();
      if (kind === NULL) return null;
      if (kind === BINARY) return this.bytes(this.int32());
      if (kind === TEXT) throw new Error('the replication stream has a field as text, of a type without a binary form');
      return undefined;
    });
  }
}
