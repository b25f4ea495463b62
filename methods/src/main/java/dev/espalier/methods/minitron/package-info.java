/**
 * Minitron's importance (Muralidharan et al. 2024, arXiv 2407.14679; docs/methods/minitron.md): how strongly units are active.
 * Keys: none of its own. Legs: {@code shot}. Its importance of layers is {@code prune.layers.select = block-influence}; hidden
 * channels are not scored.
 */
package dev.espalier.methods.minitron;
