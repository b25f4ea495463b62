package dev.espalier.coordinator.http;

import java.time.Instant;
import java.util.Optional;

/**
 * A worker as people see it.
 *
 * @param name unique among the workers
 * @param address where it runs; {@code local} if in the coordinator's own process
 * @param state IDLE, BUSY, LEAVING or LOST
 * @param run what it works on
 * @param stage the word of the stage it works on
 * @param since when it came into this state
 */
public record WorkerView(
        String name, String address, String state, Optional<String> run, Optional<String> stage, Instant since) {}
