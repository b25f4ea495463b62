package dev.espalier.protocol.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import java.io.NotSerializableException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/** Espalier's only serializer: every {@link dev.espalier.protocol.WireMessage} as protobuf under a stable manifest. */
public final class WireSerializer extends SerializerWithStringManifest {
    /** Written into journals: never changes. */
    private static final int IDENTIFIER = 7_700_001;

    private final Map<Class<?>, WireType<?>> byClass = new HashMap<>();
    private final Map<String, WireType.Reader<?>> byManifest = new HashMap<>();

    public WireSerializer(ExtendedActorSystem system) {
        // The resolver must be fetched late: typed extensions are not up yet while serializers are made.
        WireActorRefs refs = new WireActorRefs(() -> ActorRefResolver.get(Adapter.toTyped(system)));
        Stream.of(
                        WorkerMessages.types(refs),
                        RunMessages.types(refs),
                        RunEvents.types(),
                        FeedMessages.types(refs),
                        RegisterMessages.types(refs))
                .flatMap(List::stream)
                .forEach(type -> {
                    byClass.put(type.type(), type);
                    byManifest.put(type.manifest(), type.reader());
                });
        byManifest.putAll(RunEvents.former());
    }

    /** All that is written, for the tests that keep golden bytes of each. */
    Set<String> manifests() {
        return byClass.values().stream().map(WireType::manifest).collect(Collectors.toSet());
    }

    @Override
    public int identifier() {
        return IDENTIFIER;
    }

    @Override
    public String manifest(Object message) {
        return typeOf(message).manifest();
    }

    @Override
    public byte[] toBinary(Object message) {
        WireType<?> type = typeOf(message);
        return WireLimit.check(type.manifest(), type.write(message));
    }

    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
        WireType.Reader<?> reader = byManifest.get(manifest);
        if (reader == null) {
            throw new NotSerializableException("unknown message \"" + manifest
                    + "\": it was written by another version of Espalier; use the same version on all nodes");
        }
        try {
            return reader.read(bytes);
        } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
            NotSerializableException wrong =
                    new NotSerializableException("malformed message \"" + manifest + "\": " + e.getMessage());
            wrong.initCause(e);
            throw wrong;
        }
    }

    private WireType<?> typeOf(Object message) {
        WireType<?> type = byClass.get(message.getClass());
        if (type == null) {
            throw new IllegalArgumentException("no wire form for " + message.getClass());
        }
        return type;
    }
}
