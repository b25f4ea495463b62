/**
 * Pruning in one shot, without training, by the scores of a metric ({@code magnitude}, {@code wanda-sp};
 * docs/methods/metrics.md).
 *
 * <p>One leg, {@code shot}: it makes the smaller model.
 */
package dev.espalier.methods.oneshot;
