/**
 * FLAP (An et al. 2023, arXiv 2312.11983; docs/methods/flap.md): what fluctuates little can be replaced by its mean. Keys: none
 * of its own. Legs: {@code shot}. Repaired of the authors' code: the variance is taken about the mean of all tokens (there
 * the running mean is overwritten before it is used, and the first sample adds nothing); sizes are the model's own.
 */
package dev.espalier.methods.flap;
