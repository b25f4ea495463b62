package dev.espalier.protocol.node;

import java.util.List;
import java.util.Optional;

/**
 * What every node is told.
 *
 * @param address where the others reach it
 * @param coordinators contact points; a coordinator that is the first of them, or has none, may begin a cluster
 * @param quorum coordinators that must be there; with fewer a part of the cluster stops itself
 * @param leaveSeconds how long it may take to leave
 * @param tls for the cluster and for HTTP; empty: all is sent in the clear, and whoever reaches the port can join
 */
public record NodeConfig(
        NodeAddress address, List<NodeAddress> coordinators, int quorum, int leaveSeconds, Optional<TlsConfig> tls) {}
