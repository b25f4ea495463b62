package dev.espalier.protocol.node;

import java.nio.file.Path;

/** @param data folder of the journal and of the runs */
public record CoordinatorConfig(NodeConfig node, Path data) {}
