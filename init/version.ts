declare const FIRSTBORN_VERSION: string | undefined;

/** Set by the bundler from package.json; plain sources have none. */
export const initVersion = typeof FIRSTBORN_VERSION === 'string' ? FIRSTBORN_VERSION : '0.0.0-source';
