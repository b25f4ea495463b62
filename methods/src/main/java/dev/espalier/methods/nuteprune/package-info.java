/**
 * NutePrune (Li et al. 2024, arXiv 2402.09773): masks learnt as hard-concrete gates beside LoRA, distilled from the
 * student's own earlier, denser versions. Its formulas, what its authors' code gets wrong and what is done instead:
 * docs/methods/nuteprune.md.
 *
 * <p>Legs: {@code gates} trains the intact model under gates; {@code cut} fixes them and makes the smaller model; if steps
 * are left then, {@code teach} trains that, and {@code merge} makes what it learnt part of it.
 */
package dev.espalier.methods.nuteprune;
