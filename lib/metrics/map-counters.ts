/** What one member counts for one map: plain numbers, increased where things happen, read by `getLocalMapStats`. */

export class MapCounters {
  readonly creationTime: number;
  gets = 0;
  hits = 0;
  puts = 0;
  removes = 0;
  evictions = 0;
  expirations = 0;
  queries = 0;
  lastAccessTime = 0;
  lastUpdateTime = 0;

  constructor(now: number) {
    this.creationTime = now;
  }
}
