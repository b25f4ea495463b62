package dev.espalier.coordinator.folder;

import dev.espalier.protocol.StepMetrics;
import java.time.Instant;

/**
 * A training step as {@code metrics.jsonl} and those who watch are told of it.
 *
 * @param time when it was told
 */
public record StepLine(Instant time, StepMetrics step) {}
