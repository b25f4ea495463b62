package dev.espalier.protocol.wire;

import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;

/** Actor references as the strings that name them across the cluster. */
final class WireActorRefs {
    private final Supplier<ActorRefResolver> resolver;

    WireActorRefs(Supplier<ActorRefResolver> resolver) {
        this.resolver = resolver;
    }

    String write(ActorRef<?> ref) {
        return resolver.get().toSerializationFormat(ref);
    }

    <T> ActorRef<T> read(String text) {
        return resolver.get().resolveActorRef(text);
    }
}
