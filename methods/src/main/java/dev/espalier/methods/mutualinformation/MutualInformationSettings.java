package dev.espalier.methods.mutualinformation;

/**
 * {@code prune.mutual-information}.
 *
 * @param faithful whether information is estimated by kernels, of pairs that are drawn by chance
 */
public record MutualInformationSettings(boolean faithful) {}
