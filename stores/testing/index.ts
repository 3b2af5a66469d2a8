/** `cobnut/testing`: what every store must do, as tests for any runner. */
export { mapStoreSuite, type MapStoreSuiteOptions } from './map-store-suite.ts';
