/** SQL literals against a typed map: what compiles, what does not, and the sentences a user reads. */
import type { Checked, ParametersOf } from '../../grammar/checked.ts';
import type { IMap } from '../../lib/api/map.ts';
import { type Equal, expectType } from '../kit/types.ts';
import { type Badge, type Employee, badges, dynamic, employees } from './employee.ts';

// ---- every example of the manual is accepted
void employees.values('active AND age < 30');
void employees.values('active AND age>30');
void employees.values("active=false OR age = 45 OR name = 'Joe'");
void employees.values('active AND (age >20 OR salary < 60000)');
void employees.values('age <= 30');
void employees.values('name ="Joe"');
void employees.values('salary != 50000');
void employees.values('age BETWEEN 20 AND 33');
void employees.values('age NOT BETWEEN 30 AND 40');
void employees.values("name LIKE 'Jo%'");
void employees.values("name NOT LIKE 'Jo_'");
void employees.values("name LIKE 'J_s%'");
void employees.values('age IN (20, 30, 40)');
void employees.values('age NOT IN (60, 70)');
void employees.values('active AND (salary >= 50000 OR (age NOT BETWEEN 20 AND 30))');
void employees.values('age IN (20, 30, 40) AND salary BETWEEN (50000, 80000)');
void employees.values("active=false OR age = 45 OR name = 'Joe'");

// ---- any spelling
void employees.values("not active and address.city = 'Rome' or address.geo.lat > 41.9");
void employees.values("name = 'O''Hara'");
void employees.values('age > -1 AND salary < 1.5e4');
void employees.values("age\t<\t3 AND name LIKE'Jo%'AND grade IN('senior')");
void employees.values('NOT(age<3)and(not active)');
void employees.values("age\n  IN\n(1,2 ,3)AND(((active)))OR name>'it''s)' AND age=3");
void employees.values(`
  active
  AND age < 30
  AND grade IN ('junior', 'senior')
`);

// ---- the whole grammar
void employees.values('30 > age AND TRUE = active');
void employees.values('NOT NOT active');
void employees.values('TRUE AND NOT FALSE');
void employees.values("name LIKE 'a!%' ESCAPE '!' AND name ILIKE 'JO%' AND name REGEX 'J.*'");
void employees.values("name NOT ILIKE 'a' AND name NOT REGEX 'b' and NOT name like 'c'");
void employees.values('manager IS NULL AND nick IS NOT NULL');
void employees.values('manager IS DISTINCT FROM NULL AND age IS NOT DISTINCT FROM 3 AND manager IS NOT DISTINCT FROM ?', 'Ann');
void employees.values('active IS TRUE OR active IS NOT FALSE');
void employees.values('age < salary AND bonus = salary AND name = manager');
void employees.values("limbs[0].name = 'arm' AND limbs[any].length > 3 AND tags[any] = 'x'");
void employees.values("`odd name` = 'x' AND `like` AND `age`<3 AND address.`city`='Rome'");
void employees.values("hired > '2020-01-01' AND hired < 1700000000000 AND hired != '2020-01-01T10:00:00Z'");
void employees.values("age = '30' AND age < ' 1e3 ' AND age <> 'NaN'");
void employees.values("active = 'yes'");
void employees.values("code = 'x' OR code = 3");
void employees.values("grade >= 's' AND grade LIKE 's%'");
void employees.values("badge = 'B1' AND badge IN ('B2') AND desk = '3-a' AND colour = 'red'");
void employees.values('marks.maths > 3');
void employees.values("meta = 3 AND meta.whatever = 'x' AND meta LIKE 'y'");
void employees.values("__key = 'x' AND __key LIKE 'x%'");
void badges.values("__key.site = 'rome' AND __key.serial < 3 AND this.age = 4");
void employees.values(dynamic);
void employees.values(dynamic, 1, 'x', null);
void employees.values(dynamic, { n: 1 });
void employees.values();

// ---- parameters take the type of their attribute
void employees.values('age < ? AND name LIKE ?', 30, 'Jo%');
void employees.values('salary BETWEEN ? AND ?', 1, 2);
void employees.values('salary BETWEEN (?, ?)', 1, 2);
void employees.values('grade IN (?, ?)', 'junior', 'staff');
void employees.values('? < age AND name = :n'.slice(0), 3);
void employees.values('age < :limit AND salary < :limit AND name = :name', { limit: 30, name: 'Joe' });
type Bound<S extends string> = ParametersOf<S, Employee, string>;
expectType<Equal<Bound<'age < ? AND grade = ? AND manager = ?'>, [number, 'junior' | 'senior' | 'staff', string | null]>>();
expectType<Equal<Bound<'? < age AND ? = hired AND grade > ?'>, [number, Date | string | number, string]>>();
expectType<Equal<Bound<'bonus = ? AND __key = ? AND tags[any] = ?'>, [bigint | number | null, string, string]>>();
expectType<Equal<Bound<'age = :a AND hired > :b'>, [parameters: { readonly a: number; readonly b: string | number | Date }]>>();
expectType<Equal<Bound<'age = :a AND hired > :a'>, [parameters: { readonly a: number }]>>();
expectType<Equal<Bound<'name = :a AND grade = :a'>, [parameters: { readonly a: 'junior' | 'senior' | 'staff' }]>>();
expectType<Equal<Bound<'active'>, []>>();
// @ts-expect-error a number is due
void employees.values('age < ?', '30');
// @ts-expect-error one value is missing
void employees.values('age < ? AND name LIKE ?', 30);
// @ts-expect-error one too many
void employees.values('age < 30', 30);
// @ts-expect-error no such grade
void employees.values('grade = ?', 'senor');
// @ts-expect-error a name is missing
void employees.values('age < :limit AND name = :name', { limit: 30 });
// @ts-expect-error an unknown name
void employees.values('age < :limit', { limit: 30, name: 'Joe' });
// @ts-expect-error a number is due
void employees.values('age < :limit', { limit: '30' });

// ---- the sentences a user reads
type Says<S extends string> = Checked<S, Employee, string>;
expectType<Equal<Says<'agee < 30'>, "sql: there is no attribute 'agee'">>();
expectType<Equal<Says<'address.town = 1'>, "sql: there is no attribute 'address.town'">>();
expectType<Equal<Says<'name.length = 1'>, "sql: there is no attribute 'name.length'">>();
expectType<Equal<Says<'tags.length = 1'>, "sql: there is no attribute 'tags.length'">>();
expectType<Equal<Says<'raise = 1'>, "sql: there is no attribute 'raise'">>();
expectType<Equal<Says<'__key.x = 1'>, "sql: there is no attribute '__key.x'">>();
expectType<Equal<Says<'age < agee AND active'>, "sql: there is no attribute 'agee'">>();
expectType<Equal<Says<"age < 'thirty'">, "sql: 'age' is a number, not text">>();
expectType<Equal<Says<'name > 3'>, "sql: 'name' is text, not a number">>();
expectType<Equal<Says<'3 < name'>, "sql: 'name' is text, not a number">>();
expectType<Equal<Says<'active = 1'>, "sql: 'active' is a boolean, not a number">>();
expectType<Equal<Says<'age = true'>, "sql: 'age' is a number, not a boolean">>();
expectType<Equal<Says<'age IS TRUE'>, "sql: 'age' is a number, not a boolean">>();
expectType<Equal<Says<'age = name'>, "sql: 'age' is a number and 'name' is text, so they never compare">>();
expectType<Equal<Says<'active > true'>, "sql: 'active' is a boolean, which has no order; '>' cannot compare it">>();
expectType<Equal<Says<'active BETWEEN 1 AND 2'>, "sql: 'active' is a boolean, which has no order; BETWEEN cannot compare it">>();
expectType<Equal<Says<'age'>, "sql: 'age' is a number, so it needs a comparison">>();
expectType<Equal<Says<"age LIKE '3%'">, "sql: LIKE needs text, but 'age' is a number">>();
expectType<Equal<Says<'name LIKE name'>, 'sql: expected a pattern after LIKE before "name"'>>();
expectType<Equal<Says<"name LIKE 'x' ESCAPE">, 'sql: expected a character in quotes after ESCAPE'>>();
expectType<Equal<Says<"grade = 'senor'">, "sql: 'grade' is never 'senor'">>();
expectType<Equal<Says<"desk = 'a-3'">, "sql: 'desk' is never 'a-3'">>();
expectType<Equal<Says<"colour = 'blue'">, "sql: 'colour' is never 'blue'">>();
expectType<Equal<Says<"hired > 'yesterday'">, "sql: 'hired' is a date, and 'yesterday' is not in ISO form">>();
expectType<Equal<Says<'manager = null'>, "sql: write 'manager IS NULL' instead of a comparison with NULL">>();
expectType<Equal<Says<'NULL != manager'>, "sql: write 'manager IS NULL' instead of a comparison with NULL">>();
expectType<Equal<Says<'age < 30 AND )'>, 'sql: expected an attribute before ")"'>>();
expectType<Equal<Says<'(age < 30'>, "sql: missing ')'">>();
expectType<Equal<Says<'age < 30)'>, "sql: one ')' too many">>();
expectType<Equal<Says<'age < 30 name = 1'>, 'sql: expected AND or OR before "name"'>>();
expectType<Equal<Says<'age IN (1, 2'>, "sql: expected ',' or ')' in the list of IN">>();
expectType<Equal<Says<'age in (1 2)'>, "sql: expected ',' or ')' in the list of IN">>();
expectType<Equal<Says<'age IN 3'>, "sql: expected '(' after IN">>();
expectType<Equal<Says<'age BETWEEN 1 OR 2'>, "sql: expected 'AND' between the bounds of BETWEEN">>();
expectType<Equal<Says<'age NOT = 3'>, 'sql: expected BETWEEN, LIKE or IN after NOT'>>();
expectType<Equal<Says<'age IS 3'>, 'sql: expected NULL, TRUE, FALSE or DISTINCT FROM after IS'>>();
expectType<Equal<Says<"name = 'Joe">, "sql: expected a value for 'name' but its closing quote is missing">>();
expectType<Equal<Says<'age => 3'>, "sql: 'age' is a number, so it needs a comparison">>();
expectType<Equal<Says<'age = 1;'>, "sql: there is no attribute '1;'">>();
expectType<Equal<Says<'30'>, 'sql: expected a comparison at the end'>>();
expectType<Equal<Says<'address = 1'>, "sql: 'address' is an object, not a number">>();
expectType<Equal<Says<'address = ?'>, "sql: 'address' is an object, which nothing compares with">>();
expectType<Equal<Says<'age = ? AND name = :n'>, "sql: '?' and ':name' can't be mixed">>();
expectType<Equal<Says<'age = :n AND name = :n'>, "sql: ':n' can't be a number and text at once">>();
expectType<Equal<Checked<"__key.site = 'pisa'", Employee, Badge>, "sql: '__key.site' is never 'pisa'">>();
expectType<Equal<Checked<'__key > 3', Employee, Badge>, "sql: '__key' is an object, which has no order; '>' cannot compare it">>();

// ---- a word at the very end is replaced by its completions, so an editor lists them
expectType<
  Equal<Says<'a'>, 'age' | 'active' | 'address' | 'address.city' | 'address.zip' | 'address.geo' | 'address.geo.lat' | 'address.geo.lon'>
>();
expectType<Equal<Says<'active AND address.z'>, 'active AND address.zip'>>();
expectType<Equal<Says<'active AND (address.z'>, 'active AND (address.zip'>>();
expectType<Equal<Says<'age > 1 AND ag'>, 'age > 1 AND age'>>();
expectType<Equal<Says<'age > sal'>, 'age > salary'>>();
expectType<Equal<Says<'active AND agee'>, "sql: there is no attribute 'agee'">>();
expectType<Equal<Says<'active AND agee '>, "sql: there is no attribute 'agee'">>();
expectType<Equal<Says<'age < 30 AND'>, 'sql: expected an attribute at the end'>>();
expectType<Equal<Checked<'__key.s', { a: 1 }, Badge>, '__key.site' | '__key.serial'>>();
// @ts-expect-error a condition is missing
void employees.values('age < 30 AND');
// @ts-expect-error sql: there is no attribute 'agee'
void employees.values('active AND agee < 30');
// @ts-expect-error sql: 'age' is a number, not text
void employees.values("age < 'thirty'");

// ---- values without a known shape, and shapes that are not plain
// oxlint-disable-next-line typescript/no-explicit-any
declare const anything: IMap<string, any>;
declare const shapeless: IMap<unknown, unknown>;
declare const loose: IMap<string, Record<string, unknown>>;
declare const numbers: IMap<string, Record<string, number>>;
declare const scalars: IMap<number, string>;
declare const lists: IMap<number, number[]>;
declare const either: IMap<string, { kind: 'cat'; lives: number } | { kind: 'dog'; tricks: string[]; lives: string }>;
void anything.values("whatever > 3 AND who = 'knows'");
void shapeless.values('whatever > ?', 3);
void loose.values("active AND age < 30 AND name = 'Joe' AND left IS NULL");
void numbers.values('x > 3 AND y < ?', 4);
void scalars.values("this LIKE 'a%' AND __key > 3");
void lists.values('this[any] > 3 AND this[0] = 1');
void either.values("kind = 'dog' AND tricks[any] = 'sit' AND lives = 9 AND lives = 'x'");
// @ts-expect-error sql: 'x' is a number, not text
void numbers.values("x = 'three'");
// @ts-expect-error sql: there is no attribute 'length'
void scalars.values('length = 3');
// @ts-expect-error sql: 'this' is text, not a number
void scalars.values('this = 3');
// @ts-expect-error sql: 'kind' is never 'cow'
void either.values("kind = 'cow'");
