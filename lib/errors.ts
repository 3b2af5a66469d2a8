/** Every error of the library: one class and one stable code each. Branch on `code`, not on the message. */

export type ErrorCode =
  | 'ERR_CONFIG'
  | 'ERR_PREDICATE_SYNTAX'
  | 'ERR_PREDICATE_PARAMETERS'
  | 'ERR_QUERY_RESULT_SIZE'
  | 'ERR_KEY'
  | 'ERR_VALUE'
  | 'ERR_INDEX'
  | 'ERR_MAP_STORE'
  | 'ERR_STORE_SCHEMA'
  | 'ERR_STORE_CONFLICT'
  | 'ERR_MAP_STORE_REENTRY'
  | 'ERR_WRITE_BEHIND_FULL'
  | 'ERR_NOT_LOCK_OWNER'
  | 'ERR_EVENTS_LOST'
  | 'ERR_ENTRY_PROCESSOR'
  | 'ERR_OUTCOME_UNKNOWN'
  | 'ERR_UNAVAILABLE'
  | 'ERR_NOT_ENOUGH_BACKUPS'
  | 'ERR_INSTANCE_CLOSED'
  | 'ERR_MAP_DESTROYED'
  | 'ERR_ABORTED';

export interface ErrorDetails {
  readonly cause?: unknown;
  /** Machine-readable particulars; which ones depends on the code. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Base of every error the library throws. */
export class CobnutError extends Error {
  readonly code: ErrorCode;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, { cause, details = {} }: ErrorDetails = {}, retryable = false) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = retryable;
    this.details = Object.freeze({ ...details });
  }
}

/** Options that can't be used. `details.problems` lists all of them: `{ path, message }`. */
export class ConfigError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_CONFIG', message, rest);
  }
}

/** Text that is no predicate. `details`: `offset`, `line`, `column`, `expected`, `suggestion`. */
export class PredicateSyntaxError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_PREDICATE_SYNTAX', message, rest);
  }
}

/** Bind parameters that are missing, too many, or of no comparable type. */
export class PredicateParametersError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_PREDICATE_PARAMETERS', message, rest);
  }
}

/** A query found more than `resultSizeLimit` entries. `details.limit`. */
export class QueryResultSizeError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_QUERY_RESULT_SIZE', message, rest);
  }
}

/** Something that can't be a key. */
export class KeyError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_KEY', message, rest);
  }
}

/** Something that can't be a value. `details.path` says where in the value. */
export class ValueError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_VALUE', message, rest);
  }
}

/** An index definition that can't be used. */
export class IndexError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_INDEX', message, rest);
  }
}

/** The map's loader or store failed; `cause` is its own error, `details` has `map`, `operation` and `key`. Memory keeps what it had. */
export class MapStoreError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_MAP_STORE', message, rest, true);
  }
}

/** A database table does not fit its mapping. `details.problems` lists everything that is wrong. */
export class StoreSchemaError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_STORE_SCHEMA', message, rest);
  }
}

/** A row is another version than the write was made for: somebody has written it since. Nothing has happened. `details.keys`. */
export class StoreConflictError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_STORE_CONFLICT', message, rest);
  }
}

/** A store, or `onDeadLetter`, called what waits for that very call in the map it serves (M57). `details`: `map`, `operation`, `called`. */
export class MapStoreReentryError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_MAP_STORE_REENTRY', message, rest);
  }
}

/** The write-behind queue is full, and the map is configured to `reject` then, or is being closed. Nothing has happened. `details`: `map`, `capacity`. */
export class WriteBehindFullError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_WRITE_BEHIND_FULL', message, rest, true);
  }
}

/** A lock was used that is not held any more: unlocked, its lease over, or forced. Nothing has happened. `details`: `map`, `key`. */
export class NotLockOwnerError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_NOT_LOCK_OWNER', message, rest);
  }
}

/** An entry processor does what it may not: it waits for the very entry it works on, or changes it after it has ended. `details`: `map`, `key`. */
export class EntryProcessorError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_ENTRY_PROCESSOR', message, rest);
  }
}

/** A consumer of `map.events()` was too slow: events after those it got were lost. `details`: `map`, `capacity`. */
export class EventsLostError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_EVENTS_LOST', message, rest, true);
  }
}

/**
 * A change was sent to the member that holds the key, and nobody can say whether it was made: every replica that could tell is out of reach, or did not
 * answer within `callTimeoutSeconds`. `details`: `map`, `operation`, `key`.
 */
export class OutcomeUnknownError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_OUTCOME_UNKNOWN', message, rest);
  }
}

/** No member could be found within `callTimeoutSeconds` that holds the key, or all of the map. Nothing has happened. `details`: `map`, `operation`. */
export class UnavailableError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_UNAVAILABLE', message, rest, true);
  }
}

/** A partition has fewer synchronous backups than `minSyncBackups`. Nothing has happened. `details`: `map`, `partition`, `backups`, `minSyncBackups`. */
export class NotEnoughBackupsError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_NOT_ENOUGH_BACKUPS', message, rest, true);
  }
}

/** The instance was closed. */
export class InstanceClosedError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_INSTANCE_CLOSED', message, rest);
  }
}

/** The map was destroyed; `getMap` makes it anew. */
export class MapDestroyedError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_MAP_DESTROYED', message, rest);
  }
}

/** The caller's `signal` was aborted; `cause` is its reason. */
export class AbortedError extends CobnutError {
  constructor(message: string, rest?: ErrorDetails) {
    super('ERR_ABORTED', message, rest);
  }
}
