/** How quoted texts are read as numbers, times and truth values. */
import * as assert from 'uvu/assert';
import { bigintIn, numberIn, timeIn, truthIn } from '../../grammar/text-values.ts';
import { describe } from '../kit/describe.ts';

const test = describe('comparand');

test('numbers', () => {
  for (const [text, number] of Object.entries({
    '30': 30,
    ' \t30\n': 30,
    '+30': 30,
    '-.5e1': -5,
    '5.': 5,
    '1e3': 1000,
    '1E-2': 0.01,
    '5e-324': 5e-324,
    '-0': -0,
  })) {
    assert.is(numberIn(text), number, text);
  }
  assert.equal(['nan', 'NaN', 'Infinity', '-INF', '+inf'].map(numberIn), [NaN, NaN, Infinity, -Infinity, Infinity]);
  assert.is(numberIn('0e9999'), 0);
  for (const text of [
    '',
    ' ',
    '.',
    'e3',
    '1e',
    '1_000',
    '0x10',
    '1 2',
    '30x',
    '１',
    '\u00a030',
    '1e400',
    '-1e400',
    '1e-400',
    '+nan',
    'infinit',
  ]) {
    assert.is(numberIn(text), undefined, text);
  }
});

test('bigints', () => {
  assert.equal(['9007199254740993', ' -5 ', '+7', '007'].map(bigintIn), [9007199254740993n, -5n, 7n, 7n]);
  assert.equal(['1.0', '1e3', '', '0x10', '- 5'].map(bigintIn), [undefined, undefined, undefined, undefined, undefined]);
});

test('truth values', () => {
  for (const text of ['t', 'TRUE', ' tru ', 'y', 'yes', 'on', '1']) assert.is(truthIn(text), true, text);
  for (const text of ['f', 'False', 'n', 'no', 'of', 'OFF', '0']) assert.is(truthIn(text), false, text);
  for (const text of ['', 'o', 'truex', 'ja', '2', '01', 'nope']) assert.is(truthIn(text), undefined, text);
});

test('times', () => {
  for (const [text, iso] of Object.entries({
    '2020-02-29': '2020-02-29T00:00:00.000Z',
    '2020-01-01T10:20': '2020-01-01T10:20:00.000Z',
    ' 2020-01-01 10:20:30 ': '2020-01-01T10:20:30.000Z',
    '2020-01-01t10:20:30.5z': '2020-01-01T10:20:30.500Z',
    '2020-01-01 10:20:30.123999': '2020-01-01T10:20:30.123Z',
    '2020-01-01 10:20:30+02': '2020-01-01T08:20:30.000Z',
    '2020-01-01 10:20:30 -0530': '2020-01-01T15:50:30.000Z',
    '2020-01-01T10:20:30+05:45': '2020-01-01T04:35:30.000Z',
    '2020-01-01 24:00:00': '2020-01-02T00:00:00.000Z',
    '2020-01-01 23:59:60': '2020-01-02T00:00:00.000Z',
    '0001-01-01': '0001-01-01T00:00:00.000Z',
    '12020-01-01': '+012020-01-01T00:00:00.000Z',
    '-000043-03-15': '-000043-03-15T00:00:00.000Z',
    '1969-12-31 23:59:59.9999': '1969-12-31T23:59:59.999Z',
  })) {
    assert.is(timeIn(text), Date.parse(iso), text);
  }
  assert.equal([timeIn('infinity'), timeIn(' -Infinity')], [Infinity, -Infinity]);
  for (const text of [
    '',
    '2020',
    '2020-01',
    '2020-1-1',
    '2021-02-29',
    '2020-13-01',
    '2020-00-01',
    '2020-01-00',
    '0000-01-01',
    '20200101',
  ]) {
    assert.is(timeIn(text), undefined, text);
  }
  for (const text of ['24:00:01', '25:00', '10:60', '10:00:61', '10', '10:00+16', '10:00 CET', '10:00:00.', '10:00+2']) {
    assert.is(timeIn(`2020-01-01 ${text}`), undefined, text);
  }
  assert.is(timeIn('275761-01-01'), undefined);
  assert.is(timeIn('now'), undefined);
});

test('a long text of blanks or digits takes no quadratic time', () => {
  const long = `1${' '.repeat(200_000)}x${'9'.repeat(200_000)}x`;
  assert.equal([numberIn(long), bigintIn(long), timeIn(long), truthIn(long)], [undefined, undefined, undefined, undefined]);
});

test.run();
