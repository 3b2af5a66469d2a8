/**
 * The door to chevrotain, opened by the first text that is parsed.
 *
 * Loading it takes some 30 ms (a static import as much as `require`), preparing lexer and grammar 20 ms more. A program that never queries
 * by text, or starts many workers, should not pay that. A static import can't wait and a dynamic one is asynchronous, hence `require`,
 * which takes ES modules too.
 */
import { createRequire } from 'node:module';
import type * as chevrotainModule from 'chevrotain';

export type Chevrotain = typeof chevrotainModule;

const require = createRequire(import.meta.url);

export function loadChevrotain(): Chevrotain {
  const chevrotain: Chevrotain = require('chevrotain');
  return chevrotain;
}
