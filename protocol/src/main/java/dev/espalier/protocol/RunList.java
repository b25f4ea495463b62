package dev.espalier.protocol;

import java.util.List;

/**
 * Runs, the newest first.
 *
 * @param more true if older ones follow
 */
public record RunList(List<RunEntry> runs, boolean more) implements WireMessage {}
