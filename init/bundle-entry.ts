/** What the bundle offers: to the loader the start, to the build what to compile beforehand. */
export { startInit } from './main.ts';
export { warmUp } from './warm-up.ts';
