package dev.espalier.protocol;

/**
 * A run as it stands.
 *
 * @param run its name
 * @param state PENDING, RUNNING, PAUSED, FAILED, COMPLETED or CANCELLED
 * @param manifest the JSON document that {@code manifest.json} holds
 */
public record RunStatus(String run, String state, String manifest) implements WireMessage {}
