/** Growing arrays of numbers by slot or by code, in pages, so that growing never copies more than a small first page. */

const PAGE_SHIFT = 16;
const PAGE_ROWS = 1 << PAGE_SHIFT;
const PAGE_MASK = PAGE_ROWS - 1;
const FIRST_ROWS = 1024;

/** Numbers that fit the array type; 0 where nothing was set. */
export class PagedNumbers<A extends Int32Array | Float64Array | Uint8Array> {
  readonly #newArray: (rows: number) => A;
  readonly #pages: A[] = [];

  constructor(newArray: (rows: number) => A) {
    this.#newArray = newArray;
  }

  get bytes(): number {
    return this.#pages.reduce((total, page) => total + page.byteLength, 0);
  }

  get(index: number): number {
    return this.#pages[index >>> PAGE_SHIFT]?.[index & PAGE_MASK] ?? 0;
  }

  set(index: number, value: number): void {
    const page = this.#pages[index >>> PAGE_SHIFT];
    const row = index & PAGE_MASK;
    if (page !== undefined && row < page.length) page[row] = value;
    else this.#room(index)[row] = value;
  }

  /** Visits the numbers that are not 0, by index. */
  walk(visit: (index: number, value: number) => void): void {
    for (const [number, page] of this.#pages.entries()) {
      for (let row = 0; row < page.length; row++) if (page[row] !== 0) visit(number * PAGE_ROWS + row, page[row]!);
    }
  }

  clear(): void {
    this.#pages.length = 0;
  }

  #room(index: number): A {
    const number = index >>> PAGE_SHIFT;
    while (this.#pages.length < number) this.#grow(this.#pages.length, FIRST_ROWS);
    // Page 0 grows by doubling, so that a small map stays small.
    let rows = number > 0 ? PAGE_ROWS : FIRST_ROWS;
    while (rows <= (index & PAGE_MASK)) rows *= 2;
    return this.#grow(number, rows);
  }

  #grow(number: number, rows: number): A {
    const page = this.#newArray(rows);
    const before = this.#pages[number];
    if (before !== undefined) page.set(before);
    this.#pages[number] = page;
    return page;
  }
}
