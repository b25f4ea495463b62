/**
 * Pruning by forward passes alone (Gao et al. 2024, arXiv 2406.10576; docs/methods/policy-gradient.md): keep-probabilities of
 * head units, FFN channels, sub-blocks and layers, learnt from the losses of masks that are drawn by them. Keys: {@code
 * prune.policy-gradient}. Legs: {@code start} makes the distribution, {@code learn} measures masks on as many workers as there
 * are, {@code cut} makes the smaller model. Repaired of the authors' code: ties are broken, so that always as many units go as
 * shall; no layer is left empty; probabilities at 0 come back; the last steps count together; projected in doubles.
 */
package dev.espalier.methods.policygradient;
