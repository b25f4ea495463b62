/**
 * The demonstration's own text: a seeded generator of a small English-like corpus, and the byte-level BPE that is
 * trained on it. Word lists and sentence patterns are text resources under {@code demo/}.
 */
package dev.espalier.cli.demo;
