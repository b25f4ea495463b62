/**
 * Bonsai (Dery et al. 2024, arXiv 2402.05406; docs/methods/bonsai.md): what units are worth by a regression of losses on random
 * masks, forward passes alone. Keys: {@code prune.bonsai}. Legs: {@code start} says which units there are, {@code learn} measures
 * masks on as many workers as there are, round after round, {@code cut} makes the smaller model.
 */
package dev.espalier.methods.bonsai;
