package dev.espalier.protocol;

/**
 * A piece of work for one worker.
 *
 * @param key identity and attempt
 * @param config the run's resolved configuration as HOCON/JSON text
 * @param directory the run folder, seen by both sides
 * @param work what to do
 */
public record Assignment(AssignmentKey key, String config, String directory, Work work) {}
