/**
 * What the server and its clients agree on: messages, REST bodies, error and close codes, limits.
 * Everything is generated from the server's Rust types; nothing is written by hand here.
 */
export * from './generated.js';
