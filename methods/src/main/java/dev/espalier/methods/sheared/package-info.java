/**
 * Sheared LLaMA (Xia et al. 2023, arXiv 2310.06694): gates and weights are learnt together, on the text itself, until what is
 * left has exactly the shape that was asked for. Formulas, what its authors' code gets wrong and what is done instead:
 * docs/methods/sheared.md.
 *
 * <p>Legs: {@code gates} trains the model under gates; {@code cut} keeps of each row as many units as the shape says.
 */
package dev.espalier.methods.sheared;
