/** Which configuration each map has: what was written at the start, and what was added since (M73). */
import { ConfigError } from '../errors.ts';
import type { MapConfig } from './map-config.ts';
import { configFor } from './wildcard.ts';

export class MapConfigs {
  readonly #configs: Map<string, MapConfig>;
  readonly #fallback: MapConfig;

  /** `configs`: by name or pattern. `fallback`: of maps that nothing fits. */
  constructor(configs: ReadonlyMap<string, MapConfig>, fallback: MapConfig) {
    this.#configs = new Map(configs);
    this.#fallback = fallback;
  }

  /** Of exactly this name or pattern. */
  get(name: string): MapConfig | undefined {
    return this.#configs.get(name);
  }

  get size(): number {
    return this.#configs.size;
  }

  /** Names and patterns. */
  get names(): readonly string[] {
    return [...this.#configs.keys()];
  }

  /** Of names, patterns, and what nothing fits. */
  get all(): readonly MapConfig[] {
    return [...this.#configs.values(), this.#fallback];
  }

  /** Errors: ERR_CONFIG when two patterns fit the name equally well. */
  for(mapName: string): MapConfig {
    return configFor(this.#configs, mapName) ?? this.#fallback;
  }

  /**
   * Adds a configuration for maps that are not used yet. Errors: ERR_CONFIG when the name has one, or when a map that is in use would get another one
   * than it has.
   */
  add(name: string, config: MapConfig, inUse: Iterable<string>): void {
    this.check(name, config, inUse);
    this.#configs.set(name, config);
  }

  /** Whether it may be added: throws what `add` would. */
  check(name: string, config: MapConfig, inUse: Iterable<string>): void {
    if (this.#configs.has(name)) throw new ConfigError(`'${name}' has a configuration: it can't be changed while the instance runs`);
    const changed = new Map(this.#configs).set(name, config);
    for (const mapName of inUse) {
      if (configFor(changed, mapName) === config)
        throw new ConfigError(`the map '${mapName}' is in use, and '${name}' fits it: add configurations before maps are used`);
    }
  }
}
