package dev.espalier.protocol.node;

/**
 * What a worker is told.
 *
 * @param name unique in the cluster, for people
 * @param http its measures, and what supervisors ask; the token is the one that coordinators' blobs need
 */
public record WorkerConfig(NodeConfig node, String name, HttpConfig http) {}
