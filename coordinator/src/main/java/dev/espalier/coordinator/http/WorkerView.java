package dev.espalier.coordinator.http;

import java.time.Instant;
import java.util.Optional;

/**
 * A worker as people see it.
 *
 * @param name unique among the workers
 * @param run what it works on; empty if it is idle
 * @param stage the word of the stage it works on
 * @param device cpu or cuda:N
 * @param processors that Java may use
 * @param memoryBytes of the machine
 * @param version of Espalier
 * @param heard when it last told of itself
 */
public record WorkerView(
        String name,
        Optional<String> run,
        Optional<String> stage,
        String device,
        int processors,
        long memoryBytes,
        String version,
        Instant heard) {}
