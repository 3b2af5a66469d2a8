/** Why a request has no answer. */
import type { MemberId } from '../api/transport.ts';

/** The link broke, the time was over, or the endpoint was closed: nobody knows whether what was asked has been done. */
export class LostCallError extends Error {
  readonly member: MemberId;

  constructor(member: MemberId, why: string) {
    super(`no answer from member '${member}': ${why}`);
    this.name = 'LostCallError';
    this.member = member;
  }
}
