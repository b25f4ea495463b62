package dev.espalier.protocol;

/**
 * What a worker brings with it.
 *
 * @param version of Espalier
 * @param device cpu or cuda:N, as far as it is known before a run is opened
 * @param processors that Java may use
 * @param memoryBytes of the machine
 */
public record Capabilities(String version, String device, int processors, long memoryBytes) {}
