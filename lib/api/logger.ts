/** Where the library's news can be written: pino's shape, which winston's, bunyan's and the console's wrappers have too. */
export interface Logger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}
