/** Making nodes, and visiting them. */
import * as assert from 'uvu/assert';
import type { Predicate } from '../../grammar/ast.ts';
import { attributeOf } from '../../grammar/attribute-path.ts';
import * as nodes from '../../grammar/nodes.ts';
import { parse } from '../../grammar/parse.ts';
import { walk } from '../../grammar/walk.ts';
import { describe } from '../kit/describe.ts';

const test = describe('grammar/nodes');
const a = nodes.truth(attributeOf('a'));

test('groups of less than two terms are what they mean', () => {
  assert.equal(nodes.and([]), nodes.constant(true));
  assert.equal(nodes.or([]), nodes.constant(false));
  assert.is(nodes.and([a]), a);
  assert.is(nodes.or([a]), a);
  assert.equal(nodes.and([a, a]), { kind: 'and', terms: [a, a] });
});

test('nodes are frozen with their lists, and a Date is their own', () => {
  const group = nodes.or([a, a]);
  assert.ok(Object.isFrozen(group) && 'terms' in group && Object.isFrozen(group.terms));
  const list = nodes.inList(attributeOf('a'), [nodes.literal(1)]);
  assert.ok(Object.isFrozen(list) && Object.isFrozen(list.values));
  const date = new Date(0);
  const literal = nodes.literal(date);
  date.setTime(1);
  assert.equal(literal.value, new Date(0));
});

test('walk meets every node in the order of the text', () => {
  const text =
    "a AND NOT (b = 1 OR 2 < c) AND d BETWEEN 3 AND ? AND e IN (4, 5) AND f LIKE 'x' AND g REGEX 'y' AND h IS NULL AND " +
    'i IS DISTINCT FROM 6 AND j IS TRUE AND TRUE';
  const result = parse(text);
  const met: unknown[] = [];
  walk(result.ok ? result.predicate : a, (node) => {
    met.push(node.kind === 'attribute' ? node.text : node.kind === 'literal' ? node.value : node.kind);
  });
  assert.equal(
    met,
    [
      ['and', 'truth', 'a', 'not', 'or', 'comparison', 'b', 1, 'comparison', 2, 'c', 'between', 'd', 3, 'parameter', 'in', 'e', 4, 5],
      ['like', 'f', 'x', 'regex', 'g', 'y', 'is-null', 'h', 'is-distinct', 'i', 6, 'is-truth', 'j', 'constant'],
    ].flat(),
  );
});

test('walk goes as deep as it gets', () => {
  let tree: Predicate = nodes.instanceOf(Date);
  for (let depth = 0; depth < 100_000; depth++) tree = nodes.not(tree);
  let count = 0;
  walk(tree, () => count++);
  assert.is(count, 100_001);
});

test.run();
