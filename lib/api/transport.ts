/** What a network between members must offer. Everything else (calls, answers, deadlines, batches of a tick) is built on it by `lib/transport`. */

/** Name and incarnation, `name#7`: a member that was restarted is another member. */
export type MemberId = string;

/**
 * Links from one member to others.
 *
 * From one member to another, envelopes arrive in the order in which they were sent, each at most once. A link may break: then what was under way is
 * lost or not, nobody knows, and `onDown` says so to whoever is there still. What is sent later may arrive, by a new link, or not.
 */
export interface Links {
  readonly self: MemberId;
  /**
   * Sends plain data, as `structuredClone` takes it; the receiver gets a copy. `transfer` moves these buffers instead of copying them, where that is
   * possible: they can't be used afterwards. Never throws because of the network: what can't be sent is lost.
   */
  send(to: MemberId, envelope: unknown, transfer?: readonly ArrayBuffer[]): void;
  /** Called with each envelope that arrives. Set once, before anything is sent. */
  onEnvelope(receive: (from: MemberId, envelope: unknown) => void): void;
  /** Called when a link broke, in either direction, or its other end has ended for good. */
  onDown(listener: (member: MemberId) => void): void;
  /** Told when answers are waited for, and when none is any more: a program does not come to its end meanwhile. Left out: that is seen to in another way. */
  waiting?(some: boolean): void;
  close(): void | Promise<void>;
}
