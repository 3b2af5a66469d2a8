/**
 * What is a predicate and what is not: one table for the run-time parser (`parse.test.ts`) and the compile-time checker
 * (`test/types`), so that the two can't drift apart.
 */

/** The entries the texts are about. */
export interface Employee {
  name: string;
  surname: string;
  age: number;
  salary: number;
  active: boolean;
  dept: 'D1' | 'D2' | 'D3';
  hired: Date;
  manager: string | null;
  tags: string[];
  limbs: { name: string }[];
  address: { city: string; zip: number; country: string; geo?: { lat: number; lon: number } };
}

export interface Case {
  readonly text: string;
  /** Whether the parser takes it. */
  readonly ok: boolean;
  /** What the parser says first when it does not. */
  readonly message?: string;
  /**
   * What the checker says of the text over an Employee with a text key, where that does not follow from `ok`: the sentence it refuses the text with, or
   * `'accepted'`. Left out, the checker's verdict is the parser's; in which words it refuses is not pinned here.
   */
  readonly typed?: string;
}

/** Every predicate of the manual, word for word. */
const MANUAL = [
  { text: 'active AND age < 30', ok: true },
  { text: 'active AND age>30', ok: true },
  { text: "active=false OR age = 45 OR name = 'Joe'", ok: true },
  { text: 'active AND (age >20 OR salary < 60000)', ok: true },
  { text: 'age <= 30', ok: true },
  { text: 'name ="Joe"', ok: true },
  { text: 'salary != 50000', ok: true },
  { text: 'age BETWEEN 20 AND 33', ok: true },
  { text: 'age >=20 AND age<=33', ok: true },
  { text: 'age NOT BETWEEN 30 AND 40', ok: true },
  { text: 'age <30 OR age>40', ok: true },
  { text: "name LIKE 'Jo%'", ok: true },
  { text: "name LIKE 'Jo_'", ok: true },
  { text: "name NOT LIKE 'Jo_'", ok: true },
  { text: "name LIKE 'J_s%'", ok: true },
  { text: 'age IN (20, 30, 40)', ok: true },
  { text: 'age NOT IN (60, 70)', ok: true },
  { text: 'active AND (salary >= 50000 OR (age NOT BETWEEN 20 AND 30))', ok: true },
  { text: 'age IN (20, 30, 40) AND salary BETWEEN (50000, 80000)', ok: true },
  { text: 'active and age < 30', ok: true },
  { text: 'age>30', ok: true },
  { text: 'age BETWEEN 40 AND 60', ok: true },
] as const satisfies readonly Case[];

/** Those of the contract that the manual has not. */
const CONTRACT = [
  { text: 'NOT NOT a', ok: true, typed: "sql: there is no attribute 'a'" },
  { text: 'NOT NOT active', ok: true },
  { text: 'x NOT IN (1, NULL)', ok: true, typed: "sql: there is no attribute 'x'" },
  { text: 'age NOT IN (1, NULL)', ok: true },
  { text: 'x = NULL', ok: false, message: 'write IS NULL: a comparison with NULL is never true', typed: "sql: there is no attribute 'x'" },
  { text: 'manager = NULL', ok: false, message: 'write IS NULL: a comparison with NULL is never true' },
  { text: 'manager != NULL', ok: false, message: 'write IS NOT NULL: a comparison with NULL is never true' },
  { text: "age = '30'", ok: true },
  { text: 'salary > 1e3', ok: true },
  { text: "address.city = 'Rome'", ok: true },
  { text: "limbs[0].name = 'arm'", ok: true },
  { text: "tags[any] = 'x'", ok: true },
  { text: "NOT tags[any] = 'x'", ok: true },
  { text: ')', ok: false, message: "expected a condition before ')'" },
  { text: 'age < 30)', ok: false, message: "one ')' too many" },
  { text: 'age => 30', ok: false, message: "unexpected '=>': did you mean >=?" },
  { text: 'age between 1 or 2', ok: false, message: "expected AND before 'or'" },
  { text: 'a = 1;', ok: false, message: "expected AND or OR before ';'", typed: "sql: there is no attribute 'a'" },
  { text: 'age = 1;', ok: false, message: "expected AND or OR before ';'" },
  { text: 'in (1 2)', ok: false, message: "expected a condition before 'in'" },
  { text: 'age in (1 2)', ok: false, message: "expected ',' or ')' before '2'" },
] as const satisfies readonly Case[];

/** The rest of the language. */
const VALID = [
  // ---- spelling
  { text: 'ACTIVE', ok: true, typed: "sql: there is no attribute 'ACTIVE'" },
  { text: '  active\n\tAnd\r\nnOT age<30 oR NOT(active)', ok: true },
  { text: "age\t<\t3 AND name LIKE'Jo%'AND dept IN('D1')", ok: true },
  { text: 'NOT(age<3)and(not active)', ok: true },
  { text: 'orange = 1 AND inner = 2 OR nothing < 3', ok: true, typed: "sql: there is no attribute 'orange'" },
  { text: 'notable AND island OR nullable IS NULL', ok: true, typed: "sql: there is no attribute 'notable'" },
  { text: 'betweens BETWEEN 1 AND 2 AND true1 = truest', ok: true, typed: "sql: there is no attribute 'betweens'" },
  { text: 'naïve = 1 AND größe < 2 AND $cost_2 > 3 AND 名前 = 4', ok: true, typed: "sql: there is no attribute 'naïve'" },
  // ---- comparisons
  { text: '30 > age', ok: true },
  { text: "'Joe' = name", ok: true },
  { text: 'TRUE = active', ok: true },
  { text: 'age == 30 AND salary <> 1 AND age != 2', ok: true },
  { text: 'age < salary AND name = surname AND name != manager', ok: true },
  { text: '1 = 1', ok: true },
  { text: "'a' < 'b' OR 1 >= 2", ok: true },
  { text: 'active = TRUE AND active != false', ok: true },
  { text: "hired > '2020-01-01' AND hired < 1700000000000 AND hired != '2020-01-01T10:00:00Z'", ok: true },
  { text: "active = 'yes'", ok: true },
  // ---- logic
  { text: 'active OR active AND NOT active', ok: true },
  { text: '(active)', ok: true },
  { text: '((active) AND ((age < 3)))', ok: true },
  { text: 'NOT (active OR NOT NOT (age = 1 AND active))', ok: true },
  { text: 'TRUE', ok: true },
  { text: 'false', ok: true },
  { text: 'TRUE AND NOT FALSE OR active', ok: true },
  { text: 'NOT age = 1 AND NOT age BETWEEN 1 AND 2 AND active', ok: true },
  // ---- tests with a word
  { text: 'age BETWEEN (1, 2)', ok: true },
  { text: 'age NOT BETWEEN (1, 2) AND active', ok: true },
  { text: "name BETWEEN 'a' AND 'b' AND hired BETWEEN '2020-01-01' AND '2020-12-31'", ok: true },
  { text: 'age BETWEEN NULL AND 3', ok: true },
  { text: "dept IN ('D1', 'D2')", ok: true },
  { text: 'age IN (1)', ok: true },
  { text: 'age IN(1,2 , 3)', ok: true },
  { text: 'active NOT IN (TRUE, FALSE, NULL)', ok: true },
  { text: "name ILIKE 'JO%' AND name NOT ILIKE 'x' AND NOT name LIKE 'y'", ok: true },
  { text: "name LIKE '10!%' ESCAPE '!'", ok: true },
  { text: "name NOT ILIKE '10!%' escape '!' AND active", ok: true },
  { text: "name LIKE 'a\\%' ESCAPE ''", ok: true },
  { text: "name LIKE 'a' ESCAPE '😀'", ok: true },
  { text: "name REGEX 'J(o|os).*' AND name NOT REGEX 'x+'", ok: true },
  { text: 'name LIKE NULL', ok: true, typed: 'sql: expected a pattern after LIKE before "NULL"' },
  { text: 'manager IS NULL OR name IS NOT NULL', ok: true },
  { text: 'manager IS DISTINCT FROM NULL AND age IS NOT DISTINCT FROM 3', ok: true },
  { text: 'active IS TRUE OR active IS NOT TRUE OR active IS FALSE OR active IS NOT FALSE', ok: true },
  // ---- attributes
  { text: '`name` = 1', ok: true, typed: "sql: '`name`' is text, not a number" },
  { text: "address.`city` = 'Rome' AND `address`.zip < 3", ok: true },
  { text: 'address.geo.lat > 41.9', ok: true },
  { text: '`odd name` = 1 AND `in` = 2 AND `say ``so```.x[0] = 3', ok: true, typed: "sql: there is no attribute '`odd name`'" },
  { text: 'order.like = 1 AND not.x = 2', ok: true, typed: "sql: there is no attribute 'order.like'" },
  { text: "__key = 'k' AND __key LIKE 'k%'", ok: true },
  { text: "__key.site = 'rome' AND __key.parts[0] = 1", ok: true, typed: "sql: there is no attribute '__key.site'" },
  { text: "this.age = 4 AND this.address.city = 'x'", ok: true },
  { text: 'this IS NOT NULL AND this[0] = 1', ok: true, typed: "sql: there is no attribute 'this[0]'" },
  { text: "limbs[any].name LIKE 'a%' AND limbs[12].name = 'x' AND tags[ANY] = 'y'", ok: true },
  { text: "tags[0] = 'x' OR tags[any] IN ('x', 'y')", ok: true },
  // ---- values
  { text: 'name = \'it\'\'s\' AND name != "say ""so"""', ok: true },
  { text: "name = '' OR name = \"\" OR name = ''''", ok: true },
  { text: "name = 'back\\slash' AND name = 'a\nb' AND name = '\"'", ok: true },
  { text: "name = '-- no /* comment'", ok: true },
  { text: "name = 'Jürgen 😀'", ok: true },
  { text: 'age = -1 AND age = +1 AND age>-1 AND age IN (-1,+2)', ok: true },
  { text: 'age = 1.5 AND age = .5 AND age = 5. AND age = -.5e-3 AND age = 1E+2', ok: true },
  { text: 'age = 007 AND age = 0.0 AND age = -0', ok: true },
  { text: 'age = 9007199254740993 AND age > -123456789012345678901234567890', ok: true },
  { text: "hired = TIMESTAMP '2020-01-01T00:00:00.000Z'", ok: true, typed: "sql: there is no attribute 'TIMESTAMP'" },
  { text: "age = BIGINT '5' OR age = numeric 'NaN'", ok: true, typed: "sql: there is no attribute 'BIGINT'" },
  { text: 'timestamp = 1 AND numeric IN (1) OR bigint', ok: true, typed: "sql: there is no attribute 'timestamp'" },
  // ---- parameters
  { text: 'age < ? AND name LIKE ?', ok: true },
  { text: 'age < :limit AND salary < :limit AND name = :name', ok: true },
  { text: 'age BETWEEN ? AND ? AND salary BETWEEN (?, ?) AND dept IN (?, ?)', ok: true },
  { text: '? < age AND :from = 3', ok: false, message: "'?' and ':name' can't be mixed" },
  { text: 'age=:in AND name=:Größe', ok: true },
  { text: '? < age AND manager IS DISTINCT FROM ? AND name REGEX ?', ok: true },
  // ---- what only the checker refuses
  { text: 'agee < 30', ok: true, typed: "sql: there is no attribute 'agee'" },
  { text: 'address.town = 1', ok: true, typed: "sql: there is no attribute 'address.town'" },
  { text: 'tags.length = 1', ok: true, typed: "sql: there is no attribute 'tags.length'" },
  { text: 'name = Joe', ok: true, typed: "sql: there is no attribute 'Joe'" },
  { text: "age < 'thirty'", ok: true, typed: "sql: 'age' is a number, not text" },
  { text: 'name > 3', ok: true, typed: "sql: 'name' is text, not a number" },
  { text: '3 < name', ok: true, typed: "sql: 'name' is text, not a number" },
  { text: 'active = 1', ok: true, typed: "sql: 'active' is a boolean, not a number" },
  { text: 'age IS TRUE', ok: true, typed: "sql: 'age' is a number, not a boolean" },
  { text: 'age = name', ok: true, typed: "sql: 'age' is a number and 'name' is text, so they never compare" },
  { text: 'active > true', ok: true, typed: "sql: 'active' is a boolean, which has no order; '>' cannot compare it" },
  { text: 'age', ok: true, typed: "sql: 'age' is a number, so it needs a comparison" },
  { text: "age LIKE '3%'", ok: true, typed: "sql: LIKE needs text, but 'age' is a number" },
  { text: "dept = 'D9'", ok: true, typed: "sql: 'dept' is never 'D9'" },
  { text: "hired > 'yesterday'", ok: true, typed: "sql: 'hired' is a date, and 'yesterday' is not in ISO form" },
] as const satisfies readonly Case[];

/** What is no predicate. */
const INVALID = [
  // ---- unfinished
  { text: '', ok: false, message: 'the predicate is empty' },
  { text: ' \n', ok: false, message: 'the predicate is empty' },
  { text: 'NOT', ok: false, message: 'expected a condition at the end' },
  { text: 'active AND', ok: false, message: 'expected a condition at the end' },
  { text: 'active OR ', ok: false, message: 'expected a condition at the end' },
  { text: '(', ok: false, message: 'expected a condition at the end' },
  { text: '()', ok: false, message: "expected a condition before ')'" },
  { text: '(age < 30', ok: false, message: "'(' is never closed" },
  { text: 'active AND ((age < 30) OR active', ok: false, message: "'(' is never closed" },
  { text: 'age <', ok: false, message: 'expected a value or an attribute at the end' },
  { text: 'age NOT', ok: false, message: 'expected BETWEEN, IN, LIKE, ILIKE or REGEX at the end' },
  { text: 'age BETWEEN', ok: false, message: "expected a value or '(' at the end" },
  { text: 'age BETWEEN 1', ok: false, message: 'expected AND at the end' },
  { text: 'age BETWEEN 1 AND', ok: false, message: 'expected a value at the end' },
  { text: 'age IN', ok: false, message: "expected '(' at the end" },
  { text: 'age IN (1, 2', ok: false, message: "expected ',' or ')' at the end" },
  { text: 'age IS', ok: false, message: 'expected NOT, NULL, TRUE, FALSE or DISTINCT at the end' },
  { text: 'age IS NOT DISTINCT', ok: false, message: 'expected FROM at the end' },
  { text: 'name LIKE', ok: false, message: 'expected a text, a parameter or NULL at the end' },
  { text: "name LIKE 'x' ESCAPE", ok: false, message: 'expected a text at the end' },
  { text: "name = 'Joe", ok: false, message: 'the quote is never closed' },
  { text: 'name = "Joe', ok: false, message: 'the quote is never closed' },
  { text: "name = 'it''s", ok: false, message: 'the quote is never closed' },
  { text: '`name = 3', ok: false, message: 'the quote is never closed' },
  // ---- too much
  { text: 'active AND age < 30))', ok: false, message: "one ')' too many" },
  { text: 'age < 30 AND )', ok: false, message: "expected a condition before ')'" },
  { text: 'active active', ok: false, message: "expected a comparison, AND or OR before 'active'" },
  { text: "age < 30 name = 'Joe'", ok: false, message: "expected AND or OR before 'name'" },
  { text: 'active AND OR active', ok: false, message: "expected a condition before 'OR'" },
  { text: 'AND active', ok: false, message: "expected a condition before 'AND'" },
  { text: 'age < 3 < 5', ok: false, message: "expected AND or OR before '<'" },
  { text: 'age NOT NOT IN (1)', ok: false, message: "expected BETWEEN, IN, LIKE, ILIKE or REGEX before 'NOT'" },
  { text: 'age IN (1, 2,)', ok: false, message: "expected a value before ')'" },
  { text: 'age IN ()', ok: false, message: "expected a value before ')'" },
  { text: 'age BETWEEN (1 AND 2)', ok: false, message: "expected ',' before 'AND'" },
  { text: 'age BETWEEN (1, 2, 3)', ok: false, message: "expected ')' before ','" },
  { text: "name REGEX 'x' ESCAPE '!'", ok: false, message: "expected AND or OR before 'ESCAPE'" },
  { text: "name LIKE 'x' ESCAPE '!!'", ok: false, message: 'ESCAPE takes one character', typed: 'accepted' },
  // ---- out of place
  { text: '30', ok: false, message: 'expected a comparison at the end' },
  { text: "'Joe'", ok: false, message: 'expected a comparison at the end' },
  { text: '?', ok: false, message: 'expected a comparison at the end' },
  { text: 'NULL', ok: false, message: 'expected a comparison at the end' },
  { text: '30 BETWEEN age AND 40', ok: false, message: "expected a comparison before 'BETWEEN'" },
  { text: 'TRUE IS TRUE', ok: false, message: "expected a comparison, AND or OR before 'IS'" },
  { text: 'age BETWEEN salary AND 40', ok: false, message: "expected a value or '(' before 'salary'" },
  { text: 'age IN (salary)', ok: false, message: "expected a value before 'salary'" },
  { text: 'age IN 3', ok: false, message: "expected '(' before '3'" },
  { text: 'name LIKE surname', ok: false, message: "expected a text, a parameter or NULL before 'surname'" },
  { text: 'name LIKE 3', ok: false, message: "expected a text, a parameter or NULL before '3'" },
  { text: 'age IS 3', ok: false, message: "expected NOT, NULL, TRUE, FALSE or DISTINCT before '3'" },
  { text: 'age NOT = 3', ok: false, message: "expected BETWEEN, IN, LIKE, ILIKE or REGEX before '='" },
  { text: '(age) > 3', ok: false, message: "expected AND or OR before '>'" },
  { text: 'NULL != manager', ok: false, message: 'write IS NOT NULL: a comparison with NULL is never true' },
  { text: 'age < NULL', ok: false, message: 'a comparison with NULL is never true' },
  { text: 'age = ? AND name = :n', ok: false, message: "'?' and ':name' can't be mixed" },
  // ---- misspelt
  { text: 'age BETWEN 1 AND 2', ok: false, message: "unexpected 'BETWEN': did you mean BETWEEN?" },
  { text: "name LIEK 'Jo%'", ok: false, message: "unexpected 'LIEK': did you mean LIKE?" },
  { text: 'active adn age < 30', ok: false, message: "unexpected 'adn': did you mean AND?" },
  { text: 'active AND age < 30 ro active', ok: false, message: "unexpected 'ro': did you mean OR?" },
  { text: 'nto active', ok: false, message: "unexpected 'nto': did you mean NOT?" },
  { text: 'manager IS NUL', ok: false, message: "unexpected 'NUL': did you mean NULL?" },
  { text: 'manager IS DISTINT FROM 3', ok: false, message: "unexpected 'DISTINT': did you mean DISTINCT?" },
  { text: "name LIKE 'x' ESCAP '!'", ok: false, message: "unexpected 'ESCAP': did you mean ESCAPE?" },
  { text: 'age =< 3', ok: false, message: "unexpected '=<': did you mean <=?" },
  { text: 'age === 3', ok: false, message: "unexpected '===': did you mean =?" },
  { text: 'age !== 3', ok: false, message: "unexpected '!==': did you mean !=?" },
  { text: 'active && age < 3', ok: false, message: "unexpected '&&': did you mean AND?" },
  { text: 'active || age < 3', ok: false, message: "unexpected '||': did you mean OR?" },
  { text: '!active', ok: false, message: "unexpected '!': did you mean NOT?" },
  // ---- no words at all
  { text: 'age = 12abc', ok: false, message: "'12abc' is no number" },
  { text: 'age = 0x10', ok: false, message: "'0x10' is no number", typed: 'accepted' },
  { text: 'age = 1_000', ok: false, message: "'1_000' is no number" },
  { text: 'age = 1.2.3', ok: false, message: "'1.2.3' is no number" },
  { text: 'age = 1e', ok: false, message: "'1e' is no number" },
  { text: 'age = 1e400', ok: false, message: '1e400 is beyond what a number can hold' },
  { text: 'age = 1e-400', ok: false, message: '1e-400 is beyond what a number can hold', typed: 'accepted' },
  { text: 'age + 1 = 3', ok: false, message: "expected a comparison, AND or OR before '+'" },
  { text: 'address. city = 3', ok: false, message: "expected a comparison, AND or OR before '.'" },
  { text: 'tags[] = 3', ok: false, message: "expected a comparison, AND or OR before '['" },
  { text: 'tags[x] = 3', ok: false, message: "expected a comparison, AND or OR before '['" },
  { text: 'tags[-1] = 3', ok: false, message: "expected a comparison, AND or OR before '['" },
  { text: "tags[4294967295] = 'x'", ok: false, message: 'a list has no element 4294967295', typed: 'accepted' },
  { text: 'age = : limit', ok: false, message: "expected a value or an attribute before ':'" },
  { text: 'age = :1', ok: false, message: "expected a value or an attribute before ':'", typed: 'accepted' },
  { text: "hired = TIMESTAMP 'yesterday'", ok: false, message: "'yesterday' is no time" },
  { text: "age = BIGINT '1.5'", ok: false, message: "'1.5' is no whole number" },
  { text: "name = '\ud83d'", ok: false, message: 'half a character: a surrogate stands alone', typed: 'accepted' },
  { text: '\udc00 = 1', ok: false, message: 'half a character: a surrogate stands alone' },
  { text: 'age = 1 -- comment', ok: false, message: "expected AND or OR before '-'" },
  { text: 'age = 1 # x', ok: false, message: "expected AND or OR before '#'" },
  { text: 'SELECT * FROM employee', ok: false, message: "expected a comparison, AND or OR before '*'" },
  { text: 'age = 1 UNION SELECT', ok: false, message: "expected AND or OR before 'UNION'" },
] as const satisfies readonly Case[];

export const CASES = [...MANUAL, ...CONTRACT, ...VALID, ...INVALID] as const;
