/**
 * LLM-Pruner (Ma et al. 2023, arXiv 2305.11627; docs/methods/llm-pruner.md): units go by what the loss is expected to lose
 * with all weights that are coupled to them, by its gradients on a little text. Keys: {@link
 * dev.espalier.methods.llmpruner.LlmPrunerKeys}. Legs: {@code shot}. Repaired of the authors' code: query heads that share
 * a key/value head are scored with that head, and not with those that lie as many rows apart.
 */
package dev.espalier.methods.llmpruner;
