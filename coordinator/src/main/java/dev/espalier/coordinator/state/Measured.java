package dev.espalier.coordinator.state;

/**
 * What a merged assignment that is not training measured.
 *
 * @param leg the part of the stage that it was; empty in journals of version 0.1
 * @param json as the worker told it
 */
public record Measured(String leg, String json) {}
