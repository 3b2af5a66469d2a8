/** `cobnut/knex`: a map's store in PostgreSQL. Needs the packages `knex` and `pg`. */
export type { Int8Mode, JsonMode, NumericMode } from './codecs.ts';
export type { FollowByNotify, FollowByReplication, FollowOptions } from './follow/follow-options.ts';
export { followSql, installFollow, removeFollow } from './follow/install.ts';
export { KnexMapStore } from './knex-map-store.ts';
export type { ColumnSpec, DataConnection, DocumentSpec, KnexMapStoreOptions, PromotedSpec, Timeouts, VersionSpec } from './options.ts';
