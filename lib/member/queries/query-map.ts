/** A map as queries over members see it, where they are asked and where they are answered. */
import type { MapConfig } from '../../config/map-config.ts';
import type { ValueForm } from '../../data/value.ts';
import type { KeyAddresses } from '../key-addresses.ts';

export interface QueryMap {
  readonly name: string;
  readonly config: MapConfig;
  readonly addresses: KeyAddresses;
  readonly form: ValueForm;
}
