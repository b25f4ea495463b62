package dev.espalier.coordinator.local;

import com.typesafe.config.Config;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.remote.transport.AssociationHandle;
import org.apache.pekko.remote.transport.Transport;
import scala.Tuple2;
import scala.concurrent.Future;
import scala.concurrent.Promise;

/**
 * What a cluster of one node listens on: nothing. Pekko's own transport would open a port, and whoever reaches that can
 * join. Made by Pekko, from the configuration.
 */
@SuppressWarnings("deprecation") // Artery knows no transports but its own, which all open ports
final class NoTransport implements Transport {
    /** One that a cluster accepts, though there is no such connection. */
    private static final String SCHEME = "tcp";

    private final Address address;

    NoTransport(ExtendedActorSystem system, Config config) {
        address = new Address(SCHEME, system.name(), config.getString("hostname"), 1);
    }

    @Override
    public String schemeIdentifier() {
        return SCHEME;
    }

    @Override
    public boolean isResponsibleFor(Address other) {
        return true;
    }

    @Override
    public int maximumPayloadBytes() {
        return 1 << 17;
    }

    @Override
    public Future<Tuple2<Address, Promise<AssociationEventListener>>> listen() {
        return Future.successful(Tuple2.apply(address, Promise.apply()));
    }

    @Override
    public Future<AssociationHandle> associate(Address remote) {
        return Promise.<AssociationHandle>failed(
                        new IllegalStateException("a run in one process knows no other nodes: " + remote))
                .future();
    }

    @Override
    public Future<Object> shutdown() {
        return Future.successful(true);
    }
}
