/** Sums of weights times gradients, of which several metrics make scores (docs/methods/llm-pruner.md). */
package dev.espalier.methods.taylor;
