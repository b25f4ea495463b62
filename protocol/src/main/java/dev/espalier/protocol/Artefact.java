package dev.espalier.protocol;

/**
 * A file that a stage left in the run folder.
 *
 * @param path relative to the run folder, with forward slashes
 * @param sha256 64 lower-case hexadecimal digits
 * @param bytes the file's length
 */
public record Artefact(String path, String sha256, long bytes) {}
