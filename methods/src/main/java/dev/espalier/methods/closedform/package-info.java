/**
 * The closed form (docs/methods/closed-form.md): {@code obs}, by the squares of what is lost, and {@code kfac}, by what the
 * loss minds of it (van der Ouderaa et al., The LLM Surgeon, arXiv 2312.17244).
 *
 * <p>Legs: {@code curves}, if layers may differ, measures what thinning single sub-blocks does; {@code shot} makes the smaller
 * model.
 */
package dev.espalier.methods.closedform;
