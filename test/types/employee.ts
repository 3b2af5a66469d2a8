/** The map of the type tests. */
import type { IMap } from '../../lib/api/map.ts';

declare enum Colour {
  Red = 'red',
  Green = 'green',
}

export interface Employee {
  name: string;
  nick?: string;
  age: number;
  active: boolean;
  salary: number;
  bonus: bigint | null;
  grade: 'junior' | 'senior' | 'staff';
  hired: Date;
  manager: string | null;
  address: { city: string; zip: number; geo?: { lat: number; lon: number } };
  tags: readonly string[];
  limbs: { name: string; length: number }[];
  code: string | number;
  marks: Record<string, number>;
  'odd name': string;
  like: boolean;
  meta: unknown;
  badge: string & { readonly brand: 'badge' };
  desk: `${number}-${string}`;
  colour: Colour;
  raise(by: number): void;
}

export interface Badge {
  site: 'rome' | 'oslo';
  serial: number;
}

export declare const employees: IMap<string, Employee>;
export declare const badges: IMap<Badge, Employee>;
export declare const dynamic: string;
