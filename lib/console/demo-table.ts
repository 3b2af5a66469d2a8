/** The demo's table: an `employee` of realistic rows, made inside PostgreSQL so that no time goes into sending them. */
import type { Knex } from 'knex';

export interface Employee {
  id: number;
  name: string;
  surname: string;
  age: number;
  active: boolean;
  salary: number;
  dept: string;
  city: string;
  hired: Date;
}

const NAMES =
  'Joe Josh Joseph John Jonas Joan Jody Ali Avi Anna Aylin Ada Ben Bela Carla Cem Chen Dana Deniz Dora Elif Emil Erik Esra Eva Fatma Felix Finn Freya Gita Greta Hana Hugo Ines Ivan Jana Jale Kai Kemal Lara Leyla Lena Liam Luca Maja Mats Mehmet Mia Mina Nils Nina Noor Olga Omar Oskar Paula Per Petra Quentin Rana Rosa Sami Selin Sofia Talip Theo Tove Uma Vera Viktor Wanda Xena Yasmin Yusuf Zoe'.split(
    ' ',
  );
const SURNAMES =
  "Smith Selam Noyan Jensen Kaya Ozturk Garcia Novak Rossi Muller Larsen Demir Ivanova Khan Tanaka Silva Kowalski Papadopoulos Murphy O'Hara Andersson Fischer Dubois Moreau Nagy Horvat Popescu Yilmaz Chen Singh".split(
    ' ',
  );
const DEPARTMENTS = 'Engineering Sales Support Finance Research Operations Legal Design Marketing Logistics'.split(' ');
const CITIES =
  'Oslo Stockholm Copenhagen Helsinki Berlin Paris Rome Madrid Lisbon Vienna Prague Warsaw Athens Istanbul Izmir Ankara Dublin London Zurich Budapest'.split(
    ' ',
  );

/** The same rows for the same count on every run. */
export async function makeEmployeeTable(knex: Knex, rows: number): Promise<void> {
  await knex.raw(`create table employee (
    id integer primary key,
    name text collate "C" not null,
    surname text collate "C" not null,
    age integer not null,
    active boolean not null,
    salary double precision not null,
    dept text collate "C" not null,
    city text collate "C" not null,
    hired timestamptz not null
  )`);
  await knex.transaction(async (transaction) => {
    await transaction.raw('select setseed(0.42)');
    await transaction.raw(
      `insert into employee
       select id,
         (?::text[])[1 + floor(power(random(), 1.4) * ?)::int],
         (?::text[])[1 + floor(random() * ?)::int],
         18 + floor((random() + random()) * 25)::int,
         random() < 0.7,
         round((24000 + 90000 * power(random(), 2) + id % 977)::numeric, -1)::float8,
         (?::text[])[1 + floor(power(random(), 1.2) * ?)::int],
         (?::text[])[1 + floor(random() * ?)::int],
         timestamptz '2001-01-01 00:00:00+00' + floor(random() * 25 * 365) * interval '1 day'
       from generate_series(1, ?::int) as id`,
      [NAMES, NAMES.length, SURNAMES, SURNAMES.length, DEPARTMENTS, DEPARTMENTS.length, CITIES, CITIES.length, rows],
    );
  });
  for (const column of ['age', 'salary', 'name', 'active']) await knex.raw(`create index on employee (${column})`);
  await knex.raw('analyze employee');
}
