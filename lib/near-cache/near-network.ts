/** What near caches need of the cluster, and what they say to each other. */
import type { ClusterView } from '../api/coordinator.ts';
import type { MemberId } from '../api/transport.ts';

/** Posted by an owner: keys that have changed. */
export const INVALIDATE = 'near.invalidate';
/** Asked by a member with near caches, again and again: what was posted to it so far. */
export const SEQUENCES = 'near.sequences';

/** The part of a transport that is used here. */
export interface NearTransport {
  request(to: MemberId, type: string, body: unknown, options?: { readonly timeoutMs?: number }): Promise<unknown>;
  post(to: MemberId, type: string, body: unknown): void;
  handle(type: string, handler: (from: MemberId, body: unknown) => unknown): void;
  atTickEnd(job: () => void): void;
  onDown(listener: (member: MemberId) => void): () => void;
}

/** The part of a membership that is used here. */
export interface NearMembership {
  readonly self: MemberId;
  readonly view: ClusterView;
  readonly leaseMs: number;
  mayServe(): boolean;
  onView(listener: (view: ClusterView, before: ClusterView) => void): () => void;
  atLeast(version: number): Promise<boolean>;
}

/**
 * Goes with the answer to a read: which messages of the owner were posted to the reader before the value was looked at. Changes that are posted later may
 * have come before that look or after it. Plain data.
 */
export interface ReadStamp {
  readonly stream: number;
  readonly seq: number;
  /** Milliseconds from the question on after which the value must be asked for again. Left out: it may stay. */
  readonly livesMs?: number;
}

/** Changes of a map in a partition: keys as they travel, or 0 when anything may have changed. */
export type MapChange = readonly [map: string, partition: number, keys: readonly unknown[] | 0];

/** Numbers of a stream go up by one with each message. */
export interface Invalidate {
  readonly stream: number;
  readonly seq: number;
  readonly changes: readonly MapChange[];
}

/** The maps that the asker has near caches of, all of them. */
export interface SequencesAsked {
  readonly maps: readonly string[];
}

export interface Sequences {
  /** Another one than before: the owner had forgotten the asker, messages may be missing. */
  readonly stream: number;
  /** Of the last message that was posted. */
  readonly seq: number;
  /** Version of the newest view that the owner knows: it holds what this view says, or has given away some of it since. */
  readonly version: number;
}
