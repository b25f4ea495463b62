package dev.espalier.protocol.config;

import java.nio.file.Path;

/**
 * A run's configuration with every default and every path filled in.
 *
 * @param config the checked values
 * @param text the same as JSON (which is HOCON too), under 128 KiB; {@link RunConfigReader#parse} reads it back
 * @param directory the run folder, absolute: what {@code --out} says, else {@code runs/NAME} in the working directory
 */
public record ResolvedRun(RunConfig config, String text, Path directory) {}
