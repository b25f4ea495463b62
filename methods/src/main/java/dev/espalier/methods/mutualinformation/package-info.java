/**
 * Redundant FFN channels go (Huang, Song and Pao 2024, arXiv 2406.00030; docs/methods/mutual-information.md): of two that say the
 * same, one is enough. Keys: {@code prune.mutual-information}. Legs: {@code shot}. No code of the authors is known.
 */
package dev.espalier.methods.mutualinformation;
