package dev.espalier.protocol.config;

/**
 * The configuration of {@code espalier pretrain} with every default and every path filled in.
 *
 * @param config the checked values
 * @param text the same as JSON (which is HOCON too), under 128 KiB
 */
public record ResolvedPretrain(PretrainConfig config, String text) {}
