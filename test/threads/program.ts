/** A program with worker threads that comes to its end without closing anything: `node program.ts <what it does> [file]`. */
import { exported, threads } from './kit.ts';

const [, , what, file = ''] = process.argv;
const mapStore = { factory: exported('fileStore'), properties: { file }, writeDelaySeconds: 0.5 };
const instance = threads(what === 'idle' ? 2 : 1, { maps: { behind: { mapStore } } });

if (what === 'idle') {
  const map = await instance.getMap<string, number>('counts');
  await map.set('a', 1);
  console.log('got', await map.get('a'));
} else if (what === 'call') {
  const map = await instance.getMap<string, number>('counts');
  console.log('got', await map.executeOnKey('a', exported('later')));
} else if (what === 'write-behind') {
  const map = await instance.getMap<string, number>('behind');
  await map.set('a', 1);
  console.log('set');
} else if (what === 'close') {
  const map = await instance.getMap<string, number>('behind');
  await map.set('a', 1);
  await instance.close();
  console.log('closed');
}
