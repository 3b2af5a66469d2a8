/** Errors on their way between members: callers can tell the same of them as where they were thrown. */
import * as assert from 'uvu/assert';
import * as library from '../../lib/errors.ts';
import { errorFromWire, errorToWire } from '../../lib/transport/error-wire.ts';
import { describe } from '../kit/describe.ts';

const test = describe('errors between members');

const travelled = (thrown: unknown): unknown => errorFromWire(structuredClone(errorToWire(thrown)));

test('each error of the library keeps class, code, message, details and whether to try again', () => {
  for (const [name, type] of Object.entries(library)) {
    if (type === library.CobnutError) continue;
    const error = new (type as typeof library.ConfigError)(`no ${name}`, { details: { map: 'm', key: { a: new Date(1) } } });
    const arrived = travelled(error) as library.CobnutError;
    assert.instance(arrived, type, name);
    assert.is(arrived.name, name);
    assert.is(arrived.code, error.code);
    assert.is(arrived.retryable, error.retryable);
    assert.is(arrived.message, `no ${name}`);
    assert.equal(arrived.details, error.details);
    assert.is(arrived.stack, error.stack);
    assert.not('cause' in arrived);
  }
});

test('causes go along, with their own properties', () => {
  const cause = Object.assign(new Error('duplicate key', { cause: 'x' }), {
    code: '23505',
    table: 'employees',
    run: (): void => undefined,
  });
  const arrived = travelled(new library.MapStoreError('no', { cause, details: { map: 'm' } })) as Error & {
    cause: Record<string, unknown>;
  };
  assert.instance(arrived.cause, Error);
  assert.is(arrived.cause['message'], 'duplicate key');
  assert.is(arrived.cause['code'], '23505');
  assert.is(arrived.cause['table'], 'employees');
  assert.is(arrived.cause['cause'], 'x');
  assert.not('run' in arrived.cause);
});

test("JavaScript's own errors, users' and what is no error at all", () => {
  assert.instance(travelled(new TypeError('no')), TypeError);
  class OddError extends Error {
    override name = 'OddError';
    detail = { at: [1] };
  }
  const odd = travelled(new OddError('no')) as OddError;
  assert.is(odd.name, 'OddError');
  assert.equal(odd.detail, { at: [1] });
  assert.is(String(odd), 'OddError: no');
  const several = travelled(new AggregateError([new RangeError('a'), 'b'], 'two')) as AggregateError;
  assert.instance(several, AggregateError);
  assert.instance(several.errors[0], RangeError);
  assert.is(several.errors[1], 'b');
  assert.is((travelled(new DOMException('no', 'AbortError')) as Error).name, 'AbortError');
  for (const thrown of ['text', 7, undefined, null]) assert.is(travelled(thrown), thrown);
});

test('what can not travel is left out or told as text, and never in the way', () => {
  const details = {
    map: 'm',
    key: new (class Odd {
      a = 1;
    })(),
    name: 'by_age',
    why: new Error('deep'),
    self: (): void => undefined,
  };
  const arrived = travelled(new library.KeyError('no', { details })) as library.KeyError;
  assert.equal(arrived.details, { map: 'm', key: '[object Object]', name: 'by_age', why: 'Error: deep' });
  const endless = new Error('again');
  endless.cause = endless;
  assert.is((travelled(endless) as Error).message, 'again');
});

test.run();
