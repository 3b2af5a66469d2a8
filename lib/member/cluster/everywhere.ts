/** What all members must be told before a call returns: those that join meanwhile included. */
import type { MemberInfo } from '../../api/coordinator.ts';
import type { MemberId } from '../../api/transport.ts';
import { UnavailableError } from '../../errors.ts';
import { LostCallError } from '../../transport/lost-call-error.ts';
import type { Transport } from '../../transport/transport.ts';
import type { CallNetwork } from '../calls/call-search.ts';
import { pause } from '../../base/pause.ts';

export interface EverywhereParts {
  readonly network: CallNetwork;
  readonly transport: Transport;
}

const RETRY_MS = 50;

/**
 * `bodyAt`: what is sent, as of the version of the view that is known then. Asks each member that `wanted` names, until each of those that belong to the cluster by then has answered; whoever leaves meanwhile need not. Rejects
 * with the first error of a member, when all have answered; with UnavailableError when one can't be reached within `callTimeoutMs`.
 */
export async function everywhere(
  { network, transport }: EverywhereParts,
  type: string,
  bodyAt: (version: number) => unknown,
  wanted: (member: MemberInfo) => boolean,
): Promise<void> {
  const told = new Set<MemberId>();
  for (;;) {
    await network.membership.refresh();
    const { view } = network.membership;
    const members = view.members.filter((member) => wanted(member) && !told.has(member.id));
    if (members.length === 0) return;
    for (const { id } of members) told.add(id);
    const answers = await Promise.allSettled(members.map(({ id }) => ask(network, transport, id, type, bodyAt(view.version))));
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}

async function ask(
  { clock, membership, callTimeoutMs, check }: CallNetwork,
  transport: Transport,
  to: MemberId,
  type: string,
  body: unknown,
): Promise<void> {
  const until = clock.now() + callTimeoutMs;
  while (membership.view.members.some(({ id }) => id === to)) {
    try {
      await transport.request(to, type, body);
      return;
    } catch (error) {
      if (!(error instanceof LostCallError)) throw error;
    }
    check();
    if (clock.now() >= until)
      throw new UnavailableError(`member '${to}' could not be reached within ${callTimeoutMs / 1000} s`, { details: { operation: type } });
    await pause(clock, RETRY_MS, undefined, true);
  }
}
