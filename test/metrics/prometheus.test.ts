/** Statistics as Prometheus reads them: every figure of `getLocalMapStats`, names and labels by the rules of the format. */
import * as assert from 'uvu/assert';
import { prometheusText } from '../../lib/metrics/prometheus.ts';
import { describe } from '../kit/describe.ts';
import { openMap } from '../kit/instance.ts';

const test = describe('Prometheus');

const LINE =
  /^(?:# HELP (\w+) [^\n]+|# TYPE (\w+) (?:gauge|counter)|(\w+)\{instance="(?:[^"\\\n]|\\.)*",map="(?:[^"\\\n]|\\.)*"\} (-?\d[\d.e+-]*|NaN|[+-]Inf))$/;

test('each line is one of the format, each metric is described once, before its samples', async () => {
  await using opened = await openMap<number, { a: number }>({
    mapStore: { implementation: { load: () => undefined, store: () => undefined }, writeDelaySeconds: 60 },
  });
  await opened.map.put(1, { a: 1 });
  await opened.map.get(1);
  await opened.map.get(2);
  const stats = opened.map.getLocalMapStats();
  const text = prometheusText([
    { instance: 'i', map: 'a "quoted"\n\\name', stats },
    { instance: 'i', map: 'b', stats },
  ]);
  const described = new Set<string>();
  for (const line of text.trimEnd().split('\n')) {
    const match = LINE.exec(line);
    assert.ok(match, line);
    const [, help, , sample] = match;
    if (help !== undefined) {
      assert.not.ok(described.has(help), help);
      described.add(help);
    }
    if (sample !== undefined) assert.ok(described.has(sample), sample);
  }
  assert.match(text, 'cobnut_map_entries{instance="i",map="b"} 1\n');
  assert.match(text, 'cobnut_map_hits_total{instance="i",map="b"} 1\n');
  assert.match(text, 'cobnut_map_write_behind_queued{instance="i",map="b"} 1\n');
  assert.match(text, 'map="a \\"quoted\\"\\n\\\\name"');
  assert.not.match(text, 'near_cache');
  assert.not.match(text, 'following');
});

test('no maps, no text', () => assert.is(prometheusText([]), ''));

test.run();
