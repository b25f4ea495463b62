package dev.espalier.protocol.node;

/** @param name unique in the cluster, for people */
public record WorkerConfig(NodeConfig node, String name) {}
