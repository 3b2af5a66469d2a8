/** The rules of the protocol, all on. Tests give other sets, to show that each rule is needed. */
import type { ProtocolRules } from './replication.ts';

export const ALL_RULES: ProtocolRules = Object.freeze({
  fence: true,
  lease: true,
  leaseAfter: true,
  gate: true,
  promotionGate: true,
  dedupe: true,
  dedupeNoEffect: true,
  evictAfterLease: true,
  removeBeforeCommit: true,
  reconcile: true,
  incarnation: true,
  freeze: true,
  barrier: true,
  gateLearner: true,
  termCheck: true,
  adoptCaughtUp: true,
  keepNewer: true,
  resendTail: true,
  gapRule: true,
});
