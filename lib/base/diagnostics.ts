/**
 * What the library tells of what happens in it, through `node:diagnostics_channel`: one channel for each kind of news. Telling costs nothing while
 * nobody listens. docs/operation.md lists them.
 */
import { channel, type Channel } from 'node:diagnostics_channel';

export const CHANNELS = {
  /** `{ map, listener, event, error }`: a listener has thrown. */
  listener: channel('cobnut.listener'),
  /** `{ map, operation, error }`: a method of a map's store has failed; `error` is the MapStoreError. */
  store: channel('cobnut.store'),
  /** `{ map, state, error }`: the following of a database has another state. */
  following: channel('cobnut.following'),
  /** `{ self, version, event: 'joined' | 'left' | 'evicted', member }`. */
  members: channel('cobnut.members'),
  /** `{ self, version, event: 'lost' | 'incomplete', partition, primary }`: a partition has begun empty, or from an asynchronous backup. */
  partitions: channel('cobnut.partitions'),
  /** `{ instance, member, error }`: a worker thread has ended, and is replaced. */
  threads: channel('cobnut.threads'),
} as const satisfies Readonly<Record<string, Channel>>;
