/**
 * What goes over a link at the end of a tick: all messages one behind the other in one array, four places for each. Cloning an array of many small
 * arrays takes twice as long.
 */

export const POST = 0;
export const REQUEST = 1;
export const ANSWER = 2;
export const FAILURE = 3;

/**
 * - `POST`, type, body, 0
 * - `REQUEST`, type, body, call
 * - `ANSWER`, call, answer, note
 * - `FAILURE`, call, error, 0
 */
export type Envelope = unknown[];

/** Places of a message. */
export const PLACES = 4;

export type Message = readonly [kind: number, unknown, unknown, unknown];

/** The messages one by one: for tests that look at what is under way, or change it. */
export function messagesIn(envelope: readonly unknown[]): Message[] {
  const messages: Message[] = [];
  for (let i = 0; i < envelope.length; i += PLACES)
    messages.push([envelope[i] as number, envelope[i + 1], envelope[i + 2], envelope[i + 3]]);
  return messages;
}

/** The reverse. */
export function envelopeOf(messages: readonly Message[]): Envelope {
  const envelope: Envelope = [];
  for (const message of messages) envelope.push(...message);
  return envelope;
}
