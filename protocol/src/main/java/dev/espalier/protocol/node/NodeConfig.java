package dev.espalier.protocol.node;

import dev.espalier.protocol.UserError;
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
 * @param open whether others than this machine may reach it without TLS
 */
public record NodeConfig(
        NodeAddress address,
        List<NodeAddress> coordinators,
        int quorum,
        int leaveSeconds,
        Optional<TlsConfig> tls,
        boolean open) {
    /** @throws UserError if strangers would reach it, and nobody said that they may */
    public void refuseStrangers() {
        if (tls.isEmpty() && !open && !address.isLoopback()) {
            throw new UserError("host = " + address.host() + " lets other machines reach port " + address.port()
                    + ", and tls is not set: whoever reaches it could join the cluster or end this process. Have"
                    + " 'espalier certificates FOLDER' make what TLS needs (docs/cluster.md); or say tls.off = true"
                    + " (ESPALIER_TLS_OFF=true) if all who reach this network may do so");
        }
    }
}
