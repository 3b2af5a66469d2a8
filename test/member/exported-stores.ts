/** Stores and factories as modules export them. */

export const lengths = { load: (key: string) => key.length };

export class Doubles {
  load(key: string): number {
    return 2 * key.length;
  }
}

export class Counting {
  #calls = 0;

  load(): number {
    return ++this.#calls;
  }
}

export const factory = { newMapStore: (mapName: string) => ({ load: (key: string) => `${mapName} ${key}` }) };

export class Factory {
  newMapStore(mapName: string): object {
    return factory.newMapStore(mapName);
  }
}

export const nothing = {};
export const maker = (): object => lengths;

const standard = { load: () => 'default' };
export { standard as default };
