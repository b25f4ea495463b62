package dev.espalier.protocol.wire;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import dev.espalier.protocol.WireMessage;
import java.util.function.Function;

/**
 * How one kind of message is written and read.
 *
 * @param manifest its name on the wire and in journals; never changes
 * @param type the domain record
 */
record WireType<T extends WireMessage>(
        String manifest, Class<T> type, Function<T, MessageLite> writer, Reader<T> reader) {

    interface Reader<T> {
        T read(byte[] bytes) throws InvalidProtocolBufferException;
    }

    byte[] write(Object message) {
        return writer.apply(type.cast(message)).toByteArray();
    }
}
